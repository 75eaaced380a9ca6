/* SPDX-License-Identifier: ISC */
#include "relay/smtpd/offer.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/submit.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	PAUSE_MS = 100,               /* before the first repetition; the next are twice as long */
	PAUSE_MOST_MS = 5 * 1000,
	SILENCE_MS = 3 * 60 * 1000,   /* of a pickup that has the record; it gives up on the queue sooner */
	STEP_BYTES = 64 * 1024,
	STEPS = 16,                   /* in one turn: others wait */
	REPLY_MAX = 64 * 1024,
};

struct offer {
	const struct caller *who;
	const struct spooled *message;
	struct buf head;
	enum offer_state state;
	int fd;                       /* -1: it is not being offered just now */
	uint64_t sent;                /* of head and message */
	struct buf reply;
	int64_t again_ms;             /* boot: when to offer it again */
	int64_t pause_ms;
	int64_t give_up_ms;
	int64_t silent_ms;            /* boot: until when the reply has to come */
	double scale;
	struct fault fault;
	char *queue_id;
};

struct offer *offer_begin(const struct record *r, const struct caller *who, const struct spooled *message, double scale)
{
	struct offer *o = mem_alloc(sizeof *o);

	o->who = who;
	o->message = message;
	o->fd = -1;
	o->scale = scale;
	o->pause_ms = PAUSE_MS;
	o->give_up_ms = clock_boot_ms() + clock_scaled_ms(scale, OFFER_WAIT_MS, 1);
	record_encode_head(r, &o->head);
	fault_set(&o->fault, FAULT_TEMPORARY, "4.3.2", "the part of Signet that takes messages is away");
	return o;
}

/* It is to be tried again, or was for long enough. Why stays in fault. */
static void pause_offer(struct offer *o)
{
	int64_t now = clock_boot_ms();

	io_close(&o->fd);
	buf_clear(&o->reply);
	o->again_ms = now + o->pause_ms;
	o->pause_ms = o->pause_ms * 2 < PAUSE_MOST_MS ? o->pause_ms * 2 : PAUSE_MOST_MS;
	if (o->again_ms >= o->give_up_ms)
		o->state = OFFER_REFUSED;
}

/* False: it cannot be offered now. */
static bool connect_pickup(struct offer *o, struct channel *pickup)
{
	struct buf frame = { 0 };
	int pair[2];

	if (pickup == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		pause_offer(o);
		return false;
	}
	caller_encode(o->who, &frame);
	channel_put(pickup, FRAME_CALLER, buf_span(&frame), pair[1]);
	channel_flush(pickup);
	buf_free(&frame);
	o->fd = pair[0];
	o->sent = 0;
	o->silent_ms = clock_boot_ms() + clock_scaled_ms(o->scale, SILENCE_MS, 1000);
	return true;
}

static bool all_is_sent(const struct offer *o)
{
	return o->sent == o->head.len + spooled_bytes(o->message);
}

/* -1: the other end takes no more; what it said is still to be read. */
static int send_some(struct offer *o)
{
	static char scratch[STEP_BYTES];

	for (int step = 0; step < STEPS && !all_is_sent(o); step++) {
		struct span part = { o->head.at + o->sent, o->head.len - (size_t)o->sent };
		if (o->sent >= o->head.len &&
		    spooled_part(o->message, o->sent - o->head.len, scratch, sizeof scratch, &part, &o->fault) < 0) {
			o->state = OFFER_REFUSED;
			return 0;
		}
		ssize_t n = send(o->fd, part.at, part.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return 0;
		if (n < 0)
			return -1;
		o->sent += (uint64_t)n;
		o->silent_ms = clock_boot_ms() + clock_scaled_ms(o->scale, SILENCE_MS, 1000);
	}
	return 0;
}

static void read_some(struct offer *o)
{
	char step[4096];
	ssize_t n = recv(o->fd, step, sizeof step, MSG_DONTWAIT);
	struct submit_reply reply;
	struct fault malformed = { 0 };

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		fault_set(&o->fault, FAULT_TEMPORARY, "4.3.2", "the part of Signet that takes messages has ended before it answered");
		pause_offer(o);
		return;
	}
	buf_add(&o->reply, step, (size_t)n);
	ssize_t taken = submit_decode_reply(buf_span(&o->reply), &reply, &malformed);
	if (taken == 0 && o->reply.len <= REPLY_MAX)
		return;
	if (taken <= 0) {
		fault_set(&o->fault, FAULT_TEMPORARY, "4.3.0", "the answer of pickup is malformed");
		pause_offer(o);
	} else if (reply.kind == SUBMIT_ACCEPTED) {
		o->queue_id = mem_text_span(reply.text);
		o->state = OFFER_STORED;
	} else if (reply.kind == SUBMIT_REFUSED) {
		o->fault = reply.fault;
		o->state = OFFER_REFUSED;
	} else {
		if (reply.kind == SUBMIT_BUSY)
			o->fault = reply.fault;
		pause_offer(o);
	}
}

enum offer_state offer_work(struct offer *o, struct channel *pickup)
{
	int64_t now = clock_boot_ms();

	if (o->state != OFFER_GOES_ON || (o->fd < 0 && o->again_ms > now))
		return o->state;
	if (o->fd < 0 && !connect_pickup(o, pickup))
		return o->state;
	/* Who takes no more has perhaps said why. */
	if (send_some(o) < 0 || o->state == OFFER_GOES_ON)
		read_some(o);
	if (o->state == OFFER_GOES_ON && o->fd >= 0 && o->silent_ms <= now) {
		fault_set(&o->fault, FAULT_TEMPORARY, "4.3.2", "the part of Signet that takes messages does not answer");
		pause_offer(o);
	}
	return o->state;
}

int offer_fd(const struct offer *o)
{
	return o->fd;
}

short offer_events(const struct offer *o)
{
	return all_is_sent(o) ? POLLIN : POLLIN | POLLOUT;
}

int64_t offer_deadline_ms(const struct offer *o)
{
	return o->fd >= 0 ? o->silent_ms : o->again_ms;
}

const char *offer_queue_id(const struct offer *o)
{
	return o->queue_id ? o->queue_id : "";
}

const struct fault *offer_fault(const struct offer *o)
{
	return &o->fault;
}

void offer_free(struct offer *o)
{
	if (o == NULL)
		return;
	io_close(&o->fd);
	buf_free(&o->head);
	buf_free(&o->reply);
	free(o->queue_id);
	free(o);
}
