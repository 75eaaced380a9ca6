/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/delisting.h"

enum { DAY = 24 * 60 * 60, NOW = 1796000000 };

/* Days before now; 0: never. */
static const struct {
	const char *name;
	int asked, refused;
	bool blocked;
	const char *asked_for, *ours;
	enum delisting next;
} rows[] = {
	{ "nothing is known", 0, 0, false, "", "192.0.2.1", DELISTING_NO_NEED },
	{ "it refuses", 0, 1, false, "", "192.0.2.1", DELISTING_ASK },
	{ "it is passed by", 0, 0, true, "", "192.0.2.1", DELISTING_ASK },
	{ "no address of ours is known", 0, 1, false, "", "", DELISTING_ASK },
	{ "asked today", -1, 1, false, "192.0.2.1", "192.0.2.1", DELISTING_WAIT },
	{ "asked three days ago, and refused since", 3, 1, false, "192.0.2.1", "192.0.2.1", DELISTING_WAIT },
	{ "asked ten days ago, and refused since", 10, 1, false, "192.0.2.1", "192.0.2.1", DELISTING_ASK_LATE },
	{ "asked ten days ago, and blocked still", 10, 0, true, "192.0.2.1", "192.0.2.1", DELISTING_ASK_LATE },
	{ "asked three days ago, and not refused since", 3, 4, false, "192.0.2.1", "192.0.2.1", DELISTING_DONE },
	{ "asked for another address", 1, 0, false, "192.0.2.1", "192.0.2.7", DELISTING_ASK_ADDRESS },
	{ "asked for one of two", 10, 1, false, "192.0.2.1", "192.0.2.1 2001:db8::1", DELISTING_ASK_ADDRESS },
	{ "asked for both, in another case", 3, 4, false, "2001:DB8::1 192.0.2.1", "192.0.2.1 2001:db8::1", DELISTING_DONE },
	{ "what was asked for is not ours any more", 3, 4, false, "192.0.2.1 192.0.2.2", "192.0.2.1", DELISTING_DONE },
};

static void words(const char *text, struct text_list *out)
{
	struct span rest = span_of(text), word;

	while ((word = span_word(&rest)).len > 0)
		text_list_add(out, word);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct text_list asked_for = { 0 }, ours = { 0 };
		const char *address;
		words(rows[i].asked_for, &asked_for);
		words(rows[i].ours, &ours);
		struct delisting_facts f = {
			.asked_s = rows[i].asked < 0 ? NOW - 60 : rows[i].asked ? NOW - rows[i].asked * DAY : 0, .asked_for = &asked_for, .ours = &ours,
			.refused_s = rows[i].refused ? NOW - rows[i].refused * DAY : 0, .blocked = rows[i].blocked, .now_s = NOW,
		};
		is_int(delisting_next(&f, &address), rows[i].next, "%s", rows[i].name);
		if (i == 10)
			is_text(address, "2001:db8::1", "which one");
		text_list_free(&asked_for);
		text_list_free(&ours);
	}
	return tap_done();
}
