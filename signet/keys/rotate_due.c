/* SPDX-License-Identifier: ISC */
#include "signet/keys/rotate_due.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "base/escape.h"
#include "base/io.h"
#include "base/unnamed_file.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/rotate.h"
#include "signet/keys/rotation_begin.h"
#include "signet/talk/complain.h"
#include "signet/talk/owner_mail.h"
#include "signet/talk/say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { SAID_BYTES_MAX = 256 * 1024 };

static int64_t now_s(void)
{
	return clock_wall_ms() / 1000;
}

/* ---- what is said goes into the mail, too ---- */

struct said {
	int file, out, err;      /* the file that holds it, and what stdout and stderr were. -1: nothing is held */
};

static struct said said_begin(void)
{
	bool in_memory;
	struct said said = { unnamed_file(&in_memory), dup(STDOUT_FILENO), dup(STDERR_FILENO) };

	fflush(stdout);
	if (said.file < 0 || dup2(said.file, STDOUT_FILENO) < 0 || dup2(said.file, STDERR_FILENO) < 0)
		io_close(&said.file);
	return said;
}

/* Gives it back, and prints it where it would have gone. */
static void said_end(struct said *said, struct buf *out)
{
	fflush(stdout);
	if (said->out >= 0)
		dup2(said->out, STDOUT_FILENO);
	if (said->err >= 0)
		dup2(said->err, STDERR_FILENO);
	if (said->file >= 0 && lseek(said->file, 0, SEEK_SET) == 0)
		io_read_file(said->file, out, SAID_BYTES_MAX);
	fwrite(out->at, 1, out->len, stdout);
	fflush(stdout);
	io_close(&said->file);
	io_close(&said->out);
	io_close(&said->err);
}

/* ---- mail ---- */

/* Up to what the text says first. */
static void begin_mail(const struct settings *s, const char *about, const char *subject, struct buf *out)
{
	owner_mail_begin(s, out);
	buf_printf(out, "signet key rotate on %s: %s%s", s->hostname, about, subject);
	owner_mail_end_header(out);
}

static int end_mail(const struct settings *s, struct span said, struct buf *message)
{
	struct fault f = { 0 };
	bool dropped = false;

	for (struct span rest = said; rest.len > 0;) {
		buf_add_text(message, "    ");
		escape(message, span_cut(&rest, '\n'));
		buf_add_byte(message, '\n');
	}
	buf_add_text(message, "\nWhere rotations stand:\n\n    signet key rotate --status\n");
	int result = owner_mail_send(s, buf_span(message), &dropped, &f);
	buf_free(message);
	return result < 0 ? complain(&f) : EX_OK;
}

/* ---- what keeps rotations from beginning, or from being found ---- */

struct hindrance {
	int status;          /* the worst */
	struct buf lines;    /* each once */
};

static int hindered(struct hindrance *h, const struct fault *f)
{
	int status = complain(f);

	if (strstr(buf_text(&h->lines), f->text) == NULL)
		buf_printf(&h->lines, "%s\n", f->text);
	if (h->status == EX_OK || h->status == EX_TEMPFAIL)
		h->status = status;
	return status;
}

/* There may be no state of a rotation, and no folder to write one to: it is noted in the spool. */
static void hindrance_path(const struct settings *s, const char *suffix, struct buf *out)
{
	buf_printf(out, "%s/rotate.told%s", s->spool, suffix);
}

static void read_failures(const struct settings *s, struct rotation_failures *out)
{
	unsigned long long since_s = 0;
	struct buf path = { 0 }, text = { 0 };

	hindrance_path(s, "", &path);
	*out = (struct rotation_failures){ 0 };
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && io_read_file(fd, &text, SAID_BYTES_MAX) == 0) {
		struct span rest = buf_span(&text), line = span_cut(&rest, '\n');
		if (span_number(span_cut(&line, ' '), INT64_MAX / 1000, &since_s) && rotation_read_told(line, out))
			out->since_s = (int64_t)since_s;
		else
			*out = (struct rotation_failures){ 0 };
	}
	io_close(&fd);
	buf_free(&path);
	buf_free(&text);
}

/* The spool is the queue's: what lies there under our name may be replaced, never followed. */
static int write_failures(const struct settings *s, const struct rotation_failures *failures, struct fault *f)
{
	struct buf path = { 0 }, part = { 0 }, text = { 0 };
	int result = 0;

	hindrance_path(s, "", &path);
	hindrance_path(s, ".new", &part);
	buf_printf(&text, "%" PRId64 " ", failures->since_s);
	rotation_print_told(failures, &text);
	buf_add_byte(&text, '\n');
	unlink(buf_text(&part));
	int fd = open(buf_text(&part), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 || rename(buf_text(&part), buf_text(&path)) < 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s: %s: the next run cannot know what the owner was told", buf_text(&path),
		                   strerror(errno));
	io_close(&fd);
	buf_free(&path);
	buf_free(&part);
	buf_free(&text);
	return result;
}

static int tell_hindrance(const struct settings *s, const struct hindrance *h)
{
	struct buf message = { 0 };

	begin_mail(s, "", "keys are not rotated", &message);
	buf_add_text(&message, "Keys that are old enough cannot be followed by new ones. This is tried again each hour; mail is signed as before.\n"
	             "\nThis is in the way:\n\n");
	return end_mail(s, buf_span(&h->lines), &message);
}

/* The owner could not be told: the next run does it. */
static void take_back(struct rotation_failures *now, const struct rotation_failures *before)
{
	int64_t since_s = now->since_s;

	*now = *before;
	now->since_s = since_s;
}

static bool differ(const struct rotation_failures *a, const struct rotation_failures *b)
{
	return a->since_s != b->since_s || a->told != b->told || a->hash_count != b->hash_count;
}

/* As note_end() does for one rotation. */
static int note_hindrance(const struct settings *s, const struct hindrance *h)
{
	struct rotation_failures before, now;
	struct fault f = { 0 };

	read_failures(s, &before);
	now = before;
	int sent = rotation_note_failure(&now, h->status, rotation_hash(buf_span(&h->lines), SPAN("")), now_s()) ? tell_hindrance(s, h) : EX_OK;
	if (sent != EX_OK)
		take_back(&now, &before);
	if (differ(&now, &before) && write_failures(s, &now, &f) < 0)
		return complain(&f);
	return sent;
}

/* ---- one rotation ---- */

enum news { NEWS_NONE, NEWS_SWITCHED, NEWS_ENDED, NEWS_FAILED };

static int tell_owner(const struct settings *s, const struct rotation *r, enum news news, struct span said)
{
	static const char *const subjects[] = {
		[NEWS_SWITCHED] = ": signs with a new key", [NEWS_ENDED] = ": the old key is revoked", [NEWS_FAILED] = ": the key is not rotated",
	};
	struct buf message = { 0 };

	begin_mail(s, r->parts[0].domain, subjects[news], &message);
	for (size_t i = 0; i < r->count; i++)
		buf_printf(&message, "%s of %s is followed by %s.\n", r->parts[i].old_selector, r->parts[i].domain, r->parts[i].new_selector);
	if (news == NEWS_FAILED)
		buf_printf(&message, "This does not get on, and is tried again each hour; mail is signed as before.\n");
	buf_add_text(&message, "\nThis was done:\n\n");
	return end_mail(s, said, &message);
}

/* What became of it, and whether it is news. The state that is left knows what its owner was told. */
static int note_end(const struct settings *s, struct rotation *r, enum rotation_stage before, int status, bool ended, bool mail,
                    struct span said)
{
	const struct rotation_failures was = r->failures;
	bool failed = rotation_note_failure(&r->failures, status, rotation_hash(said, SPAN("signet: ")), now_s());
	enum news news = ended ? NEWS_ENDED : failed ? NEWS_FAILED
	                 : before < ROTATION_KEEP && r->stage == ROTATION_KEEP ? NEWS_SWITCHED : NEWS_NONE;
	struct fault f = { 0 };
	int sent = EX_OK;

	if (mail && news != NEWS_NONE)
		sent = tell_owner(s, r, news, said);
	if (sent != EX_OK)
		take_back(&r->failures, &was);
	if (!ended && differ(&r->failures, &was) && rotation_store(r, &f) < 0)
		return complain(&f);
	/* To wait is no failure until the owner has to know of it. */
	if (status == EX_TEMPFAIL && now_s() - r->failures.since_s < ROTATION_PATIENCE_S)
		status = EX_OK;
	return status != EX_OK ? status : sent;
}

static int go_on_by_itself(const struct settings *s, struct rotation *r, bool mail)
{
	const enum rotation_stage before = r->stage;
	bool is_due = r->stage == ROTATION_KEEP && now_s() >= r->keep_until_s, ended = false;
	struct rotate_options options = { .yes = true, .publishes = true, .revoke = is_due };
	struct buf text = { 0 };

	if (r->stage == ROTATION_KEEP && !is_due)
		return EX_OK;
	struct said said = said_begin();
	int status = rotate_go_on(r, &options, &ended);
	said_end(&said, &text);
	status = note_end(s, r, before, status, ended, mail, buf_span(&text));
	buf_free(&text);
	return status;
}

/* ---- under the lock ---- */

/* The rotation whose state lies at that path, as it is now. */
static struct rotation *find_path(struct rotation_list *list, const char *path)
{
	struct rotation *found = NULL;
	struct buf one = { 0 };

	for (size_t i = 0; i < list->count && found == NULL; i++) {
		buf_clear(&one);
		rotation_path(&list->items[i], &one);
		if (strcmp(buf_text(&one), path) == 0)
			found = &list->items[i];
	}
	buf_free(&one);
	return found;
}

static int lock_beside(const char *key_file, struct fault *f)
{
	struct buf folder = { 0 };

	rotation_folder(key_file, &folder);
	int lock = rotation_lock(buf_text(&folder), f);
	buf_free(&folder);
	return lock;
}

static int go_on_locked(const struct settings *s, const struct rotation *seen, bool mail, struct hindrance *h)
{
	struct rotation_list list = { 0 };
	struct buf path = { 0 };
	struct fault f = { 0 };
	int status = EX_OK;

	rotation_path(seen, &path);
	int lock = lock_beside(seen->parts[0].old_file, &f);
	if (lock < 0 || rotation_list_read(s, &list, &f) < 0) {
		status = hindered(h, &f);
	} else {
		struct rotation *r = find_path(&list, buf_text(&path));
		status = r ? go_on_by_itself(s, r, mail) : EX_OK;
	}
	rotation_list_free(&list);
	io_close(&lock);
	buf_free(&path);
	return status;
}

static int begin_locked(const struct settings *s, const struct rotation_keys *keys, bool mail, struct hindrance *h)
{
	struct rotation_list list = { 0 };
	struct rotation r = { 0 };
	struct fault f = { 0 };
	int status = EX_OK;

	int lock = lock_beside(keys->items[0]->file, &f);
	if (lock < 0 || rotation_list_read(s, &list, &f) < 0)
		status = hindered(h, &f);
	else if (rotation_in_the_way(&list, keys) == NULL)
		status = rotation_begin(s, keys, &(struct rotation_choice){ 0 }, &r, &f) < 0 ? hindered(h, &f) : go_on_by_itself(s, &r, mail);
	rotation_free(&r);
	rotation_list_free(&list);
	io_close(&lock);
	return status;
}

/* ---- all of them ---- */

static int go_on_all(const struct settings *s, bool mail, struct hindrance *h)
{
	struct rotation_list list;
	struct fault f = { 0 };
	int status = EX_OK;

	if (rotation_list_read(s, &list, &f) < 0)
		return hindered(h, &f);
	for (size_t i = 0; i < list.count; i++) {
		int one = go_on_locked(s, &list.items[i], mail, h);
		status = status == EX_OK ? one : status;
	}
	rotation_list_free(&list);
	return status;
}

static bool is_due(const struct settings *s, const struct rotation_keys *keys)
{
	int64_t oldest_s = rotation_oldest_s(keys);

	return oldest_s > 0 && now_s() - oldest_s >= s->rotate_ms / 1000;
}

static int begin_due(const struct settings *s, bool mail, struct hindrance *h)
{
	struct keyset keys;
	int status = EX_OK;

	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		struct rotation_keys together;
		rotation_keys_of(&keys, &keys.items[i], &together);
		const struct keyset_key *first = together.items[0];
		if (first == &keys.items[i] && is_due(s, &together)) {
			const char *obstacle = rotation_obstacle(s, &together);
			if (obstacle)
				say("%s of %s and what signs with it are not rotated by themselves: %s", first->selector, first->entry->domain, obstacle);
			int one = obstacle ? EX_OK : begin_locked(s, &together, mail, h);
			status = status == EX_OK ? one : status;
		}
		free(together.items);
	}
	keyset_free(&keys);
	return status;
}

static int go_on_and_begin(const struct settings *s, bool mail, struct hindrance *h)
{
	struct settings now;
	struct fault f = { 0 };

	if (!settings_publish(s)) {
		fault_set(&f, FAULT_PERMANENT, "4.3.5", "rotate is set, and nothing says how to publish the new keys: set publish_command, "
		          "publish_server or publish_tsig_file");
		return hindered(h, &f);
	}
	int status = go_on_all(s, mail, h);
	/* That may have changed the configuration. */
	if (config_load(config_file(NULL), &now, &f) < 0)
		return hindered(h, &f);
	int begun = begin_due(&now, mail, h);
	settings_free(&now);
	return status == EX_OK ? begun : status;
}

int rotate_due(const struct settings *s, bool mail)
{
	struct hindrance h = { 0 };

	if (s->rotate_ms == 0)
		return EX_OK;
	int status = go_on_and_begin(s, mail, &h);
	int sent = mail ? note_hindrance(s, &h) : EX_OK;
	buf_free(&h.lines);
	return status == EX_OK ? sent : status;
}
