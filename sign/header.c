/* SPDX-License-Identifier: ISC */
#include "sign/header.h"

#include "base/mail/message.h"
#include "sign/sign.h"

#include <stdlib.h>

/* A piece may be the whole message, of any size: no more of the body than this is copied. */
enum { PART_BYTES = 64 * 1024 };

/* All fields of one name, in the order of the message: sorted[first] and on. */
struct group {
	size_t first, count;
	size_t left;           /* not yet chosen; valid when choice is the header's */
	size_t choice;
};

struct sorted_field {
	struct span name;
	size_t index;
};

struct header {
	struct buf text;
	size_t scanned;        /* no line end is to be found before */
	size_t line_start;
	bool whole;
	struct header_field *fields;
	struct sorted_field *sorted;
	struct group *groups;
	size_t count, group_count;
	size_t choice, but;
};

struct header *header_new(void)
{
	return mem_alloc(sizeof(struct header));
}

void header_free(struct header *h)
{
	if (h == NULL)
		return;
	buf_free(&h->text);
	free(h->fields);
	free(h->sorted);
	free(h->groups);
	free(h);
}

/* ---- taking it in ---- */

/* Looks on for the empty line at the end; h->scanned is behind it then. */
static bool find_end(struct header *h)
{
	while (h->scanned < h->text.len) {
		const char *text = h->text.at;
		const char *lf = memchr(text + h->scanned, '\n', h->text.len - h->scanned);
		if (lf == NULL)
			break;
		size_t at = (size_t)(lf - text);
		h->scanned = at + 1;
		if (at == 0 || text[at - 1] != '\r')
			continue;   /* a bare LF ends nothing */
		bool empty = at - 1 == h->line_start;
		h->line_start = at + 1;
		if (empty)
			return true;
	}
	h->scanned = h->text.len;
	return false;
}

int header_feed(struct header *h, struct span *piece, struct fault *f)
{
	while (!h->whole && piece->len > 0) {
		size_t len = piece->len < PART_BYTES ? piece->len : PART_BYTES;
		buf_add_span(&h->text, (struct span){ piece->at, len });
		h->whole = find_end(h);
		size_t over = h->whole ? h->text.len - h->scanned : 0;
		h->text.len -= over;
		if (h->text.len > SIGN_HEADER_MAX)
			return fault_set(f, FAULT_PERMANENT, "5.3.4", "the header section is larger than %d bytes", SIGN_HEADER_MAX);
		*piece = span_between(piece->at + len - over, piece->at + piece->len);
	}
	return h->whole;
}

/* ---- the index ---- */

static int compare_names(struct span a, struct span b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < shorter; i++) {
		char left = byte_lower(a.at[i]), right = byte_lower(b.at[i]);
		if (left != right)
			return left < right ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int compare_sorted(const void *left, const void *right)
{
	const struct sorted_field *a = left, *b = right;
	int order = compare_names(a->name, b->name);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* ---- fields ---- */

int header_finish(struct header *h, struct fault *f)
{
	struct span rest = buf_span(&h->text);
	size_t room = 0;
	struct field field;

	if (h->whole)
		rest.len -= 2;
	while (message_next_wire_field(&rest, &field)) {
		if (h->count == HEADER_FIELDS_MAX)
			return fault_set(f, FAULT_PERMANENT, "5.3.4", "the header section has more than %d fields", HEADER_FIELDS_MAX);
		if (h->count == room) {
			room = room ? room * 2 : 32;
			h->fields = mem_resize(h->fields, room, sizeof *h->fields);
		}
		h->fields[h->count++] = (struct header_field){
			.name = field.name, .raw = span_between(field.raw.at, field.value.at + field.value.len),
		};
	}
	h->sorted = mem_resize(NULL, h->count, sizeof *h->sorted);
	h->groups = mem_resize(NULL, h->count, sizeof *h->groups);
	for (size_t i = 0; i < h->count; i++)
		h->sorted[i] = (struct sorted_field){ h->fields[i].name, i };
	if (h->count > 0)
		qsort(h->sorted, h->count, sizeof *h->sorted, compare_sorted);
	for (size_t i = 0; i < h->count; i++) {
		if (i == 0 || compare_names(h->sorted[i - 1].name, h->sorted[i].name) != 0)
			h->groups[h->group_count++] = (struct group){ .first = i };
		h->groups[h->group_count - 1].count++;
	}
	header_choose(h, SIZE_MAX);
	return 0;
}

static struct group *find_group(const struct header *h, struct span name)
{
	size_t low = 0, high = h->group_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names(name, h->sorted[h->groups[middle].first].name);
		if (order == 0)
			return &h->groups[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t header_count(const struct header *h)
{
	return h->count;
}

const struct header_field *header_at(const struct header *h, size_t i)
{
	return &h->fields[i];
}

size_t header_instances(const struct header *h, struct span name)
{
	const struct group *g = find_group(h, name);

	return g ? g->count : 0;
}

bool header_has_bom(const struct header *h)
{
	return h->count > 0 && h->fields[0].name.len == 0 && span_starts_nocase(h->fields[0].raw, SPAN("\xef\xbb\xbf"));
}

void header_choose(struct header *h, size_t but)
{
	h->choice++;
	h->but = but;
}

const struct header_field *header_next(struct header *h, struct span name)
{
	struct group *g = name.len > 0 ? find_group(h, name) : NULL;

	if (g == NULL)
		return NULL;
	if (g->choice != h->choice) {
		g->choice = h->choice;
		g->left = g->count;
	}
	while (g->left > 0) {
		size_t index = h->sorted[g->first + --g->left].index;
		if (index != h->but)
			return &h->fields[index];
	}
	return NULL;
}

void header_mark(struct header *h, struct span name)
{
	struct group *g = name.len > 0 ? find_group(h, name) : NULL;

	if (g)
		g->choice = h->choice;
}

bool header_is_marked(const struct header *h, size_t i)
{
	const struct group *g = i != h->but ? find_group(h, h->fields[i].name) : NULL;

	return g && g->choice == h->choice;
}
