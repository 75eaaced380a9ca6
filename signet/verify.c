/*
 * signet verify - checks the DKIM signatures of the message on standard
 * input and prints an Authentication-Results field.
 */
#include "base/address.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/io.h"
#include "dns/dns.h"
#include "sign/sign.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { EXIT_ALL_PASS = 0, EXIT_ONE_FAILS = 1, EXIT_NONE = 2 };
enum { RECORDS_FILE_MAX = 64 * 1024 * 1024 };

/* For all the keys of a message: a crowd of signatures whose name servers are silent must not hold up who waits. */
enum { LOOKUPS_MS = 20 * 1000 };

struct arguments {
	const char *records;   /* NULL: DNS */
	bool obsolete;
};

/* Where key records come from: a file or DNS. */
struct source {
	struct buf file;
	struct settings settings;
	struct dns *dns;
	int64_t until_ms;      /* boot: no question is asked later */
};

static int usage(void)
{
	fprintf(stderr, "usage: signet verify [--dns FILE] [--obsolete] < message\n"
	                "       FILE has a TXT record a line, \"name value\"; NXDOMAIN, \"\" and ~~error~~ are special values\n");
	return EX_USAGE;
}

static bool parse(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "dns", required_argument, NULL, 'd' },
		{ "obsolete", no_argument, NULL, 'o' },
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ 0 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd': out->records = optarg; break;
		case 'o': out->obsolete = true; break;
		default: fine = false;
		}
	}
	return fine && optind == argc;
}

/* ---- records ---- */

static void add_record(struct text_records *out, struct span text)
{
	out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
	out->items[out->count++] = mem_text_span(text);
}

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

static int look_in_file(void *context, const char *name, struct text_records *out)
{
	struct source *s = context;
	int result = 0;

	for (struct span rest = buf_span(&s->file); rest.at;) {
		struct span value, owner = split_line(span_cut(&rest, '\n'), &value);
		if (!span_eq_nocase(owner, domain_without_dot(span_of(name))) || span_eq(value, SPAN("NXDOMAIN")))
			continue;
		if (span_eq(value, SPAN("~~error~~")))
			result = -1;
		else
			add_record(out, span_eq(value, SPAN("\"\"")) ? SPAN("") : value);
	}
	return result;
}

static int look_in_dns(void *context, const char *name, struct text_records *out)
{
	struct source *s = context;
	struct dns_answer answer = { 0 };
	struct buf text = { 0 };

	if (s->until_ms == 0)
		s->until_ms = clock_boot_ms() + (int64_t)(LOOKUPS_MS * s->settings.time_scale);
	if (clock_wait_ms(s->until_ms) == 0)
		return -1;
	dns_ask(s->dns, name, DNS_TXT, &answer);
	int result = answer.fault.kind == FAULT_NONE ? 0 : -1;
	for (size_t i = 0; i < answer.count && result == 0; i++) {
		buf_clear(&text);
		if (dns_read_txt(answer.records[i], &text))
			add_record(out, buf_span(&text));
	}
	buf_free(&text);
	dns_answer_free(&answer);
	return result;
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
	if (config_read(config_file(NULL), &s->settings, f) < 0)
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

static int take(void *context, struct span piece, struct fault *f)
{
	return verifier_feed(context, piece, f);
}

static int report(const struct verifier *v)
{
	struct buf out = { 0 };
	char host[256] = "";
	int status = verifier_count(v) == 0 ? EXIT_NONE : EXIT_ALL_PASS;

	gethostname(host, sizeof host - 1);
	verifier_results_field(v, host[0] ? host : "localhost", &out);
	for (size_t i = 0; i < out.len; i++)
		if (out.at[i] != '\r')
			putchar(out.at[i]);
	buf_free(&out);
	for (size_t i = 0; i < verifier_count(v); i++)
		if (verifier_signature(v, i)->result != VERIFY_PASS)
			status = EXIT_ONE_FAILS;
	return status;
}

static int verify(const struct arguments *a, struct source *s, struct fault *f)
{
	struct verify_options options = {
		.lookup = a->records ? look_in_file : look_in_dns, .context = s,
		.now_s = clock_wall_ms() / 1000, .obsolete = a->obsolete,
	};
	struct verifier *v = verifier_new(&options);
	int status = intake_read(STDIN_FILENO, CRLF_FROM_LF, take, v, f);

	if (status == 0)
		status = verifier_finish(v, f);
	status = status < 0 ? complain(f) : report(v);
	verifier_free(v);
	return status;
}

int command_verify(int argc, char **argv)
{
	struct arguments a;
	struct source source = { 0 };
	struct fault f = { 0 };

	if (!parse(argc, argv, &a))
		return usage();
	int opened = a.records ? open_file(&source, a.records, &f) : open_dns(&source, &f);
	int status = opened < 0 ? complain(&f) : verify(&a, &source, &f);
	close_source(&source);
	return status;
}
