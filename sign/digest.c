/* SPDX-License-Identifier: ISC */
#include "sign/digest.h"


#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

static EVP_MD *fetched[DIGEST_KINDS];

static void fetch_digests(void)
{
	fetched[DIGEST_SHA256] = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	fetched[DIGEST_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
}

const EVP_MD *digest_md(enum digest_kind kind)
{
	static once_flag once = ONCE_FLAG_INIT;

	call_once(&once, fetch_digests);
	return fetched[kind];
}

/* OpenSSL's hashes fail only for lack of memory, or of SHA-256 itself: there is no way to go on. */
static void must_hash(int success)
{
	if (success == 1)
		return;
	fputs("signet: OpenSSL cannot hash; is SHA-256 missing from its providers?\n", stderr);
	abort();
}

EVP_MD_CTX *digest_begin(enum digest_kind kind)
{
	EVP_MD_CTX *running = EVP_MD_CTX_new();

	must_hash(running != NULL && EVP_DigestInit_ex(running, digest_md(kind), NULL) == 1);
	return running;
}

void digest_feed(EVP_MD_CTX *running, struct span piece)
{
	must_hash(EVP_DigestUpdate(running, piece.at, piece.len));
}

EVP_MD_CTX *digest_copy(const EVP_MD_CTX *running)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	must_hash(copy != NULL && EVP_MD_CTX_copy_ex(copy, running) == 1);
	return copy;
}

void digest_now(const EVP_MD_CTX *running, struct digest *out)
{
	EVP_MD_CTX *copy = digest_copy(running);
	unsigned len = 0;

	must_hash(EVP_DigestFinal_ex(copy, out->bytes, &len));
	out->len = len;
	EVP_MD_CTX_free(copy);
}
