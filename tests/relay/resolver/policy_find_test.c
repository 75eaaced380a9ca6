/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/resolver/policy_find.h"

static const struct {
	const char *name, *found;
	struct sts_known known;
	bool fetch;
} rows[] = {
	{ "no record, nothing known", "", { .id = "", .barred_id = "" }, false },
	{ "a record, nothing known", "1", { .id = "", .barred_id = "" }, true },
	{ "the policy known, looked at lately", "1", { .id = "1", .fresh = true, .barred_id = "" }, false },
	{ "the policy known, and long ago", "1", { .id = "1", .barred_id = "" }, true },
	{ "another policy", "2", { .id = "1", .fresh = true, .barred_id = "" }, true },
	{ "it could not be had just now", "2", { .id = "1", .fresh = true, .barred_id = "2" }, false },
	{ "that was an older one", "3", { .id = "1", .fresh = true, .barred_id = "2" }, true },
	{ "nothing known, and it could not be had", "1", { .id = "", .barred_id = "1" }, false },
	{ "the record went away", "", { .id = "1", .fresh = true, .barred_id = "" }, false },
};

int main(void)
{
	tap_plan(9);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ok(policy_find_wants_fetch(&rows[i].known, rows[i].found) == rows[i].fetch, "%s", rows[i].name);
	return tap_done();
}
