/* SPDX-License-Identifier: ISC */
/*
 * signet sign - a filter: the message on standard input comes out with a
 * DKIM-Signature, or a DomainKey-Signature, before it. Nothing is written
 * unless it could be signed.
 */
#include "base/clock.h"
#include "base/mail/idn.h"
#include "sign/sign.h"
#include "signet/filter/filter_commands.h"
#include "signet/filter/filter_input.h"
#include "signet/keys/keyfile.h"
#include "signet/talk/complain.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* A hundred years: what is more was meant as a date. */
#define EXPIRES_MAX_S (100ULL * 366 * 24 * 3600)

struct arguments {
	const char *domain, *selector, *key, *algorithm, *identity;
	enum sign_scheme scheme;
	enum canon header, body;
	bool canon_given;
	unsigned long long expires_s;            /* 0: never */
	struct text_list covered, oversigned;    /* empty: the usual */
};

static bool parse_canon_word(struct span word, enum canon *out)
{
	bool relaxed = span_eq(word, SPAN("relaxed"));

	*out = relaxed ? CANON_RELAXED : CANON_SIMPLE;
	return relaxed || span_eq(word, SPAN("simple"));
}

/* As in c=: a body that is not named is simple. */
static bool parse_canon(const char *text, struct arguments *out)
{
	struct span body = span_of(text), header = span_cut(&body, '/');

	out->canon_given = true;
	out->body = CANON_SIMPLE;
	return parse_canon_word(header, &out->header) && (body.at == NULL || parse_canon_word(body, &out->body));
}

static bool parse_domainkeys(const char *text, struct arguments *out)
{
	bool nofws = strcmp(text, "nofws") == 0;

	out->scheme = SIGN_DOMAINKEYS;
	out->header = out->body = nofws ? CANON_NOFWS : CANON_SIMPLE;
	return nofws || strcmp(text, "simple") == 0;
}

static bool parse_names(const char *text, struct text_list *out)
{
	bool fine = true;

	for (struct span rest = span_of(text); rest.at;) {
		struct span name = span_trim(span_cut(&rest, ','));
		fine = fine && name.len > 0;
		text_list_add(out, name);
	}
	return fine;
}

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "canonicalization", required_argument, NULL, 'c' },
		{ "identity", required_argument, NULL, 'i' },
		{ "domainkeys", required_argument, NULL, 'y' },
		{ "expires", required_argument, NULL, 'x' },
		{ "signed-fields", required_argument, NULL, 'h' },
		{ "oversigned-fields", required_argument, NULL, 'o' },
		{ 0 },
	};
	bool fine = true;
	int option, which;

	*out = (struct arguments){ .scheme = SIGN_DKIM, .header = CANON_RELAXED, .body = CANON_RELAXED };
	while ((option = getopt_long(argc, argv, "", options, &which)) != -1) {
		bool well = true;
		switch (option) {
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'k': out->key = optarg; break;
		case 'a': out->algorithm = optarg; break;
		case 'i': out->identity = optarg; break;
		case 'c': well = parse_canon(optarg, out); break;
		case 'y': well = parse_domainkeys(optarg, out); break;
		case 'x': well = span_number(span_of(optarg), EXPIRES_MAX_S, &out->expires_s) && out->expires_s > 0; break;
		case 'h': well = parse_names(optarg, &out->covered); break;
		case 'o': well = parse_names(optarg, &out->oversigned); break;
		default: fine = false;
		}
		if (!well)
			fprintf(stderr, "signet: --%s cannot be \"%.100s\"\n", options[which].name, optarg);
		fine = fine && well;
	}
	return fine && optind == argc && out->domain && out->selector && out->key;
}

/* An option that DomainKeys has no place for is refused, not silently ignored. */
static int check_scheme(const struct arguments *a, struct fault *f)
{
	const struct { const char *option; bool given; } dkim_only[] = {
		{ "--canonicalization", a->canon_given },
		{ "--identity", a->identity != NULL },
		{ "--expires", a->expires_s > 0 },
		{ "--oversigned-fields", a->oversigned.count > 0 },
	};

	for (size_t i = 0; a->scheme == SIGN_DOMAINKEYS && i < sizeof dkim_only / sizeof dkim_only[0]; i++)
		if (dkim_only[i].given)
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s is for DKIM only: not with --domainkeys",
			                 dkim_only[i].option);
	return 0;
}

/* The key decides; the argument may only agree. "rsa" will do for "rsa-sha256". */
static int check_algorithm(const struct arguments *a, const struct sign_key *key, struct fault *f)
{
	const char *name = sign_key_type(key) == KEY_RSA ? "rsa" : "ed25519";
	const char *hash_name = a->scheme == SIGN_DOMAINKEYS ? "sha1" : "sha256";
	struct span hash = span_of(a->algorithm), type = span_cut(&hash, '-');

	if (a->algorithm == NULL || (span_eq(type, span_of(name)) && (hash.at == NULL || span_eq(hash, span_of(hash_name)))))
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "this key cannot sign with the algorithm %.100s%s: it makes %s-%s",
	                 a->algorithm, a->scheme == SIGN_DOMAINKEYS ? " in DomainKeys" : "", name, hash_name);
}

/*
 * NULL: the usual fields, or a fault. DomainKeys covers what is there, so
 * that there the names given are all; for DKIM each list stands by itself.
 */
static struct sign_fields *choose_fields(const struct arguments *a, struct fault *f)
{
	static const char *const from[] = { "from" };
	bool domainkeys = a->scheme == SIGN_DOMAINKEYS;

	if (a->covered.count + a->oversigned.count == 0)
		return NULL;
	return sign_fields_new((const char *const *)a->covered.items, a->covered.count,
	                       domainkeys ? from : (const char *const *)a->oversigned.items,
	                       domainkeys ? 1 : a->oversigned.count, f);
}

struct signing {
	struct signer *signer;
	struct filter_spool message;
};

static int take_piece(void *context, struct span piece, struct fault *f)
{
	struct signing *s = context;

	return signer_feed(s->signer, piece, f) < 0 || filter_spool_add(&s->message, piece, f) < 0 ? -1 : 0;
}

static int sign_with(const struct sign_options *options, struct fault *f)
{
	struct signing s = { .message = { .fd = -1 } };
	struct filter_spool fields = { .fd = -1 };

	s.signer = signer_new(options, 1, f);
	if (s.signer == NULL)
		return -1;
	int result = filter_input_read(STDIN_FILENO, FILTER_INPUT_TO_SIGN, NULL, take_piece, &s, f);
	if (result == 0)
		result = signer_finish(s.signer, &fields.memory, f);
	if (result == 0 && signer_left_out(s.signer, 0))
		result = fault_set(f, FAULT_PERMANENT, "5.6.0", "not signed: %s", signer_left_out(s.signer, 0));
	if (result == 0)
		result = filter_spool_write(&fields, STDOUT_FILENO, f);
	if (result == 0)
		result = filter_spool_write(&s.message, STDOUT_FILENO, f);
	signer_free(s.signer);
	filter_spool_free(&fields);
	filter_spool_free(&s.message);
	return result;
}

static int sign_message(const struct arguments *a, const struct sign_key *key, struct fault *f)
{
	int64_t now_s = clock_wall_ms() / 1000;
	struct sign_options options = {
		.scheme = a->scheme, .key = key, .selector = a->selector,
		.header = a->header, .body = a->body, .now_s = now_s,
		.expires_s = a->expires_s > 0 ? now_s + (int64_t)a->expires_s : -1,
	};

	if (check_scheme(a, f) < 0 || check_algorithm(a, key, f) < 0)
		return -1;
	struct buf domain = { 0 }, identity = { 0 };
	struct sign_fields *fields = choose_fields(a, f);
	options.fields = fields;
	/* What a person writes with U-labels goes into the field with A-labels. */
	int result = f->kind == FAULT_NONE ? idn_domain(span_of(a->domain), &domain, f) : -1;
	if (result == 0 && a->identity)
		result = idn_address(span_of(a->identity), &identity, f);
	options.domain = buf_text(&domain);
	options.identity = a->identity ? buf_text(&identity) : NULL;
	if (result == 0)
		result = keyfile_check_words(options.domain, options.selector, f);
	if (result == 0)
		result = sign_with(&options, f);
	sign_fields_free(fields);
	buf_free(&domain);
	buf_free(&identity);
	return result;
}

int command_sign(int argc, char **argv)
{
	struct arguments a;
	struct fault f = { 0 };
	int status = EX_USAGE;

	if (parse_arguments(argc, argv, &a)) {
		struct sign_key *key = keyfile_read_named(a.key, &f);
		status = key && sign_message(&a, key, &f) == 0 ? EX_OK : complain(&f);
		sign_key_free(key);
	} else {
		fprintf(stderr, "usage: signet sign --domain DOMAIN --selector SELECTOR --key FILE [--algorithm rsa-sha256|ed25519-sha256]\n"
		                "                   [--canonicalization HEADER[/BODY]] [--identity [USER]@DOMAIN] [--expires SECONDS]\n"
		                "                   [--signed-fields NAME,...] [--oversigned-fields NAME,...] < message > signed\n"
		                "       signet sign --domain DOMAIN --selector SELECTOR --key FILE --domainkeys nofws|simple\n"
		                "                   [--signed-fields NAME,...] < message > signed\n");
	}
	text_list_free(&a.covered);
	text_list_free(&a.oversigned);
	return status;
}
