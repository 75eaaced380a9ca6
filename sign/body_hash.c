/* SPDX-License-Identifier: ISC */
#include "sign/body_hash.h"

#include <stdlib.h>

enum { CANONS = CANON_RELAXED + 1 };   /* those of DKIM */

struct want {
	enum canon canon;
	enum digest_kind digest;
	uint64_t bytes;
	bool reached;
	struct digest result;
};

struct cut {
	uint64_t bytes;
	size_t number;         /* whose want */
};

/* One hash over the whole of one canonical body; cuts are read off in passing. */
struct run {
	EVP_MD_CTX *hash;
	uint64_t bytes;
	struct cut *cuts;      /* ascending */
	size_t count, next;
};

struct body_hash {
	struct want *wants;
	size_t count;
	bool started;
	struct run runs[CANONS][DIGEST_KINDS];
	struct canon_body *canons[CANONS];   /* those in use: each is large */
	bool used[CANONS];
	struct sink { struct body_hash *body; enum canon canon; } sinks[CANONS];
};

struct body_hash *body_hash_new(void)
{
	return mem_alloc(sizeof(struct body_hash));
}

void body_hash_free(struct body_hash *b)
{
	if (b == NULL)
		return;
	for (size_t c = 0; c < CANONS; c++)
		for (size_t d = 0; d < DIGEST_KINDS; d++) {
			EVP_MD_CTX_free(b->runs[c][d].hash);
			free(b->runs[c][d].cuts);
		}
	for (size_t c = 0; c < CANONS; c++)
		free(b->canons[c]);
	free(b->wants);
	free(b);
}

size_t body_hash_want(struct body_hash *b, enum canon canon, enum digest_kind digest, uint64_t bytes)
{
	b->wants = mem_resize(b->wants, b->count + 1, sizeof *b->wants);
	b->wants[b->count] = (struct want){ .canon = canon, .digest = digest, .bytes = bytes };
	return b->count++;
}

static void take_cut(struct body_hash *b, struct run *r)
{
	struct want *w = &b->wants[r->cuts[r->next++].number];

	digest_now(r->hash, &w->result);
	w->reached = true;
}

static void take_canonical(void *context, struct span piece)
{
	struct sink *s = context;

	for (size_t d = 0; d < DIGEST_KINDS; d++) {
		struct run *r = &s->body->runs[s->canon][d];
		struct span rest = piece;
		while (r->next < r->count && r->cuts[r->next].bytes - r->bytes <= rest.len) {
			size_t part = (size_t)(r->cuts[r->next].bytes - r->bytes);
			digest_feed(r->hash, (struct span){ rest.at, part });
			rest = span_between(rest.at + part, rest.at + rest.len);
			r->bytes += part;
			take_cut(s->body, r);
		}
		if (r->next < r->count)   /* else nobody waits for more */
			digest_feed(r->hash, rest);
		r->bytes += rest.len;
	}
}

static int compare_cuts(const void *left, const void *right)
{
	const struct cut *a = left, *b = right;

	return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static void start_body(struct body_hash *b)
{
	b->started = true;
	for (size_t i = 0; i < b->count; i++) {
		const struct want *w = &b->wants[i];
		struct run *r = &b->runs[w->canon][w->digest];
		if (r->hash == NULL)
			r->hash = digest_begin(w->digest);
		r->cuts = mem_resize(r->cuts, r->count + 1, sizeof *r->cuts);
		r->cuts[r->count++] = (struct cut){ w->bytes, i };
		b->used[w->canon] = true;
	}
	for (size_t c = 0; c < CANONS; c++) {
		for (size_t d = 0; d < DIGEST_KINDS; d++)
			if (b->runs[c][d].hash)
				qsort(b->runs[c][d].cuts, b->runs[c][d].count, sizeof(struct cut), compare_cuts);
		b->sinks[c] = (struct sink){ b, (enum canon)c };
		if (!b->used[c])
			continue;
		b->canons[c] = mem_resize(NULL, 1, sizeof *b->canons[c]);
		canon_body_begin(b->canons[c], (enum canon)c, take_canonical, &b->sinks[c]);
	}
}

void body_hash_feed(struct body_hash *b, struct span piece)
{
	if (!b->started)
		start_body(b);
	for (size_t c = 0; c < CANONS; c++)
		if (b->used[c])
			canon_body_feed(b->canons[c], piece);
}

/* Cuts past the end stay unreached, all but those at the end itself. */
static void end_run(struct body_hash *b, struct run *r)
{
	while (r->next < r->count) {
		uint64_t bytes = r->cuts[r->next].bytes;
		if (bytes <= r->bytes || bytes == BODY_WHOLE)
			take_cut(b, r);
		else
			r->next++;
	}
}

void body_hash_end(struct body_hash *b)
{
	if (!b->started)
		start_body(b);
	for (size_t c = 0; c < CANONS; c++) {
		if (!b->used[c])
			continue;
		canon_body_end(b->canons[c]);
		for (size_t d = 0; d < DIGEST_KINDS; d++)
			if (b->runs[c][d].hash)
				end_run(b, &b->runs[c][d]);
	}
}

const struct digest *body_hash_digest(const struct body_hash *b, size_t number)
{
	return b->wants[number].reached ? &b->wants[number].result : NULL;
}

uint64_t body_hash_bytes_behind(const struct body_hash *b, size_t number)
{
	const struct want *w = &b->wants[number];
	uint64_t all = b->runs[w->canon][w->digest].bytes;

	return all > w->bytes ? all - w->bytes : 0;
}
