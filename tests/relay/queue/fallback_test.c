#include "relay/queue/fallback.h"

#include "tests/tap.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };

static const int64_t now = 1700000000000;

static void ways(void)
{
	static const struct {
		const char *name;
		struct fallback_view v;   /* blocked, over, trial_runs, may_move, kept */
		enum fallback_way way;
	} rows[] = {
		{ "not blocked", { false, false, false, true, false }, WAY_DIRECT },
		{ "blocked", { true, false, false, true, false }, WAY_PASS_BY },
		{ "blocked, and no other hop", { true, false, false, false, false }, WAY_DIRECT },
		{ "blocked, but what became of a mail there is unknown", { true, false, false, true, true }, WAY_DIRECT },
		{ "over", { true, true, false, true, false }, WAY_TRIAL },
		{ "over, and another tries", { true, true, true, true, false }, WAY_PASS_BY },
		{ "over, and no other hop", { true, true, false, false, false }, WAY_DIRECT },
		{ "over, and kept", { true, true, false, true, true }, WAY_DIRECT },
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
		{ FAULT_TEMPORARY, "mx said: 421 4.7.0 [TSS04] Messages from x temporarily deferred (in reply to MAIL FROM)", true,
		  false, true },
		{ FAULT_TEMPORARY, "mx said: 554 IP=x - None/bad reputation. (in reply to the connection)", true, true, true },
		{ FAULT_PERMANENT, "mx said: 550 5.7.1 Client host [x] blocked using y (in reply to RCPT TO)", true, true, false },
		{ FAULT_PERMANENT, "mx said: 550 5.7.1 spam message rejected (in reply to end of DATA)", false, true, false },
		{ FAULT_PERMANENT, "mx said: 550 5.1.1 user unknown (in reply to RCPT TO)", false, true, false },
		{ FAULT_TEMPORARY, "mx said: 451 4.7.1 Greylisted (in reply to RCPT TO)", false, false, false },
		{ FAULT_TEMPORARY, "mx said: 421 4.7.0 TLS required for RCPT domain (in reply to MAIL FROM)", false, false, false },
		{ FAULT_TEMPORARY, "mx said: 452 4.2.2 mailbox full (in reply to RCPT TO)", false, false, false },
		{ FAULT_TEMPORARY, "mx said: 421 4.7.32 aligned with either the authenticated SPF or DKIM (in reply to end of DATA)",
		  false, false, false },
		{ FAULT_TEMPORARY, "mx said: 451 4.3.0 local trouble (in reply to end of DATA)", false, false, true },
		{ FAULT_TEMPORARY, "mx: no reply in time at end of DATA", false, false, true },
		{ FAULT_NONE, "250 2.0.0 blocked using nothing", false, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fault f;
		fault_set(&f, rows[i].kind, "4.0.0", "%s", rows[i].text);
		is_int(fallback_is_block(&f), rows[i].block, "a block or not: %.50s", rows[i].text);
		is_int(fallback_is_final(&f), rows[i].final, "final or not");
		is_int(fallback_counts_as_temporary(&f), rows[i].temporary, "counts as temporary or not");
	}
}

int main(void)
{
	tap_plan(66);
	ways();
	blocks();
	faults();
	return tap_done();
}
