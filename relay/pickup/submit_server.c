/* SPDX-License-Identifier: ISC */
#include "relay/pickup/submit_server.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mail/submit.h"
#include "relay/pickup/login_name.h"
#include "relay/seats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PROGRESS_MS = 30 * 1000,        /* a caller's silence that ends its connection */
	QUEUE_MS = 120 * 1000,          /* the queue's: the caller is told to try again */
	BEHIND_MS = 1000,               /* in all, for one slow reader of rows */
	PATIENCE_MS = 2000,             /* a silence after which it gives way where places are few */
	ACCEPT_PAUSE_MS = 1000,         /* after running out of descriptors */
	FULL_PAUSE_MS = 100,            /* with no place for all comers: another pickup may have one */
	ACCEPT_MAX = 64,                /* in one turn: who knocks without end must not keep us from the others */
	READ_STEP = 64 * 1024,
	KIND_BYTES = 7,                 /* "SIGNETR" or "SIGNETQ" */
	ROWS_SOFT_MAX = 1024 * 1024,
	ROWS_HARD_MAX = 64 * 1024 * 1024,
	DISCARD_MAX = 64 * 1024 * 1024,
	MEMORY_MAX = 256 * 1024 * 1024, /* of all connections; one may always have MEMORY_LEAST */
	MEMORY_LEAST = 1024 * 1024,
};

enum state {
	READING,      /* a record or a query */
	WAITING,      /* for the queue; rows may go out */
	ANSWERING,    /* the last reply goes out */
	LINGERING,    /* it is out; what the caller still sends is discarded, so that it reads the reply */
	CLOSED,
};

struct connection {
	int fd;
	uint32_t uid;
	bool is_heard;                /* smtpd hands it over, and heard says from whom */
	struct caller heard;
	enum state state;
	uint64_t ticket;              /* while WAITING */
	struct buf start;             /* bytes read before it is clear what they are, and queries */
	struct intake *intake;
	struct buf out;
	size_t out_start;
	int64_t progress_ms;          /* boot: when it last said something */
	int64_t deadline_ms;
	int64_t behind_until_ms;      /* 0: never yet behind */
	size_t discarded_bytes;
};

struct pending {                  /* handed to the queue */
	uint64_t ticket;
	struct intake *intake;
};

struct submit_server {
	struct pickup *pickup;
	int listen_fd;
	bool stopped;
	int64_t accept_again_ms;
	struct seats_rules rules;
	struct seat *seats;           /* of the connections, for seats_judge */
	struct connection **connections;
	size_t count;
	struct pending *pending;
	size_t pending_count;
	char step[READ_STEP];
};

static size_t share_of(const struct settings *s, uint32_t of)
{
	uint32_t pickups = s->pickups ? s->pickups : 1;

	return of > pickups ? (of + pickups - 1) / pickups : 1;
}

struct submit_server *submit_server_new(struct pickup *p, int listen_fd)
{
	struct submit_server *s = mem_alloc(sizeof *s);

	s->pickup = p;
	s->listen_fd = listen_fd;
	s->rules.most = share_of(p->settings, p->settings->connections);
	s->rules.most_per_user = share_of(p->settings, p->settings->connections_per_user);
	s->rules.kept = seats_kept_of(s->rules.most);
	s->rules.patience_ms = pickup_scaled_ms(p, PATIENCE_MS);
	io_set_nonblocking(listen_fd, true);
	return s;
}

static void touch_connection(const struct submit_server *s, struct connection *c, int64_t ms)
{
	c->deadline_ms = clock_boot_ms() + pickup_scaled_ms(s->pickup, ms);
}

static void close_connection(struct connection *c)
{
	io_close(&c->fd);
	buf_free(&c->start);
	buf_free(&c->out);
	caller_free(&c->heard);
	intake_free(c->intake, false);
	c->intake = NULL;
	c->state = CLOSED;
}

static size_t unsent_bytes(const struct connection *c)
{
	return c->out.len - c->out_start;
}

/* ---- replies ---- */

static void reply_to(struct submit_server *s, struct connection *c, const struct submit_reply *r)
{
	submit_encode_reply(r, &c->out);
	if (r->kind == SUBMIT_ROW)
		return;
	c->state = ANSWERING;
	c->progress_ms = clock_boot_ms();
	touch_connection(s, c, PROGRESS_MS);
}

/* What is temporary, or our own fault, is worth another try. */
static void reply_fault(struct submit_server *s, struct connection *c, const struct fault *f)
{
	struct submit_reply r = { .kind = f->kind == FAULT_TEMPORARY ? SUBMIT_BUSY : SUBMIT_REFUSED, .fault = *f };

	if (pickup_may_log(s->pickup, c->uid))
		log_line(LOG_LEVEL_WARNING, "%s: %s: %s", c->intake ? intake_describe(c->intake) : "a caller",
		         r.kind == SUBMIT_BUSY ? "not taken now" : "refused", f->text);
	intake_free(c->intake, false);
	c->intake = NULL;
	reply_to(s, c, &r);
}

static void write_out(struct submit_server *s, struct connection *c)
{
	while (unsent_bytes(c) > 0) {
		ssize_t n = send(c->fd, c->out.at + c->out_start, unsent_bytes(c), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			close_connection(c);
			return;
		}
		c->out_start += (size_t)n;
		touch_connection(s, c, c->state == WAITING ? QUEUE_MS : PROGRESS_MS);
	}
	if (c->out_start > ROWS_SOFT_MAX || unsent_bytes(c) == 0) {
		buf_drop_front(&c->out, c->out_start);
		c->out_start = 0;
	}
	if (c->state == ANSWERING && unsent_bytes(c) == 0) {
		shutdown(c->fd, SHUT_WR);
		c->state = LINGERING;
	}
}

/* ---- accepting ---- */

/* Its answer in one write; it may have left. A line each would fill the log. */
static void send_busy(int fd, const struct fault *f)
{
	struct submit_reply r = { .kind = SUBMIT_BUSY, .fault = *f };
	struct buf out = { 0 };

	submit_encode_reply(&r, &out);
	(void)!send(fd, out.at, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&out);
}

static bool has_place_for_all(const struct submit_server *s)
{
	return s->count + s->rules.kept < s->rules.most;
}

static void forget_closed(struct submit_server *s)
{
	size_t left = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->connections[i]->state == CLOSED)
			free(s->connections[i]);
		else
			s->connections[left++] = s->connections[i];
	}
	bool freed = left < s->count;
	s->count = left;
	if (freed && has_place_for_all(s))
		s->accept_again_ms = 0;
}

/* NULL: there was no place, and fd is closed. */
static struct connection *add_connection(struct submit_server *s, int fd, uint32_t uid)
{
	struct fault f;
	size_t which = 0;

	s->seats = mem_resize(s->seats, s->count + 1, sizeof *s->seats);
	for (size_t i = 0; i < s->count; i++) {
		const struct connection *other = s->connections[i];
		s->seats[i] = (struct seat){ other->uid, other->state != WAITING, other->progress_ms };
	}
	enum seats_verdict verdict = seats_judge(&s->rules, s->seats, s->count, uid, clock_boot_ms(), &which);
	if (verdict == SEATS_USER_IS_FULL || verdict == SEATS_ALL_ARE_FULL) {
		if (verdict == SEATS_USER_IS_FULL)
			fault_set(&f, FAULT_TEMPORARY, "4.3.2", "this user has %zu connections here already (connections_per_user)",
			          s->rules.most_per_user);
		else
			fault_set(&f, FAULT_TEMPORARY, "4.3.2", "there are %zu connections here already (connections)", s->rules.most);
		send_busy(fd, &f);
		close(fd);
		return NULL;
	}
	if (verdict == SEATS_TAKE_OVER) {
		struct connection *slow = s->connections[which];
		fault_set(&f, FAULT_TEMPORARY, "4.3.2", "the rest of the submission did not come while others waited for a place");
		if (slow->state == READING)
			send_busy(slow->fd, &f);
		close_connection(slow);
		forget_closed(s);
	}
	struct connection *c = mem_alloc(sizeof *c);
	c->fd = fd;
	c->uid = uid;
	c->progress_ms = clock_boot_ms();
	touch_connection(s, c, PROGRESS_MS);
	s->connections = mem_resize(s->connections, s->count + 1, sizeof(struct connection *));
	s->connections[s->count++] = c;
	return c;
}

void submit_server_take(struct submit_server *s, int fd, const struct caller *who)
{
	struct connection *c = add_connection(s, fd, who->uid);

	if (c == NULL)
		return;
	c->is_heard = true;
	c->heard = (struct caller){ .uid = who->uid, .known = who->known, .from = mem_text(who->from), .with = mem_text(who->with) };
}

/* Up to the last place that is for all comers; beyond it one by one they are judged, with pauses. */
static void accept_some(struct submit_server *s)
{
	bool was_full = !has_place_for_all(s);
	struct ucred who;
	socklen_t len = sizeof who;

	for (size_t i = 0; i < ACCEPT_MAX && has_place_for_all(s) != was_full; i++) {
		int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
				close(fd);
			else
				add_connection(s, fd, who.uid);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			log_line(LOG_LEVEL_WARNING, "cannot accept more connections now: %s", strerror(errno));
			s->accept_again_ms = clock_boot_ms() + ACCEPT_PAUSE_MS;
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	if (!has_place_for_all(s))
		s->accept_again_ms = clock_boot_ms() + pickup_scaled_ms(s->pickup, FULL_PAUSE_MS);
}

/* ---- submissions ---- */

static void feed_record(struct submit_server *s, struct connection *c, struct span piece)
{
	struct buf frame = { 0 };
	struct fault f = { 0 };
	int whole = intake_feed(c->intake, &piece, &f);
	uint64_t ticket = whole > 0 ? ++s->pickup->last_ticket : 0;

	if (whole < 0 || (whole > 0 && intake_finish(c->intake, ticket, &frame, &f) < 0)) {
		reply_fault(s, c, &f);
	} else if (whole > 0) {
		channel_put(s->pickup->queue, FRAME_SUBMIT, buf_span(&frame), -1);
		s->pending = mem_resize(s->pending, s->pending_count + 1, sizeof *s->pending);
		s->pending[s->pending_count++] = (struct pending){ ticket, c->intake };
		c->intake = NULL;
		c->ticket = ticket;
		c->state = WAITING;
		touch_connection(s, c, QUEUE_MS);
	}
	buf_free(&frame);
}

static struct connection *connection_of(struct submit_server *s, uint64_t ticket)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->connections[i]->state == WAITING && s->connections[i]->ticket == ticket)
			return s->connections[i];
	return NULL;
}

bool submit_server_submitted(struct submit_server *s, const struct submitted *answer)
{
	struct connection *c = connection_of(s, answer->ticket);
	bool stored = answer->fault.kind == FAULT_NONE;
	size_t which = 0;

	while (which < s->pending_count && s->pending[which].ticket != answer->ticket)
		which++;
	if (which == s->pending_count)
		return false;
	struct intake *intake = s->pending[which].intake;
	s->pending[which] = s->pending[--s->pending_count];
	if (c && stored) {
		reply_to(s, c, &(struct submit_reply){ .kind = SUBMIT_ACCEPTED, .text = span_of(answer->queue_id) });
		intake_free(intake, true);
	} else if (c) {
		c->intake = intake;
		reply_fault(s, c, &answer->fault);
	} else {
		intake_free(intake, stored);
	}
	if (c)
		write_out(s, c);
	return true;
}

/* ---- queries ---- */

static bool may_see_all(const struct settings *settings, const struct login_file *logins, uint32_t uid)
{
	struct buf name = { 0 };
	bool may = uid == 0 || uid == getuid();

	if (!may && settings->mailq_users.count > 0)
		login_name(logins, uid, &name);
	for (size_t i = 0; i < settings->mailq_users.count && name.len > 0; i++)
		may = may || span_eq(buf_span(&name), span_of(settings->mailq_users.items[i]));
	buf_free(&name);
	return may;
}

static void feed_query(struct submit_server *s, struct connection *c)
{
	struct submit_query query;
	struct fault f = { 0 };
	ssize_t took = submit_decode_query(buf_span(&c->start), &query, &f);

	if (took == 0)
		return;
	if (took > 0 && query.operation > SUBMIT_DELETE)
		took = fault_set(&f, FAULT_POLICY, "5.7.1", "users may list, flush, trace, show and delete their own mail; "
		                 "the rest is done with signet(8) by the owner");
	if (took > 0 && query.argument.len > 0 && memchr(query.argument.at, '\0', query.argument.len))
		took = fault_set(&f, FAULT_PERMANENT, "5.5.4", "the argument of the query has a NUL in it");
	if (took < 0) {
		reply_fault(s, c, &f);
		return;
	}
	struct query q = {
		.ticket = ++s->pickup->last_ticket,
		.operation = (uint8_t)query.operation,
		.uid = c->uid,
		.all = may_see_all(s->pickup->settings, &s->pickup->place.logins, c->uid),
		.argument = mem_text_span(query.argument),
	};
	struct buf frame = { 0 };
	query_encode(&q, &frame);
	channel_put(s->pickup->queue, FRAME_QUERY, buf_span(&frame), -1);
	buf_free(&frame);
	free(q.argument);
	c->ticket = q.ticket;
	c->state = WAITING;
	touch_connection(s, c, QUEUE_MS);
}

void submit_server_row(struct submit_server *s, uint64_t ticket, struct span entry)
{
	struct connection *c = connection_of(s, ticket);

	if (c == NULL)
		return;
	reply_to(s, c, &(struct submit_reply){ .kind = SUBMIT_ROW, .text = entry });
	if (unsent_bytes(c) > ROWS_HARD_MAX) {
		if (pickup_may_log(s->pickup, c->uid))
			log_line(LOG_LEVEL_WARNING, "uid %u reads its queue listing too slowly; connection closed", c->uid);
		close_connection(c);
	} else if (unsent_bytes(c) > ROWS_SOFT_MAX) {
		write_out(s, c);
		if (c->state == WAITING && unsent_bytes(c) > ROWS_SOFT_MAX && c->behind_until_ms == 0)
			c->behind_until_ms = clock_boot_ms() + pickup_scaled_ms(s->pickup, BEHIND_MS);
	}
}

void submit_server_query_end(struct submit_server *s, uint64_t ticket, struct span text)
{
	struct connection *c = connection_of(s, ticket);

	if (c == NULL)
		return;
	reply_to(s, c, &(struct submit_reply){ .kind = SUBMIT_END, .text = text });
	write_out(s, c);
}

void submit_server_query_refused(struct submit_server *s, uint64_t ticket, const struct fault *f)
{
	struct connection *c = connection_of(s, ticket);

	if (c == NULL)
		return;
	reply_fault(s, c, f);
	write_out(s, c);
}

bool submit_server_is_behind(const struct submit_server *s)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 0; i < s->count; i++)
		if (s->connections[i]->behind_until_ms > now && unsent_bytes(s->connections[i]) > ROWS_SOFT_MAX)
			return true;
	return false;
}

/* ---- reading ---- */

/* The first bytes say what it is; anything that is not a query is judged as a record. */
static void feed_start(struct submit_server *s, struct connection *c, struct span piece)
{
	buf_add_span(&c->start, piece);
	if (c->start.len < KIND_BYTES)
		return;
	if (memcmp(c->start.at, "SIGNETQ", KIND_BYTES) == 0 && !c->is_heard) {
		feed_query(s, c);
		return;
	}
	struct submitter who;
	if (c->is_heard)
		submitter_of_client(s->pickup->settings, &s->pickup->place.logins, &c->heard, &who);
	else
		submitter_of_caller(s->pickup->settings, &s->pickup->place.logins, c->fd, c->uid, &who);
	c->intake = intake_new(&s->pickup->place, &who);
	submitter_free(&who);
	if (c->is_heard)
		intake_heard_from(c->intake, &c->heard);
	feed_record(s, c, buf_span(&c->start));
	buf_free(&c->start);
}

static size_t held_bytes(const struct connection *c)
{
	return c->start.cap + c->out.cap + (c->intake ? intake_held_bytes(c->intake) : 0);
}

static bool memory_is_full(const struct submit_server *s, const struct connection *c)
{
	size_t all = 0;

	if (held_bytes(c) <= MEMORY_LEAST)
		return false;
	for (size_t i = 0; i < s->count; i++)
		all += held_bytes(s->connections[i]);
	return all > MEMORY_MAX;
}

static void read_in(struct submit_server *s, struct connection *c)
{
	ssize_t n = recv(c->fd, s->step, sizeof s->step, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		close_connection(c);
		return;
	}
	struct span piece = { s->step, (size_t)n };
	struct fault f = { 0 };
	touch_connection(s, c, PROGRESS_MS);
	if (c->state != READING) {
		c->discarded_bytes += piece.len;
		if (c->discarded_bytes > DISCARD_MAX)
			close_connection(c);
		return;
	}
	c->progress_ms = clock_boot_ms();
	if (memory_is_full(s, c)) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.2", "too many large submissions at once; try again");
		reply_fault(s, c, &f);
	} else if (c->intake) {
		feed_record(s, c, piece);
	} else {
		feed_start(s, c, piece);
	}
	if (c->state == ANSWERING)
		write_out(s, c);
}

/* ---- the loop's side ---- */

size_t submit_server_poll_max(const struct submit_server *s)
{
	return s->count + 1;
}

size_t submit_server_prepare(struct submit_server *s, struct pollfd *set)
{
	bool accepts = !s->stopped && s->accept_again_ms <= clock_boot_ms();

	set[0] = (struct pollfd){ .fd = accepts ? s->listen_fd : -1, .events = POLLIN };
	for (size_t i = 0; i < s->count; i++) {
		const struct connection *c = s->connections[i];
		bool reads = c->state == LINGERING || c->state == ANSWERING || (c->state == READING && !pickup_queue_is_full(s->pickup));
		set[i + 1] = (struct pollfd){ .fd = c->fd, .events = (short)((unsent_bytes(c) > 0 ? POLLOUT : 0) | (reads ? POLLIN : 0)) };
	}
	return s->count + 1;
}

void submit_server_work(struct submit_server *s, const struct pollfd *set, size_t count)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 1; i < count; i++) {
		struct connection *c = s->connections[i - 1];
		if (c->state != CLOSED && set[i].revents) {
			if (set[i].revents & POLLOUT)
				write_out(s, c);
			if (c->state != CLOSED && (set[i].revents & POLLIN))
				read_in(s, c);
			else if (c->state != CLOSED && (set[i].revents & (POLLHUP | POLLERR | POLLNVAL)))
				close_connection(c);
		}
		if (c->state != CLOSED && c->deadline_ms <= now) {
			struct fault f = { 0 };
			if (c->state == WAITING && unsent_bytes(c) == 0) {
				fault_set(&f, FAULT_TEMPORARY, "4.3.2", "the queue does not answer; try again");
				reply_fault(s, c, &f);
			} else {
				if (c->intake && pickup_may_log(s->pickup, c->uid))
					log_line(LOG_LEVEL_INFO, "%s: no progress; connection closed", intake_describe(c->intake));
				close_connection(c);
			}
		}
	}
	forget_closed(s);
	if (set[0].revents & POLLIN)
		accept_some(s);
}

int64_t submit_server_deadline_ms(const struct submit_server *s)
{
	int64_t first = s->accept_again_ms > clock_boot_ms() ? s->accept_again_ms : INT64_MAX;

	for (size_t i = 0; i < s->count; i++) {
		const struct connection *c = s->connections[i];
		if (c->deadline_ms < first)
			first = c->deadline_ms;
		if (c->behind_until_ms > clock_boot_ms() && c->behind_until_ms < first)
			first = c->behind_until_ms;
	}
	return first;
}

void submit_server_stop(struct submit_server *s)
{
	s->stopped = true;
}

bool submit_server_is_idle(const struct submit_server *s)
{
	return s->count == 0 && s->pending_count == 0;
}
