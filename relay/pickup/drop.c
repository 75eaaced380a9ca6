/* SPDX-License-Identifier: ISC */
#include "relay/pickup/drop.h"

#include "base/clock.h"
#include "base/conf/limits.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/pickup/aside.h"
#include "relay/pickup/returned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	RESCAN_MS = 30 * 1000,
	BUSY_PAUSE_MS = 1000,                /* after the queue said: not now */
	QUEUE_MS = 120 * 1000,
	READ_STEP = 256 * 1024,
	IGNORED_MAX = 100,
};

struct drop {
	struct pickup *pickup;
	struct aside *aside;
	int folder;
	int inotify;                         /* -1: rescans alone find what came */
	char **names;                        /* found by the last scan, not yet taken */
	size_t name_count;
	char *ignored[IGNORED_MAX];          /* could not even be renamed: said once, then skipped */
	size_t ignored_count;
	int64_t rescan_ms;
	bool rescan_now;

	char *name;                          /* the one in work, or NULL */
	bool struck;                         /* pickup has crashed over it */
	int fd;
	struct submitter who;                /* its owner */
	struct intake *intake;               /* NULL when it is returned */
	uint64_t ticket;                     /* 0: still reading it */
	int64_t answer_by_ms;
	char *step;
};

struct drop *drop_new(struct pickup *p, struct fault *f)
{
	const char *path = p->settings->drop;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot read the drop folder %s: %s", path, strerror(errno));
		return NULL;
	}
	struct drop *d = mem_alloc(sizeof *d);
	d->pickup = p;
	d->folder = folder;
	d->aside = aside_new(p, folder);
	d->fd = -1;
	d->rescan_now = true;
	/* For signet-drop, which reads no configuration. */
	struct buf name = { 0 }, new_name = { 0 }, text = { 0 };
	buf_printf(&name, "%s" LIMITS_SUFFIX, p->settings->drop);
	buf_printf(&new_name, "%s.new", buf_text(&name));
	buf_printf(&text, LIMITS_WORD "%llu\n", (unsigned long long)p->settings->size_limit);
	int fd = open(buf_text(&new_name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0 || io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 ||
	    rename(buf_text(&new_name), buf_text(&name)) < 0)
		log_line(LOG_LEVEL_INFO, "cannot write %s: %s; signet-drop takes what the default of size_limit allows",
		         buf_text(&name), strerror(errno));
	io_close(&fd);
	buf_free(&name);
	buf_free(&new_name);
	buf_free(&text);
	d->step = mem_alloc(READ_STEP);
	d->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->inotify >= 0 && inotify_add_watch(d->inotify, path, IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		io_close(&d->inotify);
	if (d->inotify < 0)
		log_line(LOG_LEVEL_INFO, "no inotify on the drop folder %s; it is checked every 30 s", path);
	return d;
}

int drop_fd(const struct drop *d)
{
	return d->inotify;
}

static bool is_reading(const struct drop *d)
{
	return d->name && d->ticket == 0;
}

int64_t drop_deadline_ms(const struct drop *d)
{
	if (d->ticket)
		return d->answer_by_ms;
	if (pickup_queue_is_full(d->pickup))
		return INT64_MAX;
	if (is_reading(d) || d->name_count > 0 || d->rescan_now)
		return 0;
	return d->rescan_ms < aside_deadline_ms(d->aside) ? d->rescan_ms : aside_deadline_ms(d->aside);
}

/* ---- what lies in the folder ---- */

static const char once[] = ".once", twice[] = ".twice";

static bool ends_with(const char *name, const char *ending)
{
	return span_ends_nocase(span_of(name), span_of(ending));
}

/* Whoever writes it holds a lock on it: without one its writer has died. */
static void remove_dead(struct drop *d, const char *name)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd = openat(d->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fcntl(fd, F_OFD_SETLK, &lock) == 0 &&
	    unlinkat(d->folder, name, 0) == 0)
		log_line(LOG_LEVEL_INFO, "removed %s from the drop folder: its writer (uid %u) ended before it was finished", name,
		         (unsigned)st.st_uid);
	io_close(&fd);
}

static void forget_names(struct drop *d)
{
	for (size_t i = 0; i < d->name_count; i++)
		free(d->names[i]);
	d->name_count = 0;
}

static bool is_ignored(const struct drop *d, const char *name)
{
	for (size_t i = 0; i < d->ignored_count; i++)
		if (strcmp(d->ignored[i], name) == 0)
			return true;
	return false;
}

static void scan_folder(struct drop *d)
{
	DIR *folder;
	struct dirent *entry;
	int fd = openat(d->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d->rescan_now = false;
	d->rescan_ms = clock_boot_ms() + pickup_scaled_ms(d->pickup, RESCAN_MS);
	forget_names(d);
	if (fd < 0 || (folder = fdopendir(fd)) == NULL) {
		log_line(LOG_LEVEL_ERROR, "cannot read the drop folder: %s", strerror(errno));
		io_close(&fd);
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || is_ignored(d, entry->d_name))
			continue;
		if (aside_is_name(entry->d_name))
			aside_found(d->aside, entry->d_name);
		else if (ends_with(entry->d_name, ".tmp"))
			remove_dead(d, entry->d_name);
		else {
			if ((d->name_count & (d->name_count - 1)) == 0)
				d->names = mem_resize(d->names, d->name_count ? 2 * d->name_count : 1, sizeof(char *));
			d->names[d->name_count++] = mem_text(entry->d_name);
		}
	}
	closedir(folder);
	/* Struck names go to the front: names are taken from the end, so these come last. */
	size_t struck = 0;
	for (size_t i = 0; i < d->name_count; i++) {
		if (!ends_with(d->names[i], once))
			continue;
		char *name = d->names[i];
		d->names[i] = d->names[struck];
		d->names[struck++] = name;
	}
}

/* ---- the one in work ---- */

static void let_go(struct drop *d, bool taken)
{
	intake_free(d->intake, taken);
	d->intake = NULL;
	io_close(&d->fd);
	free(d->name);
	d->name = NULL;
	d->struck = false;
	d->ticket = 0;
}

/* The name that it came with. */
static struct span bare_name(const struct drop *d)
{
	struct span name = span_of(d->name);

	if (ends_with(d->name, once))
		name.len -= sizeof once - 1;
	else if (ends_with(d->name, twice))
		name.len -= sizeof twice - 1;
	return name;
}

static void call_it(struct drop *d, const char *ending)
{
	struct buf name = { 0 };

	buf_add_span(&name, bare_name(d));
	buf_add_text(&name, ending);
	if (renameat2(d->folder, d->name, d->folder, buf_text(&name), RENAME_NOREPLACE) == 0) {
		free(d->name);
		d->name = buf_take(&name);
	}
	buf_free(&name);
}

/* What comes of it now is not its fault any more. */
static void unmark_record(struct drop *d)
{
	if (ends_with(d->name, once) || ends_with(d->name, twice))
		call_it(d, "");
}

/* Out of the way, for a person to look at. Links and pipes cannot be moved by this role, and stay. */
static void set_aside(struct drop *d, const char *why)
{
	struct buf kept = { 0 }, who = { 0 };

	if (d->fd >= 0)
		buf_printf(&who, "uid %u", d->who.uid);
	else
		buf_add_text(&who, "unread");
	if (aside_put(d->aside, d->name, bare_name(d), &kept) == 0) {
		aside_tell(d->aside, buf_text(&kept), buf_text(&who), why);
	} else {
		buf_clear(&kept);
		buf_add_text(&kept, d->name);
		if (d->ignored_count == IGNORED_MAX)
			free(d->ignored[--d->ignored_count]);
		d->ignored[d->ignored_count++] = mem_text(d->name);
	}
	if (d->fd < 0 || pickup_may_log(d->pickup, d->who.uid))
		log_line(LOG_LEVEL_ERROR, "a file in the drop folder cannot be taken (%s) and is kept as %s/%s: %s", buf_text(&who),
		         d->pickup->settings->drop, buf_text(&kept), why);
	buf_free(&kept);
	buf_free(&who);
	let_go(d, false);
}

/* Temporary: the file stays for the next scan. The others need not wait for it. */
static void come_back(struct drop *d, const char *why)
{
	unmark_record(d);
	if (d->fd < 0 || pickup_may_log(d->pickup, d->who.uid))
		log_line(LOG_LEVEL_WARNING, "%s in the drop folder waits: %s", d->name, why);
	let_go(d, false);
}

static void await_answer(struct drop *d, uint64_t ticket)
{
	d->ticket = ticket;
	d->answer_by_ms = clock_boot_ms() + pickup_scaled_ms(d->pickup, QUEUE_MS);
}

static void give_up_on(struct drop *d, const struct fault *why)
{
	if (why->kind == FAULT_TEMPORARY) {
		come_back(d, why->text);
		return;
	}
	if (d->intake == NULL) {           /* even the news of it was refused */
		set_aside(d, why->text);
		return;
	}
	/* Its caller was told that it is kept, and has gone: the sender hears why it goes nowhere. */
	struct returned r = { .fd = d->fd, .who = &d->who, .why = why,
		.ticket = ++d->pickup->last_ticket, .arrival_ms = clock_wall_ms() };
	struct buf frame = { 0 };
	struct fault f = { 0 };
	if (returned_make(d->pickup->settings, &r, &frame, &f) == 0) {
		if (pickup_may_log(d->pickup, d->who.uid))
			log_line(LOG_LEVEL_WARNING, "a message in the drop folder (%s) is refused and goes back to its sender: %s",
			         intake_describe(d->intake), why->text);
		intake_free(d->intake, false);
		d->intake = NULL;
		unmark_record(d);
		channel_put(d->pickup->queue, FRAME_SUBMIT, buf_span(&frame), -1);
		await_answer(d, r.ticket);
	} else if (f.kind == FAULT_TEMPORARY) {
		come_back(d, f.text);
	} else {
		set_aside(d, why->text);
	}
	buf_free(&frame);
}

static void open_next(struct drop *d)
{
	struct stat st;

	d->name = d->names[--d->name_count];
	if (ends_with(d->name, twice)) {
		set_aside(d, "pickup ended unexpectedly twice while it read this");
		return;
	}
	d->fd = openat(d->folder, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (d->fd < 0 || fstat(d->fd, &st) < 0) {
		/* Some errors say nothing of the file. */
		bool is_ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EINTR || errno == EIO;
		if (errno == ENOENT)
			let_go(d, false);
		else if (is_ours)
			come_back(d, strerror(errno));
		else
			set_aside(d, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
		return;
	}
	submitter_free(&d->who);
	submitter_of_file(d->pickup->settings, &d->pickup->place.logins, st.st_uid, &d->who);
	if (!S_ISREG(st.st_mode)) {
		set_aside(d, "it is not a regular file");
	} else if (st.st_nlink != 1) {
		set_aside(d, "it has more than one link");
	} else {
		d->intake = intake_new(&d->pickup->place, &d->who);
		d->struck = ends_with(d->name, once);
		call_it(d, d->struck ? twice : once);
	}
}

static void read_some(struct drop *d)
{
	struct fault f = { 0 };
	ssize_t n = read(d->fd, d->step, READ_STEP);
	struct span piece = { d->step, n > 0 ? (size_t)n : 0 };

	if (n < 0) {
		come_back(d, strerror(errno));
		return;
	}
	if (n == 0) {
		set_aside(d, "the record is cut short");
		return;
	}
	int whole = intake_feed(d->intake, &piece, &f);
	if (whole > 0 && (piece.len > 0 || read(d->fd, d->step, 1) > 0)) {
		set_aside(d, "there is more after the record");
		return;
	}
	struct buf frame = { 0 };
	uint64_t ticket = whole > 0 ? ++d->pickup->last_ticket : 0;
	if (whole < 0 || (whole > 0 && intake_finish(d->intake, ticket, &frame, &f) < 0)) {
		give_up_on(d, &f);
	} else if (whole > 0) {
		unmark_record(d);
		channel_put(d->pickup->queue, FRAME_SUBMIT, buf_span(&frame), -1);
		await_answer(d, ticket);
	}
	buf_free(&frame);
}

void drop_work(struct drop *d)
{
	int64_t now = clock_boot_ms();
	char events[4096];

	while (d->inotify >= 0 && read(d->inotify, events, sizeof events) > 0)
		d->rescan_now = true;
	if (d->ticket) {
		/* An answer that is this late ends the role: which of both has the body file is not known. */
		if (d->answer_by_ms <= now)
			exit(EX_TEMPFAIL);
		return;
	}
	if (pickup_queue_is_full(d->pickup))
		return;
	if (aside_deadline_ms(d->aside) <= now)
		aside_send(d->aside);
	if (d->name == NULL && d->name_count == 0 && (d->rescan_now || d->rescan_ms <= now))
		scan_folder(d);
	if (d->name == NULL && d->name_count > 0)
		open_next(d);
	if (is_reading(d))
		read_some(d);
	while (is_reading(d) && d->struck)
		read_some(d);
}

void drop_end(struct drop *d)
{
	if (d->name)
		unmark_record(d);
}

bool drop_submitted(struct drop *d, const struct submitted *answer)
{
	if (aside_submitted(d->aside, answer))
		return true;
	if (d->ticket == 0 || answer->ticket != d->ticket)
		return false;
	if (answer->fault.kind == FAULT_TEMPORARY) {
		/* The queue takes nothing now: all wait a moment. */
		come_back(d, answer->fault.text);
		forget_names(d);
		d->rescan_ms = clock_boot_ms() + pickup_scaled_ms(d->pickup, BUSY_PAUSE_MS);
		return true;
	}
	if (answer->fault.kind != FAULT_NONE) {
		give_up_on(d, &answer->fault);
		return true;
	}
	if (unlinkat(d->folder, d->name, 0) < 0)
		log_line(LOG_LEVEL_ERROR, "cannot remove %s from the drop folder; it will be taken again: %s", d->name,
		         strerror(errno));
	let_go(d, true);
	return true;
}
