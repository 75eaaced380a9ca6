/*
 * signet key - dispatch, and the making of keys. A file is never overwritten:
 * a key that is in use would be lost.
 */
#include "signet/key.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/secret.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/keyfile.h"
#include "signet/selector.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { BITS_MOST = 4096 };

struct arguments {
	const char *domain, *selector, *output;
	enum key_type type;
	unsigned bits;
	bool domainkeys;
};

static int usage(void)
{
	fprintf(stderr, "usage: signet key new [--type rsa|ed25519] [--bits 2048|3072|4096] [--domainkeys] --domain DOMAIN\n"
	                "                      [--selector SELECTOR] [--file FILE]\n"
	                "       SELECTOR is the next by date (s2026a), FILE " KEYFILE_FOLDER "/SELECTOR.pem, unless they are named\n");
	return EX_USAGE;
}

static const char *const type_words[] = { [KEY_RSA] = "rsa", [KEY_ED25519] = "ed25519" };
static const char *const scheme_words[] = { [SIGN_DKIM] = "DKIM", [SIGN_DOMAINKEYS] = "DomainKeys" };

const char *key_type_word(enum key_type type)
{
	return type_words[type];
}

const char *key_scheme_word(enum sign_scheme scheme)
{
	return scheme_words[scheme];
}

bool key_parse_type(const char *text, enum key_type *out)
{
	bool rsa = strcmp(text, type_words[KEY_RSA]) == 0;

	*out = rsa ? KEY_RSA : KEY_ED25519;
	return rsa || strcmp(text, type_words[KEY_ED25519]) == 0;
}

bool key_parse_bits(const char *text, unsigned *out)
{
	unsigned long long bits = 0;
	bool fine = span_number(span_of(text), BITS_MOST, &bits);

	*out = (unsigned)bits;
	return fine;
}

static bool parse(int argc, char **argv, struct arguments *out)
{
	/* --algorithm and --output are what sign and other key makers call them. */
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "type", required_argument, NULL, 'a' },
		{ "bits", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "file", required_argument, NULL, 'o' },
		{ "domainkeys", no_argument, NULL, 'k' },
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ .type = KEY_RSA, .bits = KEY_BITS_ADVISED };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'a': fine &= key_parse_type(optarg, &out->type); break;
		case 'b': fine &= key_parse_bits(optarg, &out->bits); break;
		case 'o': out->output = optarg; break;
		case 'k': out->domainkeys = true; break;
		default: fine = false;
		}
	}
	return fine && optind == argc && out->domain && !(out->domainkeys && out->type != KEY_RSA);
}

/* ---- making ---- */

struct sign_key *key_make(enum key_type type, unsigned bits, const char *path, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = sign_key_generate(type, bits, f);

	if (key == NULL)
		return NULL;
	sign_key_to_pem(key, &pem);
	int result = keyfile_create(path, buf_span(&pem), f);
	secret_free(&pem);
	if (result == 0)
		return key;
	sign_key_free(key);
	return NULL;
}

static void tell_entry(const struct arguments *a, const char *path)
{
	if (a->domainkeys)
		printf("To sign with it, add to the entry of %s in dkim in %s:\n\n"
		       "domainkeys = { selector = \"%s\"; file = \"%s\"; };\n",
		       a->domain, config_file(NULL), a->selector, path);
	else
		printf("To sign with it, add to %s:\n\n"
		       "dkim = ( { domain = \"%s\"; selector = \"%s\"; file = \"%s\"; } );\n",
		       config_file(NULL), a->domain, a->selector, path);
}

static void tell(const struct arguments *a, const char *path, const struct sign_key *key)
{
	char *whole = realpath(path, NULL);

	printf("%s: a new %s key", path, a->type == KEY_RSA ? "RSA" : "ed25519");
	if (a->type == KEY_RSA)
		printf(" of %u bits", sign_key_bits(key));
	printf("\n\n");
	tell_entry(a, whole ? whole : path);
	printf("\nThe record to publish first is printed by:\n\nsignet dns %s\n", a->domain);
	free(whole);
	if (a->type == KEY_RSA && a->bits < KEY_BITS_ADVISED)
		fprintf(stderr, "signet: warning: %u bits are few; receivers advise %d\n", a->bits, KEY_BITS_ADVISED);
}

/* The next by date, of which neither the configuration nor the folder knows. */
static int choose_selector(struct buf *out, struct fault *f)
{
	struct settings s;

	if (config_read(config_file(NULL), &s, f) < 0)
		return -1;
	selector_first_free(selector_year(clock_wall_ms()), &s, KEYFILE_FOLDER, out);
	settings_free(&s);
	return 0;
}

static int make(const struct arguments *a, struct fault *f)
{
	struct buf path = { 0 };
	struct sign_key *key = NULL;

	if (a->output)
		buf_add_text(&path, a->output);
	else
		selector_path(KEYFILE_FOLDER, a->selector, &path);
	int result = keyfile_check_names(a->domain, a->selector, f);
	if (result == 0 && a->output == NULL)
		result = keyfile_make_folder(KEYFILE_FOLDER, f);
	if (result == 0)
		key = key_make(a->type, a->bits, buf_text(&path), f);
	if (key)
		tell(a, buf_text(&path), key);
	sign_key_free(key);
	buf_free(&path);
	return key ? 0 : -1;
}

static int make_new(int argc, char **argv)
{
	struct arguments a;
	struct buf selector = { 0 };
	struct fault f = { 0 };
	int result = 0;

	if (!parse(argc, argv, &a))
		return usage();
	if (a.selector == NULL) {
		result = choose_selector(&selector, &f);
		a.selector = buf_text(&selector);
	}
	if (result == 0)
		result = make(&a, &f);
	buf_free(&selector);
	return result < 0 ? complain(&f) : EX_OK;
}

/* ---- dispatch ---- */

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} actions[] = {
	{ "new", make_new },
	{ "list", key_list },
	{ "show", key_show },
	{ "import", key_import },
	{ "rotate", key_rotate },
	{ "revoke", key_revoke },
};

int command_key(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].run(argc - 1, argv + 1);
	fprintf(stderr, "usage: signet key new | list | show | import | rotate | revoke; signet help key tells more\n");
	return EX_USAGE;
}
