/* SPDX-License-Identifier: ISC */
#include "relay/once/verdict.h"

#include <stdio.h>
#include <sysexits.h>

static const struct {
	int exit_code;
	const char *status;      /* that leads to it */
} means[] = {
	{ EX_UNAVAILABLE, "5.3.2" },
	{ EX_NOUSER,      "5.1.1" },
	{ EX_DATAERR,     "5.6.0" },
};

enum meaning { MEANS_REFUSED, MEANS_NO_USER, MEANS_DATA, MEANS_LATER };

static enum meaning meaning_of(const struct reply *r)
{
	static const enum meaning of[REFUSAL_COUNT] = {
		[REFUSAL_USER] = MEANS_NO_USER,
		[REFUSAL_CONTENT] = MEANS_DATA, [REFUSAL_SIZE] = MEANS_DATA, [REFUSAL_LOOP] = MEANS_DATA,
		[REFUSAL_RATE] = MEANS_LATER, [REFUSAL_GREYLISTING] = MEANS_LATER, [REFUSAL_RECIPIENTS] = MEANS_LATER,
		[REFUSAL_TLS] = MEANS_LATER, [REFUSAL_CONFIGURATION] = MEANS_LATER,
	};

	if (r->kind == FAULT_TEMPORARY || r->contradicts)
		return MEANS_LATER;
	return of[reply_about(r)];
}

/* How it ends the attempt. What we found ourselves says by its status what it is. */
static void judge(const struct reply *r, struct fault *out)
{
	enum meaning m = meaning_of(r);

	snprintf(out->status, sizeof out->status, "%s", r->status);
	out->kind = m == MEANS_LATER ? FAULT_TEMPORARY : FAULT_PERMANENT;
	if (m == MEANS_LATER && out->status[0] != '4')
		snprintf(out->status, sizeof out->status, "4.3.0");
	if (m != MEANS_LATER && r->code > 0 && fault_exit_code(out) != means[m].exit_code)
		snprintf(out->status, sizeof out->status, "%s", means[m].status);
}

/* It was not this recipient that was refused, but another. */
static bool is_unsent(const struct recipient_outcome *r)
{
	return r->reply.kind != FAULT_NONE && r->reply.code == 0 && r->reply.step == STEP_NONE;
}

/* Which of two says more: a refusal more than trouble, and trouble more than that another was refused. */
static int weight_of(const struct recipient_outcome *r)
{
	if (r->reply.kind == FAULT_NONE)
		return 0;
	if (is_unsent(r))
		return 1;
	return meaning_of(&r->reply) == MEANS_LATER ? 2 : 3;
}

static void list_refused(const struct outcome *o, const struct delivery *d, struct buf *text)
{
	size_t named = 0, refused = 0;

	for (size_t i = 0; i < o->recipient_count; i++) {
		struct buf line = { 0 };
		if (o->recipients[i].reply.kind == FAULT_NONE || is_unsent(&o->recipients[i]))
			continue;
		refused++;
		buf_printf(&line, "%s<%s>: ", named > 0 ? "; " : "", d->recipients[i].address);
		reply_print(&o->recipients[i].reply, &line);
		/* Room for how many more there are. */
		if (named + 1 == refused && (named == 0 || text->len + line.len + 40 < FAULT_TEXT_MAX)) {
			buf_add_span(text, buf_span(&line));
			named++;
		}
		buf_free(&line);
	}
	if (refused > named)
		buf_printf(text, "; and %zu more", refused - named);
}

void verdict_of_outcome(const struct outcome *o, const struct delivery *d, struct fault *out)
{
	const struct recipient_outcome *first = NULL;
	struct buf text = { 0 };

	*out = (struct fault){ 0 };
	for (size_t i = 0; i < o->recipient_count; i++)
		if (first == NULL || weight_of(&o->recipients[i]) > weight_of(first))
			first = &o->recipients[i];
	if (first == NULL || o->recipient_count != d->recipient_count) {
		fault_set(out, FAULT_TEMPORARY, "4.3.0", "the session told of %zu of %zu recipients", o->recipient_count, d->recipient_count);
		return;
	}
	if (first->reply.kind == FAULT_NONE) {
		buf_printf(&text, "%s: ", first->reply.relay);
		reply_print_words(&first->reply, &text);
	} else {
		judge(&first->reply, out);
		if (first->reply.step == STEP_RCPT) {
			buf_add_text(&text, "nothing was sent: ");
			list_refused(o, d, &text);
		} else {
			reply_print(&first->reply, &text);
		}
		if (first->unknown)
			buf_add_text(&text, "; the message may have arrived");
	}
	snprintf(out->text, sizeof out->text, "%s", buf_text(&text));
	buf_free(&text);
}

void verdict_of_end(const struct session_end *end, struct fault *out)
{
	struct buf text = { 0 };

	*out = (struct fault){ 0 };
	if (end->reply.kind == FAULT_NONE) {
		fault_set(out, FAULT_TEMPORARY, "4.3.0", "the session ended before the message was spoken of");
		return;
	}
	judge(&end->reply, out);
	buf_add_text(&text, "nothing was sent: ");
	reply_print(&end->reply, &text);
	snprintf(out->text, sizeof out->text, "%s", buf_text(&text));
	buf_free(&text);
}
