/* SPDX-License-Identifier: ISC */
#include "relay/queue/rates.h"
#include "tests/tap.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOUR = 3600 * 1000 };
static const int64_t noon = 1700000000000;

static struct rates make(uint32_t user, uint32_t unit)
{
	return (struct rates){ .user = { user, HOUR }, .unit = { unit, HOUR }, .tell_ms = RATES_TELL_MS };
}

/* How many of so many are held. */
static unsigned submit(struct rates *r, unsigned count, uint32_t uid, const char *unit, const char *container, int64_t at_ms)
{
	unsigned held = 0;

	for (unsigned i = 0; i < count; i++)
		held += rates_count(r, uid, unit, container, at_ms) != NULL;
	return held;
}

/* Who counts together. */
static void together(void)
{
	static const struct {
		const char *what;
		uint32_t user, unit;
		struct { uint32_t uid; const char *unit, *container; } first, then;
		bool same;
	} rows[] = {
		{ "no rates", 0, 0, { 33, "a.service", "" }, { 33, "a.service", "" }, false },
		{ "a uid", 5, 0, { 33, "a.service", "" }, { 33, "b.service", "" }, true },
		{ "root", 5, 0, { 0, "", "" }, { 0, "", "" }, true },
		{ "another uid", 5, 0, { 33, "a.service", "" }, { 34, "a.service", "" }, false },
		{ "a unit", 0, 5, { 33, "a.service", "" }, { 34, "a.service", "" }, true },
		{ "another unit", 0, 5, { 33, "a.service", "" }, { 33, "b.service", "" }, false },
		{ "no unit is known", 0, 5, { 33, "", "" }, { 33, "", "" }, false },
		{ "a container, whatever the unit in it", 0, 5, { 33, "a.service", "lxc:w" }, { 34, "b.service", "lxc:w" }, true },
		{ "a unit in and out of a container", 0, 5, { 33, "a.service", "lxc:w" }, { 33, "a.service", "" }, false },
		{ "a container called as a unit is", 0, 5, { 33, "a.service", "" }, { 33, "x", "a.service" }, false },
		{ "units of a user", 0, 5, { 33, "user@33.service/a.service", "" }, { 33, "user@33.service/b.service", "" }, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rates r = make(rows[i].user, rows[i].unit);
		is_int(submit(&r, 5, rows[i].first.uid, rows[i].first.unit, rows[i].first.container, noon), 0, "%s: five go", rows[i].what);
		is_int(submit(&r, 5, rows[i].then.uid, rows[i].then.unit, rows[i].then.container, noon), rows[i].same ? 5 : 0,
		       "%s: five more are %s", rows[i].what, rows[i].same ? "held" : "another's");
		rates_free(&r);
	}
}

static void episodes(void)
{
	struct rates r = make(50, 0);

	is_int(submit(&r, 200, 33, "", "", noon), 150, "of 200 at 50/h, 150 are held");
	is_int(submit(&r, 1, 33, "", "", noon + 50 * 60 * 1000), 1, "one more within the hour, too");
	is_int(rates_next_ms(&r), noon + RATES_TELL_MS, "the owner is told a minute after the first");
	ok(rates_untold(&r, noon + RATES_TELL_MS - 1) == NULL, "not before");
	struct runaway *who = rates_untold(&r, noon + RATES_TELL_MS);
	ok(who && who->uid == 33 && who->held == 151 && who->since_ms == noon, "of whom, how many, since when");
	who->told = true;
	ok(rates_untold(&r, noon + HOUR) == NULL && rates_next_ms(&r) == INT64_MAX, "and once");
	rates_tell_again(&r, RATES_UID, 33, "33");
	ok(rates_untold(&r, noon + HOUR) == who, "unless that could not be written");
	who->told = true;
	is_int(submit(&r, 60, 33, "", "", noon + HOUR / 2), 60, "who goes on stays held");
	is_int(submit(&r, 1, 33, "", "", noon + HOUR + 5 * 60 * 1000), 1, "as long as there are too many in an hour");
	ok(who->told && who->held == 212, "and that is the same episode");
	is_int(submit(&r, 30, 33, "", "", noon + 4 * HOUR), 0, "a slow one goes again");
	is_int(submit(&r, 40, 33, "", "", noon + 4 * HOUR), 20, "and too fast again");
	ok(!who->told && who->held == 20, "is a new episode");
	rates_forgive(&r, 33, "", "");
	ok(rates_next_ms(&r) == INT64_MAX, "what the owner has released is not told");
	is_int(submit(&r, 51, 33, "", "", noon + 4 * HOUR), 1, "and counts anew");
	rates_free(&r);

	/* At the pace that is allowed nothing is ever held, but for what the parts of the window cost. */
	unsigned held = 0;
	r = make(50, 0);
	for (int i = 0; i < 500; i++)
		held += submit(&r, 1, 33, "", "", noon + (int64_t)i * HOUR / 45);
	is_int(held, 0, "45 an hour for half a day go");
	rates_free(&r);
}

static void words(void)
{
	static const struct { uint32_t user; const char *unit, *container, *reason, *options; } rows[] = {
		{ 1, "", "", "uid 33 submits more messages than user_rate = \"1/h\" allows", "--uid 33 --reason user_rate" },
		{ 0, "a.service", "", "unit a.service submits more messages than unit_rate = \"2/h\" allows", "--reason 'unit a.service submits'" },
		{ 0, "a.service", "lxc:w", "container lxc:w submits more messages than unit_rate = \"2/h\" allows",
		  "--reason 'container lxc:w submits'" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rates r = make(rows[i].user, 2);
		struct buf reason = { 0 }, options = { 0 };
		submit(&r, 2, 33, rows[i].unit, rows[i].container, noon);
		struct runaway *who = rates_count(&r, 33, rows[i].unit, rows[i].container, noon);
		rates_reason(&r, who, &reason);
		rates_options(who, &options);
		is_text(buf_text(&reason), rows[i].reason, "the reason");
		is_text(buf_text(&options), rows[i].options, "the options that find it");
		buf_free(&reason);
		buf_free(&options);
		rates_free(&r);
	}
}

/* More senders than it knows: a runaway is not forgotten for them. */
static void many(void)
{
	struct rates r = make(0, 3);
	char unit[40];

	is_int(submit(&r, 5, 33, "runaway.service", "", noon), 2, "a runaway");
	for (unsigned i = 0; i < 3 * RATES_SENDERS; i++) {
		snprintf(unit, sizeof unit, "session-%u.scope", i);
		submit(&r, 1, 33, unit, "", noon + i);
	}
	is_int((long long)r.count, RATES_SENDERS, "there is a bound");
	is_int(submit(&r, 1, 33, "runaway.service", "", noon + HOUR / 2), 1, "and it is still known");
	rates_free(&r);
}

int main(void)
{
	tap_plan(2 * 11 + 16 + 6 + 3);
	together();
	episodes();
	words();
	many();
	return tap_done();
}
