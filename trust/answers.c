/* SPDX-License-Identifier: ISC */
#include "trust/answers.h"

#include "base/hash.h"
#include "base/mail/address.h"

#include <stdlib.h>

static void clear_answer(struct answer *r)
{
	for (size_t i = 0; i < r->count; i++)
		buf_free(&r->records[i]);
	free(r->records);
	free(r->trouble);
	r->records = NULL;
	r->trouble = NULL;
	r->count = 0;
}

void answers_free(struct answers *a)
{
	for (size_t i = 0; i < a->count; i++) {
		clear_answer(a->items[i]);
		free(a->items[i]->name);
		free(a->items[i]);
	}
	free(a->items);
	free(a->hashes);
	*a = (struct answers){ 0 };
}

static void add_lower(struct buf *out, struct span name)
{
	name = domain_without_dot(name);
	buf_reserve(out, name.len + 1);
	for (size_t i = 0; i < name.len; i++)
		buf_add_byte(out, byte_lower(name.at[i]));
}

/* The question, which is added where it is not there. */
static struct answer *find_answer(struct answers *a, const char *name, enum dns_type type)
{
	struct buf lower = { 0 };

	add_lower(&lower, span_of(name));
	uint64_t hash = hash_span(hash_bytes(HASH_BEGIN, &type, sizeof type), buf_span(&lower));
	for (size_t i = 0; i < a->count; i++)
		if (a->hashes[i] == hash && a->items[i]->type == type && strcmp(a->items[i]->name, buf_text(&lower)) == 0) {
			buf_free(&lower);
			return a->items[i];
		}
	struct answer *r = mem_alloc(sizeof *r);
	*r = (struct answer){ .name = buf_take(&lower), .type = type };
	a->items = mem_resize(a->items, a->count + 1, sizeof *a->items);
	a->hashes = mem_resize(a->hashes, a->count + 1, sizeof *a->hashes);
	a->hashes[a->count] = hash;
	a->items[a->count++] = r;
	a->open++;
	return r;
}

const struct answer *answers_get(struct answers *a, const char *name, enum dns_type type)
{
	const struct answer *r = find_answer(a, name, type);

	return r->state == ANSWER_OPEN ? NULL : r;
}

struct answer *answers_next_open(struct answers *a, size_t *index)
{
	while (*index < a->count) {
		struct answer *r = a->items[(*index)++];
		if (r->state == ANSWER_OPEN)
			return r;
	}
	return NULL;
}

struct answer *answers_put(struct answers *a, const char *name, enum dns_type type, enum answer_state state)
{
	struct answer *r = find_answer(a, name, type);

	a->open -= r->state == ANSWER_OPEN && state != ANSWER_OPEN;
	clear_answer(r);
	r->state = state;
	return r;
}

void answer_add(struct answer *r, struct span record)
{
	bool is_name = r->type == DNS_MX || r->type == DNS_PTR || r->type == DNS_CNAME || r->type == DNS_NS;

	r->state = ANSWER_FOUND;
	r->records = mem_resize(r->records, r->count + 1, sizeof *r->records);
	r->records[r->count] = (struct buf){ 0 };
	if (is_name)
		add_lower(&r->records[r->count], record);
	else
		buf_add_span(&r->records[r->count], record);
	r->count++;
}
