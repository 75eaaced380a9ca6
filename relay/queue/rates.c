/* SPDX-License-Identifier: ISC */
#include "relay/queue/rates.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *word, *setting;
} kinds[] = {
	[RATES_UID] = { "uid", "user_rate" },
	[RATES_UNIT] = { "unit", "unit_rate" },
	[RATES_CONTAINER] = { "container", "unit_rate" },
};

static const struct rate *rate_of(const struct rates *r, enum rates_kind kind)
{
	return kind == RATES_UID ? &r->user : &r->unit;
}

static void runaway_free(struct runaway *who)
{
	buf_free(&who->samples);
	free(who);
}

void rates_free(struct rates *r)
{
	for (size_t i = 0; i < r->count; i++)
		runaway_free(r->senders[i]);
	free(r->senders);
	*r = (struct rates){ 0 };
}

/* ---- who is known ---- */

static struct runaway *find(const struct rates *r, enum rates_kind kind, uint32_t uid, struct span name)
{
	for (size_t i = 0; i < r->count; i++) {
		struct runaway *who = r->senders[i];
		if (who->kind == kind && (kind == RATES_UID ? who->uid == uid : span_eq(span_of(who->name), name)))
			return who;
	}
	return NULL;
}

static struct runaway *add(struct rates *r, enum rates_kind kind, uint32_t uid, struct span name)
{
	struct runaway *who = mem_alloc(sizeof *who);

	if (r->count >= RATES_SENDERS) {    /* who has been silent longest makes room; who runs away, last */
		size_t last = 0;
		for (size_t i = 1; i < r->count; i++) {
			const struct runaway *a = r->senders[i], *b = r->senders[last];
			bool both_alike = !a->since_ms == !b->since_ms;
			if (both_alike ? a->heard_ms < b->heard_ms : !a->since_ms)
				last = i;
		}
		runaway_free(r->senders[last]);
		r->senders[last] = r->senders[--r->count];
	}
	who->kind = kind;
	who->uid = uid;
	memcpy(who->name, name.at, name.len < CGROUP_NAME_MAX ? name.len : CGROUP_NAME_MAX);
	r->senders = mem_resize(r->senders, r->count + 1, sizeof(struct runaway *));
	r->senders[r->count++] = who;
	return who;
}

/* ---- counting ---- */

static void end_episode(struct runaway *who)
{
	who->since_ms = who->held_ms = 0;
	who->held = 0;
	who->told = false;
	who->sample_count = 0;
	buf_free(&who->samples);
}

/* True: it is too much. */
static bool count_one(const struct rate *rate, struct runaway *who, int64_t now_ms)
{
	bool too_much = pace_cap_room(&who->sent, rate, now_ms) == 0;

	pace_cap_add(&who->sent, rate, 1, now_ms);
	who->heard_ms = now_ms;
	if (who->since_ms && now_ms - who->held_ms > rate->window_ms)
		end_episode(who);
	if (!too_much)
		return false;
	if (who->since_ms == 0)
		who->since_ms = now_ms;
	who->held_ms = now_ms;
	who->held++;
	return true;
}

struct runaway *rates_count(struct rates *r, uint32_t uid, const char *unit, const char *container, int64_t now_ms)
{
	char digits[16];
	snprintf(digits, sizeof digits, "%u", uid);
	const struct {
		enum rates_kind kind;
		struct span name;
	} as[] = {
		{ RATES_UID, span_of(digits) },
		{ container[0] ? RATES_CONTAINER : RATES_UNIT, cgroup_owner(unit, container) },
	};
	struct runaway *first = NULL;

	for (size_t i = 0; i < 2; i++) {
		const struct rate *rate = rate_of(r, as[i].kind);
		if (rate->count == 0 || as[i].name.len == 0)
			continue;
		struct runaway *who = find(r, as[i].kind, uid, as[i].name);
		if (who == NULL)
			who = add(r, as[i].kind, uid, as[i].name);
		if (count_one(rate, who, now_ms) && first == NULL)
			first = who;
	}
	return first;
}

void rates_forgive(struct rates *r, uint32_t uid, const char *unit, const char *container)
{
	struct runaway *both[] = {
		find(r, RATES_UID, uid, SPAN("")),
		find(r, container[0] ? RATES_CONTAINER : RATES_UNIT, uid, cgroup_owner(unit, container)),
	};

	for (size_t i = 0; i < 2; i++) {
		if (both[i] == NULL)
			continue;
		end_episode(both[i]);
		both[i]->sent = (struct pace_cap){ 0 };
	}
}

/* ---- telling ---- */

int64_t rates_next_ms(const struct rates *r)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < r->count; i++) {
		const struct runaway *who = r->senders[i];
		if (who->since_ms && !who->told && who->since_ms + r->tell_ms < next)
			next = who->since_ms + r->tell_ms;
	}
	return next;
}

struct runaway *rates_untold(struct rates *r, int64_t now_ms)
{
	for (size_t i = 0; i < r->count; i++) {
		struct runaway *who = r->senders[i];
		if (who->since_ms && !who->told && now_ms - who->since_ms >= r->tell_ms)
			return who;
	}
	return NULL;
}

void rates_tell_again(struct rates *r, enum rates_kind kind, uint32_t uid, const char *name)
{
	struct runaway *who = find(r, kind, uid, span_of(name));

	if (who)
		who->told = false;
}

void rates_print(const struct runaway *who, struct buf *out)
{
	buf_printf(out, "%s %s", kinds[who->kind].word, who->name);
}

void rates_reason(const struct rates *r, const struct runaway *who, struct buf *out)
{
	rates_print(who, out);
	buf_printf(out, " submits more messages than %s = \"", kinds[who->kind].setting);
	rate_print(rate_of(r, who->kind), out);
	buf_add_text(out, "\" allows");
}

void rates_options(const struct runaway *who, struct buf *out)
{
	if (who->kind == RATES_UID)
		buf_printf(out, "--uid %u --reason user_rate", who->uid);
	else
		buf_printf(out, "--reason '%s %s submits'", kinds[who->kind].word, who->name);
}
