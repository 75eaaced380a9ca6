/* SPDX-License-Identifier: ISC */
#include "base/mail/recode_plan.h"

#include "base/mail/message.h"
#include "base/utf8.h"

#include <stdlib.h>

enum {
	DEPTH_MAX = 50,
	CHANGES_MAX = 100 * 1000,
	CHANGES_STEP = 64,
	NAME_MAX_BYTES = 80,         /* of foreign words in a fault */
};

/* A header section, and what is known of the body after it. */
struct entity {
	size_t from, body;
	struct recode_fields says;
	bool is_message;             /* it may have a MIME-Version */
	bool defaults_to_message;    /* RFC 2046 section 5.1.5 */
	bool separated;
	bool header_is_unfit;
};

/* One that holds others. */
struct level {
	struct entity entity;
	bool is_multipart;           /* else a message in a message */
	bool opened, closed;         /* its boundary has come; and the last one */
	bool has_changed;            /* something inside is encoded */
	bool eight_bit;              /* something inside stays above 0x7f */
	unsigned parts;
};

enum region { IN_HEADER, IN_CONTENT, BEFORE_PARTS, BEHIND_PARTS };

struct walk {
	struct span message;
	bool eight_bit_too;
	struct level levels[DEPTH_MAX];
	size_t depth;
	struct entity entity;        /* whose header or content this is */
	enum region region;
	size_t region_from;
	bool field_before;           /* IN_HEADER */
	struct recode_look look;     /* at the region so far */
	struct recode_changes *changes;
	bool failed;
	struct fault *fault;
};

static struct span message_piece(const struct walk *w, size_t from, size_t to)
{
	return (struct span){ w->message.at + from, to - from };
}

static struct level *top_level(struct walk *w)
{
	return w->depth ? &w->levels[w->depth - 1] : NULL;
}

/* ---- faults ---- */

static void refuse_part(struct walk *w, const char *status, struct span why)
{
	struct buf text = { 0 };
	struct span type = w->entity.says.type.len ? w->entity.says.type : SPAN("text/plain");

	/* "part 2.1 (image/png)", counted as readers do; "the body" where there are no parts. */
	for (size_t i = 0; i < w->depth; i++)
		if (w->levels[i].is_multipart && w->levels[i].parts > 0)
			buf_printf(&text, "%s%u", text.len ? "." : "part ", w->levels[i].parts);
	if (text.len == 0)
		buf_add_text(&text, "the body");
	if (type.len > NAME_MAX_BYTES)
		type.len = NAME_MAX_BYTES;
	buf_printf(&text, " (%.*s)", (int)type.len, type.at);
	if (w->look.nul)
		buf_add_text(&text, " has a NUL byte, which no mail may carry");
	else if (w->look.bare_cr)
		buf_add_text(&text, " has a carriage return that ends no line, which no mail may carry");
	else
		buf_printf(&text, " has a line of %zu bytes, and mail has lines of %d at most", w->look.longest_bytes, RECODE_LINE_MAX);
	if (!w->failed)
		fault_set(w->fault, FAULT_PERMANENT, status, "%s (RFC 5322 section 2); %.*s", buf_text(&text), (int)why.len, why.at);
	w->failed = true;
	buf_free(&text);
}

/* ---- changes ---- */

static void add_change(struct walk *w, struct recode_change change)
{
	struct recode_changes *c = w->changes;

	if (c->count == CHANGES_MAX) {
		if (!w->failed)
			fault_set(w->fault, FAULT_PERMANENT, "5.6.3", "more than %d parts of the message have lines or bytes that mail cannot "
			          "carry; send it in quoted-printable or base64", CHANGES_MAX);
		w->failed = true;
		return;
	}
	if (c->count % CHANGES_STEP == 0)
		c->items = mem_resize(c->items, c->count + CHANGES_STEP, sizeof *c->items);
	c->items[c->count++] = change;
}

static struct recode_change header_change(const struct entity *e)
{
	return (struct recode_change){ .kind = RECODE_HEADER, .from = e->from, .body = e->body, .to = e->body,
		.separated = e->separated };
}

/* What is not of a part, and so not encoded. */
static void add_lines(struct walk *w, size_t to, bool eight_bit_too)
{
	if (recode_is_unfit(&w->look) || (eight_bit_too && w->look.eight_bit))
		add_change(w, (struct recode_change){ .kind = RECODE_LINES, .from = w->region_from, .to = to,
			.eight_bit_too = eight_bit_too });
}

static void stays_eight_bit(struct walk *w, bool eight_bit)
{
	if (w->depth > 0)
		top_level(w)->eight_bit |= eight_bit;
}

/* What is declared as 8bit is encoded on the way even where it has no byte above 0x7f. */
static bool is_called_wrongly(const struct walk *w, const struct entity *e, bool eight_bit)
{
	return w->eight_bit_too && !eight_bit && (e->says.encoding == RECODE_8BIT || e->says.encoding == RECODE_BINARY);
}

static void keep_content(struct walk *w, bool eight_bit)
{
	struct recode_change c = header_change(&w->entity);

	c.says_encoding = is_called_wrongly(w, &w->entity, eight_bit);
	c.becomes = RECODE_7BIT;
	if (c.says_encoding || w->entity.header_is_unfit)
		add_change(w, c);
	stays_eight_bit(w, eight_bit);
}

static void encode_content(struct walk *w, size_t to)
{
	struct entity *e = &w->entity;
	struct span content = message_piece(w, e->body, to);
	struct recode_change c = header_change(e);
	bool identity = e->says.encoding <= RECODE_BINARY;
	bool is_text = e->says.kind == RECODE_TEXT || e->says.kind == RECODE_MULTIPART;

	c.kind = RECODE_PART;
	c.to = to;
	c.separated = true;
	c.was = e->says.encoding;
	c.says_encoding = true;
	c.becomes = !identity ? c.was : is_text ? recode_shorter(content) : RECODE_BASE64;
	c.adds_version = e->is_message && !e->says.has_version;
	/* A multipart may not be encoded; one without a boundary is text. */
	if (!e->says.has_type || (e->says.kind == RECODE_MULTIPART && identity))
		c.charset = utf8_is_ascii(content) ? "us-ascii" : utf8_is_valid(content) ? "utf-8" : "unknown-8bit";   /* RFC 1428 section 3 */
	add_change(w, c);
	if (w->depth > 0)
		top_level(w)->has_changed = true;
}

/* What forbids encoding the content goes to why, and its status is returned; NULL: nothing forbids it. */
static const char *forbidden_part(const struct walk *w, struct buf *why)
{
	const struct recode_fields *says = &w->entity.says;

	if (says->kind == RECODE_SIGNED || says->kind == RECODE_ENCRYPTED) {
		buf_add_text(why, says->kind == RECODE_SIGNED
		             ? "encoding it would break its signature: sign it again with its parts in quoted-printable or base64"
		             : "what is encrypted is not altered: make it again with its parts in base64");
		return "5.6.2";
	}
	if (says->kind == RECODE_MULTIPART && says->odd_boundary)
		buf_add_text(why, "its boundary is in pieces (RFC 2231) or too long: write boundary=\"...\" with 70 characters at most");
	else if ((says->kind == RECODE_MULTIPART || says->kind == RECODE_MESSAGE) && w->depth == DEPTH_MAX)
		buf_add_text(why, "it is nested too deeply in other parts to be encoded: send it in base64");
	else if (says->encoding == RECODE_UNKNOWN)
		buf_printf(why, "its Content-Transfer-Encoding \"%.*s\" is not known here: use quoted-printable or base64",
		           (int)(says->encoding_name.len < NAME_MAX_BYTES ? says->encoding_name.len : NAME_MAX_BYTES),
		           says->encoding_name.at);
	return why->len > 0 ? "5.6.3" : NULL;
}

static void end_content(struct walk *w, size_t to)
{
	bool is_unfit = recode_is_unfit(&w->look), fine = !is_unfit && !(w->eight_bit_too && w->look.eight_bit);
	bool is_report = w->entity.says.kind == RECODE_REPORT;
	struct buf why = { 0 };
	const char *status = fine || is_report ? NULL : forbidden_part(w, &why);

	if (!fine && is_report)
		add_lines(w, to, false);
	if (fine || is_report)
		keep_content(w, w->look.eight_bit);
	else if (status == NULL)
		encode_content(w, to);
	else if (is_unfit)
		refuse_part(w, status, buf_span(&why));
	else
		keep_content(w, true);
	buf_free(&why);
	recode_fields_free(&w->entity.says);
}

/* ---- header sections ---- */

static void begin_region(struct walk *w, enum region region, size_t at)
{
	w->region = region;
	w->region_from = at;
	w->look = (struct recode_look){ 0 };
}

static void begin_entity(struct walk *w, size_t at, bool is_message, bool defaults_to_message)
{
	w->entity = (struct entity){ .from = at, .is_message = is_message, .defaults_to_message = defaults_to_message };
	w->field_before = false;
	begin_region(w, IN_HEADER, at);
}

/* An encoded message is a part like any other; a multipart says so wrongly, since its boundaries can be seen. */
static void end_header(struct walk *w, size_t body, bool separated)
{
	struct entity *e = &w->entity;

	e->body = body;
	e->separated = separated;
	e->header_is_unfit = recode_is_unfit(&w->look);
	/* Where 8-bit goes, what it has no place in at all does not make 8bit of what is around it. */
	stays_eight_bit(w, w->look.eight_bit && !w->eight_bit_too);
	recode_fields_read(message_piece(w, e->from, body), &e->says);
	if (e->defaults_to_message && !e->says.has_type)
		e->says.kind = RECODE_MESSAGE;
	bool encoded = e->says.encoding == RECODE_QUOTED_PRINTABLE || e->says.encoding == RECODE_BASE64;
	bool holds_parts = e->says.kind == RECODE_MULTIPART && e->says.boundary.len > 0;
	bool holds_message = e->says.kind == RECODE_MESSAGE && !encoded;
	if ((holds_parts || holds_message) && w->depth < DEPTH_MAX) {
		w->levels[w->depth++] = (struct level){ .entity = *e, .is_multipart = holds_parts };
		*e = (struct entity){ 0 };
		if (holds_parts)
			begin_region(w, BEFORE_PARTS, body);
		else
			begin_entity(w, body, true, false);
	} else {
		if (e->says.kind == RECODE_MESSAGE && encoded)
			e->says.kind = RECODE_OTHER;
		begin_region(w, IN_CONTENT, body);
	}
}

/* ---- ends ---- */

static void end_level(struct walk *w)
{
	struct level l = w->levels[--w->depth];
	struct recode_change c = header_change(&l.entity);
	enum recode_encoding says = l.entity.says.encoding;

	if (is_called_wrongly(w, &l.entity, l.eight_bit) ||
	    (l.has_changed && (says == RECODE_BINARY || (says == RECODE_8BIT && !l.eight_bit)))) {
		c.says_encoding = true;
		c.becomes = l.eight_bit ? RECODE_8BIT : RECODE_7BIT;
	}
	c.adds_version = l.has_changed && l.entity.is_message && !l.entity.says.has_version;
	if (c.says_encoding || c.adds_version || l.entity.header_is_unfit)
		add_change(w, c);
	if (w->depth > 0) {
		top_level(w)->has_changed |= l.has_changed;
		top_level(w)->eight_bit |= l.eight_bit;
	}
	recode_fields_free(&l.entity.says);
}

/* What is open at `to`, before a line that begins at `line`, ends; levels above depth do too. */
static void end_down_to(struct walk *w, size_t depth, size_t to, size_t line)
{
	switch (w->region) {
	case IN_HEADER:
		end_header(w, line, false);
		if (w->region != IN_CONTENT) {
			end_down_to(w, depth, line, line);
			return;
		}
		end_content(w, line);
		break;
	case IN_CONTENT:
		end_content(w, to);
		break;
	case BEFORE_PARTS:
		/* A multipart whose boundary has not come is a part that holds none. */
		w->entity = w->levels[--w->depth].entity;
		end_content(w, to);
		break;
	case BEHIND_PARTS:
		add_lines(w, to, w->eight_bit_too);
		stays_eight_bit(w, w->look.eight_bit && !w->eight_bit_too);
		break;
	}
	while (w->depth > depth)
		end_level(w);
}

/* ---- boundaries ---- */

/* line is the boundary of level i. */
static void take_boundary(struct walk *w, size_t i, int found, size_t line, size_t next)
{
	struct level *l = &w->levels[i];
	size_t to = line >= w->region_from + 2 ? line - 2 : w->region_from;   /* the CRLF before it belongs to it */

	if (w->region == BEFORE_PARTS && i + 1 == w->depth) {
		add_lines(w, to, w->eight_bit_too);
		l->eight_bit |= w->look.eight_bit && !w->eight_bit_too;
	} else {
		end_down_to(w, i + 1, to, line);
	}
	if (found == 1) {
		l->opened = true;
		l->parts++;
		begin_entity(w, next, false, l->entity.says.digest);
	} else {
		l->closed = true;
		begin_region(w, BEHIND_PARTS, next);
	}
}

/* The outermost one counts. Blanks after it go where they make the line too long. */
static bool is_boundary(struct walk *w, struct span line, size_t next)
{
	size_t at = (size_t)(line.at - w->message.at), len = 0;

	if (line.len < 2 || line.at[0] != '-' || line.at[1] != '-')
		return false;
	for (size_t i = 0; i < w->depth; i++) {
		struct level *l = &w->levels[i];
		int found = l->is_multipart && !l->closed ? recode_compare_boundary(line, buf_span(&l->entity.says.boundary), &len) : 0;
		if (found == 0 || (found == 2 && !l->opened))
			continue;
		take_boundary(w, i, found, at, next);
		if (line.len > RECODE_LINE_MAX)
			add_change(w, (struct recode_change){ .kind = RECODE_CUT, .from = at + len, .to = at + line.len });
		return true;
	}
	return false;
}

/* ---- lines ---- */

/* False: the line is not of the header section any more. line has its end. */
static bool take_header_line(struct walk *w, struct span line, size_t next)
{
	struct field field;
	struct span rest = line;

	if (line.at[0] == '\n' || (line.len > 1 && line.at[0] == '\r' && line.at[1] == '\n')) {
		end_header(w, next, true);
		return true;
	}
	if ((w->field_before && byte_is_blank(line.at[0])) || message_next_field(&rest, &field))
		w->field_before = true;
	else if (w->field_before || message_skip_mbox(line).len > 0) {
		end_header(w, next - line.len, true);
		return false;
	}
	recode_look(&w->look, line);
	return true;
}

static void walk_line(struct walk *w, size_t at, size_t next)
{
	struct span line = message_piece(w, at, next), text = line;

	if (text.at[text.len - 1] == '\n')
		text.len -= text.len > 1 && text.at[text.len - 2] == '\r' ? 2 : 1;
	if (is_boundary(w, text, next))
		return;
	while (w->region == IN_HEADER) {
		if (take_header_line(w, line, next))
			return;
		if (is_boundary(w, text, next))    /* of the multipart whose header section it ends */
			return;
	}
	recode_look(&w->look, line);
}

static int by_place(const void *left, const void *right)
{
	const struct recode_change *a = left, *b = right;

	return (a->from > b->from) - (a->from < b->from);
}

int recode_find_changes(struct span message, bool eight_bit_too, struct recode_changes *out, struct fault *f)
{
	struct walk *w = mem_alloc(sizeof *w);
	size_t next;

	*w = (struct walk){ .message = message, .eight_bit_too = eight_bit_too, .changes = out, .fault = f };
	begin_entity(w, 0, true, false);
	for (size_t at = 0; at < message.len && !w->failed; at = next) {
		const char *lf = memchr(message.at + at, '\n', message.len - at);
		next = lf ? (size_t)(lf - message.at) + 1 : message.len;
		walk_line(w, at, next);
	}
	/* Where a part ends whose boundary never comes: the last CRLF is taken for that of the boundary, as readers do. */
	bool in_parts = false;
	for (size_t i = 0; i < w->depth; i++)
		in_parts |= w->levels[i].is_multipart && w->levels[i].opened && !w->levels[i].closed;
	end_down_to(w, 0, in_parts && message.len >= w->region_from + 2 ? message.len - 2 : message.len, message.len);
	int result = w->failed ? -1 : 0;
	free(w);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof *out->items, by_place);
	return result;
}

void recode_changes_free(struct recode_changes *c)
{
	free(c->items);
	*c = (struct recode_changes){ 0 };
}
