/* SPDX-License-Identifier: ISC */
#include "relay/signetd/spool.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A role that is in the middle of a sync ends when the disk is done. */
enum { LOCK_WAIT_MS = 20 * 1000, ALIVE_WAIT_MS = 1000, LOCK_STEP_MS = 20, LOCK_SAY_MS = 200 };

static int spool_failed(struct fault *f, const char *what, const char *path)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot %s %s: %s", what, path, strerror(errno));
}

/* ---- folders ---- */

struct folder {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool is_ours;     /* Signet's alone: its owner and mode are corrected */
};

/* As mkdir -p does: folders above, when missing, are ordinary ones. */
static int make_parents(const char *path, struct fault *f)
{
	char *copy = mem_text(path);
	int result = 0;

	for (char *slash = strchr(copy + 1, '/'); slash && result == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			result = spool_failed(f, "make the folder", copy);
		*slash = '/';
	}
	free(copy);
	return result;
}

static int make_folder(const char *path, const struct folder *want, struct fault *f)
{
	int result = 0;

	if (make_parents(path, f) < 0)
		return -1;
	bool made = mkdir(path, want->mode) == 0;
	if (!made && errno != EEXIST)
		return spool_failed(f, "make the folder", path);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (want->is_ours ? O_NOFOLLOW : 0));
	if (fd < 0)
		return spool_failed(f, "open the folder", path);
	if (made || want->is_ours) {
		struct stat st;
		if (fstat(fd, &st) < 0)
			result = spool_failed(f, "look at", path);
		else if ((st.st_uid != want->uid || st.st_gid != want->gid) && fchown(fd, want->uid, want->gid) < 0)
			result = spool_failed(f, "give to its owner the folder", path);
		else if ((st.st_mode & 07777) != want->mode && fchmod(fd, want->mode) < 0)
			result = spool_failed(f, "set the mode of the folder", path);
	}
	close(fd);
	return result;
}

/* The folder a socket lies in, which is made when missing and else left alone. */
static int make_folder_of(const char *socket, struct fault *f)
{
	char *copy = mem_text(socket);
	char *slash = strrchr(copy, '/');
	int result = 0;

	if (slash && slash != copy) {
		*slash = '\0';
		result = make_folder(copy, &(struct folder){ .mode = 0755, .uid = geteuid(), .gid = getegid() }, f);
	}
	free(copy);
	return result;
}

int spool_prepare(const struct settings *s, const struct run_as *o, struct fault *f)
{
	/* Passed through by callers, whose signet-drop may enter the drop folder; what else lies in it is private. */
	struct folder spool = { .mode = 0711, .uid = o->uid, .gid = o->gid, .is_ours = true };
	struct folder private = { .mode = 0700, .uid = o->uid, .gid = o->gid, .is_ours = true };
	struct folder drop = { .mode = 01770, .uid = o->uid, .gid = o->drop_group, .is_ours = true };
	struct buf bodies = { 0 }, new_bodies = { 0 }, heard = { 0 };
	mode_t before = umask(0);

	buf_printf(&bodies, "%s/body", s->spool);
	buf_printf(&new_bodies, "%s/body/new", s->spool);
	buf_printf(&heard, "%s/smtpd", s->spool);
	int result = make_folder(s->spool, &spool, f);
	if (result == 0)
		result = make_folder(buf_text(&bodies), &private, f);
	if (result == 0)
		result = make_folder(buf_text(&new_bodies), &private, f);
	if (result == 0 && s->listen.count > 0)
		result = make_folder(buf_text(&heard), &private, f);
	if (result == 0)
		result = make_folder(s->drop, &drop, f);
	if (result == 0)
		result = make_folder_of(s->socket, f);
	if (result == 0)
		result = make_folder_of(s->control, f);
	umask(before);
	buf_free(&bodies);
	buf_free(&new_bodies);
	buf_free(&heard);
	return result;
}

/* ---- the lock ---- */

/* Running, and no zombie that its parent has not fetched yet. */
static bool is_alive(long pid)
{
	char path[40], state = 'Z';

	if (pid <= 0 || (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
		return false;
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return true;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state != 'Z' && state != 'X';
}

/*
 * Held by a process that is gone: its roles keep the lock while they are being
 * killed, for a moment. One that is alive may have been killed, and not know yet.
 */
static int wait_for_lock(int fd, const char *spool, struct fault *f)
{
	int64_t begun_ms = clock_boot_ms();
	bool said = false;
	struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return spool_failed(f, "lock", spool);
		char text[32] = { 0 };
		long pid = pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
		if (clock_boot_ms() - begun_ms >= (is_alive(pid) ? ALIVE_WAIT_MS : LOCK_WAIT_MS))
			return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd already runs with the spool %s, as process %ld; "
			                 "stop that one first, or give this one a spool of its own", spool, pid);
		if (!said && clock_boot_ms() - begun_ms >= LOCK_SAY_MS) {
			log_line(LOG_LEVEL_INFO, "the spool %s is still locked by the previous signetd (process %ld); waiting "
			         "for its roles to end", spool, pid);
			said = true;
		}
		nanosleep(&step, NULL);
	}
	return 0;
}

int spool_lock(const struct settings *s, struct fault *f)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/lock", s->spool);
	int fd = open(buf_text(&path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		spool_failed(f, "open", buf_text(&path));
	else if (wait_for_lock(fd, s->spool, f) < 0)
		io_close(&fd);
	if (fd >= 0 && (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)) {
		spool_failed(f, "write", buf_text(&path));
		io_close(&fd);
	}
	buf_free(&path);
	return fd;
}

bool spool_lock_is(int fd, const struct settings *s)
{
	struct buf path = { 0 };
	struct stat held, named;

	buf_printf(&path, "%s/lock", s->spool);
	bool same = fstat(fd, &held) == 0 && stat(buf_text(&path), &named) == 0 && held.st_dev == named.st_dev &&
	            held.st_ino == named.st_ino;
	buf_free(&path);
	return same;
}
