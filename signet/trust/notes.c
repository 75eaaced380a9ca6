/* SPDX-License-Identifier: ISC */
#include "signet/trust/notes.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_PATIENCE_MS = 5000 };

static int notes_failed(struct fault *f, const struct settings *s, const char *name, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s/trust/%.60s: %s: %s", s->spool, name, what, strerror(errno));
}

/* A descriptor of the folder; -1 with errno. Nobody else's link is followed. */
static int open_folder(const struct settings *s, bool make)
{
	int spool = open(s->spool, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (spool < 0)
		return -1;
	if (make)
		mkdirat(spool, "trust", 0700);
	int folder = openat(spool, "trust", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(spool);
	return folder;
}

static int read_in(int folder, const char *name, struct buf *out)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	int result = io_read_file(fd, out, NOTES_BYTES_MAX);
	close(fd);
	return result;
}

int notes_read(const struct settings *s, const char *name, struct buf *out, struct fault *f)
{
	int folder = open_folder(s, false);

	if (folder < 0)
		return errno == ENOENT ? 0 : notes_failed(f, s, name, "cannot read what was noted");
	int result = read_in(folder, name, out);
	if (result < 0)
		notes_failed(f, s, name, "cannot read what was noted");
	close(folder);
	return result;
}

/* Under the lock, so that the name of what is not yet whole may be a fixed one. */
static int write_in(int folder, const char *name, struct span text)
{
	char part[80];
	int result = 0;

	snprintf(part, sizeof part, "%s.part", name);
	int fd = openat(folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 || renameat(folder, part, folder, name) < 0 ||
	    fsync(folder) < 0)
		result = -1;
	close(fd);
	return result;
}

int notes_change(const struct settings *s, const char *name, notes_edit *edit, void *context, struct fault *f)
{
	int64_t deadline_ms = clock_boot_ms() + LOCK_PATIENCE_MS;
	int folder = open_folder(s, true), result;
	struct buf old = { 0 }, text = { 0 };

	if (folder < 0)
		return notes_failed(f, s, name, "cannot open the folder");
	while ((result = flock(folder, LOCK_EX | LOCK_NB)) < 0 && errno == EWOULDBLOCK && clock_boot_ms() < deadline_ms)
		poll(NULL, 0, 20);
	if (result < 0)
		notes_failed(f, s, name, "cannot lock the folder");
	if (result == 0 && (result = read_in(folder, name, &old)) < 0)
		notes_failed(f, s, name, "cannot read what was noted");
	if (result == 0) {
		edit(context, buf_span(&old), &text);
		if ((result = write_in(folder, name, buf_span(&text))) < 0)
			notes_failed(f, s, name, "cannot write");
	}
	close(folder);
	buf_free(&old);
	buf_free(&text);
	return result;
}
