/*
 * signet dns - the records that the keys need in DNS, to be copied into a
 * provider's form or a zone file.
 */
#include "base/config.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/keyfile.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

enum { STRING_BYTES_MAX = 255 };   /* RFC 1035 section 3.3 */

enum format { FORMAT_PLAIN, FORMAT_BIND };

struct arguments {
	enum format format;
	const char *config;                     /* NULL: the usual one */
	const char *domain, *selector, *key;    /* one key without a configuration */
	const char *only;                       /* NULL: all configured domains */
};

static int usage(void)
{
	fprintf(stderr, "usage: signet dns [-C FILE] [--format plain|bind] [DOMAIN]\n"
	                "       signet dns [--format plain|bind] --domain DOMAIN --selector SELECTOR --key FILE\n"
	                "       plain is a name and its TXT value a line; bind (or --zone) is for a zone file\n");
	return EX_USAGE;
}

static bool parse_format(const char *text, enum format *out)
{
	bool plain = strcmp(text, "plain") == 0;

	*out = plain ? FORMAT_PLAIN : FORMAT_BIND;
	return plain || strcmp(text, "bind") == 0;
}

static bool parse_options(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "zone", no_argument, NULL, 'z' },
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ 0 },
	};
	bool fine = true;
	int option;

	while ((option = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		switch (option) {
		case 'C': out->config = optarg; break;
		case 'f': fine &= parse_format(optarg, &out->format); break;
		case 'z': out->format = FORMAT_BIND; break;
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'k': out->key = optarg; break;
		default: fine = false;
		}
	}
	return fine;
}

static bool parse(int argc, char **argv, struct arguments *out)
{
	*out = (struct arguments){ 0 };
	if (!parse_options(argc, argv, out) || argc - optind > 1)
		return false;
	out->only = argv[optind];
	if (out->key)
		return out->domain && out->selector && !out->only;
	return !out->domain && !out->selector;
}

/* ---- records ---- */

static void print_bind(const char *selector, const char *domain, struct span value)
{
	printf("%s._domainkey.%s. IN TXT (", selector, domain);
	while (value.len > 0) {
		size_t len = value.len < STRING_BYTES_MAX ? value.len : STRING_BYTES_MAX;
		printf("\n\t\"%.*s\"", (int)len, value.at);
		value = span_between(value.at + len, value.at + value.len);
	}
	printf(" )\n");
}

static int print_record(enum format format, const char *domain, const char *selector, const char *path)
{
	struct fault f = { 0 };
	struct buf value = { 0 };
	struct sign_key *key = keyfile_check_names(domain, selector, &f) == 0 ? keyfile_read(path, SPAN(""), &f) : NULL;

	if (key == NULL)
		return complain(&f);
	sign_key_record(key, SIGN_DKIM, &value);
	if (format == FORMAT_BIND)
		print_bind(selector, domain, buf_span(&value));
	else
		printf("%s._domainkey.%s %s\n", selector, domain, buf_text(&value));
	buf_free(&value);
	sign_key_free(key);
	return EX_OK;
}

/* Every key that can be read; the status tells of one that cannot. */
static int print_configured(const struct arguments *a, const struct settings *s)
{
	int status = EX_OK;
	size_t found = 0;

	for (size_t i = 0; i < s->dkim_count; i++) {
		const struct dkim_key *k = &s->dkim[i];
		if (a->only && !span_eq_nocase(span_of(a->only), span_of(k->domain)))
			continue;
		int one = print_record(a->format, k->domain, k->selector, k->file);
		status = status == EX_OK ? one : status;
		found++;
	}
	if (found > 0)
		return status;
	fprintf(stderr, "signet: no signing key%s%s in %s; make one with: signet key new --domain %s --selector SELECTOR\n",
	        a->only ? " for " : "", a->only ? a->only : "", config_file(a->config), a->only ? a->only : s->domain);
	return EX_CONFIG;
}

int command_dns(int argc, char **argv)
{
	struct arguments a;
	struct settings s;
	struct fault f = { 0 };

	if (!parse(argc, argv, &a))
		return usage();
	if (a.key)
		return print_record(a.format, a.domain, a.selector, a.key);
	if (config_read(config_file(a.config), &s, &f) < 0)
		return complain(&f);
	int status = print_configured(&a, &s);
	settings_free(&s);
	return status;
}
