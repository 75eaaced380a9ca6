/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/queue/store_sts.h"

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };
#define NOW 1000000000000

static const struct {
	const char *name;
	int64_t fetched_ms, expires_ms, barred_ms;   /* from now on */
	const char *id;
	bool fresh;
	const char *barred;
} rows[] = {
	{ "young", -HOUR, 7 * DAY, 0, "1", true, "" },
	{ "of yesterday", -DAY - 1, 7 * DAY, 0, "1", false, "" },
	{ "past half of a short life", -HOUR, HOUR - 1, 0, "1", false, "" },
	{ "before half of it", -HOUR, HOUR + 1000, 0, "1", true, "" },
	{ "over", -7 * DAY, 0, 0, "", false, "" },
	{ "over, and barred", -7 * DAY, -1, HOUR, "", false, "2" },
	{ "valid, and the next one barred", -2 * DAY, DAY, 1, "1", false, "2" },
	{ "the bar is over", -HOUR, DAY, -1, "1", true, "" },
	{ "fetched in the future: the clock was set back", HOUR, 7 * DAY, 0, "1", false, "" },
};

int main(void)
{
	tap_plan(36);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct store_sts row = { (char *)"a.example", (char *)"1", (char *)"policy", NOW + rows[i].fetched_ms,
		                         NOW + rows[i].expires_ms, (char *)"2", NOW + rows[i].barred_ms };
		struct plan_job job = { 0 };
		store_sts_known(&row, NOW, &job.sts);
		is_text(job.sts.id, rows[i].id, "%s: id", rows[i].name);
		is_text(job.sts.policy, rows[i].id[0] ? "policy" : "", "%s: policy", rows[i].name);
		ok(job.sts.fresh == rows[i].fresh, "%s: fresh or not", rows[i].name);
		is_text(job.sts.barred_id, rows[i].barred, "%s: barred", rows[i].name);
		plan_job_free(&job);
	}
	return tap_done();
}
