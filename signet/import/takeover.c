/* SPDX-License-Identifier: ISC */
#include "signet/import/takeover.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mail/date.h"
#include "base/mail/message.h"
#include "base/units.h"
#include "sendmail-shim/handover.h"
#include "sendmail-shim/recipients.h"
#include "sendmail-shim/submission.h"
#include "signet/import/run_program.h"
#include "signet/import/waiting.h"
#include "signet/talk/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, ENVELOPE_MAX = RECORD_ENVELOPE_MAX, POSTCAT_PATIENCE_MS = 120 * 1000 };

/* One message while it is taken over. */
struct entry {
	const char *name;          /* of its first file, below the queue */
	char *partner;             /* of the second, or NULL */
	int lock;                  /* the other keeps off as long as it is open; -1 */
	struct record record;
	struct buf message;
	int64_t arrived_s;
};

struct queue {
	const char *program, *folder;
	const char *folders[6];    /* within it, where messages lie; NULL ends them */
	const char *prefix, *suffix, *partner_prefix, *partner_suffix;
	bool deep;                 /* and in folders below those */
	/* -1 and the fault: the other one is at work, and must be stopped first. begin may leave something that end takes away. */
	int (*begin)(struct takeover *t, const char *folder, struct fault *f);
	void (*end)(const char *folder);
	/* 1: it is not a message that waits, and stays where it is. */
	int (*read)(struct takeover *t, const char *folder, struct entry *e, struct fault *f);
};

static char *path_in(const char *folder, const char *name)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", folder, name);
	return buf_take(&path);
}

static int read_whole(const char *path, size_t max, struct buf *out, int64_t *changed_s, int *keep, struct fault *f)
{
	struct stat st;
	int fd = open(path, (keep ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int result = fd < 0 ? -1 : io_check_regular(fd, &st);

	if (result == 0 && keep && flock(fd, LOCK_EX | LOCK_NB) < 0)
		result = -1;
	if (result == 0 && changed_s)
		*changed_s = (int64_t)st.st_mtime;
	if (result == 0)
		result = io_read_file(fd, out, max);
	if (result < 0)
		fault_set(f, FAULT_TEMPORARY, "4.3.0", errno == EWOULDBLOCK ? "%s: the other program is at it just now (%s)" : "%s: cannot be read: %s", path, strerror(errno));
	if (result == 0 && keep)
		*keep = fd;
	else
		io_close(&fd);
	return result;
}

/* ---- dma: Q… is an envelope, M… its message ---- */

/* A process of dma waits beside each message, for days, and holds it locked: it would send it all the same. */
static int dma_begin(struct takeover *t, const char *folder, struct fault *f)
{
	DIR *dir = opendir(folder);
	size_t locked = 0;

	(void)t;
	for (struct dirent *d; dir && (d = readdir(dir)) != NULL;) {
		int fd = d->d_name[0] == 'Q' ? openat(dirfd(dir), d->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
		locked += fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
		io_close(&fd);
	}
	if (dir)
		closedir(dir);
	return locked == 0 ? 0 : fault_set(f, FAULT_TEMPORARY, "4.3.0", "processes of dma wait beside %zu messages, to try them again: end them (pkill -x dma), by which nothing is "
	                                   "lost, and run this again", locked);
}

static int dma_read(struct takeover *t, const char *folder, struct entry *e, struct fault *f)
{
	char *envelope = path_in(folder, e->name), *message = path_in(folder, e->partner);
	struct buf text = { 0 };
	int result = read_whole(envelope, ENVELOPE_MAX, &text, &e->arrived_s, &e->lock, f);

	if (result == 0)
		result = waiting_read_dma(buf_span(&text), &e->record, f);
	if (result == 0)
		result = read_whole(message, t->settings->size_limit, &e->message, NULL, NULL, f);
	buf_free(&text);
	free(envelope);
	free(message);
	return result;
}

/* ---- nullmailer ---- */

/* nullmailer-send has its trigger open for reading. */
static int nullmailer_begin(struct takeover *t, const char *folder, struct fault *f)
{
	char *trigger = path_in(folder, "trigger");
	int fd = open(trigger, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	(void)t;
	free(trigger);
	if (fd < 0)
		return 0;
	io_close(&fd);
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "nullmailer-send runs, and might send mail that is taken over at the same time: stop it first (systemctl stop "
	                 "nullmailer), and run this again");
}

static int nullmailer_read(struct takeover *t, const char *folder, struct entry *e, struct fault *f)
{
	char *path = path_in(folder, e->name);
	size_t body = 0;
	int result = read_whole(path, ENVELOPE_MAX + t->settings->size_limit, &e->message, &e->arrived_s, NULL, f);

	if (result == 0)
		result = waiting_read_nullmailer(buf_span(&e->message), &e->record, &body, f);
	if (result == 0)
		buf_drop_front(&e->message, body);
	free(path);
	return result;
}

/* ---- msmtpq: X.msmtp has msmtp's arguments, X.mail the message ---- */

#define MSMTP_LOCK ".lock"

static int msmtp_begin(struct takeover *t, const char *folder, struct fault *f)
{
	char *lock = path_in(folder, MSMTP_LOCK);
	int result = 0;

	if (!t->dry_run && mkdir(lock, 0700) < 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", errno == EEXIST ? "%s is there (%s): msmtp-queue is at work, or something that was killed left it; once nothing is, rmdir "
		                   "it, and run this again" : "%s cannot be made: %s", lock, strerror(errno));
	free(lock);
	return result;
}

static void msmtp_end(const char *folder)
{
	char *lock = path_in(folder, MSMTP_LOCK);

	rmdir(lock);
	free(lock);
}

static int msmtp_read(struct takeover *t, const char *folder, struct entry *e, struct fault *f)
{
	char *message = path_in(folder, e->name), *arguments = path_in(folder, e->partner);
	struct buf text = { 0 }, warnings = { 0 };
	bool from_header = false;
	int result = read_whole(arguments, ENVELOPE_MAX, &text, NULL, NULL, f);

	if (result == 0)
		result = waiting_read_msmtp(buf_span(&text), &e->record, &from_header, f);
	if (result == 0)
		result = read_whole(message, t->settings->size_limit, &e->message, &e->arrived_s, NULL, f);
	if (result == 0 && from_header) {
		recipients_from_header(&e->record, buf_span(&e->message), 0, &warnings);
		recipients_unite(&e->record);
		if (e->record.recipient_count == 0)
			result = fault_set(f, FAULT_PERMANENT, "5.6.0", "neither its arguments nor its header name a recipient");
	}
	buf_free(&text);
	buf_free(&warnings);
	free(message);
	free(arguments);
	return result;
}

/* ---- Postfix ---- */

/* Its master locks its pid file for as long as it runs. */
static int postfix_begin(struct takeover *t, const char *folder, struct fault *f)
{
	char *path = path_in(folder, "pid/master.pid");
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct flock other = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool runs = fd >= 0 && ((flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) ||
	                        (fcntl(fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK));

	(void)t;
	io_close(&fd);
	free(path);
	return !runs ? 0 : fault_set(f, FAULT_TEMPORARY, "4.3.0", "Postfix runs, and might send mail that is taken over at the same time: stop it first (postfix stop, or "
	                             "systemctl stop postfix), and run this again");
}

static int postcat(const struct takeover *t, const char *what, const char *path, size_t max, struct buf *out, struct fault *f)
{
	char *with[] = { (char *)(uintptr_t)"postcat", (char *)(uintptr_t)"-c", (char *)(uintptr_t)t->config, (char *)(uintptr_t)what, (char *)(uintptr_t)path, NULL };
	char *without[] = { with[0], with[3], with[4], NULL };

	return run_program(t->config ? with : without, max, POSTCAT_PATIENCE_MS, out, f);
}

static int postfix_read(struct takeover *t, const char *folder, struct entry *e, struct fault *f)
{
	char *path = path_in(folder, e->name);
	struct buf envelope = { 0 };
	struct stat st;
	/* Postfix gives a file this bit when all of it is there. */
	int result = stat(path, &st) == 0 && (st.st_mode & S_IXUSR) ? 0 : 1;

	if (result == 0)
		result = postcat(t, "-e", path, ENVELOPE_MAX, &envelope, f);
	if (result == 0)
		result = waiting_read_postcat(buf_span(&envelope), &e->record, &e->arrived_s, f);
	if (result == 0)
		result = postcat(t, "-bh", path, t->settings->size_limit, &e->message, f);
	buf_free(&envelope);
	free(path);
	return result;
}

static const struct queue queues[] = {
	{ .program = "postfix", .folder = "/var/spool/postfix", .folders = { "maildrop", "incoming", "active", "deferred" }, .deep = true,
	  .begin = postfix_begin, .read = postfix_read },
	{ .program = "dma", .folder = "/var/spool/dma", .folders = { "." }, .prefix = "Q", .partner_prefix = "M", .begin = dma_begin, .read = dma_read },
	{ .program = "nullmailer", .folder = "/var/spool/nullmailer", .folders = { "queue" }, .begin = nullmailer_begin, .read = nullmailer_read },
	{ .program = "msmtp", .folder = "~/.msmtp.queue", .folders = { "." }, .suffix = ".mail", .partner_suffix = ".msmtp",
	  .begin = msmtp_begin, .end = msmtp_end, .read = msmtp_read },
};

static const struct queue *queue_of(const char *program)
{
	for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++)
		if (strcmp(queues[i].program, program) == 0)
			return &queues[i];
	return NULL;
}

bool takeover_knows(const char *program)
{
	return queue_of(program) != NULL;
}

/* ---- names ---- */

static bool fits_name(const struct queue *q, struct span name)
{
	if (name.at[0] == '.')
		return false;
	return (q->prefix == NULL || (name.len > strlen(q->prefix) && memcmp(name.at, q->prefix, strlen(q->prefix)) == 0)) &&
	       (q->suffix == NULL || (name.len > strlen(q->suffix) && span_ends_nocase(name, span_of(q->suffix))));
}

/* "Qabc" has "Mabc", "x.mail" has "x.msmtp"; NULL: there is no second file. The caller frees it. */
static char *partner_of(const struct queue *q, const char *name)
{
	struct buf partner = { 0 };

	if (q->partner_prefix)
		buf_printf(&partner, "%s%s", q->partner_prefix, name + strlen(q->prefix));
	else if (q->partner_suffix)
		buf_printf(&partner, "%.*s%s", (int)(strlen(name) - strlen(q->suffix)), name, q->partner_suffix);
	return partner.len > 0 ? buf_take(&partner) : NULL;
}

static void leave_folder(struct takeover *t, const char *path, const char *why)
{
	say("left %s: %s", path, why);
	t->left++;
}

/* Appends the names below the queue's folder. Says what cannot be read, but not that a folder is not there. */
static void list_folder(struct takeover *t, const struct queue *q, const char *folder, const char *below, unsigned depth, struct text_list *out)
{
	char *path = path_in(folder, below);

	if (depth > DEPTH_MAX) {
		leave_folder(t, path, "folders are not nested so deep in a queue of Postfix: see what it is");
		free(path);
		return;
	}
	DIR *dir = opendir(path);
	int error = dir ? 0 : errno;
	for (struct dirent *d; dir && (errno = 0, d = readdir(dir)) != NULL;) {
		struct stat st;
		struct buf name = { 0 };
		if (d->d_name[0] == '.' || strcmp(d->d_name, TAKEOVER_ASIDE) == 0)
			continue;
		buf_printf(&name, "%s%s%s", strcmp(below, ".") == 0 ? "" : below, strcmp(below, ".") == 0 ? "" : "/", d->d_name);
		bool known = fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (known && S_ISDIR(st.st_mode) && q->deep)
			list_folder(t, q, folder, buf_text(&name), depth + 1, out);
		else if (known && S_ISREG(st.st_mode) && fits_name(q, span_of(d->d_name)))
			text_list_add(out, buf_span(&name));
		buf_free(&name);
	}
	if (dir) {
		error = errno;
		closedir(dir);
	}
	if (error != 0 && error != ENOENT) {
		struct buf why = { 0 };
		buf_printf(&why, "cannot be read: %s; run this as root", strerror(error));
		leave_folder(t, path, buf_text(&why));
		buf_free(&why);
	}
	free(path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- setting aside ---- */

/* Made where it is missing. A link is not followed: others can write in that queue, and this is root. */
static int open_made(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The folder below `aside` into which name belongs; *last is what is left of name. -1 with errno. */
static int open_aside(const char *aside, const char *name, const char **last)
{
	int fd = open_made(AT_FDCWD, aside);

	*last = name;
	for (const char *slash; fd >= 0 && (slash = strchr(*last, '/')) != NULL; *last = slash + 1) {
		char *one = mem_text_span((struct span){ *last, (size_t)(slash - *last) });
		int below = open_made(fd, one);
		io_close(&fd);
		fd = below;
		free(one);
	}
	return fd;
}

static int move_file(const char *folder, const char *aside, const char *name, struct fault *f)
{
	const char *last;
	char *from = path_in(folder, name);
	int fd = open_aside(aside, name, &last);
	struct buf to = { 0 };

	buf_add_text(&to, last);
	/* A name that was used twice: both are kept. */
	for (unsigned n = 2; fd >= 0 && faccessat(fd, buf_text(&to), F_OK, AT_SYMLINK_NOFOLLOW) == 0 && n < 1000; n++) {
		buf_clear(&to);
		buf_printf(&to, "%s.%u", last, n);
	}
	int result = fd < 0 || renameat(AT_FDCWD, from, fd, buf_text(&to)) < 0 ? -1 : 0;
	if (result < 0)
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s: cannot be set aside in %s: %s; our queue has it, and it must not be sent from there: run this again once "
		          "that is fixed", from, aside, strerror(errno));
	io_close(&fd);
	buf_free(&to);
	free(from);
	return result;
}

/* Before anything is taken over. */
static int check_aside(const char *aside, struct fault *f)
{
	struct stat st;

	if (lstat(aside, &st) < 0 || S_ISDIR(st.st_mode))
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.7.0", "%s is to be the folder for what was taken over, and is something else: look at who made it, and remove it", aside);
}

/* The first file is what the other looks for: once it is gone, the second is nobody's. */
static int set_aside(const char *folder, const char *aside, const struct entry *e, struct fault *f)
{
	if (move_file(folder, aside, e->name, f) < 0 || (e->partner && move_file(folder, aside, e->partner, f) < 0))
		return -1;
	return io_sync_folder(folder) < 0 || io_sync_folder(aside) < 0
	       ? fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s: cannot be synced: %s", aside, strerror(errno)) : 0;
}

/* A run that was killed has left a second file whose first is set aside. */
static void sweep_partners(struct takeover *t, const struct queue *q, const char *folder, const char *aside)
{
	struct queue seconds = { .folder = q->folder, .prefix = q->partner_prefix, .suffix = q->partner_suffix };
	struct queue back = { .prefix = q->partner_prefix, .suffix = q->partner_suffix, .partner_prefix = q->prefix, .partner_suffix = q->suffix };
	struct text_list names = { 0 };
	struct fault f;

	if (q->partner_prefix == NULL && q->partner_suffix == NULL)
		return;
	list_folder(t, &seconds, folder, ".", 0, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *first = partner_of(&back, names.items[i]), *there = path_in(folder, first), *moved = path_in(aside, first);
		if (access(there, F_OK) < 0 && access(moved, F_OK) == 0)
			move_file(folder, aside, names.items[i], &f);
		free(first);
		free(there);
		free(moved);
	}
	text_list_free(&names);
}

/* ---- one message ---- */

/* Where it has no Date, the time at which the other took it is its time. */
static int hand_over(struct takeover *t, struct entry *e, struct buf *queue_id, struct fault *f)
{
	struct stdin_message message = STDIN_MESSAGE_EMPTY;
	struct field ignored;
	struct buf date = { 0 };
	int result = 0;

	waiting_id(t->program, e->name, &e->record, buf_span(&e->message), e->record.id);
	if (e->arrived_s > 0 && !message_find_field(message_skip_mbox(buf_span(&e->message)), SPAN("Date"), 0, &ignored)) {
		buf_add_text(&date, "Date: ");
		date_print(e->arrived_s * (int64_t)SECOND_MS, DATE_LOCAL, &date);
		buf_add_byte(&date, '\n');
		result = stdin_message_add(&message, buf_span(&date), f);
	}
	struct span whole = date.len > 0 ? message_skip_mbox(buf_span(&e->message)) : buf_span(&e->message);
	if (result == 0)
		result = stdin_message_add(&message, whole, f);
	if (result == 0)
		result = stdin_message_end(&message, f);
	if (result == 0)
		result = submission_hand_over(&e->record, &message, t->settings, queue_id, f);
	stdin_message_free(&message);
	buf_free(&date);
	return result;
}

/* 1: it is not a message that waits. */
static int take_one(struct takeover *t, const struct queue *q, const char *folder, const char *name, struct fault *f)
{
	struct entry e = { .name = name, .partner = partner_of(q, name), .lock = -1 };
	struct buf queue_id = { 0 };
	const char *at = t->aside;
	int result = q->read(t, folder, &e, f);

	if (result == 0 && !t->dry_run)
		result = hand_over(t, &e, &queue_id, f);
	if (result == 0 && !t->dry_run)
		result = set_aside(folder, at, &e, f);
	if (result == 0)
		say("%s %s: from <%s> to %s%s%s%s", t->dry_run ? "waits:" : "took", name, e.record.sender, e.record.recipient_count ? e.record.recipients[0].address : "",
		    e.record.recipient_count > 1 ? " and others" : "", t->dry_run ? "" : queue_id.len > 0 ? ", now " : ", now in the drop folder", buf_text(&queue_id));
	io_close(&e.lock);
	free(e.partner);
	record_free(&e.record);
	buf_free(&e.message);
	buf_free(&queue_id);
	return result;
}

/* ---- all ---- */

static char *queue_folder(const struct takeover *t, const struct queue *q)
{
	const char *folder = t->folder ? t->folder : q->folder, *home = getenv("HOME");
	struct buf path = { 0 };

	if (folder[0] == '~')
		buf_printf(&path, "%s%s%s", t->root, home ? home : "/root", folder + 1);
	else
		buf_printf(&path, "%s%s", t->root, folder);
	return buf_take(&path);
}

static void list_all(struct takeover *t, const struct queue *q, const char *folder, struct text_list *out)
{
	for (size_t i = 0; q->folders[i]; i++)
		list_folder(t, q, folder, q->folders[i], 0, out);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof *out->items, by_name);
}

static int check_signetd(const struct takeover *t, struct fault *f)
{
	int fd = t->dry_run ? -1 : handover_connect(t->settings->socket, HANDOVER_CONNECT_MS);

	if (t->dry_run)
		return 0;
	if (fd < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd does not answer at %s (%s): start it first, and run this again", t->settings->socket, handover_why_not(errno));
	close(fd);
	return 0;
}

/* What Postfix's owner holds is theirs to release. */
static void tell_of_held(struct takeover *t, const struct queue *q, const char *folder)
{
	struct text_list held = { 0 };

	if (strcmp(q->program, "postfix") == 0)
		list_folder(t, q, folder, "hold", 0, &held);
	if (held.count > 0)
		say("%zu messages that Postfix holds stay where they are; to have them taken over too: postsuper -H ALL, and run this again", held.count);
	text_list_free(&held);
}

static int no_queue(const struct takeover *t, const char *folder, struct fault *f)
{
	int error = errno;

	/* Where Postfix has its queue is for its main.cf to say. */
	if (strcmp(t->program, "postfix") == 0)
		fault_set(f, FAULT_PERMANENT, "5.6.0", "%s: there is no such queue; name the main.cf whose queue_directory it is: signet import postfix --queue FILE", folder);
	else
		fault_set(f, FAULT_PERMANENT, "5.6.0", "%s: there is no such queue; name its folder: signet import %s --queue FOLDER", folder, t->program);
	return fault_of_file(f, error, EX_NOINPUT);
}

int takeover_run(struct takeover *t, struct fault *f)
{
	const struct queue *q = queue_of(t->program);
	char *folder = queue_folder(t, q);
	struct text_list names = { 0 };
	struct stat st;
	int result = 0;

	t->aside = path_in(folder, TAKEOVER_ASIDE);
	if (settings_have_no_queue(t->settings))
		result = fault_set(f, FAULT_PERMANENT, "5.3.5", "there is no queue to take mail into: queue is \"none\"");
	else if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
		result = no_queue(t, folder, f);
	else if (check_signetd(t, f) < 0 || check_aside(t->aside, f) < 0 || (q->begin && q->begin(t, folder, f) < 0))
		result = -1;
	if (result == 0) {
		if (!t->dry_run)
			sweep_partners(t, q, folder, t->aside);
		list_all(t, q, folder, &names);
		for (size_t i = 0; i < names.count; i++) {
			struct fault one = { 0 };
			int did = take_one(t, q, folder, names.items[i], &one);
			t->taken += did == 0;
			t->left += did != 0;
			if (did != 0)
				say("left %s/%s: %s", folder, names.items[i], did > 0 ? "it is not whole: its program had not written all of it" : one.text);
		}
		tell_of_held(t, q, folder);
		if (q->end && !t->dry_run)
			q->end(folder);
	}
	text_list_free(&names);
	free(folder);
	return result;
}
