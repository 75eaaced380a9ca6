/* SPDX-License-Identifier: ISC */
#include "relay/queue/lane.h"

#include "tests/tap.h"

static const uint64_t bulk = UINT64_C(1) << 32;

static void messages(void)
{
	static const struct {
		const char *name;
		uint32_t uid;
		const char *sender;
		size_t recipients;
		bool marked;
		uint64_t lane;
	} rows[] = {
		{ "one recipient", 1000, "me@example.org", 1, false, 1000 },
		{ "a few", 1000, "me@example.org", 19, false, 1000 },
		{ "many", 1000, "me@example.org", 20, false, 1000 | UINT64_C(1) << 32 },
		{ "one, and says that it is bulk", 1000, "me@example.org", 1, true, 1000 | UINT64_C(1) << 32 },
		{ "the null sender", 0, "", 1, false, 0 },
		{ "the last uid", UINT32_MAX, "me", 50000, false, UINT32_MAX | UINT64_C(1) << 32 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lane_senders none = { 0 };
		struct lane_mail mail = { rows[i].uid, span_of(rows[i].sender), rows[i].recipients, rows[i].marked };
		is_int(lane_of(&none, &mail, 1000000), rows[i].lane, "%s", rows[i].name);
	}
}

/* So many at once, each from the address that the format makes of its number: how many are bulk. */
static unsigned burst(struct lane_senders *s, uint32_t uid, const char *format, unsigned count, int64_t now_ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++) {
		char address[100];
		snprintf(address, sizeof address, format, i);
		n += lane_of(s, &(struct lane_mail){ uid, span_of(address), 1, false }, now_ms) == (uid | bulk);
	}
	return n;
}

static void bursts(void)
{
	static struct lane_senders s;
	int64_t now = 5;

	for (unsigned i = 0; i < 100; i++)
		lane_of(&s, &(struct lane_mail){ 1000, SPAN("me@example.org"), 1, true }, now);

	is_int(burst(&s, 1000, "me@example.org", LANE_BURST, now), 0, "a burst begins as single mails, whatever else is bulk");
	is_int(burst(&s, 1000, "me@example.org", 100, now), 100, "what goes on is bulk");
	is_int(burst(&s, 1000, "boss@example.org", 1, now), 0, "another sender of the same user is not");
	is_int(burst(&s, 1001, "me@example.org", 1, now), 0, "nor another user");
	is_int(burst(&s, 1000, "me@example.org", 3, now + 2 * LANE_STEP_MS), 1, "two steps later there is room for two");
	now += (int64_t)LANE_BURST * LANE_STEP_MS * 2;
	is_int(burst(&s, 1000, "me@example.org", LANE_BURST + 1, now), 1, "after a rest all is as at the beginning");
	is_int(burst(&s, 1000, "news+%u=example.net@example.org", 100, now), 100 - LANE_BURST, "VERP is one sender");
	is_int(burst(&s, 1000, "bounces-%u@example.org", 100, now), 100 - LANE_BURST, "of either kind");
	unsigned steady = 0;
	for (unsigned i = 0; i < 100; i++, now += LANE_STEP_MS)
		steady += burst(&s, 1002, "steady@example.org", 1, now);
	is_int(steady, 0, "one in a step is no burst, for however long");
}

int main(void)
{
	tap_plan(15);
	messages();
	bursts();
	return tap_done();
}
