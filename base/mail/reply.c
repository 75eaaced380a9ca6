/* SPDX-License-Identifier: ISC */
#include "base/mail/reply.h"

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

void reply_append(struct reply *r, const char *words)
{
	size_t used = strlen(r->text);

	snprintf(r->text + used, sizeof r->text - used, "%s", words);
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

void reply_print_words(const struct reply *r, struct buf *out)
{
	if (r->code)
		buf_printf(out, "%u%s", r->code, r->text[0] ? " " : "");
	for (const char *c = r->text; *c; c++)
		buf_add_byte(out, *c == '\n' || *c == '\t' ? ' ' : *c);
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

static void encode_flags(const void *value, struct buf *out)
{
	pack_u8(out, reply_flags(value));
}

static void decode_flags(struct unpack *u, void *value)
{
	u->bad |= !reply_set_flags(value, unpack_u8(u));
}

static void encode_reason(const void *value, struct buf *out)
{
	const struct reply *r = value;

	pack_text(out, r->reason ? r->reason->name : "");
}

/* A name that is not known here is of another version: no reason. */
static void decode_reason(struct unpack *u, void *value)
{
	struct span text = unpack_span(u);
	char name[64] = "";

	u->bad |= memchr(text.at, '\0', text.len) != NULL;
	if (text.len < sizeof name)
		memcpy(name, text.at, text.len);
	((struct reply *)value)->reason = name[0] ? refusal_reason_named(name) : NULL;
}

static bool has_code(const void *value)
{
	const struct reply *r = value;

	return r->code == 0 || r->code >= 200;
}

static const struct shape_own flags_own = { encode_flags, decode_flags, 1 };
static const struct shape_own reason_own = { encode_reason, decode_reason, 4 };

static const struct shape_field reply_fields[] = {
	FIELD_BELOW(reply, kind, FAULT_POLICY + 1),
	FIELD_NUMBER(reply, code, 2, 599),
	FIELD(reply, status),
	FIELD_OWN(&flags_own),
	FIELD_BELOW(reply, step, STEP_COUNT),
	FIELD_OWN(&reason_own),
	FIELD_BELOW(reply, reach, REACH_COUNT),
	FIELD(reply, source),
	FIELD(reply, relay),
	FIELD(reply, text),
};
const struct shape reply_shape = SHAPE_OF(reply, reply_fields, .fits = has_code);
