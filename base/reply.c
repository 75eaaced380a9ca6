#include "base/reply.h"

#include <stdio.h>
#include <string.h>

/* ---- making ---- */

int reply_set(struct reply *r, enum fault_kind kind, const char *status, enum smtp_step step, const char *relay,
              const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, kind, status, format, ap);
	va_end(ap);
	if (r)
		*r = reply_of_fault(&f, step, relay);
	return -1;
}

struct reply reply_of_fault(const struct fault *f, enum smtp_step step, const char *relay)
{
	struct reply r = { .kind = f->kind, .step = step };

	memcpy(r.status, f->status, sizeof r.status);
	memcpy(r.text, f->text, sizeof r.text);
	snprintf(r.relay, sizeof r.relay, "%s", relay);
	return r;
}

int reply_prefix(struct reply *r, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	buf_printf(&text, ": %s", r->text);
	snprintf(r->text, sizeof r->text, "%s", buf_text(&text));
	buf_free(&text);
	return -1;
}

void reply_make_temporary(struct reply *r)
{
	r->kind = FAULT_TEMPORARY;
	if (r->status[0] == '5' || r->status[0] == '2')
		r->status[0] = '4';
}

void reply_expire(struct reply *r)
{
	r->kind = FAULT_PERMANENT;
	r->expired = true;
	r->status_made = false;
	snprintf(r->status, sizeof r->status, "5.4.7");
}

enum refusal reply_about(const struct reply *r)
{
	return r->reason ? r->reason->about : REFUSAL_UNKNOWN;
}

/* ---- printing ---- */

static void add_line(struct buf *out, const char *text)
{
	for (const char *c = text; *c; c++)
		buf_add_byte(out, *c == '\n' || *c == '\t' ? ' ' : *c);
}

void reply_print_words(const struct reply *r, struct buf *out)
{
	if (r->code)
		buf_printf(out, "%u%s", r->code, r->text[0] ? " " : "");
	add_line(out, r->text);
}

void reply_print(const struct reply *r, struct buf *out)
{
	bool refused = r->code >= 300;

	if (r->expired)
		buf_add_text(out, "not delivered in time, given up; the last error was: ");
	if (refused)
		buf_printf(out, "%.250s said: ", r->relay);
	reply_print_words(r, out);
	if (refused)
		buf_printf(out, " (in reply to %s)", smtp_step_name(r->step));
}

/* ---- as bytes ---- */

enum { STATUS_MADE = 1, CONTRADICTS = 2, EXPIRED = 4, FLAGS = STATUS_MADE | CONTRADICTS | EXPIRED };

uint8_t reply_flags(const struct reply *r)
{
	return (uint8_t)((r->status_made ? STATUS_MADE : 0) | (r->contradicts ? CONTRADICTS : 0) | (r->expired ? EXPIRED : 0));
}

bool reply_set_flags(struct reply *r, uint8_t flags)
{
	r->status_made = flags & STATUS_MADE;
	r->contradicts = flags & CONTRADICTS;
	r->expired = flags & EXPIRED;
	return (flags & ~FLAGS) == 0;
}

void reply_pack(struct buf *out, const struct reply *r)
{
	pack_u8(out, (uint8_t)r->kind);
	pack_u16(out, (uint16_t)r->code);
	pack_text(out, r->status);
	pack_u8(out, reply_flags(r));
	pack_u8(out, (uint8_t)r->step);
	pack_text(out, r->reason ? r->reason->name : "");
	pack_u8(out, (uint8_t)r->reach);
	pack_text(out, r->source);
	pack_text(out, r->relay);
	pack_text(out, r->text);
}

static unsigned below(struct unpack *u, unsigned end)
{
	unsigned v = unpack_u8(u);

	u->bad |= v >= end;
	return v < end ? v : 0;
}

/* Cut to fit; a NUL inside is malformed. */
static void take_text(struct unpack *u, char *out, size_t room)
{
	struct span text = unpack_span(u);
	size_t len = text.len < room ? text.len : room - 1;

	u->bad |= len > 0 && memchr(text.at, '\0', len) != NULL;
	if (len > 0)
		memcpy(out, text.at, len);
	out[len] = '\0';
}

void reply_unpack(struct unpack *u, struct reply *out)
{
	char reason[64];

	*out = (struct reply){ .kind = below(u, FAULT_POLICY + 1), .code = unpack_u16(u) };
	u->bad |= out->code > 0 && (out->code < 200 || out->code > 599);
	take_text(u, out->status, sizeof out->status);
	u->bad |= !reply_set_flags(out, unpack_u8(u));
	out->step = below(u, STEP_COUNT);
	take_text(u, reason, sizeof reason);
	out->reason = reason[0] ? refusal_reason_named(reason) : NULL;
	out->reach = below(u, REACH_COUNT);
	take_text(u, out->source, sizeof out->source);
	take_text(u, out->relay, sizeof out->relay);
	take_text(u, out->text, sizeof out->text);
}
