/* SPDX-License-Identifier: ISC */
/*
 * event - the role that tells the program of the setting event_command what
 * becomes of mail.
 *
 * It is command_user and no more, but it is not confined: whatever confines a
 * process binds all that it starts. It reads nothing that it gets from the
 * queue. One program runs at a time, and gets all that has come since the one
 * before it; what it cannot take in its time is news that is lost, which the
 * queue does not wait for.
 */
#include "base/clock.h"
#include "base/conf/local_command.h"
#include "base/io.h"
#include "base/log.h"
#include "base/program.h"
#include "relay/command_user.h"
#include "relay/mailbox_user.h"
#include "relay/role.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>

enum {
	EVENT_MS = 30 * 1000,
	EVENT_LEAST_MS = 2 * 1000,
	BATCH_BYTES = 64 * 1024,      /* of events for one run, and one event more */
};

struct teller {
	struct role_start start;
	struct mailbox_user user;
	struct text_list words, environment;
	struct fault lacks;           /* why none can be run */
	struct buf batch;             /* lines to be told */
	unsigned long failed;         /* runs in a row */
};

static void add_entry(struct text_list *list, const char *name, const char *value)
{
	struct buf entry = { 0 };

	buf_printf(&entry, "%s=%s", name, value);
	text_list_add(list, buf_span(&entry));
	buf_free(&entry);
}

/* 1: the batch, 0: no more. */
static int take_batch(void *teller, struct buf *out, struct fault *f)
{
	struct teller *t = teller;
	bool any = t->batch.len > 0;

	(void)f;
	buf_add_span(out, buf_span(&t->batch));
	buf_clear(&t->batch);
	return any;
}

static void tell(struct teller *t)
{
	const struct settings *s = &t->start.settings;
	struct program p = {
		.words = &t->words, .environment = &t->environment, .folder = "/", .named_by = "event_command in the configuration",
		.patience_ms = clock_scaled_ms(s->time_scale, EVENT_MS, EVENT_LEAST_MS), .processes_max = COMMAND_USER_PROCESSES,
		.until = channel_fd(t->start.parent),
	};
	struct fault f = t->lacks;

	if (f.kind == FAULT_NONE)
		program_run(&p, take_batch, t, &f);
	buf_clear(&t->batch);
	if (strcmp(f.status, PROGRAM_CUT_OFF) == 0)
		return;
	if (f.kind == FAULT_NONE) {
		if (t->failed > 0)
			log_line(LOG_LEVEL_INFO, "event_command works again; it had failed %lu time%s", t->failed, t->failed == 1 ? "" : "s");
		t->failed = 0;
	} else if (t->failed++ == 0) {
		log_line(LOG_LEVEL_WARNING, "event_command: %s; what it was told is lost, and no more is said of this until it works", f.text);
	}
}

/* True while there is more of it. */
static bool gather(struct teller *t)
{
	struct frame frame;

	while (t->batch.len < BATCH_BYTES && channel_next(t->start.queue, &frame)) {
		if (frame.type == FRAME_EVENT) {
			buf_add_span(&t->batch, frame.payload);
			buf_add_byte(&t->batch, '\n');
		}
		io_close(&frame.fd);
	}
	return t->batch.len > 0;
}

/* False: it is over. */
static bool wait_for_events(struct teller *t)
{
	struct pollfd polls[] = { { channel_fd(t->start.parent), POLLIN, 0 }, { channel_fd(t->start.queue), POLLIN, 0 } };

	while (poll(polls, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return polls[0].revents == 0 && channel_fill(t->start.queue) == 0;
}

int main(int argc, char **argv)
{
	static struct teller t;

	(void)argc;
	role_begin(ROLE_EVENT, argv, NULL, NULL, &t.start);
	/* What is missing is logged with the first event. */
	if (plain_command_words(t.start.settings.event_command, "event_command", &t.words, &t.lacks) == 0) {
		command_user_become(&t.start.settings, &t.user, &t.lacks);
		program_environment(t.user.name, &t.environment);
		add_entry(&t.environment, "USER", t.user.name);
		add_entry(&t.environment, "HOME", t.user.home);
	}
	/* Neither what it runs nor the user's other processes may speak to the queue through it. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		log_line(LOG_LEVEL_ERROR, "cannot keep this process from being looked into: %s", strerror(errno));
		return EX_OSERR;
	}
	while (wait_for_events(&t))
		while (gather(&t))
			tell(&t);
	return EXIT_SUCCESS;
}
