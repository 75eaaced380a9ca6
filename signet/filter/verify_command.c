/*
 * signet verify - checks the DKIM signatures of the message on standard
 * input and prints an Authentication-Results field.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/io.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "dns/texts.h"
#include "sign/sign.h"
#include "signet/filter/filter_commands.h"
#include "signet/filter/filter_input.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { EXIT_PASS = 0, EXIT_NO_PASS = 1, EXIT_NONE = 2, EXIT_UNKNOWN = EX_TEMPFAIL };
enum { RECORDS_FILE_MAX = 64 * 1024 * 1024 };

/* For all the keys of a message: a crowd of signatures whose name servers are silent must not hold up who waits. */
enum { LOOKUPS_MS = 15 * 1000 };

struct arguments {
	const char *records;   /* NULL: DNS */
	bool obsolete, all;
};

/* Where key records come from: a file or DNS. */
struct source {
	struct buf file;
	struct settings settings;
	struct dns *dns;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "dns", required_argument, NULL, 'd' },
		{ "obsolete", no_argument, NULL, 'o' },
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ 0 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a': out->all = true; break;
		case 'd': out->records = optarg; break;
		case 'o': out->obsolete = true; break;
		default: fine = false;
		}
	}
	return fine && optind == argc;
}

/* ---- records ---- */

/* Splits "name value" at the first blanks. */
static struct span split_line(struct span line, struct span *value)
{
	size_t len = 0;

	line = span_trim(line);
	while (len < line.len && line.at[len] != ' ' && line.at[len] != '\t')
		len++;
	*value = span_trim(span_between(line.at + len, line.at + line.len));
	return domain_without_dot((struct span){ line.at, len });
}

static void take_record(struct key_lookup *l, struct span value)
{
	if (span_eq(value, SPAN("~~error~~")))
		fault_set(&l->fault, FAULT_TEMPORARY, "4.4.3", "the file of records says so");
	else if (!span_eq(value, SPAN("NXDOMAIN")))
		text_list_add(&l->records, span_eq(value, SPAN("\"\"")) ? SPAN("") : value);
}

static void look_in_file(void *context, struct key_lookup *lookups, size_t count)
{
	const struct source *s = context;
	struct buf ascii = { 0 };

	for (struct span rest = buf_span(&s->file); rest.at;) {
		struct span value, owner = split_line(span_cut(&rest, '\n'), &value);
		buf_clear(&ascii);
		if (idn_domain(owner, &ascii, NULL) < 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (span_eq_nocase(buf_span(&ascii), span_of(lookups[i].name)))
				take_record(&lookups[i], value);
	}
	buf_free(&ascii);
}

static void look_in_dns(void *context, struct key_lookup *lookups, size_t count)
{
	struct source *s = context;
	struct texts_lookup *asked = mem_alloc(count * sizeof *asked);

	for (size_t i = 0; i < count; i++)
		asked[i].name = lookups[i].name;
	texts_ask(s->dns, asked, count, LOOKUPS_MS);
	for (size_t i = 0; i < count; i++) {
		lookups[i].fault = asked[i].fault;
		lookups[i].records = asked[i].texts;
	}
	free(asked);
}

static int open_file(struct source *s, const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : io_read_file(fd, &s->file, RECORDS_FILE_MAX);

	if (result < 0)
		fault_set(f, FAULT_PERMANENT, "5.5.4", "%.300s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

static int open_dns(struct source *s, struct fault *f)
{
	if (config_load(config_file(NULL), &s->settings, f) < 0)
		return -1;
	s->dns = dns_new(&s->settings, f);
	return s->dns ? 0 : -1;
}

static void close_source(struct source *s)
{
	buf_free(&s->file);
	if (s->dns)
		dns_free(s->dns);
	settings_free(&s->settings);
}

/* ---- the message ---- */

static int take_piece(void *context, struct span piece, struct fault *f)
{
	return verifier_feed(context, piece, f);
}

/*
 * One signature that passes is what a message needs (RFC 6376 sections 4.2 and
 * 6.1); all of them, for who asks for that. Unknown is what another try may turn into a pass.
 */
static int exit_status(const struct verifier *v, bool all)
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

static int verify_message(const struct arguments *a, struct source *s, struct fault *f)
{
	struct verify_options options = {
		.lookup = a->records ? look_in_file : look_in_dns, .context = s,
		.now_s = clock_wall_ms() / 1000, .obsolete = a->obsolete,
	};
	struct verifier *v = verifier_new(&options);
	int status = filter_input_read(STDIN_FILENO, FILTER_INPUT_AS_SIGNED, take_piece, v, f);

	if (status == 0)
		status = verifier_finish(v, f);
	if (status < 0) {
		status = complain(f);
	} else {
		struct buf out = { 0 };
		char host[256] = "";
		gethostname(host, sizeof host - 1);
		verifier_results_field(v, host[0] ? host : "localhost", &out);
		for (size_t i = 0; i < out.len; i++)
			if (out.at[i] != '\r')
				putchar(out.at[i]);
		buf_free(&out);
		status = exit_status(v, a->all);
	}
	verifier_free(v);
	return status;
}

int command_verify(int argc, char **argv)
{
	struct arguments a;
	struct source source = { 0 };
	struct fault f = { 0 };

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet verify [--all] [--dns FILE] [--obsolete] < message\n"
		                "       FILE has a TXT record a line, \"name value\"; NXDOMAIN, \"\" and ~~error~~ are special values\n");
		return EX_USAGE;
	}
	int opened = a.records ? open_file(&source, a.records, &f) : open_dns(&source, &f);
	int status = opened < 0 ? complain(&f) : verify_message(&a, &source, &f);
	close_source(&source);
	return status;
}
