/* SPDX-License-Identifier: ISC */
/*
 * signet-drop - writes the submission record on stdin into the drop folder,
 * for sendmail when no signetd answers. Installed set-gid signetdrop: who
 * runs it may be hostile, so it takes nothing from the environment, and gives
 * the privilege up before it writes into another folder than the built-in one.
 *
 * While it writes, the file is called NAME.tmp and it holds a lock on it: one
 * without a lock is dead, and whoever finds it removes it. What the folder
 * takes is bounded by base/conf/limits.h: a message's size, what stays free, and
 * each user's share.
 *
 * Exits 0 only when file and folder are synced.
 */
#include "base/conf/limits.h"
#include "base/conf/places.h"
#include "base/mail/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* Of base only what needs no linking: this program rests on libc alone. */
static const char magic[RECORD_MAGIC_BYTES] = { 'S', 'I', 'G', 'N', 'E', 'T', 'R', RECORD_VERSION };

enum {
	SILENCE_MS = 30 * 1000,            /* of who writes to us, who has it all */
	TOTAL_MS = 15 * 60 * 1000,
	NAME_MAX_BYTES = 10 + 1 + 32,      /* UID-RANDOM: pickup and the user's share go by it */
	NAME_TRIES = 10,
	LIMITS_MAX_BYTES = 64,
};

static int folder = -1;
static char temporary[NAME_MAX_BYTES + sizeof ".tmp"], final[NAME_MAX_BYTES + 1];
static int have_temporary;
static int64_t end_ms;
static uint64_t message_most = (uint64_t)LIMITS_SIZE_MIB << 20;
static uint64_t own_bytes;                 /* of this user's other files in the folder */

static _Noreturn void fail_drop(int code, const char *what, const char *why)
{
	if (have_temporary)
		unlinkat(folder, temporary, 0);
	dprintf(STDERR_FILENO, "signet-drop: %s: %s\n", what, why);
	_exit(code);
}

/* ---- room ---- */

static uint64_t floor_of(uint64_t all, uint64_t most)
{
	uint64_t least = all / 100 * LIMITS_FREE_PERCENT;

	if (least > most)
		least = most;
	return getuid() == 0 ? least / 2 : least;
}

/* For so many bytes more, beside what is left free for others. */
static void need_room(uint64_t bytes)
{
	struct statvfs v;

	if (fstatvfs(folder, &v) < 0)
		fail_drop(EX_TEMPFAIL, "the drop folder", strerror(errno));
	uint64_t block = v.f_frsize, available = (uint64_t)v.f_bavail * block;
	if (available < bytes || available - bytes < floor_of((uint64_t)v.f_blocks * block, (uint64_t)LIMITS_FREE_MIB_MOST << 20))
		fail_drop(EX_TEMPFAIL, "the drop folder", "its file system has too little free space; free some, or start signetd");
	if (v.f_files > 0 && v.f_favail < 1 + floor_of(v.f_files, LIMITS_FREE_INODES_MOST))
		fail_drop(EX_TEMPFAIL, "the drop folder", "its file system has too few free inodes; remove files, or start signetd");
	if (getuid() != 0 && own_bytes + bytes > (own_bytes + available) / LIMITS_USER_SHARE)
		fail_drop(EX_TEMPFAIL, "the drop folder", "this user's messages have filled their share of it; start signetd");
}

/* A writer holds a lock on its file as long as it lives. */
static int is_dead(const char *name)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int dead = fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0;

	/* Removed while it is locked: a writer that is about to lock it will see. */
	if (dead)
		dead = unlinkat(folder, name, 0) == 0;
	if (fd >= 0)
		close(fd);
	return dead;
}

/* The files of this user, by their names; unfinished ones that nobody writes any more are removed. */
static void count_own(const char *prefix)
{
	DIR *all = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	struct stat st;
	unsigned files = 0;

	if (all == NULL)
		fail_drop(EX_TEMPFAIL, "the drop folder cannot be listed", strerror(errno));
	while ((entry = readdir(all)) != NULL) {
		const char *ending = strrchr(entry->d_name, '.');
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || (ending && strcmp(ending, ".tmp") == 0 && is_dead(entry->d_name)))
			continue;
		files++;
		if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			own_bytes += (uint64_t)st.st_size;
	}
	closedir(all);
	if (getuid() != 0 && files >= LIMITS_USER_FILES)
		fail_drop(EX_TEMPFAIL, "the drop folder", "this user has as many messages in it as one user may; start signetd");
}

/* What pickup wrote beside the folder; the default where it did not, or somebody else may have. */
static void read_limits(const char *path)
{
	char name[4096], text[LIMITS_MAX_BYTES + 1] = "";
	struct stat in, st;

	if (snprintf(name, sizeof name, "%s" LIMITS_SUFFIX, path) >= (int)sizeof name)
		return;
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(folder, &in) == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
	    (st.st_uid == 0 || st.st_uid == in.st_uid) && read(fd, text, LIMITS_MAX_BYTES) > 0 &&
	    strncmp(text, LIMITS_WORD, strlen(LIMITS_WORD)) == 0) {
		uint64_t most = strtoull(text + strlen(LIMITS_WORD), NULL, 10);
		if (most > 0)
			message_most = most;
	}
	close(fd);
}

/* ---- the record ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What there is; a writer who lets the time pass is given up. */
static ssize_t read_some(void *into, size_t len)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left = end_ms - now_ms();
	int n = poll(&p, 1, left < 0 ? 0 : (int)(left < SILENCE_MS ? left : SILENCE_MS));

	if (n == 0)
		fail_drop(EX_TEMPFAIL, "the record on standard input", "does not end in time");
	ssize_t got = n < 0 ? -1 : read(STDIN_FILENO, into, len);
	if (got < 0 && errno != EINTR)
		fail_drop(EX_IOERR, "standard input cannot be read", strerror(errno));
	return got;
}

static void read_exactly(void *into, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read_some((char *)into + got, len - got);
		if (n == 0)
			fail_drop(EX_DATAERR, "the record on standard input", "ends too early");
		got += n > 0 ? (size_t)n : 0;
	}
}

static void write_all(int fd, const void *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)bytes + done, len - done);
		if (n < 0 && errno != EINTR)
			fail_drop(EX_TEMPFAIL, "the drop folder takes no more", strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
}

/* Others write at the same time, so the free space is checked before each piece. */
static void copy_rest(int fd, uint64_t len)
{
	static char bytes[64 * 1024];

	while (len > 0) {
		size_t part = len < sizeof bytes ? (size_t)len : sizeof bytes;
		need_room(len);
		read_exactly(bytes, part);
		write_all(fd, bytes, part);
		own_bytes += part;
		len -= part;
	}
}

/* A big-endian length, copied in passing. */
static uint64_t copy_length(int fd, size_t bytes, uint64_t max)
{
	unsigned char raw[8];
	uint64_t length = 0;

	read_exactly(raw, bytes);
	for (size_t i = 0; i < bytes; i++)
		length = length << 8 | raw[i];
	if (length > max)
		fail_drop(EX_DATAERR, "the record on standard input", "is longer than size_limit allows");
	write_all(fd, raw, bytes);
	return length;
}

static void copy_record(int fd)
{
	char start[RECORD_MAGIC_BYTES], more;
	ssize_t n;

	read_exactly(start, sizeof start);
	if (memcmp(start, magic, sizeof magic) != 0)
		fail_drop(EX_DATAERR, "standard input", "is not a submission record of this version");
	write_all(fd, start, sizeof start);
	copy_rest(fd, copy_length(fd, 4, RECORD_ENVELOPE_MAX));
	copy_rest(fd, copy_length(fd, 8, message_most));
	while ((n = read_some(&more, 1)) < 0)
		;
	if (n > 0)
		fail_drop(EX_DATAERR, "the record on standard input", "goes on after its end");
}

/* ---- the file ---- */

/* Closed standard descriptors would let the file take their number, and messages end up in it. */
static void prepare_process(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static const char *choose_folder(const char *wanted)
{
	if (wanted == NULL || strcmp(wanted, PLACES_DROP) == 0)
		return PLACES_DROP;
	/* Another folder is the caller's business, and is written to with the caller's own rights only. */
	if (setresgid(getgid(), getgid(), getgid()) < 0 || setresuid(getuid(), getuid(), getuid()) < 0 || getegid() != getgid())
		fail_drop(EX_OSERR, "the privilege cannot be given up", strerror(errno));
	return wanted;
}

/* Why the folder may not be entered, where that is because the group is missing. */
static const char *why_not(int error)
{
	if (error != EACCES || getgid() != getegid() || getuid() == 0)
		return strerror(error);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "Permission denied: this process may gain no privileges (no-new-privs; NoNewPrivileges= of a systemd unit), so that "
		       "signet-drop does not get its group. Where signetd runs, it is not needed";
	return "Permission denied: signet-drop is not set-gid, or is on a file system that is mounted nosuid: chgrp signetdrop "
	       "signet-drop; chmod 2755 signet-drop";
}

static void make_names(const char *prefix)
{
	unsigned char random[16];
	int at = snprintf(final, sizeof final, "%s", prefix);

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		fail_drop(EX_OSERR, "no random bytes from the kernel", strerror(errno));
	for (size_t i = 0; i < sizeof random; i++)
		at += snprintf(final + at, sizeof final - (size_t)at, "%02x", random[i]);
	snprintf(temporary, sizeof temporary, "%s.tmp", final);
}

/* Locked, and not removed as a dead one between its creation and the lock. */
static int make_file(const char *prefix)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	for (int i = 0; i < NAME_TRIES; i++) {
		make_names(prefix);
		int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
		if (fd < 0)
			fail_drop(EX_TEMPFAIL, "the drop folder", why_not(errno));
		have_temporary = 1;
		if (fcntl(fd, F_OFD_SETLKW, &lock) < 0 || fstat(fd, &st) < 0)
			fail_drop(EX_TEMPFAIL, "the file in the drop folder cannot be locked", strerror(errno));
		if (st.st_nlink == 1)
			return fd;
		close(fd);
		have_temporary = 0;
	}
	fail_drop(EX_TEMPFAIL, "the drop folder", "files vanish from it as soon as they are made");
}

static int about_was_asked(int argc, char **argv)
{
	if (argc != 2)
		return 0;
	if (strcmp(argv[1], "--version") == 0)
		return dprintf(STDOUT_FILENO, "signet-drop %s\n", VERSION) > 0;
	if (strcmp(argv[1], "--help") == 0)
		return dprintf(STDOUT_FILENO, "usage: signet-drop [FOLDER] < RECORD\n  For sendmail only, when signetd does "
		               "not answer: writes its record into the drop folder.\n") > 0;
	return 0;
}

int main(int argc, char **argv)
{
	char prefix[12];

	prepare_process();
	if (about_was_asked(argc, argv))
		return 0;
	end_ms = now_ms() + TOTAL_MS;
	const char *path = choose_folder(argc > 1 ? argv[1] : NULL);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		fail_drop(EX_TEMPFAIL, path, why_not(errno));
	snprintf(prefix, sizeof prefix, "%u-", (unsigned)geteuid());
	read_limits(path);
	count_own(prefix);
	need_room(0);
	int fd = make_file(prefix);
	/*
	 * Without set-gid (no_new_privs) root may still write here, but pickup could
	 * not read what is left in root's group.
	 */
	struct stat in, file;
	if (fstat(folder, &in) < 0 || fstat(fd, &file) < 0)
		fail_drop(EX_TEMPFAIL, "the drop folder", strerror(errno));
	if (file.st_gid != in.st_gid && file.st_uid != in.st_uid && fchown(fd, (uid_t)-1, in.st_gid) < 0)
		fail_drop(EX_TEMPFAIL, "the file cannot be given to the drop folder's group", strerror(errno));
	copy_record(fd);
	if (fsync(fd) < 0)
		fail_drop(EX_TEMPFAIL, "the drop folder cannot be synced", strerror(errno));
	if (renameat(folder, temporary, folder, final) < 0)
		fail_drop(EX_TEMPFAIL, path, strerror(errno));
	have_temporary = 0;
	if (fsync(folder) < 0 || close(fd) < 0)
		fail_drop(EX_TEMPFAIL, "the drop folder cannot be synced", strerror(errno));
	return 0;
}
