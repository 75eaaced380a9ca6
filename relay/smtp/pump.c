/* SPDX-License-Identifier: ISC */
#include "relay/smtp/pump.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/esmtp_job.h"
#include "relay/smtp/answers.h"
#include "relay/smtp/dialogue.h"
#include "relay/smtp/transcript.h"
#include "relay/template.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_STEP = 4 * 1024 - 1,          /* libesmtp writes less at once */
	HANDED_MAX = 2,                    /* one spoken, one ready behind it */
	IDLE_WAIT_MS = 2 * 60 * 1000,
	BODY_WAIT_MS = 3 * 60 * 1000,      /* RFC 5321 section 4.5.3.2.5 */
	LIBRARY_WAIT_MS = 60 * 1000,
};

/* ---- jobs ---- */

static void on_library_lost(struct pump *p)
{
	p->library_gone = true;
	/* It has said all that it had to: the rest is between us and the server. */
	if (p->dot_sent || (p->in_body && p->preface.len == 0))
		return;
	for (size_t i = 0; i < p->job_count && !p->over; i++)
		if (p->jobs[i]->handed)
			pump_tell_trouble(p, p->jobs[i], TROUBLE_HELPER);
	pump_lose_for(p, "4.3.0", "the process that speaks SMTP has ended");
}

/* ---- the queue ---- */

static void take_frames(struct pump *p)
{
	struct frame frame;

	while (channel_next(p->setup->queue, &frame)) {
		if (frame.type == FRAME_DELIVER && !p->over) {
			struct job *j = job_new(frame.payload, frame.fd);
			if (j == NULL || p->job_count == UNCOMMITTED_MAX) {
				job_free(j);
				pump_lose_for(p, "4.3.0", "the queue sent something unexpected");
				continue;
			}
			job_check(j, &p->server->ehlo, p->server->relay);
			p->jobs[p->job_count++] = j;
			if (p->job_count == 1 && !pump_awaits(p))
				pump_progressed(p);
			continue;
		}
		io_close(&frame.fd);
		if (frame.type == FRAME_COMMITTED) {
			struct unpack u = unpack_from(frame.payload);
			uint32_t count = unpack_u32(&u);
			p->uncommitted -= count < p->uncommitted ? count : p->uncommitted;
			if (p->holding)
				pump_progressed(p);
		} else if (frame.type == FRAME_QUIT) {
			p->quitting = true;
		}
	}
}

/* ---- time ---- */

enum wait_for { FOR_REPLY, FOR_ROOM, FOR_LIBRARY, FOR_WORK };

static enum wait_for waiting_for(const struct pump *p)
{
	if (pump_awaits(p))
		return FOR_REPLY;
	if (p->in_body)
		return p->preface.len > 0 ? FOR_LIBRARY : FOR_ROOM;
	return p->handed_count > 0 && !p->holding ? FOR_LIBRARY : FOR_WORK;
}

/*
 * Our own process is not a network: it gets its time however short the network's is made. Behind the dot nothing cuts
 * the wait short: whoever goes then does not know what became of the message.
 */
static int64_t next_deadline(const struct pump *p)
{
	double scale = p->server->patience->scale;
	bool bounded = p->in_transaction && !p->dot_sent;
	int64_t wait_ms;

	switch (waiting_for(p)) {
	case FOR_REPLY:
		wait_ms = patience_scaled(scale, answers_wait_ms(p->awaited[p->awaited_first].step));
		break;
	case FOR_ROOM:
		wait_ms = patience_scaled(scale, BODY_WAIT_MS);
		break;
	case FOR_LIBRARY:
		wait_ms = LIBRARY_WAIT_MS;
		break;
	default:
		wait_ms = patience_scaled(scale, IDLE_WAIT_MS);
	}
	int64_t until = p->since_ms + wait_ms;
	return bounded && p->message_until_ms < until ? p->message_until_ms : until;
}

static void on_deadline(struct pump *p)
{
	char words[SERVER_STRAYED_MAX];

	switch (waiting_for(p)) {
	case FOR_REPLY:
		pump_lose_for(p, "4.4.2", "%s: no reply in time to %s%s", p->server->relay,
		              smtp_step_name(p->awaited[p->awaited_first].step), server_strayed(p->server, words));
		break;
	case FOR_ROOM:
		pump_lose_for(p, "4.4.2", "%s: it took too long to take the message", p->server->relay);
		break;
	case FOR_LIBRARY:
		pump_lose_for(p, "4.3.0", "the process that speaks SMTP does not answer");
		break;
	default:
		pump_end_with(p, SESSION_DONE, NULL);
	}
}

/* ---- the loop ---- */

enum { POLL_WIRE, POLL_DIALOGUE, POLL_QUEUE, POLL_JOBS, POLL_PARENT, POLL_COUNT };

/* What comes while a group is gathered is heard right before the group is sent. */
static bool listens(const struct pump *p)
{
	return !p->gathering;
}

static bool has_pending(const struct pump *p)
{
	return listens(p) && wire_has_pending(p->server->wire);
}

static void write_all(struct pump *p)
{
	/* What is not sent when the session is lost must not be: the dot would deliver what is said to be undelivered. */
	size_t before = wire_unsent(p->server->wire);
	bool cut = p->over && p->end->scope != SESSION_DONE;
	if (before > 0 && !cut) {
		if (wire_flush(p->server->wire) < 0)
			answers_read_last(p);
		else if (wire_unsent(p->server->wire) < before && (p->in_body || p->dot_sent))
			pump_progressed(p);
	}
	if (p->said.len > 0 && !p->library_gone) {
		ssize_t n = send(p->setup->dialogue, p->said.at, p->said.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			buf_drop_front(&p->said, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			on_library_lost(p);
	}
	if (!p->library_gone && channel_wants_write(p->setup->jobs) && channel_flush(p->setup->jobs) < 0)
		on_library_lost(p);
	if (channel_wants_write(p->setup->queue) && channel_flush(p->setup->queue) < 0)
		template_copy_end(EXIT_SUCCESS);
}

static void act_on_events(struct pump *p, const struct pollfd fds[POLL_COUNT])
{
	const short gone = POLLHUP | POLLERR;

	if (fds[POLL_PARENT].revents & gone)
		template_copy_end(EXIT_SUCCESS);
	if (fds[POLL_QUEUE].revents & (POLLIN | gone)) {
		int result = channel_fill(p->setup->queue);
		take_frames(p);
		if (result < 0)
			template_copy_end(EXIT_SUCCESS);
	}
	if (fds[POLL_WIRE].revents || has_pending(p))
		answers_read(p);
	if (!p->over && (fds[POLL_DIALOGUE].revents & POLLIN)) {
		buf_reserve(&p->heard, READ_STEP);
		ssize_t n = recv(p->setup->dialogue, p->heard.at + p->heard.len, READ_STEP, MSG_DONTWAIT);
		if (n > 0)
			p->heard.len += (size_t)n;
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			on_library_lost(p);
	}
	/* esmtp says nothing on this channel: that it can be read means that it is over. */
	if (!p->over && !p->library_gone && (fds[POLL_JOBS].revents & (POLLIN | gone)))
		on_library_lost(p);
}

static void settle_jobs(struct pump *p)
{
	if (p->heard.len > 0 && !p->over)
		dialogue_hear(p);
	if (p->in_body && !p->over)
		dialogue_send_body(p);
	/* Jobs that this server is not even asked about. */
	while (!p->over && !p->in_transaction && p->job_count > 0 && pump_job(p)->asked_count == 0 &&
	       p->uncommitted < UNCOMMITTED_MAX) {
		pump_report(p);
		pump_want(p, 1);
	}
	/* The others are handed to esmtp. */
	for (size_t i = 0; i < p->job_count && p->handed_count < HANDED_MAX && !p->over; i++) {
		struct job *j = p->jobs[i];
		struct buf payload = { 0 };
		if (j->handed || j->asked_count == 0)
			continue;
		job_encode_for_library(j, &p->server->ehlo, &payload);
		channel_put(p->setup->jobs, ESMTP_JOB, buf_span(&payload), -1);
		buf_free(&payload);
		j->handed = true;
		if (p->handed_count++ == 0)
			pump_progressed(p);
	}
	bool rests = p->job_count == 0 && !pump_awaits(p);
	if (rests && (p->quitting || p->finished == p->setup->message_max))
		pump_end_with(p, SESSION_DONE, NULL);
	if (rests && p->library_gone)
		pump_lose_for(p, "4.3.0", "the process that speaks SMTP has ended");
}

static void pump_turn(struct pump *p)
{
	const struct pump_setup *s = p->setup;
	const struct wire *wire = p->server->wire;
	short says = p->said.len > 0 ? POLLOUT : 0;
	short to_queue = channel_wants_write(s->queue) ? POLLOUT : 0, to_jobs = channel_wants_write(s->jobs) ? POLLOUT : 0;
	struct pollfd fds[POLL_COUNT] = {
		[POLL_WIRE] = { listens(p) ? wire_fd(wire) : -1, wire_events(wire), 0 },
		[POLL_DIALOGUE] = { p->library_gone ? -1 : s->dialogue, (short)((p->holding ? 0 : POLLIN) | says), 0 },
		[POLL_QUEUE] = { channel_fd(s->queue), (short)(POLLIN | to_queue), 0 },
		[POLL_JOBS] = { p->library_gone ? -1 : channel_fd(s->jobs), (short)(POLLIN | to_jobs), 0 },
		[POLL_PARENT] = { p->server->patience->ours[0], 0, 0 },
	};
	/* More of the message can be put on the wire without anything happening first. */
	bool has_room = p->in_body && p->preface.len == 0 && wire_unsent(wire) == 0;

	int64_t until = next_deadline(p);
	int n = poll(fds, POLL_COUNT, has_pending(p) || has_room ? 0 : clock_wait_ms(until));
	if (n >= 0)
		act_on_events(p, fds);
	settle_jobs(p);
	write_all(p);
	if (!p->over && clock_wait_ms(next_deadline(p)) == 0)
		on_deadline(p);
}

void pump_run(const struct pump_setup *setup, struct session_end *end)
{
	struct pump p = { .setup = setup, .server = setup->server, .end = end };

	pump_progressed(&p);
	pump_want(&p, UNCOMMITTED_MAX);
	write_all(&p);
	while (!p.over)
		pump_turn(&p);
	write_all(&p);
	for (size_t i = 0; i < p.job_count; i++)
		job_free(p.jobs[i]);
	transfer_free(&p.transfer);
	buf_free(&p.heard);
	buf_free(&p.said);
	buf_free(&p.group);
	free(p.awaited);
}
