#include "relay/smtp/pump.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/esmtp_job.h"
#include "relay/smtp/pump_state.h"
#include "relay/smtp/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_STEP = 64 * 1024,
	UNSENT_MAX = 256 * 1024,           /* more waits in libesmtp */
	HANDED_MAX = 2,                    /* one spoken, one ready behind it */
	IDLE_WAIT_MS = 2 * 60 * 1000,
	BODY_WAIT_MS = 3 * 60 * 1000,      /* RFC 5321 section 4.5.3.2.5 */
	LIBRARY_WAIT_MS = 60 * 1000,
	GROUP_OVERDUE_MS = 60 * 1000,
};

void pump_progressed(struct pump *p)
{
	p->since_ms = clock_boot_ms();
}

void pump_await(struct pump *p, enum smtp_step step, size_t asked)
{
	if (p->awaited_first == p->awaited_count) {
		p->awaited_first = p->awaited_count = 0;
		pump_progressed(p);
	}
	if (p->awaited_count == p->awaited_room) {
		p->awaited_room = p->awaited_room ? 2 * p->awaited_room : 64;
		p->awaited = mem_resize(p->awaited, p->awaited_room, sizeof *p->awaited);
	}
	p->awaited[p->awaited_count++] = (struct awaited){ step, asked };
}

/* ---- jobs ---- */

static void want(struct pump *p, size_t count)
{
	struct buf payload = { 0 };
	size_t left = p->setup->message_max - p->wanted;

	count = count < left ? count : left;
	if (count == 0 || p->quitting || p->over)
		return;
	p->wanted += count;
	pack_u32(&payload, (uint32_t)count);
	channel_put(p->setup->queue, FRAME_WANT, buf_span(&payload), -1);
	buf_free(&payload);
}

static uint32_t transfer_ms(const struct job *j)
{
	return j->begun_ms ? (uint32_t)(clock_boot_ms() - j->begun_ms) : 0;
}

/* Reports jobs[0] and forgets it. */
static void report(struct pump *p)
{
	struct job *j = pump_job(p);
	struct buf payload = { 0 };

	job_encode_outcome(j, p->finished == 0 ? p->setup->setup_ms : 0, transfer_ms(j), &payload);
	channel_put(p->setup->queue, FRAME_OUTCOME, buf_span(&payload), -1);
	buf_free(&payload);
	p->uncommitted++;
	p->finished++;
	p->handed_count -= j->handed;
	job_free(j);
	p->job_count--;
	memmove(p->jobs, p->jobs + 1, p->job_count * sizeof *p->jobs);
	pump_progressed(p);
}

static void put_reset(struct pump *p)
{
	wire_put(p->server->wire, SPAN("RSET\r\n"));
	transcript_said(SPAN("RSET"));
	pump_await(p, STEP_RSET, 0);
}

void pump_finish_job(struct pump *p, bool reset)
{
	p->in_transaction = p->in_body = p->dot_sent = false;
	report(p);
	if (reset)
		put_reset(p);
	want(p, 1);
}

void pump_finish_group(struct pump *p)
{
	p->in_transaction = false;
	p->in_doubt = true;
	put_reset(p);
}

void pump_settle_doubt(struct pump *p, bool in_step)
{
	if (!p->in_doubt)
		return;
	p->in_doubt = false;
	if (!in_step)
		job_doubt(pump_job(p));
	report(p);
	want(p, 1);
}

/* Those that this server is not even asked about. */
static void report_settled(struct pump *p)
{
	while (!p->over && !p->in_transaction && p->job_count > 0 && pump_job(p)->asked_count == 0 &&
	       p->uncommitted < UNCOMMITTED_MAX) {
		report(p);
		want(p, 1);
	}
}

static void hand_over(struct pump *p, struct job *j)
{
	struct buf payload = { 0 };
	int copy = j->fd >= 0 ? fcntl(j->fd, F_DUPFD_CLOEXEC, 0) : -1;

	job_encode_for_library(j, &p->server->ehlo, &payload);
	channel_put(p->setup->jobs, ESMTP_JOB, buf_span(&payload), copy);
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

/* ---- the end ---- */

static bool library_waits_for(const struct pump *p, enum smtp_step step)
{
	return step != STEP_RSET && !(step == STEP_MAIL && p->mail_answered);
}

/* libesmtp crashes when replies that it waits for do not come, so it gets them. */
static void let_library_down_gently(struct pump *p)
{
	for (size_t i = p->awaited_first; i < p->awaited_count; i++)
		if (library_waits_for(p, p->awaited[i].step))
			dialogue_reply(p, 421);
	if (p->in_body)
		dialogue_reply(p, 421);
}

static void end_with(struct pump *p, enum session_scope scope, const struct reply *r)
{
	if (p->over)
		return;
	p->over = true;
	let_library_down_gently(p);
	*p->end = (struct session_end){ .scope = scope, .pipelining_broken = p->pipelining_broken, .rcpt_max = p->rcpt_max };
	if (r)
		p->end->reply = *r;
}

enum smtp_step pump_step(const struct pump *p)
{
	return pump_awaits(p) ? p->awaited[p->awaited_first].step : p->in_body ? STEP_MESSAGE : STEP_NONE;
}

/*
 * The session ends while replies to a group have been awaited for long: some servers that offer PIPELINING drop what
 * came together with MAIL. What they did say may have been to another command.
 */
static void blame_pipelining(struct pump *p)
{
	int64_t overdue_ms = patience_scaled(p->server->patience->scale, GROUP_OVERDUE_MS);

	if (!p->in_transaction || !pump_awaits(p) || !pump_is_grouped(p, pump_step(p)) ||
	    clock_boot_ms() - p->since_ms < overdue_ms)
		return;
	p->pipelining_broken = true;
	job_doubt(pump_job(p));
}

void pump_lose(struct pump *p, enum session_scope scope, const struct reply *r)
{
	if (p->over)
		return;
	blame_pipelining(p);
	pump_settle_doubt(p, true);
	if (p->in_transaction) {
		/* While the dot is still here, the message cannot have arrived. */
		bool unknown = p->dot_sent && wire_unsent(p->server->wire) == 0;
		job_settle_rest(pump_job(p), r, unknown);
		p->in_transaction = false;
		report(p);
	}
	end_with(p, scope, r);
}

void pump_lose_for(struct pump *p, const char *status, const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, FAULT_TEMPORARY, status, format, ap);
	va_end(ap);
	struct reply r = reply_of_fault(&f, pump_step(p), p->server->relay);
	pump_lose(p, SESSION_LOST, &r);
}

/* A server may close a session that rests; that is no fault once it did its work. */
static void on_wire_lost(struct pump *p)
{
	const char *trouble = wire_trouble(p->server->wire);
	char words[SERVER_STRAYED_MAX];

	if (!p->in_transaction && !pump_awaits(p) && p->finished > 0)
		end_with(p, SESSION_DONE, NULL);
	else if (pump_awaits(p))
		pump_lose_for(p, "4.4.2", "%s: %s before the reply to %s%s", p->server->relay, trouble,
		              smtp_step_name(p->awaited[p->awaited_first].step), server_strayed(p->server, words));
	else
		pump_lose_for(p, "4.4.2", "%s: %s%s", p->server->relay, trouble, p->in_body ? " during the message" : "");
}

void pump_tell_trouble(struct pump *p, const struct job *j, enum delivery_trouble what)
{
	struct buf payload = { 0 };

	pack_u64(&payload, j->delivery.ticket);
	pack_u8(&payload, (uint8_t)what);
	channel_put(p->setup->queue, FRAME_TROUBLE, buf_span(&payload), -1);
	buf_free(&payload);
}

static void on_library_lost(struct pump *p)
{
	p->library_gone = true;
	/* It has said all that it had to: the server's answer still counts. */
	if (p->dot_sent)
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
		pump_lose_for(p, "4.3.0", "the queue sent what was not wanted");
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
		return FOR_ROOM;
	return p->handed_count > 0 && !p->holding ? FOR_LIBRARY : FOR_WORK;
}

/* Our own process is no network: it gets its time however short the network's is made. */
static int64_t wait_ms(const struct pump *p)
{
	double scale = p->server->patience->scale;

	switch (waiting_for(p)) {
	case FOR_REPLY: return patience_scaled(scale, step_wait_ms(p->awaited[p->awaited_first].step));
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
		end_with(p, SESSION_DONE, NULL);
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

static void prepare(const struct pump *p, struct pollfd fds[POLL_COUNT])
{
	const struct pump_setup *s = p->setup;
	bool room = wire_unsent(p->server->wire) < UNSENT_MAX && !p->holding;

	fds[POLL_WIRE] = (struct pollfd){ listens(p) ? wire_fd(p->server->wire) : -1, wire_events(p->server->wire), 0 };
	fds[POLL_DIALOGUE] = (struct pollfd){ p->library_gone ? -1 : s->dialogue,
	                                      (short)((room ? POLLIN : 0) | writes(p->said.len > 0)), 0 };
	fds[POLL_QUEUE] = (struct pollfd){ channel_fd(s->queue), (short)(POLLIN | writes(channel_wants_write(s->queue))), 0 };
	fds[POLL_JOBS] = (struct pollfd){ p->library_gone ? -1 : channel_fd(s->jobs),
	                                  (short)(POLLIN | writes(channel_wants_write(s->jobs))), 0 };
	fds[POLL_PARENT] = (struct pollfd){ p->server->patience->ours[0], 0, 0 };
}

static void read_wire(struct pump *p)
{
	int n = wire_read(p->server->wire, &p->server->in);

	answers_take(p);
	if (n < 0 && !p->over)
		on_wire_lost(p);
}

void pump_send_group(struct pump *p)
{
	p->in_transaction = false;    /* as far as the server is concerned */
	read_wire(p);
	if (p->over)
		return;
	p->in_transaction = true;
	p->gathering = false;
	wire_put(p->server->wire, buf_span(&p->group));
	buf_clear(&p->group);
	pump_progressed(p);
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

	if (before == 0)
		return;
	if (wire_flush(p->server->wire) < 0) {
		/* What it said before it closed tells more than the failed write. */
		while (!p->over && wire_read(p->server->wire, &p->server->in) > 0)
			answers_take(p);
		if (!p->over)
			on_wire_lost(p);
	} else if (wire_unsent(p->server->wire) < before && p->in_body) {
		pump_progressed(p);
	}
}

static void write_all(struct pump *p)
{
	write_wire(p);
	write_dialogue(p);
	if (!p->library_gone && channel_wants_write(p->setup->jobs) && channel_flush(p->setup->jobs) < 0)
		on_library_lost(p);
	if (channel_wants_write(p->setup->queue) && channel_flush(p->setup->queue) < 0)
		exit(EXIT_SUCCESS);
}

static void act_on(struct pump *p, const struct pollfd fds[POLL_COUNT])
{
	const short gone = POLLHUP | POLLERR;

	if (fds[POLL_PARENT].revents & gone)
		exit(EXIT_SUCCESS);
	if (fds[POLL_QUEUE].revents & (POLLIN | gone)) {
		int result = channel_fill(p->setup->queue);
		take_frames(p);
		if (result < 0)
			exit(EXIT_SUCCESS);
	}
	if (fds[POLL_WIRE].revents || has_pending(p))
		read_wire(p);
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
	report_settled(p);
	hand_over_some(p);
	bool rests = p->job_count == 0 && !pump_awaits(p);
	if (rests && (p->quitting || p->finished == p->setup->message_max))
		end_with(p, SESSION_DONE, NULL);
	if (rests && p->library_gone)
		pump_lose_for(p, "4.3.0", "the process that speaks SMTP has ended");
}

static void turn(struct pump *p)
{
	struct pollfd fds[POLL_COUNT];

	prepare(p, fds);
	int64_t until = deadline(p);
	int n = poll(fds, POLL_COUNT, has_pending(p) ? 0 : clock_wait_ms(until));
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
	want(&p, UNCOMMITTED_MAX);
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
