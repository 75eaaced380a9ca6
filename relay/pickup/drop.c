#include "relay/pickup/drop.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/pickup/login.h"

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
	STALE_TEMPORARY_MS = 24 * 3600 * 1000,
	READ_STEP = 256 * 1024,
	ASIDE_TRIES = 100,
	IGNORED_MAX = 100,
};

struct drop {
	struct pickup *pickup;
	int folder;
	int inotify;                         /* -1: rescans alone find what came */
	char **names;                        /* found by the last scan, not yet taken */
	size_t name_count;
	char *ignored[IGNORED_MAX];          /* could not even be renamed: said once, then passed over */
	size_t ignored_count;
	int64_t rescan_ms;
	bool rescan_now;

	char *name;                          /* the one in work, or NULL */
	bool struck;                         /* pickup has crashed over it */
	int fd;
	struct intake *intake;
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
	d->fd = -1;
	d->rescan_now = true;
	d->step = mem_alloc(READ_STEP);
	d->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->inotify >= 0 && inotify_add_watch(d->inotify, path, IN_MOVED_TO) < 0)
		io_close(&d->inotify);
	if (d->inotify < 0)
		log_line(LOG_LEVEL_INFO, "no inotify on the drop folder %s; it is looked at every 30 s", path);
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
	return d->rescan_ms;
}

/* ---- what lies in the folder ---- */

static const char once[] = ".once", twice[] = ".twice";

static bool ends_with(const char *name, const char *ending)
{
	return span_ends_nocase(span_of(name), span_of(ending));
}

static void remove_stale(struct drop *d, const char *name)
{
	struct stat st;
	int64_t age_ms;

	if (fstatat(d->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	age_ms = clock_wall_ms() - (int64_t)st.st_mtime * 1000;
	if (age_ms <= pickup_scaled_ms(d->pickup, STALE_TEMPORARY_MS))
		return;
	if (unlinkat(d->folder, name, 0) == 0)
		log_line(LOG_LEVEL_INFO, "removed %s from the drop folder: never finished, and older than a day", name);
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

/* Names are taken from the end. */
static void put_struck_last(struct drop *d)
{
	size_t struck = 0;

	for (size_t i = 0; i < d->name_count; i++) {
		if (!ends_with(d->names[i], once))
			continue;
		char *name = d->names[i];
		d->names[i] = d->names[struck];
		d->names[struck++] = name;
	}
}

static void scan(struct drop *d)
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
		if (entry->d_name[0] == '.' || ends_with(entry->d_name, ".bad") || is_ignored(d, entry->d_name))
			continue;
		if (ends_with(entry->d_name, ".tmp")) {
			remove_stale(d, entry->d_name);
			continue;
		}
		if ((d->name_count & (d->name_count - 1)) == 0)
			d->names = mem_resize(d->names, d->name_count ? 2 * d->name_count : 1, sizeof(char *));
		d->names[d->name_count++] = mem_text(entry->d_name);
	}
	closedir(folder);
	put_struck_last(d);
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

static bool is_marked(const struct drop *d)
{
	return ends_with(d->name, once) || ends_with(d->name, twice);
}

static void mark(struct drop *d)
{
	d->struck = ends_with(d->name, once);
	call_it(d, d->struck ? twice : once);
}

/* What comes of it now is not its fault any more. */
static void unmark(struct drop *d)
{
	if (is_marked(d))
		call_it(d, "");
}

/* To NAME.bad, or NAME.2.bad … where that is taken: what is set aside is never overwritten. */
static int rename_bad(const struct drop *d, struct buf *bad)
{
	for (unsigned i = 1; i <= ASIDE_TRIES; i++) {
		buf_clear(bad);
		buf_add_span(bad, bare_name(d));
		if (i > 1)
			buf_printf(bad, ".%u", i);
		buf_add_text(bad, ".bad");
		if (renameat2(d->folder, d->name, d->folder, buf_text(bad), RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static void ignore(struct drop *d)
{
	if (d->ignored_count == IGNORED_MAX)
		free(d->ignored[--d->ignored_count]);
	d->ignored[d->ignored_count++] = mem_text(d->name);
}

/* Out of the way, for a person to look at. Links and pipes cannot be moved by this role, and stay. */
static void set_aside(struct drop *d, const char *why)
{
	struct buf kept = { 0 };

	if (rename_bad(d, &kept) < 0) {
		buf_clear(&kept);
		buf_add_text(&kept, d->name);
		ignore(d);
	}
	log_line(LOG_LEVEL_ERROR, "what lies in the drop folder cannot be taken (%s) and is kept as %s/%s: %s",
	         d->intake ? intake_describe(d->intake) : "unread", d->pickup->settings->drop, buf_text(&kept), why);
	buf_free(&kept);
	let_go(d, false);
}

/* Temporary: the file stays for the next scan. The others need not wait for it. */
static void come_back(struct drop *d, const char *why)
{
	unmark(d);
	log_line(LOG_LEVEL_WARNING, "%s in the drop folder waits: %s", d->name, why);
	let_go(d, false);
}

/* The queue takes nothing now: all wait a moment. */
static void pause_all(struct drop *d, const char *why)
{
	come_back(d, why);
	forget_names(d);
	d->rescan_ms = clock_boot_ms() + pickup_scaled_ms(d->pickup, BUSY_PAUSE_MS);
}

static void give_up_on(struct drop *d, const struct fault *f)
{
	if (f->kind == FAULT_TEMPORARY)
		come_back(d, f->text);
	else
		set_aside(d, f->text);
}

static const char *unfit(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	return st->st_nlink != 1 ? "it has more than one link" : NULL;
}

/* It says nothing of the file. */
static bool is_our_trouble(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR || error == EIO;
}

static void open_next(struct drop *d)
{
	struct stat st;
	struct buf login = { 0 };
	const char *why;

	d->name = d->names[--d->name_count];
	if (ends_with(d->name, twice)) {
		set_aside(d, "pickup ended unexpectedly twice while it read this");
		return;
	}
	d->fd = openat(d->folder, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (d->fd < 0 && errno == ENOENT) {
		let_go(d, false);
	} else if (d->fd < 0 && is_our_trouble(errno)) {
		come_back(d, strerror(errno));
	} else if (d->fd < 0 || fstat(d->fd, &st) < 0) {
		set_aside(d, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	} else if ((why = unfit(&st)) != NULL) {
		set_aside(d, why);
	} else {
		login_name(st.st_uid, &login);
		d->intake = intake_new(&d->pickup->place, st.st_uid, buf_text(&login));
		buf_free(&login);
		mark(d);
	}
}

static void hand_over(struct drop *d)
{
	struct buf frame = { 0 };
	struct fault f = { 0 };
	uint64_t ticket = ++d->pickup->last_ticket;

	if (intake_finish(d->intake, ticket, &frame, &f) < 0) {
		give_up_on(d, &f);
	} else {
		unmark(d);
		channel_put(d->pickup->queue, FRAME_SUBMIT, buf_span(&frame), -1);
		d->ticket = ticket;
		d->answer_by_ms = clock_boot_ms() + pickup_scaled_ms(d->pickup, QUEUE_MS);
	}
	buf_free(&frame);
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
	if (whole < 0)
		give_up_on(d, &f);
	else if (whole && (piece.len > 0 || read(d->fd, d->step, 1) > 0))
		set_aside(d, "there is more behind the record");
	else if (whole)
		hand_over(d);
}

static void drain_events(struct drop *d)
{
	char events[4096];

	if (d->inotify < 0)
		return;
	while (read(d->inotify, events, sizeof events) > 0)
		d->rescan_now = true;
}

void drop_work(struct drop *d)
{
	int64_t now = clock_boot_ms();

	drain_events(d);
	if (d->ticket) {
		/* An answer that is this late ends the role: which of both has the body file is not known. */
		if (d->answer_by_ms <= now)
			exit(EX_TEMPFAIL);
		return;
	}
	if (pickup_queue_is_full(d->pickup))
		return;
	if (d->name == NULL && d->name_count == 0 && (d->rescan_now || d->rescan_ms <= now))
		scan(d);
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
		unmark(d);
}

bool drop_submitted(struct drop *d, const struct submitted *answer)
{
	if (d->ticket == 0 || answer->ticket != d->ticket)
		return false;
	if (answer->fault.kind == FAULT_TEMPORARY) {
		pause_all(d, answer->fault.text);
		return true;
	}
	if (answer->fault.kind != FAULT_NONE) {
		give_up_on(d, &answer->fault);
		return true;
	}
	if (unlinkat(d->folder, d->name, 0) < 0)
		log_line(LOG_LEVEL_ERROR, "cannot remove %s from the drop folder, which will be taken again: %s", d->name,
		         strerror(errno));
	let_go(d, true);
	return true;
}
