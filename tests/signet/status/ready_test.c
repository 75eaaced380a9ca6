/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/status/ready.h"

static const struct {
	const char *counters, *why;
} rows[] = {
	{ "version 1\ndraining no\nstore good\n", "" },
	{ "version 1\ndraining yes\nstore good\n",
	  "signetd finishes what is open, to stop or to begin again; what is sent now is kept in the drop folder" },
	{ "draining no\nstore /var/spool/signet/queue.db: the disk is full\n",
	  "the store cannot be written: /var/spool/signet/queue.db: the disk is full; what is sent now is kept in the drop folder" },
	{ "draining yes\nstore bad\n", "the store cannot be written: bad; what is sent now is kept in the drop folder" },
	{ "version 1\n", "signetd does not say how its store is; are signet and signetd of one version?" },
	{ "", "signetd does not say how its store is; are signet and signetd of one version?" },
	{ "store good\n", "signetd finishes what is open, to stop or to begin again; what is sent now is kept in the drop folder" },
};

int main(void)
{
	tap_plan(2 * TAP_ROWS(rows));
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct buf why = { 0 };
		bool is_ready = ready_by_counters(span_of(rows[i].counters), &why);
		is_text(buf_text(&why), rows[i].why, "row %d: why", i);
		is_int(is_ready, rows[i].why[0] == '\0', "row %d: ready only without a reason", i);
		buf_free(&why);
	}
	return tap_done();
}
