/*
 * signet sign - a filter: the message on standard input comes out with a
 * DKIM-Signature before it. Nothing is written unless it could be signed.
 */
#include "base/clock.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/intake.h"
#include "signet/keyfile.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const char *domain, *selector, *key, *algorithm, *identity;
	enum canon header, body;
};

static int usage(void)
{
	fprintf(stderr, "usage: signet sign --domain DOMAIN --selector SELECTOR --key FILE [--algorithm rsa-sha256|ed25519-sha256]\n"
	                "                   [--canonicalization HEADER[/BODY]] [--identity [USER]@DOMAIN] < message > signed\n");
	return EX_USAGE;
}

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

	out->body = CANON_SIMPLE;
	return parse_canon_word(header, &out->header) && (body.at == NULL || parse_canon_word(body, &out->body));
}

static bool parse(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "canonicalization", required_argument, NULL, 'c' },
		{ "identity", required_argument, NULL, 'i' },
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ .header = CANON_RELAXED, .body = CANON_RELAXED };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'k': out->key = optarg; break;
		case 'a': out->algorithm = optarg; break;
		case 'i': out->identity = optarg; break;
		case 'c': fine &= parse_canon(optarg, out); break;
		default: fine = false;
		}
	}
	return fine && optind == argc && out->domain && out->selector && out->key;
}

/* The key decides; the argument may only agree. "rsa" will do for "rsa-sha256". */
static int check_algorithm(const char *algorithm, const struct sign_key *key, struct fault *f)
{
	const char *name = sign_key_type(key) == KEY_RSA ? "rsa" : "ed25519";
	struct span hash = span_of(algorithm), type = span_cut(&hash, '-');

	if (algorithm == NULL || (span_eq(type, span_of(name)) && (hash.at == NULL || span_eq(hash, SPAN("sha256")))))
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "the algorithm %.100s cannot be had with this key: it makes %s-sha256",
	                 algorithm, name);
}

struct signing {
	struct signer *signer;
	struct spool message;
};

static int take(void *context, struct span piece, struct fault *f)
{
	struct signing *s = context;

	return signer_feed(s->signer, piece, f) < 0 || spool_add(&s->message, piece, f) < 0 ? -1 : 0;
}

static int write_signed(struct signing *s, struct fault *f)
{
	struct spool fields = { .fd = -1 };
	int result = signer_finish(s->signer, &fields.memory, f);

	if (result == 0)
		result = spool_write(&fields, STDOUT_FILENO, f);
	if (result == 0)
		result = spool_write(&s->message, STDOUT_FILENO, f);
	spool_free(&fields);
	return result;
}

static int sign(const struct arguments *a, const struct sign_key *key, struct fault *f)
{
	struct sign_options options = {
		.key = key, .domain = a->domain, .selector = a->selector, .identity = a->identity,
		.header = a->header, .body = a->body, .now_s = clock_wall_ms() / 1000, .expires_s = -1,
	};
	struct signing s = { .message = { .fd = -1 } };
	int result = check_algorithm(a->algorithm, key, f);

	if (result == 0)
		s.signer = signer_new(&options, 1, f);
	if (s.signer == NULL)
		return -1;
	result = intake_read(STDIN_FILENO, CRLF_REPAIR, take, &s, f);
	if (result == 0)
		result = write_signed(&s, f);
	signer_free(s.signer);
	spool_free(&s.message);
	return result;
}

int command_sign(int argc, char **argv)
{
	struct arguments a;
	struct fault f = { 0 };

	if (!parse(argc, argv, &a))
		return usage();
	struct sign_key *key = keyfile_read(a.key, SPAN(""), &f);
	if (key == NULL)
		return complain(&f);
	int result = sign(&a, key, &f);
	sign_key_free(key);
	return result < 0 ? complain(&f) : EX_OK;
}
