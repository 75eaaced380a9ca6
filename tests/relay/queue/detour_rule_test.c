/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/queue/detour_rule.h"

#include <stdlib.h>

enum { NOW = 1000 };

/*
 * What checks found, one after the other: "a" to "c" is the address and "+" that it is trusted, "-" that it is not, "?"
 * that it is not known; "!" is the owner's word. Then, what is done at the last of them, the address that mail goes
 * straight from, and the one that the detour is for.
 */
static const struct {
	const char *what, *story;
	enum detour_step step;
	const char *settled, *detour;
} rows[] = {
	{ "the first that is heard of is trusted", "a+", DETOUR_NOTED, "a", "" },
	{ "or is not: it has always been so", "a-", DETOUR_NOTED, "a", "" },
	{ "again", "a-a-", DETOUR_STAYS, "a", "" },
	{ "not known", "a?", DETOUR_NOTED, "a", "" },
	{ "another one that is trusted", "a+b+", DETOUR_NOTED, "b", "" },
	{ "another one that is not", "a+b-", DETOUR_BEGINS, "a", "b" },
	{ "one of a host that never was", "a-b-", DETOUR_BEGINS, "a", "b" },
	{ "not known: no detour", "a+b?", DETOUR_STAYS, "a", "" },
	{ "it is known later", "a+b?b-", DETOUR_BEGINS, "a", "b" },
	{ "the same again", "a+b-b-", DETOUR_STAYS, "a", "b" },
	{ "what is not known does not end it", "a+b-b?", DETOUR_STAYS, "a", "b" },
	{ "trusted", "a+b-b+", DETOUR_ENDS, "b", "" },
	{ "and distrusted later: that is no new address", "a+b-b+b-", DETOUR_STAYS, "b", "" },
	{ "yet another one", "a+b-c-", DETOUR_NOTED, "a", "c" },
	{ "and back to that before", "a+b-c-b-", DETOUR_NOTED, "a", "b" },
	{ "the old one comes back, and is distrusted", "a+b-a-", DETOUR_NOTED, "a", "a" },
	{ "the old one comes back", "a+b-a+", DETOUR_ENDS, "a", "" },
	{ "the owner ends it", "a+b-!", DETOUR_ENDS, "b", "" },
	{ "which holds", "a+b-!b-", DETOUR_STAYS, "b", "" },
	{ "for that address", "a+b-!a-", DETOUR_BEGINS, "b", "a" },
	{ "where there is none", "a+!", DETOUR_STAYS, "a", "" },
};

static enum detour_step play(const char *story, const char *before, struct detour_row *r)
{
	enum detour_step step = DETOUR_STAYS;

	*r = (struct detour_row){ .family = 4, .settled = mem_text(""), .address = mem_text(""), .why = mem_text("") };
	for (const char *at = story; *at; at += *at == '!' ? 1 : 2) {
		char address[2] = { at[0], '\0' };
		struct control_standing said = { .family = 4, .address = address, .before = (char *)(uintptr_t)before, .why = "w",
			.standing = at[1] == '+' ? STANDING_TRUSTED : at[1] == '-' ? STANDING_DISTRUSTED : STANDING_UNKNOWN };
		if (*at == '!')
			step = detour_end(r) ? DETOUR_ENDS : DETOUR_STAYS;
		else
			step = detour_hear(r, &said, NOW);
	}
	return step;
}

int main(void)
{
	struct detour_row r;

	tap_plan(4 * TAP_ROWS(rows) + 3);
	for (size_t i = 0; i < TAP_ROWS(rows); i++) {
		bool on = rows[i].detour[0] != '\0';
		is_int(play(rows[i].story, "", &r), rows[i].step, "%s: step", rows[i].what);
		is_text(r.settled, rows[i].settled, "%s: straight from", rows[i].what);
		is_text(r.address, rows[i].detour, "%s: detour for", rows[i].what);
		ok(r.since_ms == (on ? NOW : 0) && strcmp(r.why, on ? "w" : "") == 0, "%s: since when, and why", rows[i].what);
		detour_row_free(&r);
	}
	is_int(play("b-", "a", &r), DETOUR_BEGINS, "what the check remembers counts where nothing was heard yet");
	detour_row_free(&r);
	play("b?", "a", &r);
	is_text(r.settled, "a", "and is kept, since the check forgets it");
	detour_row_free(&r);
	is_int(play("b-", "b", &r), DETOUR_NOTED, "the same as then");
	detour_row_free(&r);
	return tap_done();
}
