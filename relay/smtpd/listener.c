/* SPDX-License-Identifier: ISC */
#include "relay/smtpd/listener.h"

#include "base/clock.h"
#include "base/conf/listen.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mail/smtp_server.h"
#include "relay/log_share.h"
#include "relay/seats.h"
#include "relay/smtpd/offer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IDLE_MS = 5 * 60 * 1000,         /* RFC 5321 section 4.5.3.2.7 */
	FRUITLESS_MS = 60 * 60 * 1000,   /* since the greeting, or the last message that was stored */
	LINGER_MS = 5 * 1000,            /* after the last reply, so that the client reads it */
	PATIENCE_MS = 2000,              /* a silence after which a session gives way where places are few */
	MESSAGE_PATIENCE_MS = 30 * 1000, /* the same in the middle of a message */
	ACCEPT_PAUSE_MS = 1000,          /* after running out of descriptors */
	ACCEPT_MAX = 64,                 /* in one turn: who knocks without end must not keep us from the others */
	READ_STEP = 64 * 1024,
	FILES_LIMITS = 4,                /* size_limits: bytes of all in files, */
	FILES_LIMITS_OF_ONE = 2,         /* and of one client's or user's sessions */
	ENVELOPES_MAX = 64 * 1024 * 1024, /* bytes of all in memory; one may always have ENVELOPE_LEAST */
	ENVELOPE_LEAST = 64 * 1024,
};

enum visit_state {
	TALKING,
	OFFERING,                        /* a message is whole, and on its way to pickup */
	LINGERING,                       /* the last reply is out: what still comes is dropped */
	CLOSED,
};

struct visit {                       /* a client, from its connection to its end */
	struct listener *l;
	int fd;
	struct client client;
	enum visit_state state;
	struct smtp_server *smtp;
	struct buf in;                   /* what it did not take yet */
	struct buf out;                  /* replies; from out_start on they are to be sent */
	size_t out_start;
	int64_t heard_ms;                /* boot: of the last byte that went either way */
	int64_t fruit_ms;                /* boot: of the greeting, or the last message that was stored */
	int64_t linger_ms;
	bool in_transaction;             /* a recipient was taken, and its message has not ended */
	bool in_message;
	size_t envelope_bytes;           /* of its recipients, about */
	struct caller caller;            /* of the message that is being heard or offered */
	struct spooled message;
	struct offer *offer;
};

struct listener {
	const struct settings *settings;
	const struct client_rules *rules;
	const char *folder;
	int diag;
	int fds[LISTEN_PLACES_MAX];
	size_t fd_count;
	struct channel *pickup;
	struct visit **visits;
	size_t count;
	struct seat *seats;
	struct seats_rules seats_rules;
	struct log_share log_share;
	int64_t accept_again_ms;
	bool stopped;
	char step[READ_STEP];
};

static int64_t scaled_ms(const struct listener *l, int64_t ms)
{
	return clock_scaled_ms(l->settings->time_scale, ms, 1);
}

struct listener *listener_new(const struct settings *s, const struct client_rules *rules, int diag, const char *folder)
{
	struct listener *l = mem_alloc(sizeof *l);

	l->settings = s;
	l->rules = rules;
	l->diag = diag;
	l->folder = folder;
	l->seats_rules = (struct seats_rules){ .most = s->connections, .most_per_user = s->connections_per_user,
		.kept = seats_kept_of(s->connections), .patience_ms = scaled_ms(l, PATIENCE_MS) };
	return l;
}

void listener_add(struct listener *l, int fd)
{
	if (l->fd_count == LISTEN_PLACES_MAX) {
		close(fd);
		return;
	}
	io_set_nonblocking(fd, true);
	l->fds[l->fd_count++] = fd;
}

void listener_has_pickup(struct listener *l, struct channel *pickup)
{
	l->pickup = pickup;
}

/* ---- the log ---- */

static void log_client(struct listener *l, const struct client *c, enum log_level level, const char *what, const char *text)
{
	struct buf who = { 0 };

	if (log_share_take(&l->log_share, client_seat(c), clock_boot_ms())) {
		client_print(c, &who);
		log_line(level, "client %s: %s%s%s", buf_text(&who), what, text[0] ? ": " : "", text);
	}
	buf_free(&who);
}

/* ---- what the dialogue tells ---- */

/* A name or an address as RFC 5321 has them; what else is said there goes into no field. */
static bool is_helo_name(struct span s)
{
	static const char others[] = "-._:[]";

	for (size_t i = 0; i < s.len; i++) {
		char c = byte_lower(s.at[i]);
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(others, c))))
			return false;
	}
	return s.len > 0 && s.len <= 255;
}

static int recipient_comes(void *context, const struct record *r, const struct record_recipient *offered, struct fault *f)
{
	struct visit *s = context;
	size_t all = 0;

	if (r->recipient_count == 0)
		s->envelope_bytes = 0;
	s->envelope_bytes += sizeof *offered + strlen(offered->address) + strlen(offered->orcpt);
	for (size_t i = 0; i < s->l->count && s->envelope_bytes > ENVELOPE_LEAST; i++)
		all += s->l->visits[i]->envelope_bytes;
	if (all > ENVELOPES_MAX)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "there are too many recipients of all sessions at once; try again later");
	s->in_transaction = true;
	return 0;
}

static int message_begins(void *context, struct record *r, struct fault *f)
{
	struct visit *s = context;
	struct buf literal = { 0 }, from = { 0 }, program = { 0 };
	bool extended;

	if (getrandom(r->id, sizeof r->id, 0) != (ssize_t)sizeof r->id)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no random bytes from the kernel: %s", strerror(errno));
	struct span helo = smtp_server_helo(s->smtp, &extended);
	client_print_literal(&s->client, &literal);
	buf_add_span(&from, is_helo_name(helo) ? helo : buf_span(&literal));
	buf_printf(&from, " (%s)", buf_text(&literal));
	caller_free(&s->caller);
	s->caller = (struct caller){ .uid = s->client.has_uid ? s->client.uid : getuid(), .known = s->client.has_uid, .from = buf_take(&from),
		.with = mem_text(extended ? "ESMTP" : "SMTP") };
	buf_printf(&program, "SMTP client %s", buf_text(&literal));
	buf_free(&literal);
	free(r->program);
	r->program = buf_take(&program);
	s->in_message = true;
	return 0;
}

static bool files_are_full(const struct listener *l, const struct visit *s)
{
	uint64_t all = 0, own = 0;

	for (size_t i = 0; i < l->count; i++) {
		uint64_t bytes = l->visits[i]->message.in_file;
		all += bytes;
		own += client_seat(&l->visits[i]->client) == client_seat(&s->client) ? bytes : 0;
	}
	return all > FILES_LIMITS * l->settings->size_limit || own > FILES_LIMITS_OF_ONE * l->settings->size_limit;
}

static int message_bytes(void *context, struct span bytes, struct fault *f)
{
	struct visit *s = context;
	struct listener *l = s->l;

	if (s->message.in_file > 0 && files_are_full(l, s))
		fault_set(f, FAULT_TEMPORARY, "4.3.1", "too many large messages at once; try again later");
	else if (spooled_add(&s->message, bytes, f) == 0)
		return 0;
	log_client(l, &s->client, LOG_LEVEL_WARNING, "message not taken", f->text);
	s->in_message = s->in_transaction = false;
	spooled_free(&s->message);
	return -1;
}

static void message_ends(void *context, struct record *r)
{
	struct visit *s = context;

	s->in_message = false;
	r->message_bytes = spooled_bytes(&s->message);
	s->offer = offer_begin(r, &s->caller, &s->message, s->l->settings->time_scale);
	s->state = OFFERING;
}

static void message_dropped(void *context)
{
	struct visit *s = context;

	log_client(s->l, &s->client, LOG_LEVEL_INFO, "a message did not come to its end, or was too large; nothing of it is kept", "");
	s->in_message = s->in_transaction = false;
	spooled_free(&s->message);
}

/* ---- visits ---- */

static void close_visit(struct visit *s)
{
	smtp_server_free(s->smtp);
	s->smtp = NULL;
	io_close(&s->fd);
	offer_free(s->offer);
	s->offer = NULL;
	spooled_free(&s->message);
	caller_free(&s->caller);
	buf_free(&s->in);
	buf_free(&s->out);
	s->out_start = 0;
	s->state = CLOSED;
}

static size_t unsent_bytes(const struct visit *s)
{
	return s->out.len - s->out_start;
}

static bool has_ended(const struct visit *s)
{
	return smtp_server_state(s->smtp) == SMTP_SERVER_ENDED;
}

/* A message that was whole goes on to pickup, even where its client does not wait for the answer. */
static void lose_client(struct visit *s)
{
	io_close(&s->fd);
	buf_free(&s->in);
	buf_clear(&s->out);
	s->out_start = 0;
	if (s->state != OFFERING)
		close_visit(s);
}

static void write_out(struct visit *s)
{
	while (s->fd >= 0 && unsent_bytes(s) > 0) {
		ssize_t n = send(s->fd, s->out.at + s->out_start, unsent_bytes(s), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			lose_client(s);
			return;
		}
		s->out_start += (size_t)n;
		s->heard_ms = clock_boot_ms();
	}
	buf_clear(&s->out);
	s->out_start = 0;
	if (s->state == TALKING && has_ended(s)) {
		shutdown(s->fd, SHUT_WR);
		s->state = LINGERING;
		s->linger_ms = clock_boot_ms() + scaled_ms(s->l, LINGER_MS);
	}
}

static void hang_up(struct visit *s, const char *status, const char *text)
{
	smtp_server_hang_up(s->smtp, status, text);
	buf_free(&s->in);
	write_out(s);
}

/* What came and can be taken now. */
static void feed_waiting(struct visit *s)
{
	while (s->state == TALKING && s->in.len > 0) {
		size_t taken = smtp_server_feed(s->smtp, buf_span(&s->in));
		buf_drop_front(&s->in, taken);
		if (has_ended(s))
			buf_free(&s->in);
		/* Replies are sent from the front of out: what has gone is taken off there. */
		buf_drop_front(&s->out, s->out_start);
		s->out_start = 0;
		write_out(s);
		if (taken == 0)
			return;
	}
	/* Between messages a stopped listener has nothing more to wait for. */
	if (s->state == TALKING && s->l->stopped && !s->in_transaction && !has_ended(s))
		hang_up(s, "4.3.2", "this server is being restarted; connect again in a moment");
}

static void read_in(struct visit *s)
{
	struct listener *l = s->l;
	ssize_t n = recv(s->fd, l->step, sizeof l->step, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		lose_client(s);
		return;
	}
	if (s->state == LINGERING)
		return;
	s->heard_ms = clock_boot_ms();
	buf_add(&s->in, l->step, (size_t)n);
	feed_waiting(s);
}

/* Goes on with it, and answers the client once pickup has. */
static void work_offer(struct visit *s)
{
	enum offer_state state = offer_work(s->offer, s->l->pickup);
	struct buf words = { 0 };

	if (state == OFFER_GOES_ON)
		return;
	if (state == OFFER_STORED) {
		client_print_literal(&s->client, &words);
		log_line(LOG_LEVEL_INFO, "%s: client=%s%s", offer_queue_id(s->offer),
		         listen_is_loopback(s->client.family, s->client.bytes) ? "localhost" : "unknown", buf_text(&words));
		buf_clear(&words);
		buf_printf(&words, "queued as %s", offer_queue_id(s->offer));
		smtp_server_stored(s->smtp, buf_text(&words));
		s->fruit_ms = clock_boot_ms();
	} else {
		const struct fault *f = offer_fault(s->offer);
		log_client(s->l, &s->client, LOG_LEVEL_WARNING, f->kind == FAULT_TEMPORARY ? "message not taken now" : "message refused", f->text);
		smtp_server_refused(s->smtp, f);
	}
	buf_free(&words);
	offer_free(s->offer);
	s->offer = NULL;
	spooled_free(&s->message);
	s->state = TALKING;
	s->envelope_bytes = 0;
	s->in_transaction = false;
	s->heard_ms = clock_boot_ms();
	if (s->fd < 0) {
		close_visit(s);
		return;
	}
	write_out(s);
	feed_waiting(s);
}

/* ---- accepting ---- */

static void forget_closed(struct listener *l)
{
	size_t left = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->visits[i]->state == CLOSED)
			free(l->visits[i]);
		else
			l->visits[left++] = l->visits[i];
	}
	l->count = left;
}

/* In place of a greeting; it has sent nothing yet, so the end of the connection does not overtake this. */
static void turn_away(struct listener *l, int fd, const struct client *c, const char *code, const char *text)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s %s %s\r\n", code, l->settings->hostname, text);
	(void)!send(fd, line.at, line.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	log_client(l, c, LOG_LEVEL_WARNING, "turned away", text);
	buf_free(&line);
	close(fd);
}

static bool find_place(struct listener *l, int fd, const struct client *c)
{
	size_t which = 0;

	l->seats = mem_resize(l->seats, l->count + 1, sizeof *l->seats);
	for (size_t i = 0; i < l->count; i++) {
		const struct visit *s = l->visits[i];
		int64_t more = s->in_message ? scaled_ms(l, MESSAGE_PATIENCE_MS) - l->seats_rules.patience_ms : 0;
		l->seats[i] = (struct seat){ client_seat(&s->client), s->state != OFFERING, s->heard_ms + more };
	}
	switch (seats_judge(&l->seats_rules, l->seats, l->count, client_seat(c), clock_boot_ms(), &which)) {
	case SEATS_USER_IS_FULL:
		turn_away(l, fd, c, "421", "4.3.2 this client has as many sessions here as it may have (connections_per_user); try again later");
		return false;
	case SEATS_ALL_ARE_FULL:
		turn_away(l, fd, c, "421", "4.3.2 there are as many sessions here as there may be (connections); try again later");
		return false;
	case SEATS_TAKE_OVER:
		if (l->visits[which]->state == TALKING && !has_ended(l->visits[which]))
			hang_up(l->visits[which], "4.3.2", "nothing came for a while, and others wait for a place");
		close_visit(l->visits[which]);
		forget_closed(l);
		return true;
	case SEATS_ROOM:
		break;
	}
	return true;
}

static void add_visit(struct listener *l, int fd)
{
	struct client client;
	int on = 1;

	client_find(fd, l->diag, &client);
	if (!client_may(l->rules, &client)) {
		turn_away(l, fd, &client, "554", "5.7.1 this host takes no mail from this client; the setting listen_for says from whom it does");
		return;
	}
	if (!find_place(l, fd, &client))
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	struct visit *s = mem_alloc(sizeof *s);
	s->l = l;
	s->fd = fd;
	s->client = client;
	s->message = SPOOLED_EMPTY(l->folder);
	s->heard_ms = s->fruit_ms = clock_boot_ms();
	s->smtp = smtp_server_begin(
		&(struct smtp_server_rules){ .hostname = l->settings->hostname, .size_limit = l->settings->size_limit,
	                                     .recipient_limit = l->settings->recipient_limit, .lines = SMTP_LINES_STRICT },
		&(struct smtp_server_owner){ s, recipient_comes, message_begins, message_bytes, message_ends, message_dropped }, &s->out);
	l->visits = mem_resize(l->visits, l->count + 1, sizeof(struct visit *));
	l->visits[l->count++] = s;
	write_out(s);
}

static void accept_some(struct listener *l, int listening)
{
	for (size_t i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			add_visit(l, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			log_line(LOG_LEVEL_WARNING, "cannot accept more connections now: %s", strerror(errno));
			l->accept_again_ms = clock_boot_ms() + ACCEPT_PAUSE_MS;
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

/* ---- the loop's side ---- */

size_t listener_poll_max(const struct listener *l)
{
	return l->fd_count + 2 * l->count;
}

size_t listener_prepare(struct listener *l, struct pollfd *set)
{
	bool may_accept = !l->stopped && l->accept_again_ms <= clock_boot_ms();
	size_t n = 0;

	for (size_t i = 0; i < l->fd_count; i++)
		set[n++] = (struct pollfd){ .fd = may_accept ? l->fds[i] : -1, .events = POLLIN };
	for (size_t i = 0; i < l->count; i++) {
		struct visit *s = l->visits[i];
		/* What was not taken waits for the replies to go out, or for the message to be stored. */
		bool hears = s->state == LINGERING || (s->state == TALKING && s->in.len == 0 && !has_ended(s));
		set[n++] = (struct pollfd){ .fd = s->fd, .events = (short)((hears ? POLLIN : 0) | (unsent_bytes(s) > 0 ? POLLOUT : 0)) };
		set[n++] = (struct pollfd){ .fd = s->offer ? offer_fd(s->offer) : -1, .events = s->offer ? offer_events(s->offer) : 0 };
	}
	return n;
}

static int64_t visit_deadline_ms(const struct visit *s)
{
	int64_t idle = s->heard_ms + scaled_ms(s->l, IDLE_MS), fruitless = s->fruit_ms + scaled_ms(s->l, FRUITLESS_MS);

	if (s->state == OFFERING)
		return offer_deadline_ms(s->offer);
	if (s->state == LINGERING)
		return s->linger_ms;
	return idle < fruitless ? idle : fruitless;
}

/* One that does not even read its last reply is closed. */
static void end_overdue(struct visit *s)
{
	bool is_idle = s->heard_ms + scaled_ms(s->l, IDLE_MS) <= clock_boot_ms();

	if (s->state == TALKING && !has_ended(s)) {
		hang_up(s, "4.4.2", is_idle ? "nothing came for five minutes; the session ends" :
		                    "no message was completed within an hour; the session ends");
		if (s->state == TALKING)
			close_visit(s);
	} else {
		close_visit(s);
	}
}

static void work_visit(struct visit *s, short client_events, short offer_events_seen)
{
	if (s->state == OFFERING && (offer_events_seen || offer_deadline_ms(s->offer) <= clock_boot_ms()))
		work_offer(s);
	if (s->state == CLOSED)
		return;
	if (client_events & POLLOUT) {
		write_out(s);
		if (s->state == TALKING)
			feed_waiting(s);
	}
	if (s->fd >= 0 && (client_events & POLLIN))
		read_in(s);
	else if (s->fd >= 0 && (client_events & (POLLHUP | POLLERR | POLLNVAL)))
		lose_client(s);
	if (s->state == OFFERING && s->offer && offer_fd(s->offer) < 0 && offer_deadline_ms(s->offer) <= clock_boot_ms())
		work_offer(s);
	if (s->state != CLOSED && s->state != OFFERING && visit_deadline_ms(s) <= clock_boot_ms())
		end_overdue(s);
}

void listener_work(struct listener *l, const struct pollfd *set)
{
	size_t count = l->count;
	uint32_t seat;

	for (size_t i = 0; i < count; i++)
		work_visit(l->visits[i], set[l->fd_count + 2 * i].revents, set[l->fd_count + 2 * i + 1].revents);
	forget_closed(l);
	for (size_t i = 0; i < l->fd_count; i++)
		if (set[i].fd >= 0 && set[i].revents)
			accept_some(l, l->fds[i]);
	for (unsigned n; (n = log_share_next(&l->log_share, clock_boot_ms(), &seat)) > 0;)
		log_line(LOG_LEVEL_WARNING, "%u more lines about one client or user were left out of the log within a minute", n);
}

int64_t listener_deadline_ms(const struct listener *l)
{
	int64_t first = log_share_deadline_ms(&l->log_share);

	if (l->accept_again_ms > clock_boot_ms() && l->accept_again_ms < first)
		first = l->accept_again_ms;
	for (size_t i = 0; i < l->count; i++) {
		int64_t at = visit_deadline_ms(l->visits[i]);
		first = at < first ? at : first;
	}
	return first;
}

void listener_stop(struct listener *l)
{
	l->stopped = true;
	for (size_t i = 0; i < l->count; i++)
		if (l->visits[i]->state == TALKING)
			feed_waiting(l->visits[i]);
	forget_closed(l);
}

bool listener_is_idle(const struct listener *l)
{
	return l->count == 0;
}

void listener_free(struct listener *l)
{
	for (size_t i = 0; i < l->count; i++) {
		close_visit(l->visits[i]);
		free(l->visits[i]);
	}
	for (size_t i = 0; i < l->fd_count; i++)
		close(l->fds[i]);
	io_close(&l->diag);
	free(l->visits);
	free(l->seats);
	free(l);
}
