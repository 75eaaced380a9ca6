/* SPDX-License-Identifier: ISC */
#include "relay/queue/timers.h"

#include "tests/tap.h"

#include <stdlib.h>

/*
 * What is done, one word each, from boot time 0 and wall clock 1000:
 *
 *   +K7@50   kind K (a to d), id 7, is set for boot time 50      +K7@never  is dropped so
 *   +K7w50   the same for wall clock 1050                        -K7        is dropped
 *   =50      it is boot time 50, and the wall clock goes along: what is due fires
 *   =50/30   the wall clock was set meanwhile, and stands at 1030
 *   =50~30   it stands there because it goes slower
 *   ?50      the first is wanted at 50 (? alone: never)
 */
static const struct { const char *what, *words, *fires; } rows[] = {
	{ "none is set", "? =100 ?", "" },
	{ "one fires once", "+a1@10 ?10 =9 =10 ? =11", "a1" },
	{ "late is better than never", "+a1@10 =500", "a1" },
	{ "the earliest first", "+a1@30 +a2@10 +b3@20 ?10 =30", "a2 b3 a1" },
	{ "of one moment, the kind further up, then the smaller id", "+b1@10 +a2@10 +a1@10 +c0@10 =10", "a1 a2 b1 c0" },
	{ "set again, later", "+a1@10 +a1@20 ?20 =10 =20", "a1" },
	{ "set again, earlier", "+a1@20 +a1@10 ?10 =10 =20", "a1" },
	{ "two kinds of one id", "+a1@10 +b1@20 -a1 ?20 =20", "b1" },
	{ "dropped", "+a1@10 +a2@20 +a3@30 -a2 =30", "a1 a3" },
	{ "dropped in the midst", "+a1@10 +a2@90 +a3@20 +a4@95 +a5@99 +a6@30 +a7@40 -a4 -a2 ?10 =99", "a1 a3 a6 a7 a5" },
	{ "dropped twice", "+a1@10 -a1 -a1 ? =10", "" },
	{ "never", "+a1@10 +a1@never ? =10", "" },
	{ "in the past", "=100 +a1@10 ?10 =100", "a1" },
	{ "by the wall clock", "+a1w50 ?50 =49 =50", "a1" },
	{ "which was set forward", "+a1w50 +a2@20 +a3w90 =10/80 ?20 =20/90", "a1 a2 a3" },
	{ "which was set back", "+a1w50 +a2@60 =10/5 ?55 =54/49 =60/55", "a1 a2" },
	{ "which was set, and boot time was not", "+a1@50 =10/90 ?50 =50/130", "a1" },
	{ "which goes slower", "+a1w50 =50~47 ?53 =53~50", "a1" },
	{ "by boot time after all", "+a1w50 +a1@20 =10/5 ?20 =20/15", "a1" },
};

static struct timers timers;
static char fired[200];

static void go_to(const char *times)
{
	long boot = 0, wall = 0;
	char how = 0;

	if (sscanf(times, "%ld%c%ld", &boot, &how, &wall) < 3)
		wall = boot;
	timers_now(&timers, 1000 + wall, boot, how == '/');
	for (struct timer due; timers_take(&timers, &due);) {
		size_t len = strlen(fired);
		snprintf(fired + len, sizeof fired - len, "%s%c%d", len ? " " : "", 'a' + (int)due.kind, (int)due.id);
	}
}

static void do_word(const char *word, const char *what)
{
	enum timer_kind kind = (enum timer_kind)(word[1] - 'a');
	int id = 0;
	char clock = 0;
	long at = 0;

	if (word[0] == '=') {
		go_to(word + 1);
	} else if (word[0] == '?') {
		int64_t wanted = word[1] ? strtol(word + 1, NULL, 10) : INT64_MAX;
		is_int(timers_next_ms(&timers), wanted, "%s: %s", what, word);
	} else if (word[0] == '-') {
		timers_drop(&timers, kind, strtoull(word + 2, NULL, 10));
	} else if (sscanf(word + 2, "%d%c%ld", &id, &clock, &at) == 3) {
		(clock == 'w' ? timers_set_wall : timers_set)(&timers, kind, (uint64_t)id, clock == 'w' ? 1000 + at : at);
		int64_t boot = clock == 'w' ? timers.boot_ms + 1000 + at - timers.wall_ms : at;
		is_int(timers_when(&timers, kind, (uint64_t)id), boot, "%s: %s is set", what, word);
	} else {
		timers_set(&timers, kind, (uint64_t)id, INT64_MAX);
		is_int(timers_when(&timers, kind, (uint64_t)id), INT64_MAX, "%s: %s is not", what, word);
	}
}

static void do_row(size_t i)
{
	char words[200];

	snprintf(words, sizeof words, "%s", rows[i].words);
	fired[0] = '\0';
	timers_now(&timers, 1000, 0, false);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		do_word(word, rows[i].what);
	is_text(fired, rows[i].fires, "%s", rows[i].what);
	timers_free(&timers);
}

/* Against a plain array, through many of them that come, change and go. */
static void as_the_model_says(void)
{
	enum { IDS = 200, STEPS = 30000 };
	static int64_t model[2][IDS];
	unsigned random = 1;
	int64_t now = 0;
	bool same = true;

	timers_now(&timers, 1000, 0, false);
	for (int i = 0; i < STEPS && same; i++) {
		random = random * 1103515245 + 12345;
		enum timer_kind kind = random >> 30 & 1;
		unsigned id = (random >> 8) % IDS;
		if (random >> 28 < 10) {
			model[kind][id] = now + 1 + (random >> 16) % 1000;
			timers_set(&timers, kind, id, model[kind][id]);
		} else if (random >> 28 < 14) {
			model[kind][id] = 0;
			timers_drop(&timers, kind, id);
		} else {
			now += 20;
			timers_now(&timers, 1000 + now, now, false);
			int64_t last = 0;
			for (struct timer due; timers_take(&timers, &due); last = due.boot_ms) {
				same &= due.boot_ms == model[due.kind][due.id] && due.boot_ms >= last && due.boot_ms <= now;
				model[due.kind][due.id] = 0;
			}
			for (unsigned k = 0; k < 2 * IDS; k++)
				same &= model[k / IDS][k % IDS] == 0 || model[k / IDS][k % IDS] > now;
		}
	}
	ok(same, "as the model says");
	timers_free(&timers);
}

/* Of each row: what it fires, and one for each word that asks or sets. */
static int count(void)
{
	int n = 1;

	for (size_t i = 0; i < TAP_ROWS(rows); i++, n++)
		for (const char *at = rows[i].words; *at; at++)
			n += *at == '?' || *at == '+';
	return n;
}

int main(void)
{
	tap_plan(count());
	for (size_t i = 0; i < TAP_ROWS(rows); i++)
		do_row(i);
	as_the_model_says();
	return tap_done();
}
