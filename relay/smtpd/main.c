/* SPDX-License-Identifier: ISC */
/*
 * smtpd - takes SMTP from programs that cannot run sendmail, at the places of
 * the setting listen, and hands what it hears to pickup, record by record.
 *
 * It reads hostile bytes. It can accept on the sockets that signetd gave it, and
 * make files without a name in a folder of its own; it can neither connect nor
 * bind, and the user that mail is recorded for is what the kernel says of its client.
 */
#include "base/clock.h"
#include "base/conf/listen.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/smtpd/listener.h"

#include <stdlib.h>
#include <sysexits.h>

enum { FIRST_LISTENER_SLOT = 2 };   /* before it in the poll set: parent, pickup */

struct role_state {
	struct role_start start;
	struct client_rules rules;
	char *folder;                        /* SPOOL/smtpd */
	struct listener *listener;
	int listening[LISTEN_PLACES_MAX];    /* as signetd gives them, before the start */
	size_t listening_count;
	struct channel *pickup;              /* NULL: none just now */
	bool ending;
	struct pollfd *set;
	size_t set_room;
};

/* ---- start ---- */

static void keep_listening(void *context, const struct frame *frame)
{
	struct role_state *r = context;
	int fd = frame->fd;

	if (frame->type == FRAME_LISTENER && fd >= 0 && r->listening_count < LISTEN_PLACES_MAX)
		r->listening[r->listening_count++] = fd;
	else
		io_close(&fd);
}

/* ---- the loop ---- */

static void lose_pickup(struct role_state *r)
{
	channel_free(r->pickup);
	r->pickup = NULL;
	listener_has_pickup(r->listener, NULL);
}

/* After START, and perhaps right behind it: a channel to each new pickup. */
static void take_parents_frames(struct role_state *r)
{
	struct frame frame;

	while (channel_next(r->start.parent, &frame)) {
		if (frame.type != FRAME_PEER || frame.fd < 0) {
			io_close(&frame.fd);
			continue;
		}
		channel_free(r->pickup);
		r->pickup = channel_new(frame.fd);
		channel_limit(r->pickup, 1, false);
		listener_has_pickup(r->listener, r->pickup);
	}
}

static void smtpd_turn(struct role_state *r)
{
	size_t needed = FIRST_LISTENER_SLOT + listener_poll_max(r->listener);

	if (needed > r->set_room) {
		r->set_room = 2 * needed;
		r->set = mem_resize(r->set, r->set_room, sizeof *r->set);
	}
	short events = r->pickup && channel_wants_write(r->pickup) ? POLLIN | POLLOUT : POLLIN;
	r->set[0] = (struct pollfd){ .fd = r->ending ? -1 : channel_fd(r->start.parent), .events = POLLIN };
	r->set[1] = (struct pollfd){ .fd = r->pickup ? channel_fd(r->pickup) : -1, .events = events };
	size_t count = listener_prepare(r->listener, r->set + FIRST_LISTENER_SLOT);

	if (poll(r->set, FIRST_LISTENER_SLOT + count, clock_wait_ms(listener_deadline_ms(r->listener))) < 0)
		return;
	/* pickup says nothing here: its answers come on each message's connection. */
	if (r->pickup && (r->set[1].revents & (POLLIN | POLLHUP | POLLERR)) && channel_fill(r->pickup) < 0)
		lose_pickup(r);
	listener_work(r->listener, r->set + FIRST_LISTENER_SLOT);
	if (r->set[0].revents) {
		/* The end of its channel means: finish what is on its way, and end. */
		if (channel_fill(r->start.parent) < 0) {
			r->ending = true;
			listener_stop(r->listener);
		}
		take_parents_frames(r);
	}
	if (r->pickup && channel_flush(r->pickup) < 0)
		lose_pickup(r);
}

int main(int argc, char **argv)
{
	static struct role_state r;
	struct fault f = { 0 };
	struct buf folder = { 0 };

	(void)argc;
	role_begin(ROLE_SMTPD, argv, keep_listening, &r, &r.start);
	buf_printf(&folder, "%s/smtpd", r.start.settings.spool);
	client_rules_read(&r.start.settings, &r.rules);
	r.folder = buf_take(&folder);
	r.listener = listener_new(&r.start.settings, &r.rules, client_open_diag(), r.folder);
	for (size_t i = 0; i < r.listening_count; i++)
		listener_add(r.listener, r.listening[i]);
	if (confine(ROLE_SMTPD, CONFINE_ACCEPT | CONFINE_FILES, &(struct confine_path){ r.folder, true }, 1, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(fault_exit_code(&f));
	}
	memory_give_back();
	take_parents_frames(&r);
	while (!r.ending || !listener_is_idle(r.listener))
		smtpd_turn(&r);
	return EX_OK;
}
