/*
 * signet key - makes signing keys. A file is never overwritten: a key that is
 * in use would be lost.
 */
#include "base/config.h"
#include "base/io.h"
#include "base/secret.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define KEYS_FOLDER "/etc/signet/keys"

enum { BITS_DEFAULT = 2048, BITS_ADVISED = 2048, BITS_MOST = 4096 };

struct arguments {
	const char *domain, *selector, *output;
	enum key_type type;
	unsigned bits;
};

static int usage(void)
{
	fprintf(stderr, "usage: signet key new [--type rsa|ed25519] [--bits %d] --domain DOMAIN --selector SELECTOR [--file FILE]\n"
	                "       FILE is " KEYS_FOLDER "/SELECTOR.pem unless it is named\n", BITS_DEFAULT);
	return EX_USAGE;
}

static bool parse_type(const char *text, enum key_type *out)
{
	bool rsa = strcmp(text, "rsa") == 0;

	*out = rsa ? KEY_RSA : KEY_ED25519;
	return rsa || strcmp(text, "ed25519") == 0;
}

static bool parse_bits(const char *text, unsigned *out)
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
		{ 0 },
	};
	bool fine = true;
	int option;

	*out = (struct arguments){ .type = KEY_RSA, .bits = BITS_DEFAULT };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd': out->domain = optarg; break;
		case 's': out->selector = optarg; break;
		case 'a': fine &= parse_type(optarg, &out->type); break;
		case 'b': fine &= parse_bits(optarg, &out->bits); break;
		case 'o': out->output = optarg; break;
		default: fine = false;
		}
	}
	return fine && optind == argc && out->domain && out->selector;
}

/* ---- the file ---- */

static int failed(struct fault *f, const char *path, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(errno));
}

/* What tmpfiles or a package makes, for who has neither. Only the default folder. */
static int make_folder(struct fault *f)
{
	if ((mkdir("/etc/signet", 0755) < 0 && errno != EEXIST) || (mkdir(KEYS_FOLDER, 0700) < 0 && errno != EEXIST))
		return failed(f, KEYS_FOLDER, "cannot make the folder");
	return 0;
}

static int sync_folder_of(const char *path)
{
	char *copy = mem_text(path);
	int result = io_sync_folder(dirname(copy));

	free(copy);
	return result;
}

static int fill(int fd, const char *path, struct span pem, struct fault *f)
{
	if (io_write_all(fd, pem.at, pem.len, IO_FOREVER) < 0 || fsync(fd) < 0 || sync_folder_of(path) < 0) {
		failed(f, path, "cannot write the key");
		unlink(path);
		return -1;
	}
	return 0;
}

static int create(const char *path, struct span pem, struct fault *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return fault_set(f, FAULT_PERMANENT, "5.5.4",
		                 "%.300s: there is a file of that name, and keys are never overwritten; take another selector", path);
	if (fd < 0)
		return failed(f, path, "cannot make the key's file");
	int result = fill(fd, path, pem, f);
	close(fd);
	return result;
}

/* ---- what to do next ---- */

static void tell(const struct arguments *a, const char *path, const struct sign_key *key)
{
	char *whole = realpath(path, NULL);

	printf("%s: a new %s key", path, a->type == KEY_RSA ? "RSA" : "ed25519");
	if (a->type == KEY_RSA)
		printf(" of %u bits", sign_key_bits(key));
	printf("\n\nTo sign with it, add to %s:\n\n"
	       "dkim = ( { domain = \"%s\"; selector = \"%s\"; file = \"%s\"; } );\n\n"
	       "The record to publish first is printed by:\n\n"
	       "signet dns %s\n",
	       config_file(NULL), a->domain, a->selector, whole ? whole : path, a->domain);
	free(whole);
	if (a->type == KEY_RSA && a->bits < BITS_ADVISED)
		fprintf(stderr, "signet: warning: %u bits are few; receivers advise %d\n", a->bits, BITS_ADVISED);
}

static int make(const struct arguments *a, const char *path, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = sign_key_generate(a->type, a->bits, f);

	if (key == NULL)
		return -1;
	sign_key_to_pem(key, &pem);
	int result = create(path, buf_span(&pem), f);
	secret_free(&pem);
	if (result == 0)
		tell(a, path, key);
	sign_key_free(key);
	return result;
}

static int make_new(int argc, char **argv)
{
	struct arguments a;
	struct buf path = { 0 };
	struct fault f = { 0 };

	if (!parse(argc, argv, &a))
		return usage();
	int result = keyfile_check_names(a.domain, a.selector, &f);
	if (result == 0 && a.output == NULL)
		result = make_folder(&f);
	if (a.output)
		buf_add_text(&path, a.output);
	else
		buf_printf(&path, KEYS_FOLDER "/%s.pem", a.selector);
	if (result == 0)
		result = make(&a, buf_text(&path), &f);
	buf_free(&path);
	return result < 0 ? complain(&f) : EX_OK;
}

int command_key(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "new") == 0)
		return make_new(argc - 1, argv + 1);
	return usage();
}
