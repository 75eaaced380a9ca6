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
	READ_STEP = 64 * 1024,
	HANDED_MAX = 2,                    /* one spoken, one ready behind it */
	IDLE_WAIT_MS = 2 * 60 * 1000,
	BODY_WAIT_MS = 3 * 60 * 1000,      /* RFC 5321 section 4.5.3.2.5 */
	LIBRARY_WAIT_MS = 60 * 1000,
};

/* ---- jobs ---- */

/* Those that this server is not even asked about. */
static void report_settled(struct pump *p)
{
	while (!p->over && !p->in_transaction && p->job_count > 0 && pump_job(p)->asked_count == 0 &&
	       p->uncommitted < UNCOMMITTED_MAX) {
		pump_report(p);
		pump_want(p, 1);
	}
}

static void hand_over(struct pump *p, struct job *j)
{
	struct buf payload = { 0 };

	job_encode_for_library(j, &p->server->ehlo, &payload);
	channel_put(p->setup->jobs, ESMTP_JOB, buf_span(&payload), -1);
	buf_free(&payload);
	j->handed = true;
	if (p->handed_count++ == 0)
		pump_progressed(p);
}

static void hand_over_some(struct pump *p)
{
	for (size_t i = 0; i < p->job_count && p->handed_count < HANDED_MAX && !p->over; i++)
		if (!p->jobs[i]->handed && p->jobs[i]->asked_count > 0)
			hand_over(p, p->jobs[i]);
}

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

static void on_deliver(struct pump *p, const struct frame *frame)
{
	struct job *j = job_new(frame->payload, frame->fd);

	if (j == NULL || p->job_count == UNCOMMITTED_MAX) {
		job_free(j);
		pump_lose_for(p, "4.3.0", "the queue sent something unexpected");
		return;
	}
	job_check(j, &p->server->ehlo, p->server->relay);
	p->jobs[p->job_count++] = j;
	if (p->job_count == 1 && !pump_awaits(p))
		pump_progressed(p);
}

static void on_committed(struct pump *p, struct span payload)
{
	struct unpack u = unpack_from(payload);
	uint32_t count = unpack_u32(&u);

	p->uncommitted -= count < p->uncommitted ? count : p->uncommitted;
	if (p->holding)
		pump_progressed(p);
}

static void take_frames(struct pump *p)
{
	struct frame frame;

	while (channel_next(p->setup->queue, &frame)) {
		if (frame.type == FRAME_DELIVER && !p->over) {
			on_deliver(p, &frame);
			continue;
		}
		io_close(&frame.fd);
		if (frame.type == FRAME_COMMITTED)
			on_committed(p, frame.payload);
		else if (frame.type == FRAME_QUIT)
			p->quitting = true;
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

/* Our own process is not a network: it gets its time however short the network's is made. */
static int64_t wait_ms(const struct pump *p)
{
	double scale = p->server->patience->scale;

	switch (waiting_for(p)) {
	case FOR_REPLY: return patience_scaled(scale, answers_wait_ms(p->awaited[p->awaited_first].step));
	case FOR_ROOM: return patience_scaled(scale, BODY_WAIT_MS);
	case FOR_LIBRARY: return LIBRARY_WAIT_MS;
	default: return patience_scaled(scale, IDLE_WAIT_MS);
	}
}

/* Behind the dot nothing cuts the wait short: whoever goes then does not know what became of the message. */
static int64_t deadline(const struct pump *p)
{
	int64_t until = p->since_ms + wait_ms(p);
	bool bounded = p->in_transaction && !p->dot_sent;

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

static short writes(bool wanted)
{
	return wanted ? POLLOUT : 0;
}

/* What comes while a group is gathered is heard right before the group is sent. */
static bool listens(const struct pump *p)
{
	return !p->gathering;
}

static bool has_pending(const struct pump *p)
{
	return listens(p) && wire_has_pending(p->server->wire);
}

/* More of the message can be put on the wire without anything happening first. */
static bool has_room(const struct pump *p)
{
	return p->in_body && p->preface.len == 0 && wire_unsent(p->server->wire) == 0;
}

static void prepare(const struct pump *p, struct pollfd fds[POLL_COUNT])
{
	const struct pump_setup *s = p->setup;

	fds[POLL_WIRE] = (struct pollfd){ listens(p) ? wire_fd(p->server->wire) : -1, wire_events(p->server->wire), 0 };
	fds[POLL_DIALOGUE] = (struct pollfd){ p->library_gone ? -1 : s->dialogue,
	                                      (short)((p->holding ? 0 : POLLIN) | writes(p->said.len > 0)), 0 };
	fds[POLL_QUEUE] = (struct pollfd){ channel_fd(s->queue), (short)(POLLIN | writes(channel_wants_write(s->queue))), 0 };
	fds[POLL_JOBS] = (struct pollfd){ p->library_gone ? -1 : channel_fd(s->jobs),
	                                  (short)(POLLIN | writes(channel_wants_write(s->jobs))), 0 };
	fds[POLL_PARENT] = (struct pollfd){ p->server->patience->ours[0], 0, 0 };
}

static void read_dialogue(struct pump *p)
{
	buf_reserve(&p->heard, READ_STEP);
	ssize_t n = recv(p->setup->dialogue, p->heard.at + p->heard.len, READ_STEP, MSG_DONTWAIT);

	if (n > 0)
		p->heard.len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		on_library_lost(p);
}

static void write_dialogue(struct pump *p)
{
	if (p->said.len == 0 || p->library_gone)
		return;
	ssize_t n = send(p->setup->dialogue, p->said.at, p->said.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		buf_drop_front(&p->said, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		on_library_lost(p);
}

static void write_wire(struct pump *p)
{
	size_t before = wire_unsent(p->server->wire);
	bool cut = p->over && p->end->scope != SESSION_DONE;

	/* What is not sent when the session is lost must not be: the dot would deliver what is said to be undelivered. */
	if (before == 0 || cut)
		return;
	if (wire_flush(p->server->wire) < 0)
		answers_read_last(p);
	else if (wire_unsent(p->server->wire) < before && (p->in_body || p->dot_sent))
		pump_progressed(p);
}

static void write_all(struct pump *p)
{
	write_wire(p);
	write_dialogue(p);
	if (!p->library_gone && channel_wants_write(p->setup->jobs) && channel_flush(p->setup->jobs) < 0)
		on_library_lost(p);
	if (channel_wants_write(p->setup->queue) && channel_flush(p->setup->queue) < 0)
		template_copy_end(EXIT_SUCCESS);
}

static void act_on(struct pump *p, const struct pollfd fds[POLL_COUNT])
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
	if (!p->over && (fds[POLL_DIALOGUE].revents & POLLIN))
		read_dialogue(p);
	/* esmtp says nothing on this channel: that it can be read means that it is over. */
	if (!p->over && !p->library_gone && (fds[POLL_JOBS].revents & (POLLIN | gone)))
		on_library_lost(p);
}

static void settle_down(struct pump *p)
{
	if (p->heard.len > 0 && !p->over)
		dialogue_hear(p);
	if (p->in_body && !p->over)
		dialogue_send_body(p);
	report_settled(p);
	hand_over_some(p);
	bool rests = p->job_count == 0 && !pump_awaits(p);
	if (rests && (p->quitting || p->finished == p->setup->message_max))
		pump_end_with(p, SESSION_DONE, NULL);
	if (rests && p->library_gone)
		pump_lose_for(p, "4.3.0", "the process that speaks SMTP has ended");
}

static void turn(struct pump *p)
{
	struct pollfd fds[POLL_COUNT];

	prepare(p, fds);
	int64_t until = deadline(p);
	int n = poll(fds, POLL_COUNT, has_pending(p) || has_room(p) ? 0 : clock_wait_ms(until));
	if (n >= 0)
		act_on(p, fds);
	settle_down(p);
	write_all(p);
	if (!p->over && clock_wait_ms(deadline(p)) == 0)
		on_deadline(p);
}

void pump_run(const struct pump_setup *setup, struct session_end *end)
{
	struct pump p = { .setup = setup, .server = setup->server, .end = end };

	pump_progressed(&p);
	pump_want(&p, UNCOMMITTED_MAX);
	write_all(&p);
	while (!p.over)
		turn(&p);
	write_all(&p);
	for (size_t i = 0; i < p.job_count; i++)
		job_free(p.jobs[i]);
	transfer_free(&p.transfer);
	buf_free(&p.heard);
	buf_free(&p.said);
	buf_free(&p.group);
	free(p.awaited);
}
