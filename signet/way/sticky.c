/* SPDX-License-Identifier: ISC */
#include "signet/way/sticky.h"

#include "base/clock.h"
#include "base/json.h"
#include "relay/route/receiver.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- asking ---- */

static int take_row(void *context, struct span row)
{
	struct sticky_list *l = context;
	struct control_sticky s;

	if (control_sticky_decode(row, &s) < 0)
		return 0;
	l->items = mem_resize(l->items, l->count + 1, sizeof *l->items);
	l->items[l->count++] = s;
	return 0;
}

static int ask_sticky(const char *control, unsigned operation, struct span argument, struct sticky_list *l, struct buf *end)
{
	struct submit_query query = { (enum submit_operation)operation, argument };

	*l = (struct sticky_list){ 0 };
	int result = control_ask(control, query, take_row, l, end, &l->fault);
	l->known = result == 0;
	return result;
}

static int take_detour(void *context, struct span row)
{
	struct sticky_list *l = context;

	if (l->detour_count < sizeof l->detours / sizeof l->detours[0] &&
	    control_detour_decode(row, &l->detours[l->detour_count]) == 0)
		l->detour_count++;
	return 0;
}

static int ask_all(const char *control, struct sticky_list *out)
{
	struct submit_query detours = { (enum submit_operation)CONTROL_DETOURS, SPAN("") };

	if (ask_sticky(control, CONTROL_STICKY, SPAN(""), out, NULL) < 0)
		return -1;
	out->known = control_ask(control, detours, take_detour, out, NULL, &out->fault) == 0;
	return out->known ? 0 : -1;
}

void sticky_ask(const char *control, struct sticky_list *out)
{
	ask_all(control, out);
}

void sticky_list_free(struct sticky_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		control_sticky_free(&l->items[i]);
	for (size_t i = 0; i < l->detour_count; i++)
		control_detour_free(&l->detours[i]);
	free(l->items);
	*l = (struct sticky_list){ 0 };
}

/* ---- of a hop ---- */

static bool is_of(const struct control_sticky *s, const struct receiver *wanted)
{
	struct receiver r;

	if (receiver_read(span_of(s->site), &r) < 0)
		return false;
	bool same = receiver_eq(&r, wanted);
	receiver_free(&r);
	return same;
}

struct sticky_hop sticky_of_hop(const struct sticky_list *l, const char *smarthost, const struct target *targets,
                                size_t count, struct span domain, bool passes)
{
	struct sticky_hop hop = { 0 };
	struct receiver wanted;
	unsigned refused = 0;

	receiver_make(smarthost, targets, count, &wanted);
	for (size_t i = 0; i < l->count; i++) {
		const struct control_sticky *s = &l->items[i];
		bool concerns = s->domain[0] == '\0' || span_eq_nocase(span_of(s->domain), domain);
		if (!concerns || !is_of(s, &wanted))
			continue;
		refused |= s->alone ? FAMILY_ALL : family_of_text(s->address);
		if (hop.block == NULL || s->alone)
			hop.block = s;
	}
	receiver_free(&wanted);
	if (hop.block)
		hop.way = targets_families(targets, count) & ~refused ? STICKY_OTHER_ADDRESS : passes ? STICKY_PASSED_BY : STICKY_WAITS;
	return hop;
}

const struct control_detour *sticky_detour(const struct sticky_list *l, const struct target *targets, size_t count, bool *straight)
{
	unsigned families = targets_families(targets, count), barred = 0;
	const struct control_detour *first = NULL;

	for (size_t i = 0; i < l->detour_count; i++) {
		unsigned family = l->detours[i].family == 6 ? FAMILY_IPV6 : FAMILY_IPV4;
		barred |= family;
		if ((families & family) && first == NULL)
			first = &l->detours[i];
	}
	*straight = (families & ~barred) != 0;
	return first;
}

/* ---- for a person, and for a program ---- */

static void say_detour(const struct control_detour *d)
{
	char since[SAY_TIME_BYTES];

	say("mx, by IPv%u", (unsigned)d->family);
	say("  mail that would go straight goes via %s since %s", d->via, say_time(d->since_ms / 1000, since));
	say("  our address was %s and is %s, which the world does not trust yet", d->before, d->address);
	say("  against it: %s", d->why);
	say("  to do:    fix that; mail goes straight again by itself when signet check finds nothing against the address");
	say("  by hand:  signet route --sticky --clear " CONTROL_STRAIGHT);
}

static void add_detour_json(const struct control_detour *d, struct buf *out)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "site", CONTROL_STRAIGHT);
	json_count(&j, "family", d->family);
	json_text(&j, "address", d->address);
	json_text(&j, "before", d->before);
	json_text(&j, "via", d->via);
	json_number(&j, "since", d->since_ms / 1000);
	json_text(&j, "why", d->why);
	json_end(&j);
	buf_add_byte(out, '\n');
}

static void say_one(const struct control_sticky *s)
{
	char since[SAY_TIME_BYTES], until[SAY_TIME_BYTES];
	struct buf reply = { 0 };
	bool over = s->until_ms <= clock_wall_ms();
	struct receiver r;
	struct buf name = { 0 };

	if (receiver_read(span_of(s->site), &r) == 0) {
		receiver_name(&r, &name);
		receiver_free(&r);
	} else {
		buf_add_text(&name, s->site);
	}
	say("%s", buf_text(&name));
	buf_free(&name);
	say("  blocked since %s, %u time%s in a row", say_time(s->since_ms / 1000, since), s->times, s->times == 1 ? "" : "s");
	if (s->trial)
		say("  one message is testing the block at this moment");
	else
		say("  %s %s%s", over ? "the next message there tests the block, since" : "blocked until",
		    say_time(s->until_ms / 1000, until), over ? "" : "; then one message tests it");
	if (s->domain[0])
		say("  only mail to %s", s->domain);
	if (s->address[0] && !s->alone)
		say("  refuses our address %s; mail goes there from another address where one reaches it", s->address);
	else if (s->address[0])
		say("  refuses our address %s, and no other of this host reaches it", s->address);
	reply_print_words(&s->reply, &reply);
	say("  it said:  %s", buf_text(&reply));
	buf_free(&reply);
	if (s->reply.reason) {
		say("  meaning:  %s", s->reply.reason->means);
		say("  to do:    %s", s->reply.reason->advice);
	}
}

static void add_json(const struct control_sticky *s, struct buf *out)
{
	const struct refusal_reason *k = s->reply.reason;
	struct json j = { .out = out };
	struct buf reply = { 0 };

	reply_print_words(&s->reply, &reply);
	json_object(&j, NULL);
	json_text(&j, "site", s->site);
	json_text(&j, "domain", s->domain);
	json_text(&j, "address", s->address);
	json_number(&j, "since", s->since_ms / 1000);
	json_number(&j, "until", s->until_ms / 1000);
	json_count(&j, "times", s->times);
	json_flag(&j, "trial", s->trial);
	json_text(&j, "reply", buf_text(&reply));
	json_text(&j, "means", k ? k->means : "");
	json_text(&j, "advice", k ? k->advice : "");
	json_end(&j);
	buf_add_byte(out, '\n');
	buf_free(&reply);
}

int sticky_show(const char *control, bool json)
{
	struct sticky_list l;
	struct buf out = { 0 };

	if (ask_all(control, &l) < 0) {
		int status = complain(&l.fault);
		sticky_list_free(&l);
		return status;
	}
	for (size_t i = 0; i < l.detour_count; i++)
		if (json)
			add_detour_json(&l.detours[i], &out);
		else
			say_detour(&l.detours[i]);
	if (l.count == 0 && !json)
		say("no site is blocked");
	for (size_t i = 0; i < l.count; i++)
		if (json)
			add_json(&l.items[i], &out);
		else
			say_one(&l.items[i]);
	ask_print(&out);
	sticky_list_free(&l);
	return EX_OK;
}

int sticky_clear(const char *control, const char *which)
{
	struct sticky_list l;
	struct buf end = { 0 };

	if (ask_sticky(control, CONTROL_STICKY_CLEAR, span_of(which), &l, &end) < 0)
		return complain(&l.fault);
	bool none = span_eq(buf_span(&end), SPAN(CONTROL_NO_SITE));
	ask_print_end(&end);
	sticky_list_free(&l);
	return none ? EX_NOHOST : EX_OK;
}
