/* SPDX-License-Identifier: ISC */
/*
 * signet key show - one key's public half: what it is, its record, and the
 * form that OpenSSL reads. The private half is never printed.
 */
#include "base/conf/config.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

enum part { PART_ALL, PART_PUBLIC, PART_RECORD };

static bool parse_arguments(int argc, char **argv, enum part *part, const char **what)
{
	bool public = false, record = false;
	const struct option_row options[] = { { "public", NULL, &public }, { "record", NULL, &record } };
	int first = OPTIONS_TAKE(argc, argv, options);

	if (first < 0 || first + 1 != argc || (public && record))
		return false;
	*part = public ? PART_PUBLIC : record ? PART_RECORD : PART_ALL;
	*what = argv[first];
	return true;
}

/* The value alone where the key is not a configured one, as its name is not known. */
static void print_record(const struct sign_key *key, const struct keyset_key *as)
{
	struct buf value = { 0 };

	sign_key_record(key, as ? as->scheme : SIGN_DKIM, &value);
	if (as)
		printf("%s._domainkey.%s ", as->selector, as->entry->domain[0] == '*' ? "DOMAIN" : as->entry->domain);
	printf("%s\n", buf_text(&value));
	buf_free(&value);
}

static void print_public(const struct sign_key *key)
{
	struct buf pem = { 0 };

	sign_key_public_pem(key, &pem);
	fputs(buf_text(&pem), stdout);
	buf_free(&pem);
}

static void print_key(enum part part, const struct sign_key *key, const char *file, const struct keyset_key *as)
{
	struct buf fingerprint = { 0 };

	switch (part) {
	case PART_ALL:
		sign_key_fingerprint(key, &fingerprint);
		if (as)
			printf("domain       %s\nselector     %s\nscheme       %s\n", as->entry->domain, as->selector,
			       key_scheme_word(as->scheme));
		printf("file         %s\ntype         %s\nbits         %u\nfingerprint  SHA256 %s\nrecord       ", file,
		       key_type_word(sign_key_type(key)), sign_key_bits(key), buf_text(&fingerprint));
		buf_free(&fingerprint);
		print_record(key, as);
		print_public(key);
		break;
	case PART_PUBLIC:
		print_public(key);
		break;
	case PART_RECORD:
		print_record(key, as);
		break;
	}
}

/* ---- which one ---- */

/* All that are called so; -1 when none is. */
static int show_configured(const struct settings *s, enum part part, const char *what)
{
	struct span name = span_of(what);
	struct keyset keys;
	int status = -1;

	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		struct keyset_key *k = &keys.items[i];
		if (!span_eq_nocase(name, span_of(k->selector)) && !span_eq_nocase(name, span_of(k->entry->domain)) &&
		    strcmp(k->file, what) != 0)
			continue;
		keyset_open(k);
		if (k->key)
			print_key(part, k->key, k->file, k);
		int one = k->key ? EX_OK : complain(&k->fault);
		status = status > EX_OK ? status : one;
	}
	keyset_free(&keys);
	return status;
}

int key_show(int argc, char **argv)
{
	enum part part;
	const char *what;
	struct settings s;
	struct fault f = { 0 };

	if (!parse_arguments(argc, argv, &part, &what)) {
		fprintf(stderr, "usage: signet key show SELECTOR|DOMAIN|FILE [--public|--record]\n"
		                "       --public is the form of OpenSSL alone, --record the DNS record in one line\n");
		return EX_USAGE;
	}
	bool readable = config_load(config_file(NULL), &s, &f) == 0;
	int status = readable ? show_configured(&s, part, what) : -1;
	if (readable)
		settings_free(&s);
	if (status >= 0)
		return status;
	if (strchr(what, '/') || access(what, F_OK) == 0) {
		struct sign_key *key = keyfile_read_named(what, &f);
		if (key == NULL)
			return complain(&f);
		print_key(part, key, what, NULL);
		sign_key_free(key);
		return EX_OK;
	}
	if (!readable)
		return complain(&f);
	fprintf(stderr, "signet: no configured key has the selector or domain \"%s\", and it is not a file; signet key list shows "
	                "them\n", what);
	return EX_USAGE;
}
