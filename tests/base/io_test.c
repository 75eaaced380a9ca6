/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
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

/* Nothing else is read as a file is, and nothing is waited for. */
static void regular(void)
{
	static const struct {
		const char *name;
		int error;            /* 0: it is read */
	} rows[] = { { "file", 0 }, { "link", 0 }, { "large", EFBIG }, { "none", ENOENT }, { "fifo", EINVAL }, { ".", EINVAL }, { "device", EINVAL } };
	char folder[] = "/tmp/io-test-XXXXXX";
	struct buf got = { 0 };
	struct stat st;

	if (mkdtemp(folder) == NULL || chdir(folder) < 0)
		return;
	int fd = open("file", O_WRONLY | O_CREAT, 0600), large = open("large", O_WRONLY | O_CREAT, 0600);
	ok(write(fd, "12345", 5) == 5 && write(large, "123456", 6) == 6 && mkfifo("fifo", 0600) == 0 && symlink("file", "link") == 0 &&
	   symlink("/dev/zero", "device") == 0, "one of each");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&got);
		int result = io_read_path(rows[i].name, &got, 5);
		is_int(result < 0 ? errno : 0, rows[i].error, "%s", rows[i].name);
		is_text(buf_text(&got), rows[i].error ? "" : "12345", "and its text");
	}
	int fifo = io_open("fifo");
	ok(fifo >= 0 && io_check_regular(fifo, &st) < 0 && errno == EINVAL && S_ISFIFO(st.st_mode), "one that is open already");
	is_int(io_open_regular("fifo", &st), -1, "or is opened");
	is_text(io_error_text(EINVAL), "it is not a file", "the word for it");
	close(fd);
	close(large);
	close(fifo);
	for (const char *const *name = (const char *const[]){ "file", "link", "large", "fifo", "device", NULL }; *name; name++)
		unlink(*name);
	ok(chdir("/") == 0 && rmdir(folder) == 0, "nothing is left");
	buf_free(&got);
}

int main(void)
{
	tap_plan(35);
	signal(SIGPIPE, SIG_IGN);
	deadlines();
	whole();
	too_large();
	regular();
	return tap_done();
}
