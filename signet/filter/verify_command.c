/* SPDX-License-Identifier: ISC */
/*
 * signet verify - checks the signatures of the message on standard input and
 * prints an Authentication-Results field; for a received message, whose client
 * is told, its SPF and DMARC too. As a filter it prints the message with that
 * field before it.
 */
#include "base/clock.h"
#include "base/mail/field_words.h"
#include "base/mail/message.h"
#include "signet/filter/filter_commands.h"
#include "signet/filter/filter_input.h"
#include "signet/filter/received.h"
#include "signet/talk/complain.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

enum { EXIT_PASS = 0, EXIT_NO_PASS = 1, EXIT_NONE = 2, EXIT_UNKNOWN = EX_TEMPFAIL };

struct arguments {
	const char *records;         /* NULL: DNS */
	bool obsolete, all, add;
	char id[256];                /* authserv-id (RFC 8601 section 2.5): this host's name */
	bool is_received;            /* the client is told */
	struct received received;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "dns", required_argument, NULL, 'd' },
		{ "obsolete", no_argument, NULL, 'o' },
		{ "add", no_argument, NULL, 'A' },
		{ "id", required_argument, NULL, 'n' },
		{ "ip", required_argument, NULL, 'i' },
		{ "helo", required_argument, NULL, 'h' },
		{ "from", required_argument, NULL, 'f' },
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ 0 };
	if (gethostname(out->id, sizeof out->id - 1) < 0 || out->id[0] == '\0')
		strcpy(out->id, "localhost");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a': out->all = true; break;
		case 'd': out->records = optarg; break;
		case 'o': out->obsolete = true; break;
		case 'A': out->add = true; break;
		case 'n': snprintf(out->id, sizeof out->id, "%s", optarg); break;
		case 'h': out->received.helo = optarg; break;
		case 'f': out->received.from = optarg; break;
		case 'i':
			out->is_received = ip_address_parse(span_of(optarg), &out->received.client);
			if (!out->is_received)
				fprintf(stderr, "signet: --ip wants the address of the client that gave the message, not \"%.100s\"\n", optarg);
			fine = fine && out->is_received;
			break;
		default: fine = false;
		}
	}
	/* MAIL FROM:<> is an empty one, and also what some servers write. */
	if (out->received.from && strcmp(out->received.from, "<>") == 0)
		out->received.from = "";
	bool whole = out->is_received ? out->received.helo && out->received.from && !out->all : !out->received.helo && !out->received.from;
	return fine && whole && out->id[0] && optind == argc;
}

/* ---- the message ---- */

struct verifying {
	struct verifier *verifier;
	struct buf header;           /* as it was read; what comes behind it too, until that is known */
	bool header_is_whole;
	bool keeps_body;
	struct filter_spool body;    /* the rest, as it was read */
};

static int take_given(void *context, struct span piece, struct fault *f)
{
	struct verifying *v = context;

	if (v->header_is_whole)
		return v->keeps_body ? filter_spool_add(&v->body, piece, f) : 0;
	buf_add_span(&v->header, piece);
	v->header_is_whole = message_header_complete(buf_span(&v->header)) || v->header.len > SIGN_HEADER_MAX;
	return 0;
}

static int take_piece(void *context, struct span piece, struct fault *f)
{
	struct verifying *v = context;

	return verifier_feed(v->verifier, piece, f);
}

/*
 * One signature that passes is what a message needs (RFC 6376 sections 4.2 and
 * 6.1); if all was asked for, every one has to. Unknown: another try may turn it into a pass.
 */
static int status_of_signatures(const struct verifier *v, bool all)
{
	size_t count = verifier_count(v), pass = 0, unknown = 0;

	for (size_t i = 0; i < count; i++) {
		pass += verifier_signature(v, i)->result == VERIFY_PASS;
		unknown += verifier_signature(v, i)->result == VERIFY_TEMPERROR;
	}
	if (count == 0)
		return EXIT_NONE;
	if (all ? pass == count : pass > 0)
		return EXIT_PASS;
	return (all ? pass + unknown == count : unknown > 0) ? EXIT_UNKNOWN : EXIT_NO_PASS;
}

/* ---- what is printed ---- */

/* Adds the field, whose lines end in CRLF; without has_crlf they end in LF. */
static void add_results(struct buf *out, struct span field, bool has_crlf)
{
	for (size_t i = 0; i < field.len; i++)
		if (field.at[i] != '\r' || has_crlf)
			buf_add_byte(out, field.at[i]);
}

/*
 * Another's field that speaks in this host's name is not to be believed, nor to be passed on (RFC 8601 section 5).
 * What cannot be read may be one.
 */
static bool claims_our_id(const struct field *field, const char *id)
{
	struct span value = field->value;
	size_t i = 0, end;

	if (!span_eq_nocase(field->name, SPAN("Authentication-Results")))
		return false;
	while (i < value.len && (byte_is_white(value.at[i]) || value.at[i] == '(')) {
		size_t behind = value.at[i] == '(' ? field_skip_closed(value, i) : i + 1;
		if (behind == 0)
			return true;
		i = behind;
	}
	for (end = i; end < value.len && !byte_is_white(value.at[end]) && value.at[end] != ';' && value.at[end] != '('; end++)
		;
	struct span name = { value.at + i, end - i };
	if (name.len > 1 && name.at[0] == '"' && name.at[name.len - 1] == '"')
		name = (struct span){ name.at + 1, name.len - 2 };
	return span_eq_nocase(name, span_of(id));
}

/* The message as it came, with the field on top, below an mbox line, and with its line ends. */
static int write_message(struct verifying *v, const char *id, struct span results, struct fault *f)
{
	struct span whole = buf_span(&v->header), rest = message_skip_mbox(whole);
	const char *lf = whole.len > 0 ? memchr(whole.at, '\n', whole.len) : NULL;
	bool has_crlf = lf && lf > whole.at && lf[-1] == '\r', more = true;
	struct filter_spool top = { .fd = -1 };
	struct field field;

	if (whole.len > 0)
		buf_add_span(&top.memory, span_between(whole.at, rest.at));
	add_results(&top.memory, results, has_crlf);
	while (more && whole.len > 0) {
		const char *from = rest.at;
		more = message_next_field(&rest, &field);
		if (!more || !claims_our_id(&field, id))
			buf_add_span(&top.memory, span_between(from, rest.at));
		if (!more && from == rest.at && rest.len > 0)      /* a line that is not a field: body */
			buf_add_text(&top.memory, has_crlf ? "\r\n" : "\n");
	}
	buf_add_span(&top.memory, rest);
	int result = filter_spool_write(&top, STDOUT_FILENO, f);
	if (result == 0)
		result = filter_spool_write(&v->body, STDOUT_FILENO, f);
	filter_spool_free(&top);
	return result;
}

/* ---- all of it ---- */

static int conclude(const struct arguments *a, struct record_source *s, struct verifying *v)
{
	static const int statuses[] = {
		[RECEIVED_DELIVER] = EX_OK, [RECEIVED_SUSPECT] = EXIT_NO_PASS, [RECEIVED_REFUSE] = EX_NOPERM, [RECEIVED_LATER] = EX_TEMPFAIL,
	};
	struct other_result others[RECEIVED_RESULTS];
	struct received_verdict verdict = { 0 };
	struct buf field = { 0 }, printed = { 0 };
	struct fault f = { 0 };
	int status;

	if (a->is_received) {
		received_judge(&a->received, v->verifier, buf_span(&v->header), s, &verdict);
		received_results(&a->received, &verdict, others);
		status = statuses[verdict.advice];
	} else {
		status = status_of_signatures(v->verifier, a->all);
	}
	verifier_results_field(v->verifier, a->id, others, a->is_received ? RECEIVED_RESULTS : 0, &field);
	add_results(&printed, buf_span(&field), false);
	if (a->add && write_message(v, a->id, buf_span(&field), &f) < 0)
		status = complain(&f);
	else if (!a->add)
		fwrite(printed.at, 1, printed.len, stdout);
	buf_free(&field);
	buf_free(&printed);
	received_verdict_free(&verdict);
	return status;
}

static int verify_message(const struct arguments *a, struct record_source *s)
{
	struct verify_options options = {
		.lookup = record_source_keys, .context = s, .now_s = clock_wall_ms() / 1000, .obsolete = a->obsolete,
	};
	struct verifying v = { .verifier = verifier_new(&options), .keeps_body = a->add, .body = { .fd = -1 } };
	struct fault f = { 0 };
	int status = filter_input_read(STDIN_FILENO, FILTER_INPUT_AS_SIGNED, take_given, take_piece, &v, &f);

	if (status == 0)
		status = verifier_finish(v.verifier, &f);
	status = status < 0 ? complain(&f) : conclude(a, s, &v);
	verifier_free(v.verifier);
	buf_free(&v.header);
	filter_spool_free(&v.body);
	return status;
}

int command_verify(int argc, char **argv)
{
	struct arguments a;
	struct record_source source = { 0 };
	struct fault f = { 0 };

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet verify [--all] [--dns FILE] [--obsolete] [--add] [--id NAME] < message\n"
		                "       signet verify --ip ADDRESS --helo NAME --from ADDRESS [--dns FILE] [--obsolete] [--add] [--id NAME] < message\n"
		                "       FILE has a record a line, \"name value\": a TXT record, or A, AAAA, MX or PTR before the data;\n"
		                "       NXDOMAIN, \"\" and ~~error~~ are special values\n");
		return EX_USAGE;
	}
	a.received.receiver = a.id;
	int opened = record_source_open(&source, a.records, &f);
	int status = opened < 0 ? complain(&f) : verify_message(&a, &source);
	record_source_close(&source);
	return status;
}
