/* SPDX-License-Identifier: ISC */
#include "relay/pickup/aside.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TRIES = 100,
	LINES_MAX = 50,
	NOTICE_MS = 3600 * 1000,      /* between two */
	AGAIN_MS = 60 * 1000,         /* after the queue has not taken one */
};

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const char ending[] = ".bad";

struct lines {
	struct buf text;
	size_t count, more;           /* more: those that are not in text */
};

struct aside {
	struct pickup *pickup;
	int folder;
	struct lines untold;
	struct lines on_its_way;      /* in the notice of that ticket */
	int64_t next_ms;              /* boot: not before */
	uint64_t ticket;              /* 0: none */
	struct intake *intake;        /* its message */
};

struct aside *aside_new(struct pickup *p, int folder)
{
	struct aside *a = mem_alloc(sizeof *a);

	a->pickup = p;
	a->folder = folder;
	return a;
}

bool aside_is_name(const char *name)
{
	return span_ends_nocase(span_of(name), span_of(ending));
}

int aside_put(struct aside *a, const char *name, struct span bare, struct buf *kept)
{
	for (unsigned i = 1; i <= TRIES; i++) {
		buf_clear(kept);
		buf_add_span(kept, bare);
		if (i > 1)
			buf_printf(kept, ".%u", i);
		buf_add_text(kept, ending);
		if (renameat2(a->folder, name, a->folder, buf_text(kept), RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static void add_line(struct lines *to, const struct buf *line)
{
	if (to->count >= LINES_MAX) {
		to->more++;
		return;
	}
	buf_add_text(&to->text, "    ");
	escape(&to->text, buf_span(line));
	buf_add_byte(&to->text, '\n');
	to->count++;
}

void aside_tell(struct aside *a, const char *kept, const char *who, const char *why)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s (%s): %s", kept, who, why);
	add_line(&a->untold, &line);
	buf_free(&line);
}

void aside_found(struct aside *a, const char *name)
{
	struct buf line = { 0 };
	struct stat st;

	if (fstatat(a->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (clock_wall_ms() - (int64_t)st.st_mtime * 1000 <= pickup_scaled_ms(a->pickup, ASIDE_LIFE_DAYS * DAY_MS))
		return;
	if (unlinkat(a->folder, name, 0) < 0)
		return;
	log_line(LOG_LEVEL_WARNING, "removed %s from the drop folder: it has been there for %d days", name, ASIDE_LIFE_DAYS);
	buf_printf(&line, "%s (uid %u, %lld bytes): removed, as %d days have passed", name, (unsigned)st.st_uid,
	           (long long)st.st_size, ASIDE_LIFE_DAYS);
	add_line(&a->untold, &line);
	buf_free(&line);
}

int64_t aside_deadline_ms(const struct aside *a)
{
	return a->untold.count == 0 || a->ticket ? INT64_MAX : a->next_ms;
}

/* ---- the notice ---- */

static void write_record(const struct aside *a, struct buf *out)
{
	struct buf message = { 0 };
	struct record r = { .program = mem_text(RECORD_PROGRAM_OURS), .sender = mem_text(""), .sender_given = true,
		.full_name = mem_text("Signet"), .envid = mem_text("") };
	const struct settings *s = a->pickup->settings;

	buf_printf(&message, "Subject: Signet: files set aside in the drop folder of %s\nAuto-Submitted: auto-generated\n\n", s->hostname);
	buf_printf(&message, "In the drop folder %s of %s there are files that Signet cannot read as messages, and only you "
	           "can tell what they are. Signet keeps them there for %d days, under names that end in .bad:\n\n", s->drop,
	           s->hostname, ASIDE_LIFE_DAYS);
	buf_add_span(&message, buf_span(&a->on_its_way.text));
	if (a->on_its_way.more > 0)
		buf_printf(&message, "    and %zu more, which the log names\n", a->on_its_way.more);
	buf_printf(&message, "\nLook at a file with \"less %s/NAME\". If it is of no use, remove it; if a program on this host wrote it "
	           "there, have that program call sendmail instead.\n", s->drop);
	if (getrandom(r.id, sizeof r.id, 0) != (ssize_t)sizeof r.id)
		abort();
	r.message_bytes = message.len;
	record_add_recipient(&r, SPAN("root"), 0, SPAN(""));
	record_encode_head(&r, out);
	buf_add_span(out, buf_span(&message));
	record_free(&r);
	buf_free(&message);
}

/* The notice has ended. What it told is told, or waits together with what has come since. */
static void end_notice(struct aside *a, bool stored)
{
	intake_free(a->intake, stored);
	a->intake = NULL;
	a->ticket = 0;
	a->next_ms = clock_boot_ms() + pickup_scaled_ms(a->pickup, stored ? NOTICE_MS : AGAIN_MS);
	if (!stored) {
		buf_add_span(&a->on_its_way.text, buf_span(&a->untold.text));
		buf_free(&a->untold.text);
		a->untold = (struct lines){ a->on_its_way.text, a->on_its_way.count + a->untold.count,
			a->on_its_way.more + a->untold.more };
		a->on_its_way.text = (struct buf){ 0 };
	}
	buf_free(&a->on_its_way.text);
	a->on_its_way = (struct lines){ 0 };
}

void aside_send(struct aside *a)
{
	struct buf record = { 0 }, frame = { 0 };
	struct fault f = { 0 };
	uint64_t ticket = ++a->pickup->last_ticket;

	a->on_its_way = a->untold;
	a->untold = (struct lines){ 0 };
	write_record(a, &record);
	struct span rest = buf_span(&record);
	a->intake = intake_new(&a->pickup->place, &(struct submitter){ .uid = getuid(), .login = (char *)(uintptr_t)"" });
	if (intake_feed(a->intake, &rest, &f) == 1 && intake_finish(a->intake, ticket, &frame, &f) == 0) {
		channel_put(a->pickup->queue, FRAME_SUBMIT, buf_span(&frame), -1);
		a->ticket = ticket;
	} else {
		log_line(LOG_LEVEL_ERROR, "the owner cannot be told of what was set aside: %s", f.text);
		end_notice(a, false);
	}
	buf_free(&record);
	buf_free(&frame);
}

bool aside_submitted(struct aside *a, const struct submitted *answer)
{
	if (a->ticket == 0 || answer->ticket != a->ticket)
		return false;
	end_notice(a, answer->fault.kind == FAULT_NONE);
	return true;
}
