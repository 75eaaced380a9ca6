/* SPDX-License-Identifier: ISC */
/*
 * signet dns - the records that the keys and the senders need in DNS: printed in the form that
 * a provider, a zone file or a program wants, or published at the zone's
 * primary server.
 */
#include "base/conf/config.h"
#include "base/secret.h"
#include "signet/keys/keys_commands.h"
#include "signet/keys/publish.h"
#include "signet/keys/records.h"
#include "signet/keys/senders.h"
#include "signet/keys/shown.h"
#include "signet/talk/complain.h"
#include "signet/talk/named_file.h"
#include "signet/talk/say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const struct record_format *format;
	const char *config;                     /* NULL: the usual one */
	const char *domain, *selector, *key;    /* one key without a configuration */
	const char *only;                       /* NULL: all configured domains */
	bool publish, check, formatted;
	const char *server, *tsig, *tsig_file;
	bool unasked;
	struct text_list addresses;             /* that mail leaves from */
};

static bool parse_options(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "zone", no_argument, NULL, 'z' },
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "publish", no_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ "server", required_argument, NULL, 'a' },
		{ "tsig", required_argument, NULL, 't' },
		{ "tsig-file", required_argument, NULL, 'T' },
		{ "yes", no_argument, NULL, 'y' },
		{ "address", required_argument, NULL, 'A' },
		{ 0 },
	};
	bool fine = true;
	int option;

	optind = 0;    /* another command line than any before */
	while ((option = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		switch (option) {
		case 'C': out->config = optarg; break;
		case 'f': out->format = record_format_named(optarg); out->formatted = true; break;
		case 'z': out->format = record_format_named("bind"); out->formatted = true; break;
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'k': out->key = optarg; break;
		case 'p': out->publish = true; break;
		case 'c': out->check = true; break;
		case 'a': out->server = optarg; break;
		case 't': out->tsig = optarg; break;
		case 'T': out->tsig_file = optarg; break;
		case 'y': out->unasked = true; break;
		case 'A': text_list_add(&out->addresses, span_of(optarg)); break;
		default: fine = false;
		}
	}
	return fine && out->format;
}

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	*out = (struct arguments){ .format = record_format_named("plain") };
	if (!parse_options(argc, argv, out) || argc - optind > 1)
		return false;
	out->only = argv[optind];
	if (out->only) {
		size_t len = strlen(argv[optind]);
		if (len > 0 && argv[optind][len - 1] == '.')
			argv[optind][len - 1] = '\0';
	}
	if (out->check && (out->publish || out->formatted))
		return false;
	if (!out->publish && (out->server || out->tsig || out->tsig_file || out->unasked))
		return false;
	if (out->tsig && out->tsig_file)
		return false;
	if (out->addresses.count > 0 && (out->check || out->key))
		return false;
	if (out->key)
		return out->domain && out->selector && !out->only;
	return !out->domain && !out->selector;
}

/* ---- the key of updates ---- */

/* NAME:ALGORITHM:FILE or NAME:FILE, the file holding the secret alone. */
static int read_named_key(const char *argument, struct update_key *out, struct fault *f)
{
	struct span rest = span_of(argument), name = span_cut(&rest, ':'), after = rest, algorithm = span_cut(&after, ':');
	bool is_named = after.at && (algorithm.len == 0 || update_algorithm_is_known(algorithm));
	const char *path = is_named ? after.at : rest.at;
	struct buf secret = { 0 };

	if (path == NULL || *path == '\0')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "--tsig wants NAME:ALGORITHM:FILE, where FILE holds the secret; the "
		                 "algorithms are hmac-sha256 (the default), hmac-sha512 and hmac-sha1");
	int result = secret_read(path, UPDATE_KEY_FILE_MAX, &secret, f);
	if (result < 0)
		named_file_fault(path, f);
	if (result == 0 && update_key_set(name, is_named && algorithm.len > 0 ? &algorithm : NULL, span_trim(buf_span(&secret)), out, f) < 0)
		result = fault_prefix(f, "%s", path);
	secret_free(&secret);
	return result;
}

static int publish_with(const struct arguments *a, const struct settings *s, const struct records *r)
{
	struct publish_options options = { .server = a->server };
	struct update_key key = { 0 };
	struct fault f = { 0 };
	int result = 0;

	/* What the command line says takes the place of all that the settings say. */
	if (a->tsig_file)
		result = publish_read_named_key(a->tsig_file, &key, &f);
	else if (a->tsig)
		result = read_named_key(a->tsig, &key, &f);
	else if (a->server == NULL)
		result = publish_options_of(s, &key, &options, &f);
	options.key = key.name ? &key : NULL;
	options.unasked = a->unasked;
	int status = result < 0 ? complain(&f) : publish(r, s, &options);
	update_key_free(&key);
	return status;
}

/* ---- which records ---- */

/* One record beside what the servers show. */
static int check_record(const struct settings *s, const struct record *r)
{
	const char *mark = strstr(r->name, "._domainkey.");
	char *selector = mem_text_span(span_between(r->name, mark));
	struct shown shown = { 0 };
	struct fault f = { 0 };
	int status;

	if (shown_ask(s, mark + sizeof "._domainkey." - 1, selector, r->key, record_scheme(r->kind), &shown, &f) < 0) {
		status = complain(&f);
	} else {
		status = shown_is_right(&shown) ? EX_OK : EX_TEMPFAIL;
		say("%s: of the authoritative servers, %zu of %zu show it", r->name, shown.right, shown.servers);
		say_lines(buf_span(&shown.lines));
	}
	shown_free(&shown);
	free(selector);
	return status;
}

static int check_records(const struct settings *s, const struct records *r, int status)
{
	for (size_t i = 0; i < r->count; i++) {
		int one = r->items[i].key ? check_record(s, &r->items[i]) : EX_OK;
		status = status == EX_OK ? one : status;
	}
	return status;
}

/* A key that cannot be read is told of, and the others are printed; but nothing is published by halves. */
static int act_on_records(const struct arguments *a, const struct settings *s, const struct records *r, int status)
{
	if (a->check)
		return check_records(s, r, status);
	if (!a->publish) {
		records_print(r, a->format, stdout);
		return status;
	}
	for (size_t i = 0; i < r->notes.count; i++)
		fprintf(stderr, "signet: %s\n", r->notes.items[i]);
	return status == EX_OK ? publish_with(a, s, r) : status;
}

static int act_on_key(const struct arguments *a)
{
	struct records r = { 0 };
	struct settings s;
	struct fault f = { 0 };

	settings_defaults(&s);
	int status = records_of_key(a->domain, a->selector, a->key, &r, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK)
		status = act_on_records(a, &s, &r, status);
	records_free(&r);
	settings_free(&s);
	return status;
}

int command_dns(int argc, char **argv)
{
	struct arguments a;
	struct settings s;
	struct fault f = { 0 };

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet dns [-C FILE] [--format %s] [--address ADDRESS]... [DOMAIN]\n"
		                "       signet dns --publish [--address ADDRESS]... [--server ADDRESS[@PORT]] [--tsig-file FILE | --tsig NAME:ALGORITHM:FILE] [--yes] [DOMAIN]\n"
		                "       signet dns --check [DOMAIN]\n"
		                "       each with --domain DOMAIN --selector SELECTOR --key FILE, which is one key without a configuration\n"
		                "       plain is a name and its TXT value a line; bind (or --zone) is for a zone file\n",
		        record_format_names());
		text_list_free(&a.addresses);
		return EX_USAGE;
	}
	if (a.key)
		return act_on_key(&a);
	if (config_load(config_file(a.config), &s, &f) < 0) {
		text_list_free(&a.addresses);
		return complain(&f);
	}
	struct records r = { 0 };
	int status = records_of_settings(&s, a.only, &r);
	if (!a.check && status == EX_OK)
		status = senders_add(&s, &a.addresses, &r);
	/* A word to who reads this, not to what does. */
	if (!a.check && !a.publish && r.count > 0 && isatty(STDOUT_FILENO) && !senders_are_known(&s, &a.addresses))
		fprintf(stderr, "signet: for the SPF record too, give each address that mail leaves from, as receivers see it, with --address\n");
	if (r.count > 0 || r.notes.count > 0 || status != EX_OK) {
		status = act_on_records(&a, &s, &r, status);
	} else {
		fprintf(stderr, "signet: no signing key%s%s in %s; make one with: signet key new --domain %s\n",
		        a.only ? " for " : "", a.only ? a.only : "", config_file(a.config), a.only ? a.only : s.domain);
		status = a.only ? EX_USAGE : EX_CONFIG;
	}
	records_free(&r);
	settings_free(&s);
	text_list_free(&a.addresses);
	return status;
}
