/* SPDX-License-Identifier: ISC */
/*
 * A message that is kept, and its way to a pickup that is played here: its answers,
 * its ends, and its absence.
 */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/submit.h"
#include "relay/smtpd/offer.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENOUGH_MS = 20 * 1000 };

static char folder[] = "/tmp/offer-test-XXXXXX";
static struct caller caller = { .uid = 33, .from = (char *)"x ([127.0.0.1])", .with = (char *)"ESMTP" };

static struct record record_of(uint64_t bytes)
{
	struct record r = { .program = mem_text("p"), .sender = mem_text("a@x.example"), .sender_given = true,
		.full_name = mem_text(""), .envid = mem_text(""), .message_bytes = bytes };

	memset(r.id, 7, sizeof r.id);
	record_add_recipient(&r, SPAN("b@y.example"), 0, SPAN(""));
	return r;
}

static void fill(struct spooled *m, size_t bytes)
{
	char piece[1000];
	struct fault f = { 0 };

	for (size_t done = 0; done < bytes;) {
		size_t n = bytes - done < sizeof piece ? bytes - done : sizeof piece;
		for (size_t i = 0; i < n; i++)
			piece[i] = (char)((done + i) * 7 % 251);
		if (spooled_add(m, (struct span){ piece, n }, &f) < 0)
			abort();
		done += n;
	}
}

static bool is_filled(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != (char)(i * 7 % 251))
			return false;
	return true;
}

static size_t files_there(void)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* ---- a pickup ---- */

enum answer { ACCEPTS, REFUSES, IS_BUSY, LEAVES, LEAVES_EARLY, BABBLES };

struct played {
	const enum answer *answers;   /* one for each time, the last for all that follow */
	size_t times;
	struct channel *channel;
	int fd;
	struct buf got;
	uint32_t uid;
	bool whole;                   /* the record was, and its message as it was filled, whenever it was read to its end */
	struct buf first;             /* the record, as it came first */
	bool same;
};

static void play_answer(struct played *p)
{
	static const struct fault busy = { FAULT_TEMPORARY, "4.3.2", "busy", 0 }, bad = { FAULT_POLICY, "5.7.1", "not this", 0 };
	enum answer a = p->answers[0];
	struct submit_reply r = { .kind = a == ACCEPTS ? SUBMIT_ACCEPTED : a == REFUSES ? SUBMIT_REFUSED : SUBMIT_BUSY, .text = SPAN("4ABC") };
	struct buf out = { 0 };

	r.fault = a == REFUSES ? bad : a == IS_BUSY ? busy : (struct fault){ 0 };
	if (a == BABBLES)
		buf_add_text(&out, "\377\377\377\377what?");
	else if (a != LEAVES)
		submit_encode_reply(&r, &out);
	(void)!write(p->fd, buf_text(&out), out.len);
	buf_free(&out);
}

static void play(struct played *p)
{
	struct frame frame;
	struct caller who;
	struct record r;
	struct fault f = { 0 };
	char step[65536];

	channel_fill(p->channel);
	while (channel_next(p->channel, &frame)) {
		io_close(&p->fd);
		p->fd = frame.fd;
		p->times++;
		if (p->times > 1 && p->answers[0] != p->answers[1])
			p->answers++;
		buf_clear(&p->got);
		if (caller_decode(frame.payload, &who) == 0) {
			p->uid = who.uid;
			caller_free(&who);
		}
	}
	ssize_t n = p->fd >= 0 ? recv(p->fd, step, sizeof step, MSG_DONTWAIT) : -1;
	if (n > 0)
		buf_add(&p->got, step, (size_t)n);
	if (n > 0 && p->answers[0] == LEAVES_EARLY) {
		io_close(&p->fd);
		return;
	}
	ssize_t head = record_decode_head(buf_span(&p->got), &r, &f);
	if (head <= 0)
		return;
	if (p->got.len - (size_t)head == r.message_bytes) {
		p->whole = is_filled((struct span){ p->got.at + head, p->got.len - (size_t)head });
		p->same = p->first.len == 0 || span_eq(buf_span(&p->first), buf_span(&p->got));
		if (p->first.len == 0)
			buf_add_span(&p->first, buf_span(&p->got));
		play_answer(p);
		io_close(&p->fd);
		buf_clear(&p->got);
	}
	record_free(&r);
}

/* ---- rows ---- */

static const struct {
	const char *name;
	size_t bytes;
	enum answer answers[4];      /* the last two are the same */
	size_t times;                /* how often it is offered; 0: until time is up */
	enum offer_state state;
	const char *status;          /* of the fault; NULL: stored */
} rows[] = {
	{ "accepted", 100, { ACCEPTS, ACCEPTS }, 1, OFFER_STORED, NULL },
	{ "an empty message", 0, { ACCEPTS, ACCEPTS }, 1, OFFER_STORED, NULL },
	{ "from a file", 1000 * 1000, { ACCEPTS, ACCEPTS }, 1, OFFER_STORED, NULL },
	{ "refused", 100, { REFUSES, REFUSES }, 1, OFFER_REFUSED, "5.7.1" },
	{ "busy, and then not", 100, { IS_BUSY, ACCEPTS, ACCEPTS }, 2, OFFER_STORED, NULL },
	{ "ends before it answers", 1000 * 1000, { LEAVES, ACCEPTS, ACCEPTS }, 2, OFFER_STORED, NULL },
	{ "ends in the middle, and is busy", 1000 * 1000, { LEAVES_EARLY, IS_BUSY, ACCEPTS, ACCEPTS }, 3, OFFER_STORED, NULL },
	{ "babbles, and then not", 100, { BABBLES, ACCEPTS, ACCEPTS }, 2, OFFER_STORED, NULL },
	{ "busy all the time", 100, { IS_BUSY, IS_BUSY }, 0, OFFER_REFUSED, "4.3.2" },
	{ "ends all the time", 100, { LEAVES, LEAVES }, 0, OFFER_REFUSED, "4.3.2" },
};

static void offered(size_t row)
{
	struct played p = { .answers = rows[row].answers, .fd = -1, .whole = true, .same = true };
	struct spooled m = SPOOLED_EMPTY(folder);
	struct record r = record_of(rows[row].bytes);
	enum offer_state state = OFFER_GOES_ON;
	const char *name = rows[row].name;
	int64_t until = clock_boot_ms() + ENOUGH_MS;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	struct channel *pickup = channel_new(pair[0]);
	p.channel = channel_new(pair[1]);
	fill(&m, rows[row].bytes);
	struct offer *o = offer_begin(&r, &caller, &m, rows[row].times ? 1 : 0.02);
	record_free(&r);
	while ((state = offer_work(o, pickup)) == OFFER_GOES_ON && clock_boot_ms() < until) {
		channel_flush(pickup);
		play(&p);
		if (offer_fd(o) < 0)
			poll(NULL, 0, 1);
	}
	is_int(state, rows[row].state, "%s: its state", name);
	is_text(state == OFFER_STORED ? offer_queue_id(o) : offer_fault(o)->status, rows[row].status ? rows[row].status : "4ABC",
	        "%s: its id or status", name);
	is_int(p.uid, 33, "%s: whose it is", name);
	ok(p.whole && p.same, "%s: the same record each time, with all its bytes", name);
	ok(rows[row].times ? p.times == rows[row].times : p.times > 1, "%s: offered %zu times", name, p.times);
	offer_free(o);
	spooled_free(&m);
	channel_free(pickup);
	channel_free(p.channel);
	io_close(&p.fd);
	buf_free(&p.got);
	buf_free(&p.first);
}

static void nobody_there(void)
{
	struct spooled m = SPOOLED_EMPTY(folder);
	struct record r = record_of(0);
	struct offer *o = offer_begin(&r, &caller, &m, 0.01);
	int64_t begun = clock_boot_ms();

	record_free(&r);
	while (offer_work(o, NULL) == OFFER_GOES_ON && clock_boot_ms() - begun < ENOUGH_MS)
		poll(NULL, 0, clock_wait_ms(offer_deadline_ms(o)));
	ok(offer_work(o, NULL) == OFFER_REFUSED && offer_fault(o)->kind == FAULT_TEMPORARY, "without a pickup: a temporary fault");
	ok(clock_boot_ms() - begun >= 250, "not at once, but when the time is up");
	offer_free(o);
	spooled_free(&m);
}

static void kept(void)
{
	struct spooled m = SPOOLED_EMPTY(folder), nowhere = SPOOLED_EMPTY("/nonexistent/folder");
	struct rlimit before, small = { 100 * 1000, 100 * 1000 };
	static char piece[200 * 1000];
	struct fault f = { 0 };

	fill(&m, SPOOLED_MEMORY_MAX);
	is_int(m.file, -1, "a small message is in memory");
	fill(&m, 1);
	ok(m.file >= 0, "a larger one is in a file");
	is_int(files_there(), 0, "which has no name");
	is_int(spooled_bytes(&m), SPOOLED_MEMORY_MAX + 1, "with all its bytes");
	spooled_free(&m);
	is_int(spooled_bytes(&m), 0, "and is empty again");

	spooled_add(&nowhere, (struct span){ piece, sizeof piece }, &f);
	is_int(spooled_add(&nowhere, (struct span){ piece, sizeof piece }, &f), -1, "where no file can be made");
	ok(f.kind == FAULT_TEMPORARY && strcmp(f.status, "4.3.0") == 0 && strstr(f.text, "/nonexistent/folder"), "that is a fault that says where");
	spooled_free(&nowhere);

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	spooled_add(&m, (struct span){ piece, sizeof piece }, &f);
	is_int(spooled_add(&m, (struct span){ piece, sizeof piece }, &f), -1, "where there is no room");
	is_text(f.status, "4.3.1", "the fault says so");
	setrlimit(RLIMIT_FSIZE, &before);
	spooled_free(&m);
}

int main(void)
{
	tap_plan(5 * TAP_ROWS(rows) + 2 + 9);
	signal(SIGPIPE, SIG_IGN);
	scratch_make(folder);
	kept();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		offered(i);
	nobody_there();
	return tap_done();
}
