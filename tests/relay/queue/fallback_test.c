/* SPDX-License-Identifier: ISC */
#include "relay/queue/fallback.h"

#include "tests/base/mail/said.h"
#include "tests/tap.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };

static const int64_t now = 1700000000000;

static void ways(void)
{
	static const struct {
		const char *name;
		struct fallback_view v;
		enum fallback_way way;
	} rows[] = {
		{ "blocked", { .may_move = true }, WAY_NEXT_HOP },
		{ "blocked, and no other hop", { 0 }, WAY_DIRECT },
		{ "blocked, but another address of ours is not", { .may_move = true, .other_address = true },
		  WAY_OTHER_ADDRESS },
		{ "the same, and no other hop", { .other_address = true }, WAY_OTHER_ADDRESS },
		{ "blocked, but what became of a mail there is unknown", { .may_move = true, .kept = true },
		  WAY_DIRECT },
		{ "over", { .over = true, .may_move = true }, WAY_TRIAL },
		{ "over, and another tries", { .over = true, .trial_runs = true, .may_move = true }, WAY_NEXT_HOP },
		{ "over, with another address", { .over = true, .other_address = true }, WAY_TRIAL },
		{ "over, with another address, and another tries",
		  { .over = true, .trial_runs = true, .other_address = true }, WAY_OTHER_ADDRESS },
		{ "over, and no other hop", { .over = true }, WAY_DIRECT },
		{ "the same, and another address of ours is not", { .may_move = true, .kept = true, .other_address = true },
		  WAY_OTHER_ADDRESS },
		{ "over, and kept", { .over = true, .may_move = true, .kept = true }, WAY_DIRECT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(fallback_way(&rows[i].v), rows[i].way, "%s", rows[i].name);
}

static void blocks(void)
{
	struct fallback_block b = { 0 };
	static const int64_t stays[] = { 12 * HOUR, 24 * HOUR, 24 * HOUR };

	ok(fallback_blocked(&b, 6 * HOUR, now), "a site is blocked");
	ok(b.since_ms == now && b.until_ms == now + 6 * HOUR && b.times == 1, "from now, for as long as the route says");
	ok(!fallback_blocked(&b, 6 * HOUR, now + MIN), "what comes in meanwhile is nothing new");
	is_int(b.until_ms, now + 6 * HOUR, "and makes it no longer");
	ok(!fallback_is_over(&b, now + 6 * HOUR - 1), "not over");
	int64_t at = now + 6 * HOUR;
	for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++) {
		ok(fallback_is_over(&b, at), "over");
		ok(fallback_blocked(&b, 6 * HOUR, at), "blocked again at its trial");
		is_int(b.until_ms, at + stays[i], "for twice as long, to a day");
		at = b.until_ms;
	}
	is_int(b.since_ms, now, "since the first time");
	fallback_put_off(&b, at);
	is_int(b.until_ms, at + 6 * HOUR, "a trial that could not be held is put off, not doubled");
	is_int(b.times, 4, "and counts for nothing");
	ok(!fallback_is_over(&b, at - HOUR), "a clock set back a little: still blocked");
	ok(fallback_is_over(&b, at - 30 * HOUR), "set back beyond what is possible: try");
	b = (struct fallback_block){ 0 };
	fallback_blocked(&b, 72 * HOUR, now);
	ok(b.until_ms == now + 72 * HOUR && !fallback_is_over(&b, now), "a route may say more than a day");
	fallback_blocked(&b, 72 * HOUR, b.until_ms);
	is_int(b.until_ms, now + 144 * HOUR, "and then it does not grow");
	b = (struct fallback_block){ .times = 4000000000u };
	fallback_blocked(&b, 0, now);
	ok(b.until_ms > now && b.until_ms <= now + 24 * HOUR, "nonsense is bounded");
}

static void faults(void)
{
	static const struct {
		enum fault_kind kind;
		const char *text;
		bool block, final, temporary;
	} rows[] = {
		{ FAULT_TEMPORARY, "421 4.7.0 [TSS04] Messages from x temporarily deferred", true,
		  false, true },
		{ FAULT_TEMPORARY, "554 IP=x - None/bad reputation.", true, true, true },
		{ FAULT_PERMANENT, "550 5.7.1 Client host [x] blocked using y", true, true, false },
		{ FAULT_PERMANENT, "550 5.7.1 spam message rejected", false, true, false },
		{ FAULT_PERMANENT, "550 5.1.1 user unknown", false, true, false },
		{ FAULT_TEMPORARY, "451 4.7.1 Greylisted", false, false, false },
		{ FAULT_TEMPORARY, "421 4.7.0 TLS required for RCPT domain", false, false, false },
		{ FAULT_TEMPORARY, "452 4.2.2 mailbox full", false, false, false },
		{ FAULT_TEMPORARY, "421 4.7.32 aligned with either the authenticated SPF or DKIM",
		  false, false, false },
		{ FAULT_TEMPORARY, "451 4.3.0 local trouble", false, false, true },
		{ FAULT_TEMPORARY, "mx: no reply in time at end of DATA", false, false, true },
		{ FAULT_NONE, "250 2.0.0 blocked using nothing", false, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reply r;
		r = said(rows[i].kind, "4.0.0", rows[i].text);
		is_int(fallback_is_block(&r), rows[i].block, "a block or not: %.50s", rows[i].text);
		is_int(fallback_is_final(&r), rows[i].final, "final or not");
		is_int(fallback_counts_as_temporary(&r), rows[i].temporary, "counts as temporary or not");
	}
}

int main(void)
{
	tap_plan(70);
	ways();
	blocks();
	faults();
	return tap_done();
}
