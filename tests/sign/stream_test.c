/* SPDX-License-Identifier: ISC */
/* O(1) memory at any size: 64 MiB, or 4 GiB with LAB_LONG=1, go through signer and verifier at once. */
#include "tests/tap.h"
#include "tests/sign/mail.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { PIECE_BYTES = 1 << 20, MEMORY_MOST_KIB = 32 * 1024, ONE_PIECE_BYTES = 64 << 20 };

static struct sign_key *keys[2];

static void look_up(void *context, struct key_lookup *lookups, size_t count)
{
	(void)context;
	for (size_t i = 0; i < count; i++) {
		struct buf text = { 0 };
		sign_key_record(keys[lookups[i].name[0] == 'r' ? KEY_RSA : KEY_ED25519], SIGN_DKIM, &text);
		text_list_add(&lookups[i].records, buf_span(&text));
		buf_free(&text);
	}
}

typedef int feeder(void *to, struct span piece);

/* The same bytes every time; their count is no multiple of anything. */
static void feed_message(uint64_t bytes, feeder *feed, void *to)
{
	static char piece[PIECE_BYTES];
	static const char line[] = "A line of text,  with blanks \t and a tab, of a length of its own.\r\n\r\n";

	for (size_t i = 0; i < sizeof piece; i++)
		piece[i] = line[i % (sizeof line - 1)];
	feed(to, SPAN("From: a@example.org\r\nSubject: large\r\n\r\n"));
	for (uint64_t done = 0; done < bytes; done += sizeof piece)
		feed(to, (struct span){ piece, sizeof piece });
	feed(to, SPAN("the end\r\n"));
}

static int to_signer(void *to, struct span piece)
{
	return signer_feed(to, piece, NULL);
}

static int to_verifier(void *to, struct span piece)
{
	return verifier_feed(to, piece, NULL);
}

/* Also when it comes in one piece: a mapped one, whose body are pages that are not there. */
static void in_one_piece(void)
{
	static const char header[] = "From: a@example.org\r\n\r\n";
	struct span piece = { mmap(NULL, ONE_PIECE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
	                      ONE_PIECE_BYTES };
	struct sign_options o = { .key = keys[KEY_ED25519], .domain = "example.org", .selector = "e", .now_s = -1, .expires_s = -1 };
	struct buf fields = { 0 };

	if (piece.at == MAP_FAILED)
		abort();
	memcpy((char *)(uintptr_t)piece.at, header, sizeof header - 1);
	struct signer *s = signer_new(&o, 1, NULL);
	signer_feed(s, piece, NULL);
	is_int(signer_finish(s, &fields, NULL), 0, "a message in one piece");
	signer_free(s);
	buf_free(&fields);
	munmap((char *)(uintptr_t)piece.at, piece.len);
}

int main(void)
{
	const char *long_run = getenv("LAB_LONG");
	uint64_t bytes = long_run && long_run[0] == '1' ? UINT64_C(4) << 30 : UINT64_C(64) << 20;
	struct sign_options options[] = {
		{ .domain = "example.org", .selector = "r", .header = CANON_RELAXED, .body = CANON_RELAXED, .now_s = -1, .expires_s = -1 },
		{ .domain = "example.org", .selector = "e", .header = CANON_RELAXED, .body = CANON_SIMPLE, .now_s = -1, .expires_s = -1 },
		{ .scheme = SIGN_DOMAINKEYS, .domain = "example.org", .selector = "r", .header = CANON_NOFWS, .body = CANON_NOFWS },
	};
	struct verify_options verify = { .lookup = look_up, .now_s = 1 };
	struct buf fields = { 0 };
	struct rusage usage;

	tap_plan(7);
	keys[KEY_RSA] = sign_key_generate(KEY_RSA, 1024, NULL);
	keys[KEY_ED25519] = sign_key_generate(KEY_ED25519, 0, NULL);
	options[0].key = options[2].key = keys[KEY_RSA];
	options[1].key = keys[KEY_ED25519];
	struct signer *s = signer_new(options, 3, NULL);
	feed_message(bytes, to_signer, s);
	is_int(signer_finish(s, &fields, NULL), 0, "%llu MiB are signed three times", (unsigned long long)(bytes >> 20));
	struct verifier *v = verifier_new(&verify);
	verifier_feed(v, buf_span(&fields), NULL);
	feed_message(bytes, to_verifier, v);
	is_int(verifier_finish(v, NULL), 0, "and verified");
	for (size_t i = 0; i < 3; i++)
		is_int(verifier_signature(v, i)->result, VERIFY_PASS, "signature %zu", i);
	in_one_piece();
	getrusage(RUSAGE_SELF, &usage);
#ifndef SANITIZE
	ok(usage.ru_maxrss < MEMORY_MOST_KIB, "in %ld KiB of memory", usage.ru_maxrss);
#else
	tap_skip("in little memory", "sanitizers take their own");
#endif
	signer_free(s);
	verifier_free(v);
	buf_free(&fields);
	sign_key_free(keys[KEY_RSA]);
	sign_key_free(keys[KEY_ED25519]);
	return tap_done();
}
