/* SPDX-License-Identifier: ISC */
/*
 * signing - how many messages a second one core signs or verifies: this
 * project, and the least that it can cost, the same cryptography over the same
 * bytes and nothing else. For bench: prints "WHO CASE RATE" lines.
 *
 *   signing FOLDER MILLISECONDS [WORDS]
 *
 * FOLDER has rsa.pem and ed25519.pem, whose selectors are rsa and ed25519 at
 * bench.example, and messages 2k.eml, 100k.eml, 10m.eml; signed copies and the
 * records (name, blank, value) are left there for the peers. WORDS, such as
 * "signet verify-rsa-relaxed-2k", measures that alone, for profiling.
 */
#include "base/clock.h"
#include "base/io.h"
#include "sign/sign.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

static const char *folder;
static int64_t run_ms;
static const char *only = "";
static struct sign_key *keys[2];
static struct buf records[2];

static const char *const key_names[] = { [KEY_RSA] = "rsa", [KEY_ED25519] = "ed25519" };
static const char *const sizes[] = { "2k", "100k", "10m" };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void read_in(const char *name, const char *ending, struct buf *out)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s%s", folder, name, ending);
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_file(fd, out, SIZE_MAX / 2) < 0)
		fail(buf_text(&path));
	close(fd);
	buf_free(&path);
}

static void write_out(const char *name, const struct buf *bytes)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", folder, name);
	int fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || io_write_all(fd, bytes->at, bytes->len, IO_FOREVER) < 0)
		fail(buf_text(&path));
	close(fd);
	buf_free(&path);
}

/* ---- what is measured ---- */

struct work {
	enum key_type type;
	enum canon canon;
	struct span message, signed_message;
	struct key_cache *cache;
};

static int to_signer(void *s, struct span piece, struct fault *f)
{
	return signer_feed(s, piece, f);
}

static int to_verifier(void *v, struct span piece, struct fault *f)
{
	return verifier_feed(v, piece, f);
}

static void feed(int (*take)(void *to, struct span piece, struct fault *f), void *to, struct span message)
{
	struct fault f = { 0 };

	while (message.len > 0) {
		size_t len = message.len < PIECE_BYTES ? message.len : PIECE_BYTES;
		if (take(to, (struct span){ message.at, len }, &f) < 0)
			fail(f.text);
		message = span_between(message.at + len, message.at + message.len);
	}
}

static void sign_once(const struct work *w, struct buf *fields)
{
	struct sign_options o = {
		.key = keys[w->type], .domain = "bench.example", .selector = key_names[w->type], .header = w->canon,
		.body = w->canon, .now_s = clock_wall_ms() / 1000, .expires_s = -1,
	};
	struct fault f = { 0 };
	struct signer *s = signer_new(&o, 1, &f);

	if (s == NULL)
		fail(f.text);
	feed(to_signer, s, w->message);
	if (signer_finish(s, fields, &f) < 0)
		fail(f.text);
	signer_free(s);
}

static void sign(const struct work *w)
{
	struct buf fields = { 0 };

	sign_once(w, &fields);
	buf_free(&fields);
}

static void find_record(void *context, struct key_lookup *lookups, size_t count)
{
	const struct work *w = context;

	for (size_t i = 0; i < count; i++)
		text_list_add(&lookups[i].records, buf_span(&records[w->type]));
}

static void verify(const struct work *w)
{
	struct work copy = *w;
	struct verify_options o = { .lookup = find_record, .context = &copy, .cache = w->cache, .now_s = clock_wall_ms() / 1000 };
	struct verifier *v = verifier_new(&o);
	struct fault f = { 0 };

	feed(to_verifier, v, w->signed_message);
	if (verifier_finish(v, &f) < 0 || verifier_count(v) != 1 || verifier_signature(v, 0)->result != VERIFY_PASS)
		fail("a signature does not verify");
	verifier_free(v);
}

/* ---- the floor: OpenSSL alone, with all that can be made before made before ---- */

static struct {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *sign, *verify;   /* RSA */
	EVP_MD_CTX *md;                /* ed25519 */
	unsigned char signature[512];
	size_t signature_bytes;
} floors[2];
static EVP_MD *sha256;

static void hash_message(const struct work *w, unsigned char digest[32])
{
	if (EVP_Digest(w->message.at, w->message.len, digest, NULL, sha256, NULL) != 1)
		fail("EVP_Digest");
}

static void floor_sign(const struct work *w)
{
	unsigned char digest[32];
	size_t *len = &floors[w->type].signature_bytes;
	int done;

	hash_message(w, digest);
	*len = sizeof floors->signature;
	if (w->type == KEY_RSA)
		done = EVP_PKEY_sign(floors[KEY_RSA].sign, floors[KEY_RSA].signature, len, digest, sizeof digest);
	else
		done = EVP_DigestSignInit(floors[KEY_ED25519].md, NULL, NULL, NULL, floors[KEY_ED25519].pkey) == 1 &&
		       EVP_DigestSign(floors[KEY_ED25519].md, floors[KEY_ED25519].signature, len, digest, sizeof digest) == 1;
	if (done != 1)
		fail("the floor does not sign");
}

static void floor_verify(const struct work *w)
{
	unsigned char digest[32];
	const size_t len = floors[w->type].signature_bytes;
	int done;

	hash_message(w, digest);
	if (w->type == KEY_RSA)
		done = EVP_PKEY_verify(floors[KEY_RSA].verify, floors[KEY_RSA].signature, len, digest, sizeof digest);
	else
		done = EVP_DigestVerifyInit(floors[KEY_ED25519].md, NULL, NULL, NULL, floors[KEY_ED25519].pkey) == 1 &&
		       EVP_DigestVerify(floors[KEY_ED25519].md, floors[KEY_ED25519].signature, len, digest, sizeof digest) == 1;
	if (done != 1)
		fail("the floor does not verify");
}

static void make_floor(enum key_type type, struct span pem)
{
	BIO *in = BIO_new_mem_buf(pem.at, (int)pem.len);

	sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	floors[type].pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	floors[type].md = EVP_MD_CTX_new();
	BIO_free(in);
	if (type == KEY_ED25519)
		return;
	floors[type].sign = EVP_PKEY_CTX_new(floors[type].pkey, NULL);
	floors[type].verify = EVP_PKEY_CTX_new(floors[type].pkey, NULL);
	if (EVP_PKEY_sign_init(floors[type].sign) != 1 || EVP_PKEY_CTX_set_signature_md(floors[type].sign, sha256) != 1 ||
	    EVP_PKEY_verify_init(floors[type].verify) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(floors[type].verify, sha256) != 1)
		fail("the floor cannot be made");
}

/* ---- measuring ---- */

static void measure(const char *who, const char *what, const struct work *w, const char *size,
                    void (*act)(const struct work *w))
{
	struct buf name = { 0 };
	int64_t begin = clock_boot_ms(), now = begin;
	unsigned long count = 0;

	buf_printf(&name, "%s %s-%s-%s-%s", who, what, key_names[w->type], w->canon == CANON_RELAXED ? "relaxed" : "simple",
	           size);
	for (; strstr(buf_text(&name), only) && now - begin < run_ms; now = clock_boot_ms()) {
		act(w);
		count++;
	}
	if (count > 0)
		printf("%s %.1f\n", buf_text(&name), (double)count * 1000 / (double)(now - begin));
	fflush(stdout);
	buf_free(&name);
}

static void measure_size(const char *size)
{
	struct buf message = { 0 };

	read_in(size, ".eml", &message);
	for (int type = KEY_RSA; type <= KEY_ED25519; type++)
		for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
			struct work w = { .type = (enum key_type)type, .canon = (enum canon)canon, .message = buf_span(&message),
			                  .cache = key_cache_new() };
			struct buf whole = { 0 }, name = { 0 };
			sign_once(&w, &whole);
			buf_add_span(&whole, w.message);
			w.signed_message = buf_span(&whole);
			floor_sign(&w);   /* what its verification needs */
			measure("floor", "sign", &w, size, floor_sign);
			measure("signet", "sign", &w, size, sign);
			measure("floor", "verify", &w, size, floor_verify);
			measure("signet", "verify", &w, size, verify);
			buf_printf(&name, "%s-%s-%s.signed", key_names[type], canon == CANON_RELAXED ? "relaxed" : "simple", size);
			write_out(buf_text(&name), &whole);
			key_cache_free(w.cache);
			buf_free(&whole);
			buf_free(&name);
		}
	buf_free(&message);
}

static void read_key(enum key_type type)
{
	struct buf pem = { 0 };
	struct fault f = { 0 };

	read_in(key_names[type], ".pem", &pem);
	keys[type] = sign_key_from_pem(buf_span(&pem), SPAN(""), &f);
	if (keys[type] == NULL)
		fail(f.text);
	sign_key_record(keys[type], SIGN_DKIM, &records[type]);
	make_floor(type, buf_span(&pem));
	buf_free(&pem);
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4)
		return 64;
	folder = argv[1];
	run_ms = atoi(argv[2]);
	only = argc == 4 ? argv[3] : "";
	read_key(KEY_RSA);
	read_key(KEY_ED25519);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		measure_size(sizes[i]);
	return 0;
}
