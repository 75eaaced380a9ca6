/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/log_share.h"

static unsigned take(struct log_share *l, uint32_t uid, unsigned lines, int64_t now_ms)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < lines; i++)
		taken += log_share_take(l, uid, now_ms);
	return taken;
}

int main(void)
{
	static struct log_share l, many;
	uint32_t uid = 0;

	tap_plan(18);
	is_int(log_share_deadline_ms(&l), INT64_MAX, "nothing is to be told at first");
	is_int(take(&l, 1000, 100, 5), LOG_SHARE_LINES, "of a hundred lines so many are written");
	is_int(take(&l, 0, 10, 5), 10, "another user has a share of its own");
	is_int(log_share_next(&l, 5, &uid), 0, "what was left out is not told at once");
	is_int(log_share_deadline_ms(&l), 5 + LOG_SHARE_MS, "but when the stretch is over");
	is_int(log_share_next(&l, 4 + LOG_SHARE_MS, &uid), 0, "not before");
	is_int(log_share_next(&l, 5 + LOG_SHARE_MS, &uid), 100 - LOG_SHARE_LINES, "with its number");
	is_int(uid, 1000, "and whose it is");
	is_int(log_share_next(&l, 5 + LOG_SHARE_MS, &uid), 0, "once");
	is_int(log_share_deadline_ms(&l), INT64_MAX, "and that is all");
	is_int(take(&l, 1000, 100, 6 + LOG_SHARE_MS), LOG_SHARE_LINES, "then it begins again");
	is_int(take(&l, 1000, 100, 7 + 2 * LOG_SHARE_MS), LOG_SHARE_LINES, "told or not");
	is_int(log_share_next(&l, 7 + 3 * LOG_SHARE_MS, &uid), 2 * (100 - LOG_SHARE_LINES), "no count is lost over it");

	for (uint32_t i = 0; i < LOG_SHARE_USERS; i++)
		take(&many, i, LOG_SHARE_LINES + 1, 10 + i);
	is_int(take(&many, 0, 1, 100), 0, "as many users as are known at once");
	is_int(take(&many, 5000, LOG_SHARE_LINES + 1, 100), LOG_SHARE_LINES, "one more has its share too");
	is_int(take(&many, LOG_SHARE_USERS - 1, 1, 100), 0, "and the latest is still known");
	is_int(take(&many, 0, 1, 100), 1, "the first is forgotten for it");
	is_int(log_share_deadline_ms(&many), 12 + LOG_SHARE_MS, "the deadline is the first of those that are left");
	return tap_done();
}
