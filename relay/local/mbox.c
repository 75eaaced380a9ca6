/* SPDX-License-Identifier: ISC */
#include "relay/local/mbox.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_STEP_MS = 100,
	FOREIGN_LOCK_S = 5 * 60,      /* a dot lock of another program that nobody has touched for so long is left over */
	LOCK_TEXT_MAX = 200,
	SEARCH_STEP = 64 * 1024,
};

#define OUR_MARK "signet mbox"

struct opened {
	const struct mbox *m;
	const char *path;             /* of the file, for faults */
	int folder;
	int lock;                     /* the dot lock, -1: not held */
	char lock_name[300];
	bool unfinished;              /* the file is longer than it should be, and the dot lock says so: it stays */
	int file;
	off_t size;                   /* before the letter */
};

static int failed(const struct opened *o, const char *what, struct fault *f)
{
	return letter_failed(o->path, what, f);
}

static void pause_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- the dot lock ---- */

static bool take_lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

static bool is_named(const struct opened *o, int fd, const char *name)
{
	struct stat st, there;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fstatat(o->folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       there.st_ino == st.st_ino && there.st_dev == st.st_dev;
}

/*
 * What a lock of ours says: the process's number, for other programs, which look whether it lives
 * (lockfile_create(3)); our mark; and how long the file was, once something is about to be written.
 */
static bool write_lock(int fd, off_t size)
{
	char text[LOCK_TEXT_MAX];
	int len = snprintf(text, sizeof text, size < 0 ? "%d\n" OUR_MARK "\n" : "%d\n" OUR_MARK " of %lld bytes\n", (int)getpid(),
	                   (long long)size);

	return pwrite(fd, text, (size_t)len, 0) == len && ftruncate(fd, len) == 0 && fsync(fd) == 0;
}

/* What another user made would have us cut the mailbox wherever that user says. */
static bool is_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid();
}

/* True: it is one of ours; *size is what it says, -1 for nothing. */
static bool read_lock(int fd, off_t *size)
{
	char text[LOCK_TEXT_MAX] = "";
	long long said;

	if (!is_own(fd) || pread(fd, text, sizeof text - 1, 0) <= 0)
		return false;
	const char *mark = strstr(text, OUR_MARK);
	*size = mark && sscanf(mark + sizeof OUR_MARK - 1, " of %lld", &said) == 1 ? (off_t)said : -1;
	return mark != NULL;
}

/*
 * A lock has our mark from the moment it is there: it is written under another name. False with *error: it cannot be
 * made; with 0, somebody has it.
 */
static bool make_lock(struct opened *o, int *error)
{
	char name[sizeof o->lock_name + 8];
	int fd;

	snprintf(name, sizeof name, "%s.signet", o->lock_name);
	fd = openat(o->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	*error = fd < 0 ? errno : is_own(fd) ? 0 : EPERM;
	if (*error || !take_lock(fd) || !is_named(o, fd, name)) {
		io_close(&fd);
		return false;
	}
	if (write_lock(fd, -1) && renameat2(o->folder, name, o->folder, o->lock_name, RENAME_NOREPLACE) == 0) {
		o->lock = fd;
		return true;
	}
	*error = errno == EEXIST ? 0 : errno;
	unlinkat(o->folder, name, 0);
	close(fd);
	return false;
}

/*
 * Somebody has the dot lock. One of ours whose process has died (the kernel dropped its lock) is taken over, with what
 * it says; one of another program is removed when it is old. True: try again at once, or it is held now.
 */
static bool seize_left_over(struct opened *o, off_t *cut_to)
{
	int fd = openat(o->folder, o->lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	off_t size = -1;

	if (fd < 0)
		return errno == ENOENT;
	bool ours = read_lock(fd, &size);
	bool old = !ours && fstat(fd, &st) == 0 && time(NULL) - st.st_mtime > FOREIGN_LOCK_S;
	bool taken = ours && take_lock(fd);
	if (taken && is_named(o, fd, o->lock_name) && read_lock(fd, &size)) {
		*cut_to = size;
		o->lock = fd;
		o->unfinished = true;
		return true;
	}
	close(fd);
	return taken || (old && unlinkat(o->folder, o->lock_name, 0) == 0);
}

static int lock_by_dot(struct opened *o, int64_t until_ms, off_t *cut_to, struct fault *f)
{
	int error;

	snprintf(o->lock_name, sizeof o->lock_name, "%.250s.lock", o->m->user);
	while (!make_lock(o, &error)) {
		errno = error;
		if (error == EPERM)
			return fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s/%s cannot be locked: remove %s/%s.signet, which is another user's",
			                 o->m->folder, o->m->user, o->m->folder, o->lock_name);
		if (error == EACCES)
			return fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s/%s cannot be locked: %s; users have to be able to make files in %s, as its "
			                 "group (mode 2775) or as everybody (mode 1777)", o->m->folder, o->m->user, strerror(error), o->m->folder);
		if (error)
			return failed(o, "cannot be locked", f);
		bool is_gone = seize_left_over(o, cut_to);
		if (o->lock >= 0)
			break;
		if (clock_boot_ms() >= until_ms)
			return fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s/%s: another program keeps the mailbox locked; if none uses it, "
			                 "remove %s/%s", o->m->folder, o->m->user, o->m->folder, o->lock_name);
		if (!is_gone)
			pause_ms(LOCK_STEP_MS);
	}
	return 0;
}

/* ---- the file ---- */

static int open_file(struct opened *o, struct fault *f)
{
	struct stat folder, st;
	mode_t mode = fstat(o->folder, &folder) == 0 && (folder.st_mode & S_ISGID) ? 0660 : 0600;   /* Debian's: USER and mail */
	mode_t before = umask(0007);

	o->file = openat(o->folder, o->m->user, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	umask(before);
	if (o->file < 0 && (errno == ENOSPC || errno == EDQUOT))
		return failed(o, "cannot be made", f);
	if (o->file >= 0 && fstat(o->file, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid())
		return 0;
	return fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s/%s is not a plain file of one name that %s may write (%s); move it away, or: "
	                 "chown %s %s/%s", o->m->folder, o->m->user, o->m->user, o->file < 0 ? strerror(errno) : "it is another's, a link or no file",
	                 o->m->user, o->m->folder, o->m->user);
}

static int open_mbox(struct opened *o, struct fault *f)
{
	int64_t until_ms = clock_boot_ms() + o->m->lock_wait_ms;
	off_t cut_to = -1;

	o->folder = open(o->m->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->folder < 0)
		return failed(o, "its folder cannot be opened", f);
	if (lock_by_dot(o, until_ms, &cut_to, f) < 0 || open_file(o, f) < 0)
		return -1;
	/* As if by F_SETLK for all others; but it does not go when a copy of the descriptor is closed. */
	while (!take_lock(o->file)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return failed(o, "cannot be locked", f);
		if (clock_boot_ms() >= until_ms)
			return fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s/%s: another program keeps the mailbox locked", o->m->folder,
			                 o->m->user);
		pause_ms(LOCK_STEP_MS);
	}
	o->size = lseek(o->file, 0, SEEK_END);
	if (o->size < 0)
		return failed(o, "its length is not known", f);
	if (cut_to >= 0 && cut_to < o->size) {
		if (ftruncate(o->file, cut_to) < 0 || fsync(o->file) < 0)
			return failed(o, "what a delivery left unfinished cannot be removed", f);
		o->size = cut_to;
	}
	o->unfinished = false;
	return write_lock(o->lock, o->size) ? 0 : failed(o, "its lock cannot be written", f);
}

/* ---- is it there already? ---- */

static bool file_has(const struct opened *o, off_t at, struct span bytes)
{
	char there[SEARCH_STEP];

	while (bytes.len > 0) {
		size_t want = bytes.len < sizeof there ? bytes.len : sizeof there;
		if (pread(o->file, there, want, at) != (ssize_t)want || memcmp(there, bytes.at, want) != 0)
			return false;
		at += (off_t)want;
		bytes = span_between(bytes.at + want, bytes.at + bytes.len);
	}
	return true;
}

/* The letter is what stands at that place. -1: it cannot be read. */
static int is_letter(const struct opened *o, off_t at, struct letter *l, struct fault *f)
{
	struct buf piece = { 0 };
	bool same = true;
	int more = 1;

	for (letter_rewind(l, LETTER_MBOX); same && more > 0; at += (off_t)piece.len) {
		buf_clear(&piece);
		more = letter_read(l, &piece, f);
		same = more < 0 || file_has(o, at, buf_span(&piece));
	}
	buf_free(&piece);
	return more < 0 ? -1 : same;
}

/* Behind each From_ line a letter begins. 1: this one is there, 0: it is not, -1. */
static int is_there(const struct opened *o, struct letter *l, struct fault *f)
{
	FILE *in = fdopen(fcntl(o->file, F_DUPFD_CLOEXEC, 0), "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	off_t at = 0;
	int found = 0;
	bool after_empty = true;

	if (in == NULL)
		return failed(o, "cannot be read", f);
	rewind(in);
	while (found == 0 && (len = getline(&line, &room, in)) > 0) {
		at += len;
		if (after_empty && strncmp(line, "From ", 5) == 0)
			found = is_letter(o, at, l, f);
		after_empty = len == 1;
	}
	free(line);
	fclose(in);
	return found;
}

/* ---- appending ---- */

static int append(struct opened *o, struct letter *l, struct fault *f)
{
	char last = '\n', date[32];
	time_t now = time(NULL);
	struct buf from = { 0 };
	struct tm local;
	int result = 0;

	/* The From_ line. Its time is this host's, as mbox(5) has it; blanks of a quoted address would end that too early. */
	if (o->size > 0 && pread(o->file, &last, 1, o->size - 1) == 1 && last != '\n')
		buf_add_byte(&from, '\n');
	buf_add_text(&from, "From ");
	for (const char *c = l->sender[0] ? l->sender : "MAILER-DAEMON"; *c; c++)
		buf_add_byte(&from, *c == ' ' || *c == '\t' ? '-' : *c);
	strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", localtime_r(&now, &local));
	buf_printf(&from, " %s\n", date);
	if (lseek(o->file, o->size, SEEK_SET) < 0 || io_write_all(o->file, from.at, from.len, IO_FOREVER) < 0)
		result = failed(o, "cannot be written", f);
	else
		result = letter_write(l, LETTER_MBOX, o->file, o->path, f);
	buf_free(&from);
	if (result == 0 && fsync(o->file) < 0)
		result = failed(o, "cannot be synced", f);
	/* The lock's removal is not synced and may fail: one that came back with this length would have the letter cut off. */
	if (result == 0 && !write_lock(o->lock, -1))
		result = failed(o, "its lock cannot be written", f);
	if (result < 0)
		o->unfinished = ftruncate(o->file, o->size) < 0 || fsync(o->file) < 0;
	return result;
}

int mbox_deliver(const struct mbox *m, struct letter *l, bool again, struct fault *f)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", m->folder, m->user);
	struct opened o = { .m = m, .path = buf_text(&path), .folder = -1, .lock = -1, .file = -1 };
	int result = open_mbox(&o, f);

	if (result == 0 && again)
		result = is_there(&o, l, f);
	if (result == 0)
		result = append(&o, l, f);
	if (o.lock >= 0 && !o.unfinished)
		unlinkat(o.folder, o.lock_name, 0);
	io_close(&o.lock);
	io_close(&o.file);
	io_close(&o.folder);
	buf_free(&path);
	return result < 0 ? -1 : 0;
}
