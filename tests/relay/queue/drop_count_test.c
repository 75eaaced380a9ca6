/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "relay/queue/drop_count.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char here[] = "/tmp/drop-count-test-XXXXXX";

int main(void)
{
	static const char *const names[] = { "1000-ab", "0-cd.once", "ef.twice", "1000-gh.tmp", "x.bad", "x.2.bad", ".hidden", "bad" };
	char path[80];

	tap_plan(5);
	scratch_make(here);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", here, names[i]);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	struct drop_count n = drop_count(here);
	is_int(n.waiting, 4, "records wait, those that are being read among them");
	is_int(n.unfinished, 1, "one is being written");
	is_int(n.bad, 2, "two are set aside");
	n = drop_count("/nonexistent");
	is_int(n.waiting + n.unfinished + n.bad, 0, "where no folder is there is nothing");
	snprintf(path, sizeof path, "%s/1000-ab", here);
	is_int(drop_count(path).waiting, 0, "nor in what is no folder");
	return tap_done();
}
