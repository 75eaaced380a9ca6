/* SPDX-License-Identifier: ISC */
#include "base/mail/parts.h"

#include "base/base64.h"
#include "base/mail/message.h"

#include <stdlib.h>

struct reading {
	struct part_list *list;
	struct span boundaries[PARTS_DEPTH_MAX];    /* of the multiparts that are open, the outermost first */
	size_t open;
};

static void read_entity(struct reading *r, struct span *rest, bool defaults_to_message);

/* ---- lines ---- */

/* With its end. */
static struct span take_line(struct span *rest)
{
	const char *lf = memchr(rest->at, '\n', rest->len);
	struct span line = { rest->at, lf ? (size_t)(lf + 1 - rest->at) : rest->len };

	*rest = (struct span){ rest->at + line.len, rest->len - line.len };
	return line;
}

static struct span without_end(struct span line)
{
	if (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* The open multipart whose boundary the line is, from 1; 0: none. */
static size_t boundary_in(const struct reading *r, struct span line, bool *last)
{
	struct span text = without_end(line);
	size_t len;

	if (text.len < 2 || text.at[0] != '-' || text.at[1] != '-')
		return 0;
	for (size_t i = 0; i < r->open; i++) {
		int found = recode_compare_boundary(text, r->boundaries[i], &len);
		if (found == 0)
			continue;
		*last = found == 2;
		return i + 1;
	}
	return 0;
}

/* Up to the next line that is a boundary of any open multipart, which stays in rest. */
static struct span take_content(const struct reading *r, struct span *rest)
{
	const char *begin = rest->at, *end = begin;
	bool last;

	while (rest->len > 0) {
		struct span before = *rest, line = take_line(rest);
		if (boundary_in(r, line, &last) > 0) {
			*rest = before;
			return without_end(span_between(begin, end));     /* the line end before it is the boundary's */
		}
		end = line.at + line.len;
	}
	return span_between(begin, end);
}

/* ---- parts ---- */

/* The parts of the multipart that has just been opened. */
static void read_parts(struct reading *r, struct span *rest, bool digest)
{
	size_t mine = r->open;
	bool last = false;

	take_content(r, rest);
	while (rest->len > 0 && !r->list->cut) {
		struct span after = *rest, line = take_line(&after);
		if (boundary_in(r, line, &last) != mine)
			break;
		*rest = after;
		if (last)
			break;
		read_entity(r, rest, digest);
	}
	r->open--;
	if (last)
		take_content(r, rest);        /* what follows the parts */
}

/* Whether the boundary of the innermost multipart comes at all, before that of one around it. */
static bool comes(struct reading *r, struct span rest)
{
	bool last;

	take_content(r, &rest);
	return rest.len > 0 && boundary_in(r, take_line(&rest), &last) == r->open;
}

static void read_entity(struct reading *r, struct span *rest, bool defaults_to_message)
{
	struct part_list *l = r->list;
	struct recode_fields says;

	/* A header section does not go beyond a boundary, and its last line needs no empty one behind it. */
	struct span looked_at = *rest;
	looked_at = take_content(r, &looked_at);
	struct span header = { rest->at, message_body_offset(looked_at) };
	*rest = (struct span){ rest->at + header.len, rest->len - header.len };

	recode_fields_read(header, &says);
	bool holds_message = says.kind == RECODE_MESSAGE || (defaults_to_message && !says.has_type);
	bool holds_parts = (says.kind == RECODE_MULTIPART || says.kind == RECODE_SIGNED) && says.boundary.len > 0;
	if (r->open == PARTS_DEPTH_MAX && (holds_message || holds_parts)) {
		l->cut = true;
		holds_message = holds_parts = false;
	}
	if (holds_parts) {
		r->boundaries[r->open++] = buf_span(&says.boundary);
		if (comes(r, *rest)) {
			read_parts(r, rest, says.digest);
			recode_fields_free(&says);
			return;
		}
		r->open--;
	}
	struct span from = *rest;
	struct span content = take_content(r, rest);
	if (l->count == PARTS_MAX) {
		l->cut = true;
	} else {
		if (l->items == NULL)
			l->items = mem_resize(NULL, PARTS_MAX, sizeof *l->items);
		l->items[l->count++] = (struct part){
			.type = says.type, .header = header, .content = content, .encoding = says.encoding, .depth = (unsigned)r->open,
		};
	}
	if (holds_message && says.encoding <= RECODE_BINARY && !l->cut) {
		*rest = from;
		/* Counted as a level, although it has no boundary of its own. */
		r->boundaries[r->open++] = SPAN("\n");
		read_entity(r, rest, false);
		r->open--;
		take_content(r, rest);
	}
	recode_fields_free(&says);
}

void parts_read(struct span message, struct part_list *out)
{
	struct span rest = message_skip_mbox(message);
	struct reading r = { .list = out };

	*out = (struct part_list){ 0 };
	if (rest.len > 0)
		read_entity(&r, &rest, false);
}

void part_list_free(struct part_list *list)
{
	free(list->items);
	*list = (struct part_list){ 0 };
}

const struct part *part_of_type(const struct part_list *list, struct span type, size_t *at)
{
	while (*at < list->count) {
		const struct part *p = &list->items[(*at)++];
		if (span_eq_nocase(p->type, type))
			return p;
	}
	return NULL;
}

/* ---- contents ---- */

static bool decode_base64(struct span content, size_t max, struct buf *out)
{
	unsigned bits = 0, count = 0;
	size_t begin = out->len;

	for (size_t i = 0; i < content.len && content.at[i] != '='; i++) {
		int value = base64_digit_value(content.at[i]);
		if (value < 0)
			continue;
		bits = bits << 6 | (unsigned)value;
		count += 6;
		if (count < 8)
			continue;
		if (out->len - begin == max)
			return false;
		count -= 8;
		buf_add_byte(out, (char)(bits >> count));
		bits &= (1u << count) - 1;
	}
	return true;
}

static void decode_quoted_line(struct span line, struct buf *out)
{
	struct span text = without_end(line);
	bool soft = false;

	while (text.len > 0 && byte_is_blank(text.at[text.len - 1]))
		text.len--;
	if (text.len > 0 && text.at[text.len - 1] == '=') {
		soft = true;
		text.len--;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '=' && text.len - i > 2 && byte_hex_value(text.at[i + 1]) >= 0 && byte_hex_value(text.at[i + 2]) >= 0) {
			buf_add_byte(out, (char)(byte_hex_value(text.at[i + 1]) << 4 | byte_hex_value(text.at[i + 2])));
			i += 2;
		} else {
			buf_add_byte(out, text.at[i]);
		}
	}
	if (!soft && line.len > 0 && line.at[line.len - 1] == '\n')
		buf_add_byte(out, '\n');
}

bool part_decode(const struct part *p, size_t max, struct buf *out)
{
	struct span rest = p->content;
	size_t begin = out->len;

	switch (p->encoding) {
	case RECODE_BASE64:
		return decode_base64(rest, max, out);
	case RECODE_QUOTED_PRINTABLE:
		while (rest.len > 0 && out->len - begin <= max)
			decode_quoted_line(take_line(&rest), out);
		break;
	case RECODE_UNKNOWN:
		return false;
	default:
		buf_add(out, rest.at, rest.len <= max ? rest.len : max);
		return rest.len <= max;
	}
	if (out->len - begin <= max)
		return true;
	out->len = begin + max;
	return false;
}
