/* SPDX-License-Identifier: ISC */
#include "signet/trust/notes.h"

#include "base/clock.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_PATIENCE_MS = 5000 };

/* The user whom the spool belongs to; NULL: root, who runs this, or nobody with a name. */
static const char *other_user(const struct settings *s)
{
	struct stat st;
	const struct passwd *user = stat(s->spool, &st) == 0 && st.st_uid != 0 && st.st_uid != geteuid() ? getpwuid(st.st_uid) : NULL;

	return user ? user->pw_name : NULL;
}

static int notes_failed(struct fault *f, const struct settings *s, const char *name, const char *what)
{
	int error = errno;
	const char *user;

	if (access(s->spool, F_OK) < 0 && errno == ENOENT)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "%.300s: there is no such folder, in which this is noted; signetd makes it: systemctl "
		                 "start signetd", s->spool);
	if (error == EWOULDBLOCK)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "%.300s/trust/%.60s: another signet writes there; try again", s->spool, name);
	if (error != EACCES && error != EPERM)
		return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s/trust/%.60s: %s: %s", s->spool, name, what, strerror(error));
	user = other_user(s);
	return fault_set(f, FAULT_POLICY, "5.7.0", "%.300s/trust/%.60s: %s: %s: run this as root%s%.60s", s->spool, name, what, strerror(error),
	                 user ? " or as " : "", user ? user : "");
}

/*
 * Gives the owner of the spool the folder and the files that an earlier version, run by root, left to root. Nobody else could
 * write there. False: something stays root's.
 */
static bool give_away(int folder, const struct stat *to)
{
	int listed = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = listed >= 0 ? fdopendir(listed) : NULL;
	bool given = true;

	for (struct dirent *d = all ? readdir(all) : NULL; d; d = readdir(all)) {
		struct stat st;
		int fd = openat(folder, d->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1)
			given &= fchown(fd, to->st_uid, to->st_gid) == 0;
		io_close(&fd);
	}
	if (all)
		closedir(all);
	else
		io_close(&listed);
	return given && fchown(folder, to->st_uid, to->st_gid) == 0;
}

/* A descriptor of the folder; -1 with errno. Nobody else's link is followed. */
static int open_folder(const struct settings *s, bool make)
{
	int spool = open(s->spool, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat owner, st;

	if (spool < 0)
		return -1;
	bool refused = make && mkdirat(spool, "trust", 0700) < 0 && errno != EEXIST;
	int folder = refused ? -1 : openat(spool, "trust", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;
	if (folder >= 0 && geteuid() == 0 && fstat(spool, &owner) == 0 && fstat(folder, &st) == 0 && st.st_uid == 0 && owner.st_uid != 0)
		give_away(folder, &owner);     /* where it cannot, that user is told, by notes_failed() */
	close(spool);
	errno = error;
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

/*
 * Under the lock, so that the name of what is not yet whole may be a fixed one. What lies there under that name may be
 * replaced, never written to.
 */
static int write_in(int folder, const char *name, struct span text)
{
	struct stat owner;
	char part[80];
	int result = 0;

	snprintf(part, sizeof part, "%s.part", name);
	unlinkat(folder, part, 0);
	int fd = openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fstat(folder, &owner) < 0 || (geteuid() == 0 && owner.st_uid != 0 && fchown(fd, owner.st_uid, owner.st_gid) < 0) ||
	    io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 || renameat(folder, part, folder, name) < 0 ||
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
