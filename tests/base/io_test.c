/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void deadlines(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		return;
	int64_t start = clock_boot_ms();
	is_int(io_read(ends[0], &byte, 1, start + 50), -1, "an empty pipe ends at the deadline");
	is_int(errno, ETIMEDOUT, "as ETIMEDOUT");
	ok(clock_boot_ms() - start >= 50, "not before it");
	is_int(io_read(ends[0], &byte, 1, start - 1000), -1, "a deadline long past ends at once");

	io_set_nonblocking(ends[1], true);
	static char much[1 << 20];
	is_int(io_write_all(ends[1], much, sizeof much, clock_boot_ms() + 50), -1, "a full pipe too");
	is_int(errno, ETIMEDOUT, "as ETIMEDOUT");
	io_close(&ends[0]);
	is_int(io_write_all(ends[1], "x", 1, clock_boot_ms() + 50), -1, "a reader that is gone is an error");
	is_int(errno, EPIPE, "as EPIPE");
	io_close(&ends[1]);
	is_int(ends[1], -1, "a closed descriptor is forgotten");
}

/* More than a pipe holds arrives whole. */
static void whole(void)
{
	static char much[300000];
	struct buf got = { 0 };
	int ends[2];

	if (pipe(ends) < 0)
		return;
	memset(much, 'x', sizeof much);
	pid_t writer = fork();
	if (writer == 0) {
		int failed = io_write_all(ends[1], much, sizeof much, clock_boot_ms() + 5000);
		_exit(failed ? 1 : 0);
	}
	close(ends[1]);
	is_int(io_read_file(ends[0], &got, sizeof much), 0, "a file of just the limit is read");
	is_span(buf_span(&got), span_between(much, much + sizeof much), "whole");
	close(ends[0]);
	int status;
	waitpid(writer, &status, 0);
	is_int(status, 0, "and was written whole");
	buf_free(&got);
}

static void too_large(void)
{
	struct buf got = { 0 };
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], "12345", 5) != 5)
		return;
	close(ends[1]);
	is_int(io_read_file(ends[0], &got, 4), -1, "one byte over the limit is refused");
	is_int(errno, EFBIG, "as EFBIG");
	close(ends[0]);
	buf_free(&got);
	is_int(io_sync_folder("/nowhere/at/all"), -1, "a folder that is not there");
	is_int(errno, ENOENT, "as ENOENT");
}

int main(void)
{
	tap_plan(16);
	signal(SIGPIPE, SIG_IGN);
	deadlines();
	whole();
	too_large();
	return tap_done();
}
