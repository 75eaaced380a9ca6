/* SPDX-License-Identifier: ISC */
/*
 * The queue's core, with this test as its parent, all its peers over
 * socketpairs, and its clock: time passes when nothing else happens. What a
 * process alone shows (a full disk, a second one, its socket) is asked of the
 * real process, in real time.
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mail/submit.h"
#include "base/pack.h"
#include "base/view/control.h"
#include "base/view/history.h"
#include "base/view/listing.h"
#include "base/view/trace.h"
#include "relay/channel.h"
#include "relay/protocol.h"
#include "relay/queue/rates.h"
#include "relay/queue/blocked.h"
#include "relay/queue/core.h"
#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/peers.h"
#include "relay/queue/sql.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_message.h"
#include "relay/queue/store_rows.h"
#include "relay/queue/strikes.h"
#include "relay/queue_id.h"

#include "tests/base/mail/said.h"
#include "tests/relay/queue/rig.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { SOON_MS = 30 * 1000, NOT_MS = 300 };

static void rig_end(struct rig *r)
{
	rig_close(r);
	is_int(rig_wait(r), 0, "the queue ends with its parent");
	if (tap_failed)
		rig_run_command("sed 's/^/# /' %s/log", r->folder);
	settings_free(&r->settings);
}

static bool log_has(const struct rig *r, const char *text)
{
	struct buf b = { 0 };
	int fd = open(r->log, O_RDONLY);

	io_read_file(fd, &b, 1 << 20);
	close(fd);
	bool has = strstr(buf_text(&b), text) != NULL;
	buf_free(&b);
	return has;
}

/* ---- talking ---- */

/* What the parent gets besides is passed over unless it is asked for: heartbeats, and whom to end. */
static int receive(struct channel *c, enum frame_type wanted, struct frame *out, int64_t wait_ms)
{
	int64_t until_ms = rig_now().boot_ms + wait_ms;
	int n;

	do
		n = rig_receive_until(c, out, until_ms);
	while (n == 1 && (out->type == FRAME_HEARTBEAT || out->type == FRAME_KILL) && out->type != wanted);
	return n;
}

static bool expect(struct channel *c, enum frame_type type, struct frame *out, const char *what)
{
	int n = receive(c, type, out, SOON_MS);

	return ok(n == 1 && out->type == type, "%s (%d, type %d)", what, n, n == 1 ? out->type : 0);
}

static void expect_nothing_for(struct channel *c, int64_t wait_ms, const char *what)
{
	struct frame f;
	int n = receive(c, FRAME_PEER, &f, wait_ms);

	ok(n == 0, "%s (%d, type %d)", what, n, n == 1 ? f.type : 0);
}

static void expect_nothing(struct channel *c, const char *what)
{
	expect_nothing_for(c, NOT_MS, what);
}

static struct submission mail_to(const char *to, unsigned char serial)
{
	static struct submission_recipient recipients[2];
	static char address[2][100];
	struct submission s = {
		.id = { serial }, .uid = 1000, .sender = "me@example.org", .envid = "", .from_domain = "example.org",
		.message_id = "1@example.org", .program = "test", .unit = "cron.service", .container = "lxc:web1", .arrival_ms = rig_now().wall_ms, .held = "",
		.body_file = "", .recipients = recipients, .message = SPAN("From: me@example.org\r\n\r\nhello\r\n"),
	};
	struct span rest = span_of(to);

	s.size_bytes = s.message.len;
	while (rest.at && s.recipient_count < 2) {
		struct span one = span_cut(&rest, ' ');
		size_t i = s.recipient_count++;
		snprintf(address[i], sizeof address[i], "%.*s", (int)one.len, one.at);
		recipients[i] = (struct submission_recipient){ .address = address[i], .original = address[i], .orcpt = "",
			.refused = "" };
	}
	return s;
}

static void put_submit(struct rig *r, struct submission *s)
{
	struct submit submit = { .ticket = 7, .parts = s, .count = 1 };

	SEND(r->pickup, FRAME_SUBMIT, submit, &submit);
}

/* The kind of the answer; id gets the queue id. */
static int take_submitted(struct rig *r, char id[32], struct fault *f)
{
	struct frame frame;
	struct submitted answer;

	if (!expect(r->pickup, FRAME_SUBMITTED, &frame, "an answer to the submission") ||
	    submitted_decode(frame.payload, &answer) < 0)
		return -1;
	snprintf(id, 32, "%s", answer.queue_id);
	*f = answer.fault;
	submitted_free(&answer);
	return (int)f->kind;
}

static void submit_ok(struct rig *r, const char *to, unsigned char serial, char id[32])
{
	struct submission s = mail_to(to, serial);
	struct fault f;

	put_submit(r, &s);
	is_int(take_submitted(r, id, &f), FAULT_NONE, "accepted");
}

static bool mx_is_secure;        /* of the next plan */
static bool mx_is_elsewhere;

static void answer_plan(struct rig *r, const char *name, enum plan_kind kind, const char *host, const struct fault *fault,
                        bool unconfirmed)
{
	struct frame frame;
	struct plan_job job;
	struct ip_address address = { 4, { 127, 0, 0, 1 } };
	struct target target = { .host = (char *)(uintptr_t)host, .preference = 10, .addresses = &address, .address_count = 1,
		.mx_secure = mx_is_secure };

	if (!expect(r->resolver, FRAME_PLAN, &frame, "a plan is asked for") || plan_job_decode(frame.payload, &job) < 0)
		return;
	is_text(job.name, name, "of that name");
	is_int(job.kind, kind, "of that kind");
	struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = fault ? 0 : 1,
		.unconfirmed = unconfirmed, .mx_elsewhere = mx_is_elsewhere };
	if (fault)
		p.fault = *fault;
	SEND(r->resolver, FRAME_PLANNED, plan, &p);
	plan_job_free(&job);
}

static void answer_sign_with(struct rig *r, struct signed_fields s)
{
	struct frame frame;
	struct sign_job job;

	if (!expect(r->signer, FRAME_SIGN, &frame, "a signature is asked for") || sign_job_decode(frame.payload, &job) < 0)
		return;
	s.ticket = job.ticket;
	SEND(r->signer, FRAME_SIGNED, signed_fields, &s);
	sign_job_free(&job);
}

static void answer_sign(struct rig *r)
{
	answer_sign_with(r, (struct signed_fields){ .fields = "DKIM-Signature: test\r\n", .keys = "k", .note = "" });
}

/* Gives the asked-for process; its ticket. */
static struct channel *answer_spawn(struct rig *r, enum role role, uint64_t *ticket)
{
	struct frame frame;
	struct spawn spawn;

	*ticket = 0;
	if (!expect(r->parent, FRAME_SPAWN, &frame, "a process is asked for") || spawn_decode(frame.payload, &spawn) < 0)
		return NULL;
	is_int(spawn.role, role, "of that role");
	*ticket = spawn.ticket;
	spawn_free(&spawn);
	return rig_give_peer(r, role, *ticket);
}

static uint8_t opened_for;      /* NEED_ bits of the last session opened */
static char opened_with[64];    /* its TLS tickets */

static struct channel *open_session(struct rig *r, const char *hop, uint64_t *ticket)
{
	struct frame frame;
	struct session s;
	struct channel *smtp = answer_spawn(r, ROLE_SMTP, ticket);

	if (smtp == NULL || !expect(smtp, FRAME_SESSION, &frame, "told what to do") || session_decode(frame.payload, &s) < 0)
		exit(tap_done());
	is_text(s.hop, hop, "by that hop");
	opened_for = s.needs;
	opened_with[0] = '\0';
	for (size_t i = 0; i < s.ticket_count; i++)
		strncat(opened_with, buf_text(&s.tickets[i].session), sizeof opened_with - strlen(opened_with) - 1);
	session_free(&s);
	return smtp;
}

static void say_wants(struct channel *smtp, uint32_t wants)
{
	struct buf b = { 0 };

	pack_u32(&b, wants);
	channel_send(smtp, FRAME_WANT, buf_span(&b), -1);
	buf_free(&b);
}

static void say_ready_with(struct channel *smtp, uint32_t wants, uint32_t capabilities)
{
	struct session_ready ready = { .relay = SAID_RELAY, .host = "mx.example.net", .source = "192.0.2.1", .tls = "",
		.tls_summary = "TLSv1.3/untrusted", .capabilities = capabilities };

	SEND(smtp, FRAME_READY, session_ready, &ready);
	say_wants(smtp, wants);
}

static void say_ready(struct channel *smtp, uint32_t wants)
{
	say_ready_with(smtp, wants, 0);
}

static void say_ready_with_ticket(struct channel *smtp, const char *session)
{
	struct session_ready ready = { .relay = SAID_RELAY, .host = "mx.example.net", .source = "192.0.2.1", .tls = "",
		.tls_summary = "none", .ticket = { .terms = "verify", .life_s = 60 } };
	struct buf one = { 0 };

	buf_add_text(&ready.ticket.session, session);
	SEND(smtp, FRAME_READY, session_ready, &ready);
	buf_free(&ready.ticket.session);
	pack_u32(&one, 1);
	channel_send(smtp, FRAME_WANT, buf_span(&one), -1);
	buf_free(&one);
}

static bool take_delivery(struct channel *smtp, struct delivery *d)
{
	static char kept[70000];
	struct frame frame;

	if (!expect(smtp, FRAME_DELIVER, &frame, "a message to deliver") || frame.payload.len > sizeof kept)
		exit(tap_done());
	memcpy(kept, frame.payload.at, frame.payload.len);
	return ok(delivery_decode((struct span){ kept, frame.payload.len }, d) == 0, "well formed");
}

static void say_outcome(struct channel *smtp, const struct delivery *d, enum fault_kind kind, const char *status,
                        const char *text)
{
	struct recipient_outcome r[2] = { 0 };
	struct outcome o = { .ticket = d->ticket, .recipients = r,
		.recipient_count = d->recipient_count, .setup_ms = 5, .transfer_ms = 9 };

	for (size_t i = 0; i < d->recipient_count; i++) {
		r[i].id = d->recipients[i].id;
		r[i].reply = said(kind, status, text);
	}
	SEND(smtp, FRAME_OUTCOME, outcome, &o);
}

/* The server took the first recipient and had no room for the others. */
static void say_took_one(struct channel *smtp, const struct delivery *d)
{
	struct recipient_outcome r[2] = { { .id = d->recipients[0].id }, { .id = d->recipients[1].id } };
	struct outcome o = { .ticket = d->ticket, .recipients = r, .recipient_count = 2 };

	r[0].reply = said(FAULT_NONE, "2.0.0", "250 ok");
	r[1].reply = said(FAULT_TEMPORARY, "4.5.3", "452 too many recipients");
	SEND(smtp, FRAME_OUTCOME, outcome, &o);
}

static void expect_committed(struct channel *smtp, uint32_t count)
{
	struct frame frame;

	if (expect(smtp, FRAME_COMMITTED, &frame, "told that it is on stable storage")) {
		struct unpack u = unpack_from(frame.payload);
		is_int(unpack_u32(&u), count, "so many");
	}
}

static void say_end(struct channel *smtp, enum session_scope scope, enum fault_kind kind, const char *text)
{
	struct session_end e = { .scope = scope };

	if (kind)
		e.reply = said_at(STEP_CONNECTION, kind, "4.4.1", text);
	SEND(smtp, FRAME_SESSION_END, session_end, &e);
}

static void reap(struct rig *r, struct channel *process, enum role role, uint64_t ticket)
{
	struct peer peer = { role, ticket };

	channel_free(process);
	SEND(r->parent, FRAME_EXITED, peer, &peer);
}

/* Through its whole way once: the delivered bytes are checked by the caller's eyes in d. */
static struct channel *deliver_one(struct rig *r, const char *domain, uint64_t *ticket, struct delivery *d)
{
	answer_plan(r, domain, PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(r);
	struct channel *smtp = open_session(r, "mx", ticket);
	say_ready(smtp, 2);
	take_delivery(smtp, d);
	return smtp;
}

static struct channel *open_mailbox(struct rig *r, const char *user, uint64_t *ticket)
{
	struct frame frame;
	struct session s;

	struct channel *local = answer_spawn(r, ROLE_LOCAL, ticket);
	if (local == NULL || !expect(local, FRAME_SESSION, &frame, "told what to do") || session_decode(frame.payload, &s) < 0)
		exit(tap_done());
	is_text(s.hop, LOCAL_HOP, "by that hop");
	is_text(s.domain, user, "whose mailbox");
	session_free(&s);
	say_ready(local, 1);
	return local;
}

static unsigned list(struct rig *r, uint32_t uid, bool all, struct listing_entry *last)
{
	struct query q = { .ticket = 3, .operation = SUBMIT_LIST, .uid = uid, .all = all, .argument = "" };
	struct frame frame;
	unsigned n = 0;

	SEND(r->pickup, FRAME_QUERY, query, &q);
	while (rig_receive(r->pickup, &frame, SOON_MS) == 1 && frame.type == FRAME_ROW) {
		struct unpack u = unpack_from(frame.payload);
		unpack_u64(&u);
		if (n++ > 0)
			listing_entry_free(last);
		*last = (struct listing_entry){ 0 };
		ok(listing_decode(unpack_span(&u), last) == 0, "a row that can be read");
	}
	is_int(frame.type, FRAME_QUERY_END, "the list's end");
	return n;
}

static unsigned count_list(struct rig *r)
{
	struct listing_entry last;
	unsigned n = list(r, 0, true, &last);

	if (n)
		listing_entry_free(&last);
	return n;
}

/* ---- the tests ---- */

static void whole_way(void)
{
	struct rig r;
	struct delivery d;
	char id[32], again[32];
	uint64_t ticket;
	struct frame frame;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@Example.NET", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "the one that was accepted");
	is_text(d.sender, "me@example.org", "its sender");
	is_text(d.recipients[0].address, "you@Example.NET", "its recipient");
	is_span(d.fields, SPAN("DKIM-Signature: test\r\n"), "its signature");
	is_span(d.message, SPAN("From: me@example.org\r\n\r\nhello\r\n"), "its bytes");
	is_int(count_list(&r), 1, "listed while under way");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(count_list(&r), 0, "then no more");
	ok(log_has(&r, "status=sent (250 ok)"), "logged as sent");
	submit_ok(&r, "you@example.net", 1, again);
	is_text(again, id, "the same submission again has the same queue id");
	expect_nothing(smtp, "and is not sent again");
	submit_ok(&r, "you@example.net", 2, again);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_text(d.queue_id, again, "a second message takes the open session");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	delivery_free(&d);
	expect_committed(smtp, 1);
	expect(smtp, FRAME_QUIT, &frame, "an idle session is ended");
	uint64_t second_ticket;
	submit_ok(&r, "you@example.net", 3, again);
	struct channel *second = deliver_one(&r, "example.net", &second_ticket, &d);
	is_text(d.queue_id, again, "a message that comes while it ends does not wait for its end");
	delivery_free(&d);
	channel_free(second);
	say_end(smtp, SESSION_DONE, FAULT_NONE, "");
	reap(&r, smtp, ROLE_SMTP, ticket);
	rig_end(&r);
}

static void killed(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	rig_kill(&r);
	rig_start(&r);
	is_int(count_list(&r), 1, "kept when killed after the answer");
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	delivery_free(&d);
	rig_kill(&r);
	channel_free(smtp);
	rig_start(&r);
	smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "sent again when killed before the outcome");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	rig_kill(&r);
	channel_free(smtp);
	rig_start(&r);
	is_int(count_list(&r), 0, "done when killed after the commit");
	expect_nothing(r.resolver, "and not sent again");
	rig_end(&r);
}

/* While it was down, a clock that had been days ahead was put right: what was to be retried then is retried now. */
static void clock_was_ahead(void)
{
	struct rig r;
	struct delivery d;
	struct fault f;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	rig_kill(&r);
	struct sql *sql = sql_open(r.spool, &f);
	is_int(sql_execute(sql, "UPDATE recipient SET due_ms=due_ms+864000000; UPDATE destination SET "
	                   "wake_ms=wake_ms+864000000,backoff_ms=wake_ms+864000000 WHERE wake_ms>0; "
	                   "UPDATE number SET value=value+864000000 WHERE name='wall_ms';"), 0, "ten days ahead");
	sql_close(sql);
	rig_start(&r);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "sent, and not in ten days");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* Then there is no signer either. */
static void without_keys(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_without_keys(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "without keys a message goes");
	is_int(d.fields.len, 0, "as it came");
	expect_nothing_for(r.signer, 1000, "nobody is asked to sign it");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	reap(&r, smtp, ROLE_SMTP, ticket);
	delivery_free(&d);
	is_int(count_list(&r), 0, "and has arrived");
	rig_end(&r);
}

static void session_dies(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	delivery_free(&d);
	channel_free(smtp);
	expect_nothing_for(r.parent, 1000, "not sent again while the dead session's process may live");
	struct peer peer = { ROLE_SMTP, ticket };
	SEND(r.parent, FRAME_EXITED, peer, &peer);
	smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "but then");
	/* Outcomes that lie unread in the channel when the process ends still count. */
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	reap(&r, smtp, ROLE_SMTP, ticket);
	delivery_free(&d);
	is_int(count_list(&r), 0, "the last words are heard");
	rig_end(&r);
}

static bool wait_for_log(const struct rig *r, const char *text)
{
	for (int i = 0; i < SOON_MS / 10 && !log_has(r, text); i++)
		rig_pass(10);
	return log_has(r, text);
}

/* Signs what a signer would; that of bad.example kills it. How many were signed before it died, or nothing came. */
static unsigned sign_until_dead(struct rig *r, bool *died)
{
	struct frame frame, more;
	struct sign_job job;
	static unsigned deaths;
	unsigned count = 0;

	*died = false;
	while (!*died && rig_receive(r->signer, &frame, 1000) == 1 &&
	       sign_job_decode(frame.payload, &job) == 0) {
		struct signed_fields s = { .ticket = job.ticket, .fields = "", .keys = "", .note = "" };
		*died = strcmp(job.from_domain, "bad.example") == 0;
		sign_job_free(&job);
		if (*died && ++deaths > 2)
			ok(rig_receive(r->signer, &more, NOT_MS) == 0, "it came alone");
		if (*died)
			break;
		SEND(r->signer, FRAME_SIGNED, signed_fields, &s);
		count++;
	}
	if (*died) {
		channel_free(r->signer);
		r->signer = rig_give_peer(r, ROLE_SIGNER, 0);
	}
	return count;
}

/* The one at which the signer dies is held in the end; the other is signed. */
static void signer_dies(void)
{
	struct rig r;
	struct fault f;
	struct frame frame;
	char bad[32], good[32], held[200];
	unsigned others = 0, deaths = 0;

	rig_make(&r);
	rig_start(&r);
	struct submission s = mail_to("you@example.net", 1);
	s.from_domain = "bad.example";
	put_submit(&r, &s);
	is_int(take_submitted(&r, bad, &f), FAULT_NONE, "one at which signers die");
	submit_ok(&r, "you@example.net", 2, good);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	for (int i = 0; i < 8; i++) {
		bool died;
		others += sign_until_dead(&r, &died);
		deaths += died;
		snprintf(held, sizeof held, "%s: held: signer ended unexpectedly", bad);
		if (log_has(&r, held) && others > 0)
			break;
	}
	ok(wait_for_log(&r, held), "it is held, and named");
	ok(deaths >= 3, "after two deaths and one alone (%u)", deaths);
	is_int(others, 1, "the other is signed");
	expect(r.parent, FRAME_SPAWN, &frame, "and goes");
	is_int(count_list(&r), 2, "both are in the queue still");
	rig_end(&r);
}

/* A body file that the signer, or the session, finds to be another than what was stored. */
static void damaged_body(bool by_signer)
{
	struct rig r;
	struct fault f;
	struct frame frame;
	struct delivery d;
	char path[200], id[32], held[200];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	expect_nothing(r.parent, "the body folder is made");
	snprintf(path, sizeof path, "%s/body/new/a", r.spool);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	ok(fd >= 0 && write(fd, "large body", 10) == 10, "pickup wrote a body");
	close(fd);
	struct submission s = mail_to("you@example.net", 1);
	s.message = SPAN("");
	s.size_bytes = 10;
	s.checksum = 4711;
	s.body_file = "a";
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "accepted");
	ok(access(path, F_OK) < 0, "and out of pickup's reach");
	snprintf(path, sizeof path, "%s/body/a", r.spool);
	ok(access(path, F_OK) == 0, "where the queue keeps it");
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	expect(r.signer, FRAME_SIGN, &frame, "the signer is asked");
	io_close(&frame.fd);
	struct sign_job job;
	ok(sign_job_decode(frame.payload, &job) == 0 && job.checksum == 4711, "and told the checksum");
	struct signed_fields fields = { .ticket = job.ticket, .fields = "", .keys = "", .note = "", .damaged = by_signer };
	sign_job_free(&job);
	if (by_signer)
		fault_set(&fields.fault, FAULT_TEMPORARY, "4.3.0", "the checksum differs");
	SEND(r.signer, FRAME_SIGNED, signed_fields, &fields);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	if (!by_signer) {
		struct buf trouble = { 0 };
		expect(smtp, FRAME_DELIVER, &frame, "the session gets it");
		io_close(&frame.fd);
		ok(delivery_decode(frame.payload, &d) == 0 && d.checksum == 4711, "and is told the checksum");
		pack_u64(&trouble, d.ticket);
		pack_u8(&trouble, TROUBLE_DAMAGED);
		channel_send(smtp, FRAME_TROUBLE, buf_span(&trouble), -1);
		buf_free(&trouble);
		say_outcome(smtp, &d, FAULT_TEMPORARY, "4.3.0", "the checksum differs");
		delivery_free(&d);
	}
	snprintf(held, sizeof held, "%s: held: the checksum differs; look at it: signet queue show %s", id, id);
	ok(wait_for_log(&r, held), "it is held, and named");
	is_int(count_list(&r), 1, "and in the queue");
	if (by_signer)
		expect_nothing(smtp, "and not sent");
	channel_free(smtp);
	rig_end(&r);
}

/* One message to that host, by a session that leaves a ticket; opened_with says what it got itself. */
static void by_session_of_its_own(struct rig *r, const char *to, const char *domain, const char *host, unsigned char serial,
                                  const char *leaves)
{
	struct delivery d;
	char id[32];
	uint64_t ticket;

	submit_ok(r, to, serial, id);
	if (host)
		answer_plan(r, domain, PLAN_MX, host, NULL, false);
	answer_sign(r);
	struct channel *smtp = open_session(r, "mx", &ticket);
	say_ready_with_ticket(smtp, leaves);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	say_end(smtp, SESSION_DONE, FAULT_NONE, "");
	reap(r, smtp, ROLE_SMTP, ticket);
}

static void tickets_travel(void)
{
	struct rig r;

	rig_make(&r);
	rig_start(&r);
	by_session_of_its_own(&r, "you@one.example", "one.example", "mx.one.example", 1, "first");
	is_text(opened_with, "", "the first session has no ticket");
	by_session_of_its_own(&r, "you@two.example", "two.example", "mx.two.example", 2, "other");
	is_text(opened_with, "", "nor has one to other hosts");
	by_session_of_its_own(&r, "you@one.example", "one.example", NULL, 3, "second");
	is_text(opened_with, "first", "the next to the same hosts has what the first left");
	by_session_of_its_own(&r, "you@three.example", "three.example", "mx.one.example", 4, "");
	is_text(opened_with, "second", "whatever the domain, the newest");
	by_session_of_its_own(&r, "you@three.example", "three.example", NULL, 5, "");
	is_text(opened_with, "second", "which stays where a session leaves none");
	rig_end(&r);
}

static void bounces(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket, maker;
	struct frame frame;
	struct bounce_job job;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "no@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 no such user");
	expect_committed(smtp, 1);
	delivery_free(&d);
	struct channel *bounce = answer_spawn(&r, ROLE_BOUNCE, &maker);
	expect(bounce, FRAME_BOUNCE, &frame, "a report is asked for");
	ok(bounce_job_decode(frame.payload, &job) == 0, "well formed");
	is_text(job.queue_id, id, "of that message");
	is_text(job.sender, "me@example.org", "to its sender");
	is_text(job.recipients[0].reply.text, "no such user", "with what the server said");
	bounce_job_free(&job);
	reap(&r, bounce, ROLE_BOUNCE, maker);
	is_int(count_list(&r), 1, "the maker died: the message stays");
	bounce = answer_spawn(&r, ROLE_BOUNCE, &maker);
	expect(bounce, FRAME_BOUNCE, &frame, "asked again later");
	struct submission report = mail_to("me@example.org", 0);
	struct buf payload = { 0 };
	report.sender = "";
	report.message = SPAN("From: MAILER-DAEMON\r\n\r\nsorry\r\n");
	pack_u64(&payload, maker);
	submission_encode(&report, &payload);
	channel_send(bounce, FRAME_BOUNCED, buf_span(&payload), -1);
	buf_free(&payload);
	answer_plan(&r, "example.org", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_text(d.sender, "", "the report has the null sender");
	ok(strcmp(d.queue_id, id) != 0, "and an id of its own");
	is_int(count_list(&r), 1, "and took the place of the message");
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 nor you");
	expect_committed(smtp, 1);
	delivery_free(&d);
	reap(&r, bounce, ROLE_BOUNCE, maker);
	expect_nothing(r.parent, "a report about a report is not made");
	is_int(count_list(&r), 1, "it is held for the owner");
	ok(log_has(&r, "held: undeliverable and nobody to tell"), "as the log says");
	channel_free(smtp);
	rig_end(&r);
}

/* Answers a job with a report to that address. */
static void make_report(struct channel *bounce, uint64_t maker, const char *to)
{
	struct submission report = mail_to(to, 0);
	struct buf payload = { 0 };

	report.sender = "";
	report.message = SPAN("From: MAILER-DAEMON\r\n\r\nsorry\r\n");
	pack_u64(&payload, maker);
	submission_encode(&report, &payload);
	channel_send(bounce, FRAME_BOUNCED, buf_span(&payload), -1);
	buf_free(&payload);
}

static struct channel *expect_report(struct rig *r, enum report_kind kind, uint64_t *maker, struct bounce_job *job)
{
	struct frame frame;
	struct channel *bounce = answer_spawn(r, ROLE_BOUNCE, maker);

	if (bounce == NULL || !expect(bounce, FRAME_BOUNCE, &frame, "a report is asked for") ||
	    bounce_job_decode(frame.payload, job) < 0)
		exit(tap_done());
	is_int(job->kind, kind, "of that kind");
	return bounce;
}

static void tells_of_delay(void)
{
	struct rig r;
	struct delivery d;
	struct bounce_job job;
	char id[32];
	uint64_t ticket, maker;

	rig_make(&r);
	r.settings.delay_notice_ms = 1;
	rig_start(&r);
	submit_ok(&r, "slow@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	rig_pass(20);
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.2", "452 full");
	expect_committed(smtp, 1);
	delivery_free(&d);
	rig_kill(&r);
	channel_free(smtp);
	rig_start(&r);
	smtp = deliver_one(&r, "example.net", &ticket, &d);
	struct channel *bounce = expect_report(&r, REPORT_OF_DELAY, &maker, &job);
	is_text(job.queue_id, id, "of that message, beyond a crash");
	is_int(job.recipient_count, 1, "of one recipient");
	is_text(job.recipients[0].reply.text, "full", "with what the server said");
	ok(job.recipients[0].until_ms - job.arrival_ms > 3500 * 1000, "and how long it is tried");
	ok(job.recipients[0].tried_ms >= job.arrival_ms, "and when it was last tried");
	bounce_job_free(&job);
	make_report(bounce, maker, "me@example.org");
	answer_plan(&r, "example.org", PLAN_MX, "mx.example.org", NULL, false);
	reap(&r, bounce, ROLE_BOUNCE, maker);
	ok(log_has(&r, "sender delay notification: "), "logged as that");
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.2", "452 full still");
	expect_committed(smtp, 1);
	delivery_free(&d);
	rig_kill(&r);
	channel_free(smtp);
	r.settings.delay_notice_ms = 5000;
	rig_start(&r);
	expect_nothing_for(r.parent, 4000, "told once, beyond a crash");
	is_int(count_list(&r), 2, "the mail waits, and so does the report");
	rig_end(&r);
}

/* A local user whose mail nobody reads (a failure would be held, for it must not be lost); a mailing. */
static void tells_not_of_delay(void)
{
	static const struct { const char *sender; bool bulk; } rows[] = { { "joe@localhost", false }, { "me@example.org", true } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct submission s = mail_to("slow@example.net", 1);
		struct rig r;
		struct delivery d;
		struct fault f;
		char id[32];
		uint64_t ticket;

		rig_make(&r);
		r.settings.delay_notice_ms = 1;
		rig_start(&r);
		s.sender = (char *)(uintptr_t)rows[i].sender;
		s.bulk = rows[i].bulk;
		put_submit(&r, &s);
		take_submitted(&r, id, &f);
		struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
		rig_pass(20);
		say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.2", "452 full");
		expect_committed(smtp, 1);
		delivery_free(&d);
		expect_nothing_for(r.parent, 4000, "no notice that nobody would read");
		is_int(count_list(&r), 1, "the mail waits alone");
		channel_free(smtp);
		rig_end(&r);
	}
}

/* A destination that fails as a whole. */
static void tells_of_dead_destination(void)
{
	struct rig r;
	struct bounce_job job;
	char id[32], own[32];
	uint64_t ticket, maker;

	rig_make(&r);
	r.settings.delay_notice_ms = 1;
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start(&r);
	submit_ok(&r, "you@example.org", 1, own);
	answer_plan(&r, "example.org", PLAN_MX, "mx.example.org", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	rig_pass(20);
	say_end(smtp, SESSION_UNREACHABLE, FAULT_TEMPORARY, "connection refused");
	reap(&r, smtp, ROLE_SMTP, ticket);
	expect_nothing_for(r.parent, 4000, "no notice that would wait for the same server");
	submit_ok(&r, "you@dead.example them@dead.example", 2, id);
	answer_plan(&r, "dead.example", PLAN_MX, "mx.dead.example", NULL, false);
	answer_sign(&r);
	smtp = open_session(&r, "mx", &ticket);
	rig_pass(20);
	say_end(smtp, SESSION_UNREACHABLE, FAULT_TEMPORARY, "connection refused");
	reap(&r, smtp, ROLE_SMTP, ticket);
	struct channel *bounce = expect_report(&r, REPORT_OF_DELAY, &maker, &job);
	is_text(job.queue_id, id, "but of another");
	is_int(job.recipient_count, 2, "one for both recipients");
	is_text(job.recipients[1].reply.text, "connection refused", "with the reason");
	bounce_job_free(&job);
	make_report(bounce, maker, "me@example.org");
	reap(&r, bounce, ROLE_BOUNCE, maker);
	expect_nothing_for(r.parent, 4000, "and no other");
	rig_end(&r);
}

static void tells_of_success(void)
{
	static const struct { const char *name; uint32_t capabilities; uint8_t notify; bool tells; } rows[] = {
		{ "asked for",              0,       NOTIFY_SUCCESS,                  true },
		{ "the server tells",       CAP_DSN, NOTIFY_SUCCESS,                  false },
		{ "not asked for",          0,       NOTIFY_FAILURE | NOTIFY_DELAY,   false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct submission s = mail_to("you@example.net", 1);
		struct rig r;
		struct delivery d;
		struct bounce_job job;
		struct fault f;
		char id[32];
		uint64_t ticket, maker;

		rig_make(&r);
		rig_start(&r);
		s.recipients[0].notify = rows[i].notify;
		put_submit(&r, &s);
		take_submitted(&r, id, &f);
		answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
		answer_sign(&r);
		struct channel *smtp = open_session(&r, "mx", &ticket);
		say_ready_with(smtp, 1, rows[i].capabilities);
		take_delivery(smtp, &d);
		say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
		expect_committed(smtp, 1);
		delivery_free(&d);
		if (rows[i].tells) {
			struct channel *bounce = expect_report(&r, REPORT_OF_RELAY, &maker, &job);
			is_text(job.recipients[0].reply.text, "ok", "with what the server said");
			bounce_job_free(&job);
			make_report(bounce, maker, "me@example.org");
			answer_plan(&r, "example.org", PLAN_MX, "mx.example.org", NULL, false);
			reap(&r, bounce, ROLE_BOUNCE, maker);
			ok(log_has(&r, "sender delivery status notification: "), "logged as that");
			is_int(count_list(&r), 1, "and the report waits alone");
		} else {
			expect_nothing(r.parent, rows[i].name);
			is_int(count_list(&r), 0, "nothing waits");
		}
		channel_free(smtp);
		rig_end(&r);
	}
}

/* It has arrived before the report was made. */
static void has_nothing_to_tell(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.delay_notice_ms = 1;
	rig_start(&r);
	submit_ok(&r, "slow@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	rig_pass(20);
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.2", "452 full");
	expect_committed(smtp, 1);
	delivery_free(&d);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	expect_nothing_for(r.parent, 3500, "no report of a delay that is over");
	ok(log_has(&r, ": removed"), "it is finished, before anything else happens");
	is_int(count_list(&r), 0, "and nothing waits");
	channel_free(smtp);
	rig_end(&r);
}

static void falls_back(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;
	struct listing_entry row;

	rig_make(&r);
	rig_fall_back_to_isp(&r);
	rig_start(&r);
	submit_ok(&r, "you@dead.example", 1, id);
	answer_plan(&r, "dead.example", PLAN_MX, "mx.dead.example", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_end(smtp, SESSION_UNREACHABLE, FAULT_TEMPORARY, "connection refused");
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	reap(&r, smtp, ROLE_SMTP, ticket);
	smtp = open_session(&r, "isp", &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "by the other hop at once");
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.5.1", "451 later");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(list(&r, 1000, false, &row), 1, "deferred");
	is_text(row.recipients[0].reason, SAID_RELAY " said: 451 later (in reply to RCPT TO)", "with its reason");
	is_text(row.recipients[0].next_hop, "isp", "waiting for that hop");
	listing_entry_free(&row);
	is_int(list(&r, 1001, false, &row), 0, "another user does not see it");
	rig_kill(&r);
	channel_free(smtp);
	rig_start(&r);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	rig_end(&r);
}

static const char yahoo_says[] = "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily "
                                 "deferred due to unexpected volume or user complaints";
static const char outlook_says[] = "550 5.7.1 Unfortunately, messages from [192.0.2.1] "
                                   "weren't sent. part of their network is on our block list (S3140).";

/* A message for one.example, at mx.big.example's first session; that site falls back to isp when it is blocked. */
static struct channel *begin_at_big_site(struct rig *r, int64_t stay_ms, char id[32], uint64_t *ticket)
{
	rig_fall_back_when_blocked(r, stay_ms);
	rig_start(r);
	submit_ok(r, "you@one.example", 1, id);
	answer_plan(r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(r);
	return open_session(r, "mx", ticket);
}

/* The same, and the session is refused: the site is blocked. */
static struct channel *begin_blocked_site(struct rig *r, int64_t stay_ms, char id[32], uint64_t *ticket)
{
	struct channel *mx = begin_at_big_site(r, stay_ms, id, ticket);

	say_end(mx, SESSION_REFUSED, FAULT_TEMPORARY, yahoo_says);
	return mx;
}

/* The next message goes via isp; its session stays. */
static struct channel *goes_by_isp(struct rig *r, const char *id, bool is_signed, uint64_t *ticket)
{
	struct delivery d;

	answer_plan(r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	if (!is_signed)
		answer_sign(r);
	struct channel *smtp = open_session(r, "isp", ticket);
	say_ready(smtp, 9);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "by the other hop at once");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	return smtp;
}

static void blocked_at_the_greeting(void)
{
	struct rig r;
	struct delivery d;
	char id[32], second[32];
	uint64_t ticket, isp_ticket;

	rig_make(&r);
	struct channel *smtp = begin_blocked_site(&r, 3600 * 1000, id, &ticket);
	struct channel *isp = goes_by_isp(&r, id, true, &isp_ticket);
	ok(log_has(&r, "site mx.big.example: blocked: ") && log_has(&r, "[TSS04]") && log_has(&r, "going via isp for 1h"),
	   "the log says so, loudly");
	reap(&r, smtp, ROLE_SMTP, ticket);

	submit_ok(&r, "you@two.example", 2, second);
	answer_plan(&r, "two.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	take_delivery(isp, &d);
	is_text(d.queue_id, second, "another domain behind the same hosts: no dial");
	say_outcome(isp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(isp, 1);
	delivery_free(&d);
	rig_kill(&r);
	channel_free(isp);
	rig_start(&r);
	submit_ok(&r, "you@three.example", 3, id);
	answer_plan(&r, "three.example", PLAN_MX, "mx.big.example", NULL, false);
	channel_free(goes_by_isp(&r, id, false, &isp_ticket));
	rig_end(&r);
}

/* What one message needs and no host has is that message's trouble alone. */
static void unmet_needs(void)
{
	struct rig r;
	struct delivery d;
	char id[32], plain[32];
	uint64_t ticket, maker, second;
	struct fault f;

	rig_make(&r);
	rig_start(&r);
	struct submission s = mail_to("you@example.net", 1);
	s.require_tls = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one with REQUIRETLS");
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	is_int(opened_for, NEED_TLS, "the session is begun for it");
	submit_ok(&r, "you@example.net", 2, plain);
	answer_sign(&r);
	struct channel *other = open_session(&r, "mx", &second);
	is_int(opened_for, 0, "and not used for other mail: it may have passed over preferred hosts");
	struct session_end e = { .scope = SESSION_UNMET };
	e.reply = said(FAULT_PERMANENT, "5.7.30", "it does not offer REQUIRETLS");
	SEND(smtp, FRAME_SESSION_END, session_end, &e);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	ok(log_has(&r, "dsn=5.7.30, status=bounced (it does not offer REQUIRETLS)"), "no host has it: bounced at once");
	reap(&r, smtp, ROLE_SMTP, ticket);
	say_ready(other, 1);
	take_delivery(other, &d);
	is_text(d.queue_id, plain, "the other goes");
	ok(!d.require_tls, "as it always went");
	delivery_free(&d);
	channel_free(other);
	rig_end(&r);
}

/* One that needs two things does not take along who needs but one of them. */
static void unmet_needs_of_two(void)
{
	struct rig r;
	char id[32], both[32];
	uint64_t ticket, second, maker;
	struct fault f;

	rig_make(&r);
	rig_start(&r);
	struct submission s = mail_to("y\303\266u@example.net", 1);
	s.require_tls = s.utf8 = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, both, &f), FAULT_NONE, "one with REQUIRETLS and SMTPUTF8");
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	is_int(opened_for, NEED_TLS | NEED_UTF8, "the session is begun for both");
	s = mail_to("you@example.net", 2);
	s.require_tls = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one with REQUIRETLS alone");
	answer_sign(&r);
	struct session_end e = { .scope = SESSION_UNMET };
	e.reply = said(FAULT_PERMANENT, "5.6.7", "it does not offer SMTPUTF8");
	SEND(smtp, FRAME_SESSION_END, session_end, &e);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	struct channel *other = open_session(&r, "mx", &second);
	is_int(opened_for, NEED_TLS, "the other has a session of its own");
	ok(!log_has(&r, "to=<you@example.net>"), "nothing was said of it");
	channel_free(smtp);
	channel_free(other);
	rig_end(&r);
}

#define BYTES(literal) { literal, sizeof(literal) - 1 }

/* What no session says: its process is ended by the parent, and what it had is tried again. */
static void rogue_session(void)
{
	static const struct {
		const char *what;
		uint16_t type;
		struct span payload;
		unsigned times;
	} rows[] = {
		{ "READY again", FRAME_READY, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 1 },
		{ "WANT without end", FRAME_WANT, BYTES("\0\0\0\1"), 100 },
		{ "too much wanted", FRAME_WANT, BYTES("\xff\xff\xff\xff"), 1 },
		{ "WANT with nothing in it", FRAME_WANT, BYTES(""), 1 },
		{ "an outcome that is none", FRAME_OUTCOME, BYTES("none"), 1 },
		{ "an outcome of what it was not given", FRAME_OUTCOME, BYTES("\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 1 },
		{ "trouble with what it was not given", FRAME_TROUBLE, BYTES("\0\0\0\0\0\0\0\7\1"), 1 },
		{ "an end that is none", FRAME_SESSION_END, BYTES("\xee"), 1 },
		{ "a transcript that nobody asked for", FRAME_TRANSCRIPT, BYTES(""), 1 },
		{ "another's frame", FRAME_SUBMIT, BYTES(""), 1 },
		{ "one of no type", 4711, BYTES(""), 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig r;
		struct delivery d;
		struct frame frame;
		struct peer peer;
		char id[32];
		uint64_t ticket;

		rig_make(&r);
		rig_start(&r);
		submit_ok(&r, "you@example.net", 1, id);
		struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
		delivery_free(&d);
		for (unsigned n = 0; n < rows[i].times; n++)
			channel_put(smtp, rows[i].type, rows[i].payload, -1);
		channel_flush(smtp);
		ok(expect(r.parent, FRAME_KILL, &frame, rows[i].what) && peer_decode(frame.payload, &peer) == 0 &&
		   peer.role == ROLE_SMTP && peer.instance == ticket, "%s: the process is to be ended", rows[i].what);
		reap(&r, smtp, ROLE_SMTP, ticket);
		ok(log_has(&r, "sent something that no session sends"), "and is named");
		channel_free(open_session(&r, "mx", &ticket));
		rig_end(&r);
	}
}

/* More in one frame than its role may, or a descriptor. */
static void rogue_frames(void)
{
	struct rig r;
	struct delivery d;
	struct frame frame;
	char id[32];
	uint64_t ticket;
	char *large = mem_alloc(3 * 1024 * 1024);

	for (int with_fd = 0; with_fd < 2; with_fd++) {
		rig_make(&r);
		rig_start(&r);
		submit_ok(&r, "you@example.net", 1, id);
		struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
		delivery_free(&d);
		struct span payload = with_fd ? SPAN("\0\0\0\1") : (struct span){ large, 3 * 1024 * 1024 };
		channel_put(smtp, FRAME_WANT, payload, with_fd ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1);
		while (channel_flush(smtp) == 0 && channel_wants_write(smtp))
			rig_pass(1);
		expect(r.parent, FRAME_KILL, &frame, with_fd ? "a descriptor" : "three megabytes at once");
		reap(&r, smtp, ROLE_SMTP, ticket);
		rig_end(&r);
	}
	free(large);
}

/* That one domain's MX is signed says nothing of another's, though both name the same host. */
static void vouched_for_each(void)
{
	struct rig r;
	char id[32];
	struct fault f;
	struct frame frame;
	struct spawn spawn;
	struct session session;
	struct submission s = mail_to("you@unsigned.example", 1);

	rig_make(&r);
	rig_start(&r);
	s.require_tls = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one with REQUIRETLS");
	answer_plan(&r, "unsigned.example", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	if (!expect(r.parent, FRAME_SPAWN, &frame, "a process is asked for") || spawn_decode(frame.payload, &spawn) < 0)
		exit(tap_done());
	mx_is_secure = true;
	submit_ok(&r, "you@signed.example", 2, id);
	answer_plan(&r, "signed.example", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	mx_is_secure = false;
	struct channel *smtp = rig_give_peer(&r, ROLE_SMTP, spawn.ticket);
	if (!expect(smtp, FRAME_SESSION, &frame, "told what to do") || session_decode(frame.payload, &session) < 0)
		exit(tap_done());
	is_int(session.needs, NEED_TLS, "for that message");
	ok(!session.targets[0].mx_secure, "and nobody vouches for its MX");
	session_free(&session);
	spawn_free(&spawn);
	channel_free(smtp);
	rig_end(&r);
}

/* A session that stands with a host that has not what comes next. */
static void needs_another_session(void)
{
	struct rig r;
	struct delivery d;
	char id[32], utf8[32];
	uint64_t ticket, second;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_int(opened_for, 0, "for nothing out of the ordinary");
	delivery_free(&d);
	submit_ok(&r, "y\303\266u@example.net", 2, utf8);
	answer_sign(&r);
	struct channel *other = open_session(&r, "mx", &second);
	is_int(opened_for, NEED_UTF8, "an address in UTF-8 asks for a host with SMTPUTF8");
	say_ready(other, 1);
	take_delivery(other, &d);
	is_text(d.queue_id, utf8, "and goes there");
	delivery_free(&d);
	channel_free(smtp);
	channel_free(other);
	rig_end(&r);
}

/* The one that stood has ended and is not reaped: each of two messages gets the session that it needs, at once. */
static void need_a_session_each(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;
	struct fault f;

	rig_make(&r);
	rig_without_keys(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	submit_ok(&r, "you@example.net", 2, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	for (int i = 0; i < 2; i++) {    /* then the site may have three */
		take_delivery(smtp, &d);
		say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
		expect_committed(smtp, 1);
		delivery_free(&d);
		say_wants(smtp, 1);
	}
	say_end(smtp, SESSION_DONE, FAULT_NONE, NULL);
	rig_settle(&r);
	struct submission s = mail_to("y\303\266u@example.net", 3);
	s.utf8 = true;
	put_submit(&r, &s);
	s = mail_to("you@example.net", 4);
	put_submit(&r, &s);
	for (int i = 0; i < 2; i++)
		is_int(take_submitted(&r, id, &f), FAULT_NONE, "accepted");
	for (int i = 0; i < 2; i++)
		channel_free(answer_spawn(&r, ROLE_SMTP, &ticket));
	channel_free(smtp);
	rig_end(&r);
}

static void blocked_for_a_recipient(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket, isp_ticket;

	rig_make(&r);
	struct channel *mx = begin_at_big_site(&r, 1500, id, &ticket);
	say_ready(mx, 1);
	take_delivery(mx, &d);
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", outlook_says);
	expect_committed(mx, 1);
	delivery_free(&d);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	struct channel *isp = open_session(&r, "isp", &isp_ticket);
	say_ready(isp, 9);
	take_delivery(isp, &d);
	is_text(d.queue_id, id, "a 5xx about our address is not final");
	say_outcome(isp, &d, FAULT_PERMANENT, "5.1.1", "550 5.1.1 user unknown");
	expect_committed(isp, 1);
	delivery_free(&d);
	ok(log_has(&r, "550 5.1.1 user unknown (in reply to RCPT TO); before that, mx.example.net"),
	   "what the other hop says is final, and told with the first");
	channel_free(mx);
	channel_free(isp);
	rig_end(&r);
}

/* After the time one mail tries, the others go on passing by; then all go direct. */
static void comes_back(void)
{
	struct rig r;
	struct delivery d;
	char id[32], second[32], third[32];
	uint64_t ticket, isp_ticket;

	rig_make(&r);
	struct channel *mx = begin_blocked_site(&r, 700, id, &ticket);
	struct channel *isp = goes_by_isp(&r, id, true, &isp_ticket);
	reap(&r, mx, ROLE_SMTP, ticket);
	rig_pass(800);

	submit_ok(&r, "you@two.example", 2, second);
	answer_plan(&r, "two.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(&r);
	mx = open_session(&r, "mx", &ticket);
	submit_ok(&r, "you@three.example", 3, third);
	answer_plan(&r, "three.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	take_delivery(isp, &d);
	is_text(d.queue_id, third, "while one tries, another passes by");
	say_outcome(isp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(isp, 1);
	delivery_free(&d);
	say_ready(mx, 9);
	take_delivery(mx, &d);
	is_text(d.queue_id, second, "the trial");
	say_outcome(mx, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(mx, 1);
	delivery_free(&d);
	ok(log_has(&r, "site mx.big.example: no longer blocked"), "the log says so");
	submit_ok(&r, "you@four.example", 4, id);
	for (int i = 0; i < 4; i++) {
		struct frame frame;
		struct plan_job job;
		struct ip_address address = { 4, { 127, 0, 0, 1 } };
		struct target target = { .host = "mx.big.example", .preference = 10, .addresses = &address, .address_count = 1 };
		if (!expect(r.resolver, FRAME_PLAN, &frame, "a plan") || plan_job_decode(frame.payload, &job) < 0)
			break;
		struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = 1 };
		bool four = strcmp(job.name, "four.example") == 0;
		SEND(r.resolver, FRAME_PLANNED, plan, &p);
		plan_job_free(&job);
		if (four)
			break;
	}
	answer_sign(&r);
	take_delivery(mx, &d);
	is_text(d.queue_id, id, "direct again");
	delivery_free(&d);
	channel_free(mx);
	channel_free(isp);
	rig_end(&r);
}

/* What is picked, and what was refused, goes the other way at once, though another mail hangs on the first. */
static void moves_at_once(void)
{
	struct rig r;
	struct delivery d, hangs;
	char ids[4][32];
	uint64_t ticket, isp_ticket;
	unsigned seen = 0;

	rig_make(&r);
	struct channel *mx = begin_at_big_site(&r, 3600 * 1000, ids[0], &ticket);
	say_ready(mx, 2);
	take_delivery(mx, &hangs);
	for (unsigned char i = 1; i < 4; i++) {
		submit_ok(&r, "you@one.example", (unsigned char)(i + 1), ids[i]);
		answer_sign(&r);
	}
	delivery_free(&hangs);
	take_delivery(mx, &d);
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", outlook_says);
	expect_committed(mx, 1);
	delivery_free(&d);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	struct channel *isp = open_session(&r, "isp", &isp_ticket);
	say_ready(isp, 9);
	for (int i = 0; i < 3; i++) {
		take_delivery(isp, &d);
		for (unsigned n = 1; n < 4; n++)
			seen |= (unsigned)(strcmp(d.queue_id, ids[n]) == 0) << n;
		delivery_free(&d);
	}
	is_int(seen, 0xe, "all but the one that hangs");
	channel_free(mx);
	channel_free(isp);
	rig_end(&r);
}

/* What may have arrived goes to the same hop first, though its site is blocked meanwhile. */
static void unknown_goes_back(void)
{
	struct rig r;
	struct delivery d;
	char id[32], second[32];
	uint64_t ticket;

	rig_make(&r);
	struct channel *mx = begin_at_big_site(&r, 3600 * 1000, id, &ticket);
	say_ready(mx, 1);
	take_delivery(mx, &d);
	delivery_free(&d);
	reap(&r, mx, ROLE_SMTP, ticket);

	submit_ok(&r, "you@two.example", 2, second);
	answer_plan(&r, "two.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(&r);
	mx = open_session(&r, "mx", &ticket);
	say_ready(mx, 2);
	take_delivery(mx, &d);
	is_text(d.queue_id, second, "another mail");
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", outlook_says);
	delivery_free(&d);
	expect_committed(mx, 1);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	take_delivery(mx, &d);
	is_text(d.queue_id, id, "the one whose outcome is unknown, at the same hop");
	delivery_free(&d);
	channel_free(mx);
	rig_end(&r);
}

/* Mail that goes on passing by is called back when the time is over; another such reply makes it twice as long. */
static void is_called_back(void)
{
	struct rig r;
	struct delivery d;
	char id[32], second[32];
	uint64_t ticket, isp_ticket;

	rig_make(&r);
	struct channel *mx = begin_blocked_site(&r, 500, id, &ticket);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	struct channel *isp = open_session(&r, "isp", &isp_ticket);
	reap(&r, mx, ROLE_SMTP, ticket);
	say_ready(isp, 1);
	take_delivery(isp, &d);
	answer_plan(&r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	submit_ok(&r, "you@one.example", 2, second);
	answer_sign(&r);
	mx = open_session(&r, "mx", &ticket);
	say_ready(mx, 9);
	delivery_free(&d);
	take_delivery(mx, &d);
	is_text(d.queue_id, second, "the second tries; the first is in delivery elsewhere");
	expect_nothing(mx, "one message at a time");
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", outlook_says);
	expect_committed(mx, 1);
	ok(log_has(&r, "blocked again") && log_has(&r, "for 1s"), "and that was that, for twice as long");
	delivery_free(&d);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	channel_free(mx);
	channel_free(isp);
	rig_end(&r);
}

/* Nobody falls back on a refusal of the mail itself. */
static void refused_content_stays(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket, maker;

	rig_make(&r);
	struct channel *mx = begin_at_big_site(&r, 3600 * 1000, id, &ticket);
	say_ready(mx, 1);
	take_delivery(mx, &d);
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", "550 5.7.1 spam message rejected");
	expect_committed(mx, 1);
	delivery_free(&d);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	expect_nothing(r.resolver, "no other way is asked for");
	channel_free(mx);
	rig_end(&r);
}

static void planning_fails(void)
{
	struct rig r;
	struct fault trouble, gone;
	char id[32];
	uint64_t maker;

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	fault_set(&gone, FAULT_PERMANENT, "5.1.2", "no such domain");
	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@nowhere.example", 1, id);
	answer_plan(&r, "nowhere.example", PLAN_MX, NULL, &trouble, false);
	answer_plan(&r, "nowhere.example", PLAN_MX, NULL, &gone, true);
	ok(log_has(&r, "to=<you@nowhere.example>, relay=none") && log_has(&r, "dsn=4.4.3, status=deferred (SERVFAIL)"),
	   "the log says of the recipient why it waits");
	answer_plan(&r, "example.org", PLAN_MX, "mx.example.org", NULL, false);
	answer_plan(&r, "nowhere.example", PLAN_MX, NULL, &gone, true);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	ok(log_has(&r, "status=bounced (no such domain)"), "an unsigned NXDOMAIN is believed when confirmed");
	rig_end(&r);
}

static void set_file_limit(pid_t pid, rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	if (prlimit(pid, RLIMIT_FSIZE, &limit, NULL) < 0)
		fprintf(stderr, "# prlimit: %s\n", strerror(errno));
}

/* Answers the question for that domain; what it said of a policy is left in known, as text. */
static void answer_policy_plan(struct rig *r, const char *domain, const char *fetch_id, enum sts_mode mode, char known[100])
{
	struct frame frame;
	struct plan_job job;
	struct ip_address address = { 4, { 127, 0, 0, 1 } };
	struct target target = { .host = (char *)(uintptr_t)"mx.example.net", .addresses = &address, .address_count = 1,
	                         .sts = mode, .sts_listed = true };

	if (!expect(r->resolver, FRAME_PLAN, &frame, "a plan is asked for") || plan_job_decode(frame.payload, &job) < 0)
		exit(tap_done());
	is_text(job.name, domain, "of that name");
	snprintf(known, 100, "%s id=%s %s barred=%s %s", job.sts.wanted ? "wanted" : "", job.sts.id,
	         job.sts.fresh ? "fresh" : "old", job.sts.barred_id, job.sts.policy);
	struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = 1, .sts_id = (char *)(uintptr_t)fetch_id,
		.sts_addresses = &address, .sts_address_count = 1 };
	SEND(r->resolver, FRAME_PLANNED, plan, &p);
	plan_job_free(&job);
}

static void answer_fetch(struct rig *r, const char *domain, const char *policy, const char *trouble)
{
	struct frame frame;
	struct sts_job job;
	uint64_t ticket;
	struct channel *sts = answer_spawn(r, ROLE_STS, &ticket);

	if (!expect(sts, FRAME_FETCH, &frame, "a policy is to be fetched") || sts_job_decode(frame.payload, &job) < 0)
		exit(tap_done());
	is_text(job.domain, domain, "of that domain");
	is_int(job.port, 443, "by HTTPS");
	is_int(job.address_count, 1, "from where the resolver said");
	struct sts_fetched answer = { .ticket = job.ticket, .policy = (char *)(uintptr_t)policy, .max_age_s = 86400 };
	if (trouble)
		fault_set(&answer.fault, FAULT_TEMPORARY, "4.7.5", "%s", trouble);
	if (policy || trouble)
		SEND(sts, FRAME_FETCHED, sts_fetched, &answer);
	sts_job_free(&job);
	reap(r, sts, ROLE_STS, ticket);
}

static void delivers(struct rig *r, struct channel *smtp)
{
	struct delivery d;

	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(count_list(r), 0, "delivered");
}

static void policies(void)
{
	struct rig r;
	char id[32], known[100];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@a.example", 1, id);
	answer_policy_plan(&r, "a.example", "7", STS_NONE, known);
	is_text(known, "wanted id= old barred= ", "nothing is known of its policy");
	answer_fetch(&r, "a.example", "mode: enforce\n", NULL);
	answer_policy_plan(&r, "a.example", "", STS_ENFORCE, known);
	is_text(known, "wanted id=7 fresh barred= mode: enforce\n", "then it is planned with the policy");
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	delivers(&r, smtp);

	/* The same host, and a domain that asks for less: another session. */
	submit_ok(&r, "you@b.example", 2, id);
	answer_policy_plan(&r, "b.example", "8", STS_NONE, known);
	answer_fetch(&r, "b.example", NULL, "no such file");
	answer_policy_plan(&r, "b.example", "8", STS_NONE, known);
	is_text(known, "wanted id= old barred=8 ", "what could not be fetched is not tried again at once");
	answer_sign(&r);
	channel_free(smtp);
	smtp = open_session(&r, "mx", &ticket);
	delivers(&r, smtp);
	ok(log_has(&r, "the MTA-STS policy of b.example, id 8, cannot be fetched: no such file; none is known"), "said so");
	channel_free(smtp);

	rig_kill(&r);
	rig_start(&r);
	submit_ok(&r, "you@a.example", 3, id);
	answer_policy_plan(&r, "a.example", "", STS_ENFORCE, known);
	is_text(known, "wanted id=7 fresh barred= mode: enforce\n", "a restart forgets no policy");
	answer_sign(&r);
	smtp = open_session(&r, "mx", &ticket);
	delivers(&r, smtp);
	channel_free(smtp);

	/* The fetcher dies, or cannot begin: as if there were none. */
	submit_ok(&r, "you@c.example", 4, id);
	answer_policy_plan(&r, "c.example", "9", STS_NONE, known);
	answer_fetch(&r, "c.example", NULL, NULL);
	answer_policy_plan(&r, "c.example", "9", STS_NONE, known);
	is_text(known, "wanted id= old barred=9 ", "no fetcher: not tried again at once");
	answer_sign(&r);
	smtp = open_session(&r, "mx", &ticket);
	delivers(&r, smtp);
	channel_free(smtp);
	ok(log_has(&r, "warning: the MTA-STS policy of c.example, id 9, cannot be fetched: the process that fetches it ended "
	               "unexpectedly; none is known"), "said so");
	submit_ok(&r, "you@d.example", 5, id);
	answer_policy_plan(&r, "d.example", "1", STS_NONE, known);
	answer_fetch(&r, "d.example", NULL, NULL);
	answer_policy_plan(&r, "d.example", "1", STS_NONE, known);
	answer_sign(&r);
	smtp = open_session(&r, "mx", &ticket);
	delivers(&r, smtp);
	channel_free(smtp);
	ok(log_has(&r, "the MTA-STS policy of d.example, id 1, cannot be fetched"), "the next is in the log");
	ok(!log_has(&r, "warning: the MTA-STS policy of d.example"), "and no further warning");

	/* One that is known holds, whoever cannot fetch another. */
	rig_kill(&r);
	rig_start(&r);
	submit_ok(&r, "you@a.example", 6, id);
	answer_policy_plan(&r, "a.example", "8", STS_ENFORCE, known);
	answer_fetch(&r, "a.example", NULL, NULL);
	answer_policy_plan(&r, "a.example", "8", STS_ENFORCE, known);
	is_text(known, "wanted id=7 fresh barred=8 mode: enforce\n", "one that is known holds");
	ok(log_has(&r, "the MTA-STS policy of a.example, id 8, cannot be fetched: the process that fetches it ended "
	               "unexpectedly; the one that is known stays valid"), "said so, too");
	rig_end(&r);
}

/* TLS-Required: No where MTA-STS stops all else: by a session of its own, whatever becomes of the others. */
static void any_tls(void)
{
	struct rig r;
	struct delivery d;
	char id[32], strict[32], known[100];
	uint64_t ticket, second, third;
	struct fault f;

	rig_make(&r);
	rig_start(&r);
	struct submission s = mail_to("you@a.example", 1);
	s.tls_optional = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one with TLS-Required: No");
	answer_policy_plan(&r, "a.example", "", STS_ENFORCE, known);
	answer_sign(&r);
	struct channel *any = open_session(&r, "mx", &ticket);
	is_int(opened_for, NEED_ANY_TLS, "the session is begun for it");
	submit_ok(&r, "you@a.example", 2, strict);
	answer_sign(&r);
	struct channel *verified = open_session(&r, "mx", &second);
	is_int(opened_for, 0, "and not used for other mail");
	struct session_end e = { .scope = SESSION_TLS };
	e.reply = said(FAULT_TEMPORARY, "4.7.5", "its certificate cannot be trusted");
	SEND(verified, FRAME_SESSION_END, session_end, &e);
	reap(&r, verified, ROLE_SMTP, second);
	say_ready(any, 2);
	take_delivery(any, &d);
	is_text(d.queue_id, id, "what the others' TLS lacks does not stop it");
	say_outcome(any, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(any, 1);
	delivery_free(&d);
	ok(log_has(&r, "dsn=4.7.5, status=deferred (its certificate cannot be trusted)"), "and they wait");
	ok(log_has(&r, " tls=TLSv1.3/untrusted, dsn=2.0.0, status=sent (250 ok)"), "the log has the TLS of the session, behind the delays");
	ok(!log_has(&r, " tls=TLSv1.3/untrusted, dsn=4.7.5"), "and none for what no session had");
	is_int(count_list(&r), 1, "in the queue");
	channel_free(any);

	/* No policy: as all mail. */
	s = mail_to("you@b.example", 3);
	s.tls_optional = true;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one for a domain without a policy");
	answer_policy_plan(&r, "b.example", "", STS_NONE, known);
	answer_sign(&r);
	any = open_session(&r, "mx", &third);
	is_int(opened_for, 0, "goes as all mail does");
	channel_free(any);
	rig_end(&r);
}

/* What was found half an hour ago (here 1.8 s) is looked up again while mail waits. */
static void plans_again(void)
{
	struct rig r;
	struct delivery d;
	struct fault trouble;
	char id[32], known[100];
	uint64_t ticket, other;

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	rig_make(&r);
	r.settings.sessions_per_site = 1;
	rig_start(&r);
	submit_ok(&r, "you@a.example", 1, id);
	answer_policy_plan(&r, "a.example", "", STS_NONE, known);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	for (unsigned char i = 2; i < 9; i++)
		submit_ok(&r, "you@a.example", i, id);
	for (int i = 0; i < 6; i++)
		answer_sign(&r);
	answer_plan(&r, "a.example", PLAN_MX, NULL, &trouble, false);
	expect_nothing(r.parent, "trouble changes nothing");
	answer_policy_plan(&r, "a.example", "", STS_ENFORCE, known);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	say_wants(smtp, 5);
	expect_nothing(smtp, "what waits does not go by a session that proved less");
	reap(&r, smtp, ROLE_SMTP, ticket);
	struct channel *verified = open_session(&r, "mx", &other);
	ok(other != ticket, "but by another");
	channel_free(verified);
	rig_end(&r);
}

static void disk_is_full(void)
{
	struct rig r;
	struct delivery d;
	struct fault f;
	char id[32], text[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start_process(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	set_file_limit(r.pid, 4096);
	struct submission s = mail_to("you@example.net", 2);
	put_submit(&r, &s);
	is_int(take_submitted(&r, text, &f), FAULT_TEMPORARY, "a full disk: busy (%s)", f.text);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	/* Beyond the first retry of the commit. */
	expect_nothing_for(smtp, 2500, "no outcome is called committed");
	set_file_limit(r.pid, RLIM_INFINITY);
	expect_committed(smtp, 1);
	delivery_free(&d);
	ok(log_has(&r, "status=sent"), "the outcome was kept");
	put_submit(&r, &s);
	is_int(take_submitted(&r, text, &f), FAULT_NONE, "accepted again");
	is_int(count_list(&r), 1, "nothing was half stored");
	channel_free(smtp);
	rig_end(&r);
}

static void drains(void)
{
	struct rig r;
	struct delivery d;
	struct fault f;
	char id[32];
	uint64_t ticket;
	struct frame frame;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	channel_send(r.parent, FRAME_DRAIN, SPAN(""), -1);
	struct submission s = mail_to("you@example.net", 2);
	/* Both arrive in whatever order; after the first answer it drains for sure. */
	rig_pass(50);
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_TEMPORARY, "nothing new is accepted");
	expect_nothing(r.parent, "not drained while a message is under way");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	expect(smtp, FRAME_QUIT, &frame, "the session is ended");
	say_end(smtp, SESSION_DONE, FAULT_NONE, "");
	reap(&r, smtp, ROLE_SMTP, ticket);
	expect(r.parent, FRAME_DRAINED, &frame, "drained");
	rig_end(&r);
}

/* What a reload cut is nobody's fault: the next queue takes it up at once. */
static void drain_cuts(bool begun)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;
	struct frame frame;

	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = NULL;
	if (begun) {
		smtp = deliver_one(&r, "example.net", &ticket, &d);
		delivery_free(&d);
	} else {
		answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
		answer_sign(&r);
		struct spawn spawn = { 0 };
		ok(expect(r.parent, FRAME_SPAWN, &frame, "a session is asked for") && spawn_decode(frame.payload, &spawn) == 0, "once");
		ticket = spawn.ticket;
		spawn_free(&spawn);
	}
	channel_send(r.parent, FRAME_DRAIN, SPAN(""), -1);
	reap(&r, smtp, ROLE_SMTP, ticket);
	expect(r.parent, FRAME_DRAINED, &frame, "cut, and drained");
	ok(!log_has(&r, "unexpectedly"), "which nobody is blamed for");
	rig_kill(&r);
	rig_start(&r);
	smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "and the next queue sends it at once");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

static void held(void)
{
	struct rig r;
	struct listing_entry row;
	struct delivery d;
	char id[32], local[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.route_count = 0;
	r.settings.smarthost_count = 0;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	is_int(list(&r, 0, true, &row), 1, "no route: in the queue");
	is_int(row.state, LISTING_HELD, "held");
	ok(strstr(row.recipients[0].reason, "set smarthost or routes") != NULL &&
	   !strstr(row.recipients[0].reason, "signet setup"), "and the reason says how it goes on");
	listing_entry_free(&row);
	struct submission s = mail_to("root@localhost", 2);
	struct fault f;
	s.held = "nobody reads it here";
	put_submit(&r, &s);
	is_int(take_submitted(&r, local, &f), FAULT_NONE, "local mail that nobody reads is accepted");
	is_int(count_list(&r), 2, "and held, too");
	rig_kill(&r);
	r.settings.route_count = 1;
	r.settings.smarthost_count = 1;
	rig_set(&r.settings.root, "boss@example.net");
	rig_start(&r);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "another configuration lets it go");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_text(d.queue_id, local, "and the local one");
	is_text(d.recipients[0].address, "boss@example.net", "to who reads root's mail");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* What has no sender to tell goes to the owner, once. */
static void goes_to_root(void)
{
	struct rig r;
	struct delivery d;
	struct fault f;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_set(&r.settings.root, "boss@example.net");
	rig_start(&r);
	struct submission s = mail_to("no@example.net", 1);
	s.sender = "";
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "a report to somebody");
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 no such user");
	expect_committed(smtp, 1);
	delivery_free(&d);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "the same message");
	is_text(d.recipients[0].address, "boss@example.net", "goes to root");
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 nor you");
	expect_committed(smtp, 1);
	delivery_free(&d);
	struct listing_entry row;
	is_int(list(&r, 0, true, &row), 1, "and where root cannot be reached either it waits");
	is_int(row.state, LISTING_HELD, "held");
	ok(strstr(row.recipients[0].reason, "nor you") != NULL, "with the reason: %s", row.recipients[0].reason);
	listing_entry_free(&row);
	channel_free(smtp);
	rig_end(&r);
}

/* Nobody can be told: it is held, and the owner may let it go again. */
static void held_untold(void)
{
	struct rig r;
	struct listing_entry row;
	struct delivery d;
	struct fault f;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	struct submission s = mail_to("no@example.net", 1);
	s.sender = "";
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "a report to somebody, and no root");
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 no such user");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(list(&r, 0, true, &row), 1, "is not lost");
	is_int(row.state, LISTING_HELD, "but held");
	ok(strstr(row.recipients[0].reason, "who can be told: ") && strstr(row.recipients[0].reason, "no such user"),
	   "with the reason: %s", row.recipients[0].reason);
	listing_entry_free(&row);
	rig_kill(&r);
	rig_start(&r);
	is_int(list(&r, 0, true, &row), 1, "after a restart too");
	is_int(row.state, LISTING_HELD, "it is held");
	listing_entry_free(&row);
	channel_free(smtp);
	rig_end(&r);
}

/* A route that depends on the MX is found after the MX is. */
static void route_by_mx(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_set(&r.settings.routes[0].to.items[0], "mx:.big.example");
	rig_set(&r.settings.routes[0].via.items[0], "isp");
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx1.big.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "isp", &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "by the smarthost because of its MX");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* Mail for this host's own name waits until the DNS has said whether it has an MX elsewhere; then it is remembered. */
static void own_name(void)
{
	struct rig r;
	struct delivery d;
	struct fault trouble, gone;
	char id[32];
	uint64_t ticket;

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	fault_set(&gone, FAULT_PERMANENT, "5.1.2", "no such domain");
	rig_make(&r);
	rig_set(&r.settings.root, "boss@example.net");
	rig_start(&r);
	submit_ok(&r, "a@mail.example.org", 1, id);
	answer_plan(&r, "mail.example.org", PLAN_MX, NULL, &trouble, false);
	answer_plan(&r, "mail.example.org", PLAN_MX, NULL, &gone, true);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_text(d.queue_id, id, "without an MX elsewhere it is placed again");
	is_text(d.recipients[0].address, "boss@example.net", "and goes to root's reader");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	submit_ok(&r, "b@Mail.Example.org", 2, id);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_text(d.recipients[0].address, "boss@example.net", "and the next at once");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);

	rig_make(&r);
	rig_set(&r.settings.root, "boss@example.net");
	rig_start(&r);
	submit_ok(&r, "a@mail.example.org", 1, id);
	mx_is_elsewhere = true;
	smtp = deliver_one(&r, "mail.example.org", &ticket, &d);
	mx_is_elsewhere = false;
	is_text(d.recipients[0].address, "a@mail.example.org", "with an MX elsewhere it goes there");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* A hop that signs itself, knows one sender only and is a pool: unsigned, from the stand-in, unless there is none. */
static void odd_hop(void)
{
	struct rig r;
	struct delivery d;
	struct session session;
	struct frame frame;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	struct smarthost *isp = r.settings.smarthosts;
	isp->sign = false;
	rig_set(&isp->pool, "srv");
	rig_set(&isp->envelope_from, "account@isp.example");
	text_list_add(&isp->source, SPAN("192.0.2.9"));
	rig_set(&r.settings.routes[0].via.items[0], "isp");
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "smtp.isp.example", PLAN_SRV, "mx1.isp.example", NULL, false);
	struct channel *smtp = answer_spawn(&r, ROLE_SMTP, &ticket);
	if (smtp == NULL || !expect(smtp, FRAME_SESSION, &frame, "a session") || session_decode(frame.payload, &session) < 0)
		exit(tap_done());
	is_int(session.source[0].bytes[3], 9, "which is told its source");
	session_free(&session);
	say_ready(smtp, 2);
	take_delivery(smtp, &d);
	is_text(d.sender, "account@isp.example", "the stand-in is the sender");
	is_int(d.fields.len, 0, "no signature goes with it");
	delivery_free(&d);
	struct submission bounce = mail_to("you@example.net", 2);
	bounce.sender = "";
	put_submit(&r, &bounce);
	struct fault f;
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "one of the null sender");
	take_delivery(smtp, &d);
	is_text(d.sender, "", "keeps it");
	delivery_free(&d);
	expect_nothing(r.signer, "no signature is asked for");
	channel_free(smtp);
	rig_end(&r);
}

static void locked(void)
{
	struct rig r;

	rig_make(&r);
	rig_start_process(&r);
	char id[32];
	submit_ok(&r, "you@example.net", 1, id);
	struct rig second = r;
	rig_exec(&second);
	is_int(rig_wait(&second), EX_CONFIG, "a second one on the same spool ends");
	channel_free(second.parent);
	ok(log_has(&r, "another signetd has the spool"), "and says why");
	submit_ok(&r, "you@example.net", 2, id);
	rig_end(&r);
}

struct rows_seen { unsigned n; };

static int count_row(void *context, struct span text)
{
	struct listing_entry e;
	struct rows_seen *seen = context;

	if (listing_decode(text, &e) < 0)
		return 1;
	seen->n++;
	listing_entry_free(&e);
	return 0;
}

/* The queue gets an owner's socket, at address. */
static void give_control(struct rig *r, struct sockaddr_un *address)
{
	struct peer peer = { ROLE_CONTROL, 0 };
	struct buf payload = { 0 };

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof address->sun_path, "%s/control", r->folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(fd, (struct sockaddr *)address, sizeof *address);
	listen(fd, 5);
	peer_encode(&peer, &payload);
	channel_send(r->parent, FRAME_PEER, buf_span(&payload), fd);
	buf_free(&payload);
}

static int order(const struct sockaddr_un *to, unsigned operation, const char *argument, struct buf *end, struct fault *f)
{
	buf_clear(end);
	return control_ask(to->sun_path, (struct submit_query){ (enum submit_operation)operation, span_of(argument) }, NULL,
	                   NULL, end, f);
}

/* What is picked for a session is taken back; what is in one is left alone; what cannot be written is not done. */
static void orders(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct buf end = { 0 };
	struct fault f = { 0 };
	struct delivery d;
	char id[32], other[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start_process(&r);
	give_control(&r, &address);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	submit_ok(&r, "other@example.net", 2, other);    /* and no signer answers */
	is_int(order(&address, SUBMIT_DELETE, "all\nby me\n", &end, &f), 0, "delete all: %s", f.text);
	is_text(buf_text(&end), "1 recipient of 1 message deleted; 1 in delivery now and left alone: try again in a moment",
	        "one was only picked, the other is on its way");
	is_int(count_list(&r), 1, "one is left");
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.1", "450 later");
	expect_committed(smtp, 1);
	set_file_limit(r.pid, 4096);
	is_int(order(&address, CONTROL_HOLD, "all\nby me\n", &end, &f), -1, "on a full disk an order is refused: %s", f.text);
	set_file_limit(r.pid, RLIM_INFINITY);
	is_int(order(&address, CONTROL_RELEASE, "held\n", &end, &f), 0, "nothing was held");
	is_text(buf_text(&end), "0 recipients of 0 messages released", "it was all taken back");
	is_int(order(&address, SUBMIT_DELETE, "all\n", &end, &f), 0, "delete again: %s", f.text);
	is_int(count_list(&r), 0, "nothing is left");
	delivery_free(&d);
	channel_free(smtp);
	buf_free(&end);
	rig_end(&r);
}

static int keep_suppressed(void *context, struct span row)
{
	control_suppressed_free(context);
	return control_suppressed_decode(row, context);
}

/* A mailbox that does not exist is not tried again, until a server takes a message for it or the owner says so. */
static void suppresses(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct control_suppressed row = { 0 };
	struct buf end = { 0 };
	struct fault f = { 0 };
	struct delivery d;
	struct bounce_job job;
	char id[32];
	uint64_t ticket, maker;

	rig_make(&r);
	r.settings.suppress_ms = 3600 * 1000;
	rig_start_process(&r);
	give_control(&r, &address);
	struct submission mail = mail_to("No@example.net", 1);
	mail.recipients[0].notify = NOTIFY_NEVER;
	put_submit(&r, &mail);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "accepted");
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	submit_ok(&r, "no@example.net", 2, id);       /* waits already, and will be taken */
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_SUPPRESSED, SPAN("") },
	                   keep_suppressed, &row, &end, &f), 0, "listed: %s", f.text);
	is_text(row.address, "No@example.net", "it");
	is_int(row.until_ms - row.refused_ms, 3600 * 1000, "for an hour");
	is_text(row.reply.text, "5.1.1 no such user", "with what was said");
	control_suppressed_free(&row);
	submit_ok(&r, "NO@example.net", 3, id);
	struct channel *bounce = expect_report(&r, REPORT_OF_FAILURE, &maker, &job);
	ok(strstr(job.recipients[0].reply.text, "the administrator of this host runs: signet suppress remove No@example.net; it said: "
	          "550 5.1.1 no such user") != NULL, "not tried: %s", job.recipients[0].reply.text);
	is_text(job.recipients[0].reply.status, "5.1.1", "with the status of the refusal");
	bounce_job_free(&job);
	reap(&r, bounce, ROLE_BOUNCE, maker);
	is_int(order(&address, CONTROL_SUPPRESS_REMOVE, "recipient other@example.net\n", &end, &f), 0, "another is removed: %s", f.text);
	is_text(buf_text(&end), CONTROL_NOT_SUPPRESSED, "which is not there");
	is_int(order(&address, CONTROL_SUPPRESS_REMOVE, "all\n", &end, &f), -1, "all are not, by accident: %s", f.text);
	set_file_limit(r.pid, 4096);
	is_int(order(&address, CONTROL_SUPPRESS_REMOVE, "recipient *@example.net\n", &end, &f), -1, "on a full disk it stays: %s", f.text);
	set_file_limit(r.pid, RLIM_INFINITY);
	buf_clear(&end);
	is_int(control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_SUPPRESSED, SPAN("") },
	                   keep_suppressed, &row, &end, &f), 0, "listed: %s", f.text);
	is_text(row.address, "No@example.net", "it is still there");
	answer_sign(&r);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");   /* what waited before */
	expect_committed(smtp, 1);
	delivery_free(&d);
	control_suppressed_free(&row);
	is_int(control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_SUPPRESSED, SPAN("") },
	                   keep_suppressed, &row, &end, &f), 0, "listed: %s", f.text);
	ok(row.address == NULL, "what was delivered is not suppressed any more");
	buf_free(&end);
	channel_free(smtp);
	rig_end(&r);
}

/* What goes on from one hop to the next is picked as well, though no site has it. */
static void order_between_hops(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct buf end = { 0 };
	struct fault f = { 0 };
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_fall_back_to_isp(&r);
	rig_start_process(&r);
	give_control(&r, &address);
	submit_ok(&r, "you@dead.example", 1, id);
	answer_plan(&r, "dead.example", PLAN_MX, "mx.dead.example", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_end(smtp, SESSION_UNREACHABLE, FAULT_TEMPORARY, "connection refused");
	rig_pass(NOT_MS);
	is_int(order(&address, SUBMIT_DELETE, "all\nby me\n", &end, &f), 0, "delete: %s", f.text);
	is_text(buf_text(&end), "1 recipient of 1 message deleted", "it is in no session");
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	reap(&r, smtp, ROLE_SMTP, ticket);
	expect_nothing(r.parent, "what was deleted is not sent by the next hop");
	buf_free(&end);
	rig_end(&r);
}

static int keep_destination(void *context, struct span row)
{
	return control_destination_decode(row, context);
}

static void control(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct rows_seen seen = { 0 };
	struct buf end = { 0 };
	struct fault f = { 0 };
	struct fault trouble;
	struct frame frame;
	char id[32];

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start_process(&r);
	give_control(&r, &address);
	for (unsigned char i = 1; i <= 5; i++)
		submit_ok(&r, "you@example.net", i, id);
	answer_plan(&r, "example.net", PLAN_MX, NULL, &trouble, false);
	is_int(control_ask(address.sun_path, (struct submit_query){ SUBMIT_LIST, SPAN("") }, count_row, &seen, &end, &f), 0,
	       "list: %s", f.text);
	is_int(seen.n, 5, "all messages");
	buf_clear(&end);
	is_int(control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_STATUS, SPAN("") },
	                   count_row, &seen, &end, &f), 0, "status: %s", f.text);
	ok(strstr(buf_text(&end), "messages 5\n") != NULL, "counts them");
	buf_clear(&end);
	is_int(control_ask(address.sun_path, (struct submit_query){ SUBMIT_FLUSH, SPAN("") }, count_row, &seen, &end, &f), 0,
	       "flush: %s", f.text);
	is_text(buf_text(&end), "5 messages will be tried now; what was tried a moment ago, within a minute (--now: at once)",
	        "says what it does");
	expect_nothing(r.resolver, "not so soon after the last try, or it would be a storm");
	buf_clear(&end);
	is_int(control_ask(address.sun_path, (struct submit_query){ SUBMIT_FLUSH, SPAN("now\n") }, count_row, &seen, &end, &f),
	       0, "flush at once: %s", f.text);
	answer_plan(&r, "example.net", PLAN_MX, NULL, &trouble, false);
	buf_clear(&end);
	is_int(control_ask(address.sun_path, (struct submit_query){ SUBMIT_FLUSH, span_of(id) }, count_row, &seen, &end, &f),
	       0, "flush of one: %s", f.text);
	ok(strncmp(buf_text(&end), "1 message will be tried now", 27) == 0, "only that");
	buf_clear(&end);
	struct control_destination to = { 0 };
	is_int(control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_DESTINATIONS, SPAN("") },
	                   keep_destination, &to, &end, &f), 0, "destinations: %s", f.text);
	ok(to.domain && strcmp(to.domain, "example.net") == 0 && strcmp(to.via, "mx") == 0, "the one there is");
	ok(to.waits && !to.held && to.failures == 2 && to.next_try_ms > 0 && strstr(to.reply, "SERVFAIL"), "its state");
	control_destination_free(&to);
	struct history past;
	is_int(history_ask(address.sun_path, 0, &past, &f), 0, "history: %s", f.text);
	ok(past.count == 1 && past.items[0].recipients == 5 && past.items[0].result == HISTORY_WAITS, "one count of five that wait");
	is_text(past.count ? past.items[0].domain : "", "example.net", "for that domain");
	history_free(&past);
	is_int(history_ask(address.sun_path, 1, &past, &f), 0, "history of the last millisecond");
	is_int((long long)past.count, 0, "has none of them");
	history_free(&past);
	control_ask(address.sun_path, (struct submit_query){ (enum submit_operation)CONTROL_RELOAD, SPAN("") }, count_row,
	            &seen, &end, &f);
	expect(r.parent, FRAME_RELOAD, &frame, "a reload is passed on");
	buf_free(&end);
	rig_end(&r);
}

/* ---- what users ask for at the submission socket ---- */

struct asked {
	unsigned rows;
	struct trace_entry first;    /* of SUBMIT_SHOW and SUBMIT_TRACE */
	struct buf end;
	struct fault refused;
};

static void asked_free(struct asked *a)
{
	if (a->first.queue_id)
		trace_entry_free(&a->first);
	buf_free(&a->end);
	*a = (struct asked){ 0 };
}

static void ask_as(struct rig *r, uint32_t uid, bool all, unsigned operation, const char *argument, struct asked *out)
{
	struct query q = { .ticket = 4, .operation = (uint8_t)operation, .uid = uid, .all = all, .argument = (char *)(uintptr_t)argument };
	bool traces = operation == SUBMIT_SHOW || operation == SUBMIT_TRACE;
	struct frame frame;

	asked_free(out);
	SEND(r->pickup, FRAME_QUERY, query, &q);
	while (rig_receive(r->pickup, &frame, SOON_MS) == 1) {
		struct unpack u = unpack_from(frame.payload);
		unpack_u64(&u);
		if (frame.type == FRAME_QUERY_REFUSED) {
			if (shape_decode(&fault_shape, span_between(u.at, u.end), &out->refused) < 0)
				abort();
			break;
		}
		struct span text = unpack_span(&u);
		if (frame.type == FRAME_QUERY_END) {
			buf_add_span(&out->end, text);
			break;
		}
		if (out->rows++ == 0 && traces && trace_decode(text, &out->first) < 0)
			abort();
	}
}

/* Another's message is as one that is not there; what users do to their own is told apart from what the owner does. */
static void users_own(void)
{
	struct rig r;
	struct asked a = { 0 };
	struct fault trouble;
	char id[32], argument[64];
	const char *const nowhere = "id 1234567\n";
	uint32_t other = getuid() == 1001 ? 1002 : 1001;

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, NULL, &trouble, false);
	snprintf(argument, sizeof argument, "id %s\n", id);
	static const unsigned looks[] = { SUBMIT_SHOW, SUBMIT_TRACE };
	for (size_t i = 0; i < 2; i++) {
		ask_as(&r, 1000, false, looks[i], argument, &a);
		is_int(a.rows, 1, "one's own message, by operation %u", looks[i]);
		is_text(a.first.queue_id, id, "is that one");
		is_int(a.first.header[0] != '\0', looks[i] == SUBMIT_SHOW, "with its header where it is shown");
		ask_as(&r, other, false, looks[i], argument, &a);
		is_int((long long)(a.rows + a.end.len) + (long long)a.refused.kind, 0, "another's is not there");
		ask_as(&r, other, false, looks[i], nowhere, &a);
		is_int((long long)(a.rows + a.end.len) + (long long)a.refused.kind, 0, "as one that is not there at all");
		ask_as(&r, other, true, looks[i], argument, &a);
		is_int(a.rows, 1, "who may see all sees it");
		is_text(a.first.header, "", "and not what it says");
	}
	ask_as(&r, 1000, false, SUBMIT_TRACE, "text you@example.net\n", &a);
	is_int(a.rows, 1, "one's own by the address");
	ask_as(&r, other, false, SUBMIT_TRACE, "text you@example.net\n", &a);
	is_int((long long)(a.rows + a.end.len) + (long long)a.refused.kind, 0, "another's is not found by it");
	ask_as(&r, 1000, false, SUBMIT_FLUSH, "not-recipient *example.net*\n", &a);
	is_text(buf_text(&a.end), "nothing waits", "all but the only one");
	ask_as(&r, 1000, false, SUBMIT_FLUSH, "recipient *example.net*\nnot-id 1234567\n", &a);
	ok(strncmp(buf_text(&a.end), "1 message", 9) == 0, "that one: %s", buf_text(&a.end));
	snprintf(argument, sizeof argument, "not-id %s\n", id);
	ask_as(&r, 1000, false, SUBMIT_FLUSH, argument, &a);
	is_text(buf_text(&a.end), "nothing waits", "all but that one");
	ask_as(&r, 1000, false, SUBMIT_FLUSH, "unit app.service\n", &a);
	is_text(buf_text(&a.end), "nothing waits", "none of another unit");
	ask_as(&r, 1000, false, SUBMIT_FLUSH, "unit cron.*\ncontainer lxc:*\n", &a);
	ok(strncmp(buf_text(&a.end), "1 message", 9) == 0, "by unit and container: %s", buf_text(&a.end));
	snprintf(argument, sizeof argument, "id %s\nby root\n", id);
	const struct { unsigned operation; const char *argument; } wrong[] = {
		{ SUBMIT_DELETE, "" }, { SUBMIT_DELETE, "by me\n" }, { SUBMIT_SHOW, "id !\n" }, { SUBMIT_LIST, "not-id !\n" },
		{ CONTROL_HOLD, "all\n" }, { CONTROL_RELEASE, "all\n" }, { CONTROL_MOVE, "all\nvia mx\n" }, { CONTROL_STATUS, "" },
		{ CONTROL_EXPORT, argument }, { CONTROL_TEST, "sender a@b\nrecipient c@d\n" }, { CONTROL_DESTINATIONS, "" }, { 255, "" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ask_as(&r, 1000, true, wrong[i].operation, wrong[i].argument, &a);
		is_text(a.refused.status, "5.5.4", "operation %u is refused: %s", wrong[i].operation, a.refused.text);
	}
	ask_as(&r, other, true, SUBMIT_DELETE, argument, &a);
	is_text(buf_text(&a.end), "0 recipients of 0 messages deleted", "who may see all may not delete another's");
	ask_as(&r, other, false, SUBMIT_DELETE, nowhere, &a);
	is_text(buf_text(&a.end), "0 recipients of 0 messages deleted", "which is as if it were not there");
	ask_as(&r, other, true, SUBMIT_DELETE, "all\n", &a);
	is_text(buf_text(&a.end), "0 recipients of 0 messages deleted", "all are one's own");
	ask_as(&r, 1000, false, SUBMIT_DELETE, argument, &a);
	is_text(buf_text(&a.end), "1 recipient of 1 message deleted", "one's own may be deleted");
	ok(log_has(&r, "status=deleted (by uid 1000)"), "the log says by whom, whatever he says");
	is_int(count_list(&r), 0, "and nothing waits");
	ask_as(&r, 1000, false, SUBMIT_TRACE, argument, &a);
	ok(a.rows == 1 && strstr(a.first.recipients[0].reply, "deleted from the queue by uid 1000"), "the history says so, too");
	is_text(a.first.unit, "cron.service", "and of which unit it was");
	is_text(a.first.container, "lxc:web1", "and of which container");
	ok(log_has(&r, ": uid=1000 from=<me@example.org> unit=cron.service container=lxc:web1"), "as the log does");
	asked_free(&a);
	rig_end(&r);
}

static unsigned count_held(struct rig *r)
{
	struct asked a = { 0 };

	ask_as(r, 1000, false, SUBMIT_LIST, "held\nreason user_rate\n", &a);
	unsigned rows = a.rows;
	asked_free(&a);
	return rows;
}

/* Five messages at three an hour, all accepted; and none of them goes anywhere. */
static void submit_five(struct rig *r, char last[32])
{
	for (unsigned char i = 1; i <= 5; i++)
		submit_ok(r, "you@example.net", i, last);
}

/* What is beyond a rate is held, and told of once. */
static void holds_a_runaway(void)
{
	struct rig r;
	struct asked a = { 0 };
	struct fault f, trouble;
	char id[32], again[32];
	unsigned notices;

	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	rig_make(&r);
	rig_set(&r.settings.root, "boss@example.net");
	r.settings.retry_min_ms = r.settings.retry_max_ms = 5 * 3600 * 1000;
	r.settings.delay_notice_ms = 0;
	r.settings.time_scale = 1;
	r.settings.user_rate = (struct rate){ 3, 3600 * 1000 };
	rig_start(&r);
	submit_five(&r, id);
	answer_plan(&r, "example.net", PLAN_MX, NULL, &trouble, false);
	is_int(count_held(&r), 2, "two of five are held");
	ok(log_has(&r, "held: uid 1000 submits more messages than user_rate = \"3/h\" allows"), "the log says why");
	struct submission s = mail_to("you@example.net", 5);
	put_submit(&r, &s);
	ok(take_submitted(&r, again, &f) == FAULT_NONE && strcmp(id, again) == 0, "one that comes again is the same");
	is_int(count_held(&r), 2, "and counts once");
	ask_as(&r, 1000, false, SUBMIT_FLUSH, "held\n", &a);
	is_text(buf_text(&a.end), "nothing waits", "its user cannot release it");
	asked_free(&a);
	rig_pass(RATES_TELL_MS - 1000);
	is_int(count_list(&r), 5, "nobody is told yet");
	rig_pass(2000);
	is_int(count_list(&r), 6, "a minute later the owner is");
	ask_as(&r, getuid(), true, SUBMIT_TRACE, "text boss@example.net\n", &a);
	notices = a.rows;
	ok(notices == 1 && a.first.sender[0] == '\0', "by one message");
	asked_free(&a);
	rig_pass(30 * 60 * 1000);
	submit_ok(&r, "you@example.net", 6, id);
	rig_pass(30 * 60 * 1000);
	is_int(count_held(&r), 3, "who goes on stays held");
	is_int(count_list(&r), 7, "and nobody is told again");
	rig_end(&r);

	rig_make(&r);
	rig_set(&r.settings.root, "boss@example.net");
	r.settings.time_scale = 1;
	r.settings.user_rate = (struct rate){ 3, 3600 * 1000 };
	rig_start(&r);
	submit_five(&r, id);
	rig_close(&r);
	rig_wait(&r);
	rig_set(&r.settings.root, "chief@example.net");
	rig_start(&r);
	rig_pass(1000);
	is_int(count_list(&r), 6, "who restarts signetd is told before");
	is_int(count_held(&r), 2, "and what is held stays so, whatever the settings are now");
	rig_end(&r);
}

/* SMTP clients whose user is not known are the roles' user, as notices are, and may leave the sender empty, too. */
static void counts_clients_without_a_user(void)
{
	static const char *const programs[] = { "signet", "SMTP client [192.0.2.7]" };
	struct rig r;
	struct asked a = { 0 };
	struct fault f;
	char id[32];

	rig_make(&r);
	r.settings.user_rate = (struct rate){ 3, 3600 * 1000 };
	rig_start(&r);
	for (unsigned char i = 0; i < 10; i++) {
		struct submission s = mail_to("you@example.net", (unsigned char)(i + 1));
		s.uid = getuid();
		s.sender = s.unit = s.container = "";
		s.program = (char *)(uintptr_t)programs[i / 5];
		put_submit(&r, &s);
		if (take_submitted(&r, id, &f) != FAULT_NONE)
			abort();
		ask_as(&r, getuid(), true, SUBMIT_LIST, "held\nreason user_rate\n", &a);
		is_int(a.rows, i < 8 ? 0 : i - 7, "from <> by %s: %u", s.program, i);
		asked_free(&a);
	}
	rig_end(&r);
}

/* As if all had been tried and waited for an hour: of two users, ten to a destination. */
static void fill_store(const struct rig *r, unsigned count)
{
	struct fault f;
	struct store *s = store_open(r->spool, &f);
	struct via via;
	struct core_time now = rig_now();
	char text[64];
	bool known;

	if (s == NULL)
		abort();
	for (unsigned i = 0; i < count; i++) {
		struct submission m = { .uid = 1000 + i % 2, .sender = "me@example.org", .envid = "", .from_domain = "example.org",
			.message_id = "", .program = "", .arrival_ms = now.wall_ms, .size_bytes = 5, .held = "", .body_file = "",
			.message = SPAN("x\r\n\r\n") };
		struct store_recipient to = { .lane = m.uid, .address = text, .original = "", .orcpt = "",
			.due_ms = now.wall_ms + 3600 * 1000, .expires_ms = now.wall_ms + 24 * 3600 * 1000 };
		memcpy(m.id, &i, sizeof i);
		m.id[sizeof m.id - 1] = 0xee;    /* none of mail_to */
		store_begin(s);
		snprintf(text, sizeof text, "d%u.example", i / 10);
		via_read(SPAN("mx"), span_of(text), &via);
		to.destination = store_destination_id(s, text, &via, NULL);
		via_free(&via);
		store_wake(s, to.destination, to.due_ms);
		snprintf(text, sizeof text, "user%u@d%u.example", i, i / 10);
		reply_set(&to.reply, FAULT_TEMPORARY, "4.2.0", STEP_RCPT, "", "mailbox is busy");
		store_put_message(s, &m, now.wall_ms, &to.message, &known);
		store_put_recipient(s, &to);
		store_put_waiting(s, to.message, 1, STORE_NEVER);
		if ((i % 1000 == 999 || i + 1 == count) && store_commit(s, &f) < 0)
			abort();
	}
	store_close(s);
}

/* So many rows of the listings that were asked for, or all; how many ends came is added to *ends. */
static unsigned read_rows(struct channel *c, unsigned most, unsigned *ends)
{
	struct frame frame;
	unsigned n = 0;

	while (n < most && *ends < 3 && rig_receive(c, &frame, SOON_MS) == 1) {
		n += frame.type == FRAME_ROW;
		*ends += frame.type == FRAME_QUERY_END;
	}
	return n;
}

/* Mail is accepted and delivered between the pages of long listings; LAB_LONG: of 100,000 messages. */
static void long_listing(void)
{
	unsigned count = getenv("LAB_LONG") ? 100 * 1000 : 10 * 1000, rows = 0, ends = 0, delivered = 0;
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_begin(&r);                   /* the store learns by which routes all was placed */
	rig_settle(&r);
	rig_close(&r);
	rig_wait(&r);
	fill_store(&r, count);
	rig_start(&r);
	struct channel *asker = rig_give_peer(&r, ROLE_PICKUP, 1), *smtp = NULL;
	for (uint32_t who = 0; who < 3; who++) {
		struct query q = { .ticket = who + 1, .operation = SUBMIT_LIST, .uid = 999 + who, .all = who == 0, .argument = "" };
		SEND(asker, FRAME_QUERY, query, &q);
	}
	r.is_timed = true;
	r.longest_step_us = 0;
	rows += read_rows(asker, 10, &ends);
	while (ends < 3 && delivered < 2) {
		submit_ok(&r, "you@example.net", (unsigned char)(200 + delivered), id);
		if (smtp == NULL) {
			smtp = deliver_one(&r, "example.net", &ticket, &d);
		} else {
			answer_sign(&r);
			take_delivery(smtp, &d);
		}
		say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
		expect_committed(smtp, 1);
		delivery_free(&d);
		delivered++;
		rows += read_rows(asker, count / 4, &ends);
	}
	is_int(delivered, 2, "two messages are delivered before the listings end");
	rows += read_rows(asker, UINT_MAX, &ends);
	is_int(ends, 3, "which do end");
	ok(rows >= 2 * count && rows <= 2 * count + 3, "%u rows: all messages, and those of each of two users", rows);
	ok(r.longest_step_us < 50 * 1000, "no turn of the queue took longer than %lld us", (long long)r.longest_step_us);
	channel_free(asker);
	channel_free(smtp);
	rig_end(&r);
}

/* Signers and resolvers that come late or die with work in hand. */
static void helpers_come_and_go(void)
{
	struct rig r;
	struct delivery d;
	struct frame frame;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_begin(&r);
	r.pickup = rig_give_peer(&r, ROLE_PICKUP, 0);
	submit_ok(&r, "you@example.net", 1, id);
	r.resolver = rig_give_peer(&r, ROLE_RESOLVER, 0);
	expect(r.resolver, FRAME_PLAN, &frame, "a resolver that comes late is asked");
	channel_free(r.resolver);
	r.resolver = rig_give_peer(&r, ROLE_RESOLVER, 1);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	expect_nothing(smtp, "nothing goes unsigned while no signer is there");
	r.signer = rig_give_peer(&r, ROLE_SIGNER, 0);
	expect(r.signer, FRAME_SIGN, &frame, "a signer that comes late is asked");
	channel_free(r.signer);
	r.signer = rig_give_peer(&r, ROLE_SIGNER, 1);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "the next one signs it");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* What the queue closed may live on for a moment in a process that signetd is forking: nothing of it is heard. */
static void the_closed_speaks(void)
{
	struct rig r;
	int pair[2], forked;
	struct peer peer = { ROLE_PICKUP, 1 };
	struct buf payload = { 0 };
	char id[32];

	rig_make(&r);
	rig_start(&r);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || (forked = dup(pair[0])) < 0)
		exit(1);
	peer_encode(&peer, &payload);
	channel_send(r.parent, FRAME_PEER, buf_span(&payload), pair[0]);
	struct channel *second = channel_new(pair[1]);
	channel_send(second, FRAME_SUBMIT, SPAN("nonsense"), -1);
	submit_ok(&r, "you@example.net", 1, id);
	channel_send(second, FRAME_SUBMIT, SPAN("more"), -1);
	submit_ok(&r, "you@example.net", 2, id);
	close(forked);
	channel_free(second);
	submit_ok(&r, "you@example.net", 3, id);
	buf_free(&payload);
	rig_end(&r);
}

/* on_no_key: "send" lets mail go without the signature, "hold" lets it wait for the key; what is the message's fault goes. */
static void key_cannot_sign(const char *on_no_key, const char *status, bool waits)
{
	struct signed_fields without = { .fields = "", .keys = "", .note = "a word for the log" };
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	fault_set(&without.fault, FAULT_PERMANENT, status, "the key is broken");
	rig_make(&r);
	rig_set(&r.settings.on_no_key, on_no_key);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign_with(&r, without);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	if (waits) {
		answer_sign(&r);
		ok(log_has(&r, "status=deferred (the key is broken)"), "%s: the mail has waited", on_no_key);
	}
	take_delivery(smtp, &d);
	is_int(span_starts_nocase(d.fields, SPAN("DKIM-Signature")), waits, "%s, %s: it goes", on_no_key, status);
	ok(log_has(&r, "a word for the log"), "the log has what the signer says of it");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

static void large_body(void)
{
	struct rig r;
	struct frame frame;
	struct delivery d;
	struct fault f;
	char path[200], id[32], again[32], text[16] = "";
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	expect_nothing(r.parent, "the body folder is made");
	struct submission s = mail_to("you@example.net", 1);
	for (char name = 'a'; name <= 'b'; name++) {
		snprintf(path, sizeof path, "%s/body/%c", r.spool, name);
		int fd = open(path, O_WRONLY | O_CREAT, 0600);
		ok(fd >= 0 && write(fd, "large body", 10) == 10, "pickup wrote body %c", name);
		close(fd);
	}
	s.message = SPAN("");
	s.size_bytes = 10;
	s.body_file = "a";
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "accepted");
	s.body_file = "b";
	put_submit(&r, &s);
	is_int(take_submitted(&r, again, &f), FAULT_NONE, "and again");
	is_text(again, id, "it is the same");
	ok(access(path, F_OK) < 0, "the second body is removed");
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	expect(r.signer, FRAME_SIGN, &frame, "the signer is asked");
	ok(frame.fd >= 0 && pread(frame.fd, text, 10, 0) == 10 && strcmp(text, "large body") == 0, "and gets the file");
	io_close(&frame.fd);
	struct unpack u = unpack_from(frame.payload);
	struct signed_fields fields = { .ticket = unpack_u64(&u), .fields = "", .keys = "", .note = "" };
	SEND(r.signer, FRAME_SIGNED, signed_fields, &fields);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 1);
	expect(smtp, FRAME_DELIVER, &frame, "the session is told");
	ok(frame.fd >= 0, "and gets the file");
	io_close(&frame.fd);
	ok(delivery_decode(frame.payload, &d) == 0 && d.message.len == 0, "and no bytes inline");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	snprintf(path, sizeof path, "%s/body/a", r.spool);
	ok(access(path, F_OK) < 0, "a finished message's file is removed");
	s.body_file = "../queue.db";
	s.id[0] = 9;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_PERMANENT, "a body elsewhere is refused");
	s.body_file = "swept";
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_TEMPORARY, "one that is not there is to be submitted again");
	channel_free(smtp);
	rig_end(&r);
}

static void expires(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket, maker;

	rig_make(&r);
	r.settings.queue_life_ms = 0;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.2.0", "450 greylisted");
	expect_committed(smtp, 1);
	delivery_free(&d);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	ok(log_has(&r, "status=bounced (not delivered in time"), "a recipient expires when an attempt has failed");
	submit_ok(&r, "you@dead.example", 2, id);
	struct fault trouble;
	fault_set(&trouble, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	answer_plan(&r, "dead.example", PLAN_MX, NULL, &trouble, false);
	channel_free(answer_spawn(&r, ROLE_BOUNCE, &maker));
	ok(log_has(&r, "SERVFAIL"), "and so does what waits for a dead destination");
	channel_free(smtp);
	rig_end(&r);
}

/* A site with much to do gets several sessions; one message's many recipients are cut into deliveries. */
static void many(void)
{
	struct rig r;
	char id[32];
	uint64_t ticket[2];
	struct delivery d;
	struct fault f;

	rig_make(&r);
	r.settings.sessions_per_site = 2;
	r.settings.recipients_per_message = 80;
	rig_start(&r);
	struct submission s = mail_to("you@example.net", 1);
	struct submission_recipient many_recipients[150];
	for (size_t i = 0; i < 150; i++)
		many_recipients[i] = s.recipients[0];
	s.recipients = many_recipients;
	s.recipient_count = 150;
	put_submit(&r, &s);
	is_int(take_submitted(&r, id, &f), FAULT_NONE, "150 recipients");
	for (unsigned char i = 2; i < 12; i++)
		submit_ok(&r, "you@example.net", i, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	struct channel *one = open_session(&r, "mx", &ticket[0]);
	say_ready(one, 2);
	take_delivery(one, &d);
	is_int(d.recipient_count, 1, "single mail goes beside bulk");
	delivery_free(&d);
	answer_sign(&r);
	take_delivery(one, &d);
	is_int(d.recipient_count, 80, "of which so many go in one transaction as the settings allow");
	delivery_free(&d);
	for (int i = 0; i < 3; i++)
		answer_sign(&r);
	struct channel *two = open_session(&r, "mx", &ticket[1]);
	say_ready(two, 2);
	take_delivery(two, &d);
	is_int(d.recipient_count, 1, "in another session, too");
	delivery_free(&d);
	take_delivery(two, &d);
	is_int(d.recipient_count, 70, "the rest of the bulk");
	delivery_free(&d);
	expect_nothing(r.parent, "not more sessions than a site may have");
	channel_free(one);
	channel_free(two);
	rig_end(&r);
}

/* Asks for one more and signs whatever is asked for until it comes. */
static void next_delivery(struct rig *r, struct channel *smtp, struct delivery *d)
{
	static char kept[70000];
	struct frame frame;
	struct buf one = { 0 };

	pack_u32(&one, 1);
	channel_send(smtp, FRAME_WANT, buf_span(&one), -1);
	buf_free(&one);
	for (int64_t until = rig_now().boot_ms + SOON_MS; rig_now().boot_ms < until;) {
		if (rig_receive(r->signer, &frame, 1) == 1) {
			struct unpack u = unpack_from(frame.payload);
			struct signed_fields s = { .ticket = unpack_u64(&u), .fields = "", .keys = "", .note = "" };
			SEND(r->signer, FRAME_SIGNED, signed_fields, &s);
		}
		if (rig_receive(smtp, &frame, 1) != 1 || frame.type != FRAME_DELIVER ||
		    frame.payload.len > sizeof kept)
			continue;
		memcpy(kept, frame.payload.at, frame.payload.len);
		if (delivery_decode((struct span){ kept, frame.payload.len }, d) == 0)
			return;
	}
	ok(false, "one more to deliver");
	exit(tap_done());
}

/* A mailing that is under way delays a single mail by a few messages, and not by itself. */
static void overtakes(void)
{
	enum { MAILING = 300 };
	struct rig r;
	struct delivery d;
	char id[32], single[32] = "";
	uint64_t ticket;
	unsigned before = 0;

	rig_make(&r);
	r.settings.sessions_per_site = 1;
	rig_start(&r);
	for (unsigned i = 0; i < MAILING; i++) {
		struct submission s = mail_to("you@example.net", (unsigned char)i);
		struct fault f;
		s.id[1] = (uint8_t)(1 + (i >> 8));
		s.bulk = true;
		put_submit(&r, &s);
		take_submitted(&r, id, &f);
	}
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	submit_ok(&r, "boss@example.net", 77, single);
	for (; strcmp(d.queue_id, single) != 0 && before < MAILING; before++) {
		say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
		delivery_free(&d);
		next_delivery(&r, smtp, &d);
	}
	ok(before < 20, "a single mail waits for %u of a mailing of %u", before, MAILING);
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* However many domains one receiver has that takes nothing: another's mail is not kept waiting by them. */
static void makes_room(void)
{
	enum { DOMAINS = 310 };
	struct rig r;
	struct frame frame;
	char id[32], to[64];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	for (unsigned i = 0; i < DOMAINS; i++) {
		struct submission s;
		struct fault f;
		snprintf(to, sizeof to, "you@d%u.example", i);
		s = mail_to(to, (unsigned char)i);
		s.id[1] = (uint8_t)(1 + (i >> 8));
		s.bulk = true;
		put_submit(&r, &s);
		take_submitted(&r, id, &f);
	}
	submit_ok(&r, "you@other.example", 1, id);
	bool asked = false;
	for (unsigned plans = 0; !asked && plans < 10 * DOMAINS; plans++) {
		struct plan_job job;
		struct ip_address address = { 4, { 127, 0, 0, 1 } };
		struct target target = { .host = (char *)(uintptr_t)"mx.slow.example", .preference = 10, .addresses = &address,
			.address_count = 1 };
		if (rig_receive(r.resolver, &frame, SOON_MS) != 1 || frame.type != FRAME_PLAN ||
		    plan_job_decode(frame.payload, &job) < 0)
			break;
		struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = 1 };
		asked = strcmp(job.name, "other.example") == 0;
		SEND(r.resolver, FRAME_PLANNED, plan, &p);
		plan_job_free(&job);
	}
	ok(asked, "the mail for another receiver gets its place");
	channel_free(answer_spawn(&r, ROLE_SMTP, &ticket));
	rig_end(&r);
}

/* Hosts that let callers wait for their greeting hold the places of no others, and are bounded themselves. */
static void slow_hosts(void)
{
	enum { SLOW = 2 };
	struct rig r;
	struct channel *slow[SLOW];
	char id[32], domain[64], host[64];
	uint64_t ticket;

	rig_make(&r);
	r.settings.sessions = 1;
	rig_start(&r);
	for (unsigned i = 0; i < SLOW; i++) {
		snprintf(domain, sizeof domain, "you@slow%u.example", i);
		submit_ok(&r, domain, (unsigned char)(1 + i), id);
		snprintf(host, sizeof host, "mx.slow%u.example", i);
		answer_plan(&r, strchr(domain, '@') + 1, PLAN_MX, host, NULL, false);
		answer_sign(&r);
		slow[i] = open_session(&r, "mx", &ticket);
	}
	submit_ok(&r, "you@slow9.example", 9, id);
	answer_plan(&r, "slow9.example", PLAN_MX, "mx.slow9.example", NULL, false);
	answer_sign(&r);
	expect_nothing(r.parent, "no more than twice as many processes as sessions");
	say_ready(slow[0], 1);
	channel_free(slow[0]);
	channel_free(slow[1]);
	rig_end(&r);
}

/* A provider's cap holds beyond a restart, and what exceeds it waits with the reason. */
static void capped(void)
{
	struct rig r;
	struct delivery d;
	struct listing_entry row;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_set(&r.settings.routes[0].via.items[0], "isp");
	r.settings.smarthosts[0].limit = (struct rate){ 3, 3600 * 1000 };
	rig_start(&r);
	submit_ok(&r, "a@example.net b@example.net", 1, id);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "isp", &ticket);
	say_ready(smtp, 4);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	submit_ok(&r, "c@example.net d@example.net", 2, id);
	answer_sign(&r);
	take_delivery(smtp, &d);
	is_int(d.recipient_count, 1, "of a message to two goes what the limit leaves");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	expect_nothing(smtp, "nothing beyond it");
	is_int(list(&r, 0, true, &row), 1, "the other waits");
	is_int(row.state, LISTING_DEFERRED, "deferred");
	is_text(row.recipients[0].reason, "the limit of smarthost isp, 3/h, is used up; the rest waits", "with the reason");
	ok(row.next_try_ms > rig_now().wall_ms + 3500 * 1000, "until an hour later");
	listing_entry_free(&row);
	rig_kill(&r);
	channel_free(smtp);
	rig_start(&r);
	submit_ok(&r, "e@example.net", 3, id);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	expect_nothing(r.parent, "a restart does not forget it");
	rig_end(&r);
}

/* Where a rate is slow all that it allows at once go in one turn, and what a busy session leaves gets another in time. */
static void rate_allows_some(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_without_keys(&r);
	r.settings.mx_rate = (struct rate){ 120, 60 * 1000 };    /* seven at once */
	rig_start(&r);
	for (unsigned char i = 1; i <= 13; i++)
		submit_ok(&r, "you@example.net", i, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 7);
	for (int i = 0; i < 7; i++) {
		take_delivery(smtp, &d);
		delivery_free(&d);
	}
	expect_nothing_for(r.parent, 1000, "two more may go, for which it is not worthwhile");
	channel_free(answer_spawn(&r, ROLE_SMTP, &ticket));
	channel_free(smtp);
	rig_end(&r);
}

/* 421 is about the site: it is left alone for a moment, and no recipient has failed. */
static void pauses(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;
	struct listing_entry row;

	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 8 * 1000;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_end(smtp, SESSION_REFUSED, FAULT_TEMPORARY, "421 4.3.2 too busy");
	reap(&r, smtp, ROLE_SMTP, ticket);
	is_int(list(&r, 0, true, &row), 1, "a site that takes no connection now");
	ok(strstr(row.recipients[0].reason, "too busy") && row.next_try_ms < rig_now().wall_ms + 600,
	   "is tried again in less than a second (%s)", row.recipients[0].reason);
	listing_entry_free(&row);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 2);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.7.1", "450 4.7.1 Error: too much mail from 192.0.2.1");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(list(&r, 0, true, &row), 1, "one that says that there is too much");
	ok(row.next_try_ms > rig_now().wall_ms + 500 && row.next_try_ms < rig_now().wall_ms + 1200, "after twice as long");
	listing_entry_free(&row);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "the same message");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* RFC 5321 section 4.5.3.1.10: those beyond a server's limit go in the next transaction. */
static void too_many_for_server(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.retry_min_ms = r.settings.retry_max_ms = 3600 * 1000;
	rig_start(&r);
	submit_ok(&r, "you@example.net all@example.net", 1, id);
	struct channel *smtp = deliver_one(&r, "example.net", &ticket, &d);
	is_int(d.recipient_count, 2, "both are offered");
	say_took_one(smtp, &d);
	expect_committed(smtp, 1);
	delivery_free(&d);
	take_delivery(smtp, &d);
	is_int(d.recipient_count, 1, "the one that had no room is offered again, now");
	is_text(d.recipients[0].address, "all@example.net", "that one");
	delivery_free(&d);
	channel_free(smtp);
	rig_end(&r);
}

/* What a hop made wait forgets what it went round, though a job of its is still under way when that block ends. */
static void block_ends_while_it_waits(void)
{
	struct rig r;
	struct delivery hangs, d;
	char id[32];
	uint64_t ticket, isp_ticket;

	rig_make(&r);
	struct channel *mx = begin_blocked_site(&r, 3600 * 1000, id, &ticket);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	struct channel *isp = open_session(&r, "isp", &isp_ticket);
	reap(&r, mx, ROLE_SMTP, ticket);
	say_ready(isp, 2);
	take_delivery(isp, &hangs);
	submit_ok(&r, "you@one.example", 2, id);
	answer_sign(&r);
	take_delivery(isp, &d);
	say_outcome(isp, &d, FAULT_TEMPORARY, "4.3.2", "421 4.3.2 service shutting down");
	expect_committed(isp, 1);
	is_int(blocked_clear(r.queue, SPAN("all")), 1, "the owner ends the block");
	rig_pass(100);
	ok(r.queue->destinations && r.queue->destinations->state == DESTINATION_LEAVING, "the destination is still there");
	ok(r.queue->destinations->avoided == 0, "and knows nothing of the block, which is not");
	delivery_free(&hangs);
	delivery_free(&d);
	channel_free(isp);
	rig_end(&r);
}

/* An order that could not be written is not done, in memory as little as in the store, and so not later by itself. */
static void block_that_cannot_be_ended(void)
{
	struct rig r;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	struct channel *mx = begin_blocked_site(&r, 3600 * 1000, id, &ticket);
	rig_settle(&r);
	is_int(blocked_clear(r.queue, SPAN("all")), 1, "the owner ends a block");
	store_begin(r.core.store);
	sql_execute(r.core.store->sql, "this fails");
	queue_turn_at_once(r.queue);
	rig_settle(&r);
	ok(r.queue->blocked && !r.queue->blocked->gone, "what cannot be written: it is blocked still");
	rig_pass(5000);
	ok(!r.queue->store_bad && r.queue->blocked && !r.queue->blocked->gone, "and once it can be written, as the order was refused");
	ok(!log_has(&r, "no longer blocked"), "nor does the log say more");
	is_int(blocked_clear(r.queue, SPAN("all")), 1, "given again");
	store_begin(r.core.store);
	queue_turn_at_once(r.queue);
	rig_settle(&r);
	ok(r.queue->blocked == NULL, "it ends");
	ok(log_has(&r, "no longer blocked: the owner says so"), "and the log says so");
	reap(&r, mx, ROLE_SMTP, ticket);
	rig_end(&r);
}

/* ---- on_address_change ---- */

static void rig_take_detours(struct rig *r)
{
	text_list_add(&r->settings.on_address_change, SPAN("isp"));
}

static void hear(struct rig *r, const char *address, enum standing standing)
{
	struct control_standing said = {
		.family = strchr(address, ':') ? 6 : 4, .address = (char *)(uintptr_t)address,
		.before = strchr(address, ':') ? "2001:db8::1" : "192.0.2.1",
		.standing = standing, .why = "ptr.exists: it has no PTR",
	};

	detour_heard(r->queue, &said);
	queue_turn_at_once(r->queue);
	rig_settle(r);
}

/* Others may be asked for before it. */
static void answer_plans_to(struct rig *r, const char *name)
{
	bool is_it = false;

	for (int i = 0; i < 4 && !is_it; i++) {
		struct frame frame;
		struct plan_job job;
		struct ip_address address = { 4, { 127, 0, 0, 1 } };
		struct buf host = { 0 };
		if (receive(r->resolver, FRAME_PLAN, &frame, SOON_MS) != 1 || plan_job_decode(frame.payload, &job) < 0)
			break;
		buf_printf(&host, "%s%s", job.kind == PLAN_MX ? "mx." : "", job.name);
		struct target target = { .host = host.at, .preference = 10, .addresses = &address, .address_count = 1 };
		struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = 1 };
		SEND(r->resolver, FRAME_PLANNED, plan, &p);
		is_it = strcmp(job.name, name) == 0;
		plan_job_free(&job);
		buf_free(&host);
	}
	ok(is_it, "a plan is asked for %s", name);
}

/* By that hop, with that outcome; the session is closed by its end. */
static void goes_by(struct rig *r, const char *hop, const char *id, enum fault_kind kind, const char *status, const char *text)
{
	struct delivery d;
	uint64_t ticket;

	struct channel *smtp = open_session(r, hop, &ticket);
	say_ready(smtp, 1);
	take_delivery(smtp, &d);
	is_text(d.queue_id, id, "the message, by %s", hop);
	say_outcome(smtp, &d, kind, status, text);
	expect_committed(smtp, 1);
	delivery_free(&d);
	say_end(smtp, SESSION_DONE, FAULT_NONE, "");
	reap(r, smtp, ROLE_SMTP, ticket);
}

static int count_detour(void *context, struct span text)
{
	struct control_detour d;
	unsigned *n = context;

	if (control_detour_decode(text, &d) < 0)
		return 1;
	++*n;
	control_detour_free(&d);
	return 0;
}

static int say_standing(const struct sockaddr_un *to, const char *address, enum standing standing, unsigned *rows, struct fault *f)
{
	struct control_standing said = {
		.family = 4, .address = (char *)(uintptr_t)address, .before = "", .standing = standing, .why = "ptr.exists: it has no PTR",
	};
	struct buf packed = { 0 }, end = { 0 };

	*rows = 0;
	control_standing_encode(&said, &packed);
	int done = control_ask(to->sun_path, (struct submit_query){ (enum submit_operation)CONTROL_STANDING, buf_span(&packed) },
	                       count_detour, rows, &end, f);
	buf_free(&packed);
	buf_free(&end);
	return done;
}

/* Neither who says what an address is worth nor the log is told of a detour, or of its end, that is not committed. */
static void detours_are_committed(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct buf end = { 0 };
	struct fault f = { 0 };
	unsigned rows;

	rig_make(&r);
	rig_take_detours(&r);
	rig_start_process(&r);
	give_control(&r, &address);
	is_int(say_standing(&address, "192.0.2.1", STANDING_TRUSTED, &rows, &f), 0, "an address is trusted: %s", f.text);
	set_file_limit(r.pid, 4096);
	is_int(say_standing(&address, "192.0.2.9", STANDING_DISTRUSTED, &rows, &f), -1,
	       "on a full disk nobody is told that another one is not: %s", f.text);
	is_int(rows, 0, "nor of a detour");
	ok(!log_has(&r, "which is not trusted"), "and neither is the log");
	set_file_limit(r.pid, RLIM_INFINITY);
	is_int(say_standing(&address, "192.0.2.9", STANDING_DISTRUSTED, &rows, &f), 0, "once there is room: %s", f.text);
	is_int(rows, 1, "there is a detour");
	ok(log_has(&r, "192.0.2.9, which is not trusted"), "and the log says so");
	set_file_limit(r.pid, 4096);
	is_int(order(&address, CONTROL_STICKY_CLEAR, CONTROL_STRAIGHT, &end, &f), -1, "nor is it called over on a full disk: %s", f.text);
	ok(!log_has(&r, "mail goes straight again"), "as little in the log");
	set_file_limit(r.pid, RLIM_INFINITY);
	is_int(say_standing(&address, "192.0.2.9", STANDING_UNKNOWN, &rows, &f), 0, "there is room again: %s", f.text);
	is_int(rows, 1, "whoever was told that it is not done finds it so");
	ok(!log_has(&r, "mail goes straight again"), "nor does the log have it done later");
	is_int(order(&address, CONTROL_STICKY_CLEAR, CONTROL_STRAIGHT, &end, &f), 0, "the order is given again: %s", f.text);
	ok(wait_for_log(&r, "mail goes straight again"), "and it is over");
	buf_free(&end);
	rig_end(&r);
}

/* What waits is moved, a refusal there is not the end, a restart forgets nothing, and what is not known changes nothing. */
static void takes_detours(void)
{
	struct rig r;
	char id[32], second[32];
	struct listing_entry row;

	rig_make(&r);
	rig_take_detours(&r);
	rig_start(&r);
	hear(&r, "192.0.2.1", STANDING_DISTRUSTED);
	is_int(detour_families(r.queue), 0, "the address that mail has always come from: no detour, whatever is said of it");
	submit_ok(&r, "you@one.example", 1, id);
	answer_plan(&r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(&r);
	goes_by(&r, "mx", id, FAULT_TEMPORARY, "4.3.0", "451 later");
	hear(&r, "192.0.2.9", STANDING_UNKNOWN);
	is_int(detour_families(r.queue), 0, "another address, and nothing is known of it: no detour");
	hear(&r, "192.0.2.9", STANDING_DISTRUSTED);
	is_int(detour_families(r.queue), FAMILY_IPV4, "it is distrusted: a detour");
	answer_plan(&r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	goes_by(&r, "isp", id, FAULT_PERMANENT, "5.7.1", "550 5.7.1 relaying denied");
	expect_nothing(r.parent, "what the smarthost refuses is not returned: it did not ask to go there");
	is_int(list(&r, 1000, false, &row), 1, "it waits");
	is_text(row.recipients[0].next_hop, "isp", "there");
	listing_entry_free(&row);

	rig_kill(&r);
	rig_start(&r);
	is_int(detour_families(r.queue), FAMILY_IPV4, "after kill -9: still");
	hear(&r, "192.0.2.9", STANDING_UNKNOWN);
	submit_ok(&r, "you@two.example", 2, second);
	answer_plan(&r, "two.example", PLAN_MX, "mx.two.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	goes_by(&r, "isp", second, FAULT_NONE, "2.0.0", "250 ok");

	rig_advance(&r, rig_now().boot_ms + LINGER_MS + 1000);
	hear(&r, "192.0.2.9", STANDING_TRUSTED);
	is_int(detour_families(r.queue), 0, "it is trusted: no detour");
	answer_plans_to(&r, "one.example");
	answer_sign(&r);
	goes_by(&r, "mx", id, FAULT_NONE, "2.0.0", "250 ok");
	is_int(count_list(&r), 0, "all has arrived, each once");
	hear(&r, "192.0.2.9", STANDING_DISTRUSTED);
	is_int(detour_families(r.queue), 0, "the address is no new one any more");
	hear(&r, "192.0.2.10", STANDING_DISTRUSTED);
	is_int(detour_clear(r.queue), 1, "another one; and the owner says that it may");
	hear(&r, "192.0.2.10", STANDING_DISTRUSTED);
	is_int(detour_families(r.queue), 0, "which holds for that address");
	hear(&r, "192.0.2.11", STANDING_DISTRUSTED);
	rig_kill(&r);
	text_list_free(&r.settings.on_address_change);
	rig_start(&r);
	is_int(detour_families(r.queue), 0, "without the setting there is none");
	rig_end(&r);
}

/* Who refused the old address is asked again from the new one. */
static void another_address_is_not_blocked(void)
{
	struct rig r;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_fall_back_when_blocked(&r, 3600 * 1000);
	rig_take_detours(&r);
	rig_start(&r);
	hear(&r, "192.0.2.1", STANDING_TRUSTED);
	submit_ok(&r, "you@one.example", 1, id);
	answer_plan(&r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(&r);
	struct channel *mx = open_session(&r, "mx", &ticket);
	say_ready(mx, 1);
	struct delivery d;
	take_delivery(mx, &d);
	say_outcome(mx, &d, FAULT_PERMANENT, "5.7.1", outlook_says);
	expect_committed(mx, 1);
	delivery_free(&d);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	say_end(mx, SESSION_DONE, FAULT_NONE, "");
	reap(&r, mx, ROLE_SMTP, ticket);
	goes_by(&r, "isp", id, FAULT_NONE, "2.0.0", "250 ok");
	ok(r.queue->blocked != NULL, "blocked");
	hear(&r, "192.0.2.9", STANDING_DISTRUSTED);
	ok(r.queue->blocked != NULL, "on the detour: still");
	hear(&r, "192.0.2.9", STANDING_TRUSTED);
	ok(r.queue->blocked == NULL, "mail goes straight from another address: no more");
	rig_end(&r);
}

/* The plan has a host with an address of each family; the session is begun for that of IPv6 alone. */
static void other_family_goes_straight(void)
{
	struct rig r;
	char id[32];
	struct frame frame;
	struct plan_job job;
	struct session s = { 0 };
	uint64_t ticket;
	struct ip_address addresses[] = { { 4, { 127, 0, 0, 1 } }, { 6, { [15] = 1 } } };
	struct target target = { .host = "mx.both.example", .preference = 10, .addresses = addresses, .address_count = 2 };

	rig_make(&r);
	rig_take_detours(&r);
	rig_start(&r);
	hear(&r, "192.0.2.9", STANDING_DISTRUSTED);
	submit_ok(&r, "you@both.example", 1, id);
	if (expect(r.resolver, FRAME_PLAN, &frame, "a plan") && plan_job_decode(frame.payload, &job) == 0) {
		struct plan p = { .ticket = job.ticket, .targets = &target, .target_count = 1 };
		SEND(r.resolver, FRAME_PLANNED, plan, &p);
		plan_job_free(&job);
	}
	answer_sign(&r);
	struct channel *smtp = answer_spawn(&r, ROLE_SMTP, &ticket);
	if (expect(smtp, FRAME_SESSION, &frame, "a session") && session_decode(frame.payload, &s) == 0) {
		is_text(s.hop, "mx", "straight");
		ok(s.target_count == 1 && s.targets[0].address_count == 1 && s.targets[0].addresses[0].family == 6, "by IPv6 alone");
	}
	session_free(&s);
	channel_free(smtp);
	hear(&r, "2001:db8::9", STANDING_DISTRUSTED);
	hear(&r, "2001:db8::8", STANDING_DISTRUSTED);
	is_int(detour_families(r.queue), FAMILY_ALL, "then both are distrusted");
	rig_end(&r);
}

/* What may have arrived is tried again where it may have, whatever has begun or ended meanwhile. */
static void unknown_stays_on_its_way(void)
{
	struct rig r;
	struct delivery d;
	char id[32], second[32];
	uint64_t ticket;

	rig_make(&r);
	rig_take_detours(&r);
	rig_start(&r);
	submit_ok(&r, "you@one.example", 1, id);
	answer_plan(&r, "one.example", PLAN_MX, "mx.big.example", NULL, false);
	answer_sign(&r);
	struct channel *mx = open_session(&r, "mx", &ticket);
	say_ready(mx, 1);
	take_delivery(mx, &d);
	delivery_free(&d);
	reap(&r, mx, ROLE_SMTP, ticket);
	hear(&r, "192.0.2.9", STANDING_DISTRUSTED);
	goes_by(&r, "mx", id, FAULT_NONE, "2.0.0", "250 ok");

	submit_ok(&r, "you@two.example", 2, second);
	answer_plan(&r, "two.example", PLAN_MX, "mx.two.example", NULL, false);
	answer_plan(&r, "smtp.isp.example", PLAN_HOST, "smtp.isp.example", NULL, false);
	answer_sign(&r);
	struct channel *isp = open_session(&r, "isp", &ticket);
	say_ready(isp, 1);
	take_delivery(isp, &d);
	delivery_free(&d);
	reap(&r, isp, ROLE_SMTP, ticket);
	hear(&r, "192.0.2.9", STANDING_TRUSTED);
	goes_by(&r, "isp", second, FAULT_NONE, "2.0.0", "250 ok");
	is_int(count_list(&r), 0, "all has arrived");

	/* The destination stays busy there; what comes later goes straight. */
	submit_ok(&r, "you@two.example", 3, id);
	answer_sign(&r);
	isp = open_session(&r, "isp", &ticket);
	say_ready(isp, 1);
	take_delivery(isp, &d);
	is_text(d.queue_id, id, "the next one, within that time, goes there as well");
	rig_advance(&r, rig_now().boot_ms + 4 * r.settings.retry_min_ms);
	submit_ok(&r, "you@two.example", 4, second);
	answer_plans_to(&r, "two.example");
	answer_sign(&r);
	goes_by(&r, "mx", second, FAULT_NONE, "2.0.0", "250 ok");
	delivery_free(&d);
	channel_free(isp);
	rig_end(&r);
}

static void answer_two_hosts(struct rig *r)
{
	struct frame frame;
	struct plan_job job;
	struct ip_address address = { 4, { 127, 0, 0, 1 } };
	struct target targets[] = {
		{ .host = "mx.example.net", .preference = 10, .addresses = &address, .address_count = 1 },
		{ .host = "mx2.example.net", .preference = 20, .addresses = &address, .address_count = 1 },
	};

	if (!expect(r->resolver, FRAME_PLAN, &frame, "a plan") || plan_job_decode(frame.payload, &job) < 0)
		return;
	struct plan p = { .ticket = job.ticket, .targets = targets, .target_count = 2 };
	SEND(r->resolver, FRAME_PLANNED, plan, &p);
	plan_job_free(&job);
}

/* What one host puts off the next one is asked for, by the one session that is allowed: the first makes room at once. */
static void next_host_wants_room(void)
{
	struct rig r;
	struct delivery d;
	struct frame frame;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	r.settings.sessions_per_site = 1;
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_two_hosts(&r);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready(smtp, 2);
	take_delivery(smtp, &d);
	say_outcome(smtp, &d, FAULT_TEMPORARY, "4.5.1", "451 later");
	expect_committed(smtp, 1);
	delivery_free(&d);
	expect(smtp, FRAME_QUIT, &frame, "told to go, since it has nothing to do");
	say_end(smtp, SESSION_DONE, FAULT_NONE, NULL);
	reap(&r, smtp, ROLE_SMTP, ticket);
	channel_free(open_session(&r, "mx", &ticket));
	rig_end(&r);
}

/* The rest goes on to other hosts of other names, by one session. */
static void rest_finds_other_hosts(void)
{
	struct rig r;
	struct delivery d;
	char id[32];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_two_hosts(&r);
	answer_sign(&r);
	struct channel *first = open_session(&r, "mx", &ticket);
	say_ready(first, 1);
	take_delivery(first, &d);
	say_outcome(first, &d, FAULT_TEMPORARY, "4.5.1", "451 later");
	expect_committed(first, 1);
	delivery_free(&d);
	struct channel *second = open_session(&r, "mx", &ticket);
	rig_pass(2000);    /* then the plan is old */
	submit_ok(&r, "you@example.net", 2, id);
	answer_sign(&r);
	answer_plan(&r, "example.net", PLAN_MX, "mx3.example.net", NULL, false);
	struct channel *third = open_session(&r, "mx", &ticket);
	expect_nothing(r.parent, "one session is enough for what two hosts have put off");
	channel_free(first);
	channel_free(second);
	channel_free(third);
	rig_end(&r);
}

/* Signers died over messages that have not been picked since: these are held as soon as they are. */
static void struck_before_it_is_picked(void)
{
	struct rig r;
	char id[2][32], held[100];

	rig_make(&r);
	rig_start(&r);
	for (unsigned char i = 0; i < 2; i++) {
		uint64_t message = 0;
		submit_ok(&r, "you@example.net", i + 1, id[i]);
		queue_id_parse(span_of(id[i]), &message);
		for (int deaths = 0; deaths < STRIKES_HELD; deaths++)
			strikes_add(r.queue, message, ROLE_SIGNER);
	}
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	expect_nothing(r.signer, "no signer has to die of them again");
	for (int i = 0; i < 2; i++) {
		snprintf(held, sizeof held, "%s: held: signer ended unexpectedly", id[i]);
		ok(wait_for_log(&r, held), "held, and named");
	}
	rig_end(&r);
}

static void damage_table(const struct rig *r, const char *sql_root_page)
{
	char path[100];
	unsigned char page[4096];
	struct fault f;
	struct sql *sql = sql_open(r->spool, &f);
	int64_t number = sql_number(sql, sql_root_page);

	sql_close(sql);
	snprintf(path, sizeof path, "%s/queue.db", r->spool);
	int fd = open(path, O_WRONLY);
	memset(page, 0xff, sizeof page);
	ok(pwrite(fd, page, sizeof page, (number - 1) * (int64_t)sizeof page) == sizeof page, "a page of the store is damaged");
	close(fd);
}

/* Callers drop where nobody answers, so nothing more is said. */
static void damaged_store(void)
{
	struct rig r;
	struct submission s = mail_to("you@example.net", 1);
	struct frame frame;

	rig_make(&r);
	rig_start(&r);
	rig_settle(&r);
	rig_kill(&r);
	damage_table(&r, "SELECT rootpage FROM sqlite_schema WHERE name='recipient'");
	rig_start(&r);
	put_submit(&r, &s);
	rig_settle(&r);
	is_int(core_exit_status(r.queue), EX_CONFIG, "it ends where its store is found damaged");
	ok(channel_receive(r.pickup, &frame, 0) == 0, "and answers nobody");
	rig_kill(&r);
	settings_free(&r.settings);
}

/* A signer that hangs has no more to answer for than it had. */
static void signer_hangs(void)
{
	struct rig r;
	struct frame frame;
	char domain[20], host[20], to[30], id[32];
	unsigned char n = 0;

	rig_make(&r);
	rig_start(&r);
	for (int i = 0; i < 9; i++) {
		snprintf(domain, sizeof domain, "d%d.example", i);
		snprintf(host, sizeof host, "mx.d%d.example", i);
		snprintf(to, sizeof to, "you@%s", domain);
		submit_ok(&r, to, ++n, id);
		answer_plan(&r, domain, PLAN_MX, host, NULL, false);
		submit_ok(&r, to, ++n, id);
	}
	for (int i = 0; i < 16; i++)
		expect(r.signer, FRAME_SIGN, &frame, "a signature is asked for");
	while (strikes_count(r.queue) == 0 && rig_receive(r.parent, &frame, SOON_MS) == 1)
		;
	is_int((long long)strikes_count(r.queue), 16, "it is ended, and what it had is suspected");
	rig_end(&r);
}

/* A policy whose fetching a drain cut is the next queue's to have. */
static void drain_cuts_fetch(void)
{
	struct rig r;
	char id[32], known[100];
	uint64_t ticket;

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@a.example", 1, id);
	answer_policy_plan(&r, "a.example", "7", STS_NONE, known);
	struct channel *sts = answer_spawn(&r, ROLE_STS, &ticket);
	channel_send(r.parent, FRAME_DRAIN, SPAN(""), -1);
	rig_settle(&r);
	reap(&r, sts, ROLE_STS, ticket);
	expect_nothing(r.resolver, "nothing is planned without it");
	rig_end(&r);
}

/* ---- timers ---- */

/* Until the first of that kind; -1: none is set. */
static int64_t left_of(struct rig *r, enum timer_kind kind)
{
	const struct timers *t = &r->queue->timers;
	int64_t first = INT64_MAX;

	rig_settle(r);
	for (size_t i = 0; i < t->count; i++)
		if (t->heap[i]->kind == kind && t->heap[i]->boot_ms < first)
			first = t->heap[i]->boot_ms;
	return first == INT64_MAX ? -1 : first - rig_now().boot_ms;
}

/* It is set for that time, and fires then and not before. */
static void fires(struct rig *r, enum timer_kind kind, int64_t ms, const char *what)
{
	is_int(left_of(r, kind), ms, "%s is due in that time", what);
	rig_pass(ms - 1);
	is_int(left_of(r, kind), 1, "%s: not sooner", what);
	rig_pass(1);
	ok(left_of(r, kind) != 0, "%s: and then", what);
}

static void is_killed(struct rig *r, enum role role, const char *what)
{
	struct frame frame;
	struct peer peer = { 0 };
	int n = receive(r->parent, FRAME_KILL, &frame, 0);

	ok(n == 1 && frame.type == FRAME_KILL && peer_decode(frame.payload, &peer) == 0 && peer.role == role, "%s is to be ended",
	   what);
}

static void rig_make_real(struct rig *r)
{
	rig_make(r);
	r->settings.time_scale = 1;
	r->settings.retry_min_ms = 300 * 1000;
	r->settings.retry_max_ms = 3600 * 1000;
	r->settings.queue_life_ms = INT64_C(5) * 86400 * 1000;
}

/* Nobody answers: each is waited for as long as it may take, and not a moment longer. */
static void nobody_answers(void)
{
	struct rig r;
	char id[32], known[100];
	uint64_t ticket;
	struct buf none = { 0 };

	rig_make_real(&r);
	rig_start(&r);
	channel_send(r.pickup, FRAME_HEARTBEAT, buf_span(&none), -1);
	fires(&r, TIMER_HEARTBEAT, 80 * 1000, "a heartbeat");
	rig_pass(79 * 1000);
	fires(&r, TIMER_PICKUP, 1000, "the pickup's next one");
	fires(&r, TIMER_PICKUP, 100 * 1000, "which is doubted for a while");
	is_killed(&r, ROLE_PICKUP, "the pickup");
	channel_free(r.pickup);
	r.pickup = rig_give_peer(&r, ROLE_PICKUP, 2);

	submit_ok(&r, "you@a.example", 1, id);
	fires(&r, TIMER_PLAN, 120 * 1000, "the plan");
	is_killed(&r, ROLE_RESOLVER, "the resolver");
	channel_free(r.resolver);
	r.resolver = rig_give_peer(&r, ROLE_RESOLVER, 2);
	fires(&r, TIMER_DUE, left_of(&r, TIMER_DUE), "its retry");
	answer_policy_plan(&r, "a.example", "7", STS_NONE, known);
	struct channel *sts = answer_spawn(&r, ROLE_STS, &ticket);
	fires(&r, TIMER_POLICY, 150 * 1000, "the policy");
	channel_free(sts);
	answer_policy_plan(&r, "a.example", "7", STS_NONE, known);
	int64_t heard_ms = rig_now().boot_ms;
	struct channel *smtp = open_session(&r, "mx", &ticket);
	fires(&r, TIMER_SESSION_SLOW, 30 * 1000, "a session that is slow");
	fires(&r, TIMER_SIGNING, 90 * 1000, "the signature");
	is_killed(&r, ROLE_SIGNER, "the signer");
	fires(&r, TIMER_SESSION, left_of(&r, TIMER_SESSION), "a session that says nothing at all");
	ok(rig_now().boot_ms - heard_ms <= 81 * 60 * 1000 && rig_now().boot_ms - heard_ms > 70 * 60 * 1000, "for more than an hour");
	is_killed(&r, ROLE_SMTP, "the session");
	reap(&r, smtp, ROLE_SMTP, ticket);
	rig_kill(&r);
	settings_free(&r.settings);
}

static void nobody_makes_the_report(void)
{
	struct rig r;
	char id[32];
	uint64_t ticket;
	struct delivery d;

	rig_make_real(&r);
	rig_start(&r);
	submit_ok(&r, "no@b.example", 2, id);
	struct channel *smtp = deliver_one(&r, "b.example", &ticket, &d);
	say_outcome(smtp, &d, FAULT_PERMANENT, "5.1.1", "550 no such user");
	expect_committed(smtp, 1);
	delivery_free(&d);
	answer_spawn(&r, ROLE_BOUNCE, &ticket);
	fires(&r, TIMER_REPORT, 120 * 1000, "the report");
	is_killed(&r, ROLE_BOUNCE, "its maker");
	rig_kill(&r);
	settings_free(&r.settings);
}

/* All is well, and comes to rest. */
static void comes_to_rest(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct frame frame;
	char id[32];
	uint64_t ticket;
	struct delivery d;

	rig_make_real(&r);
	rig_start(&r);
	give_control(&r, &address);
	submit_ok(&r, "you@a.example", 1, id);
	answer_plan(&r, "a.example", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	struct channel *smtp = open_session(&r, "mx", &ticket);
	say_ready_with_ticket(smtp, "a ticket");
	is_int(left_of(&r, TIMER_TLS_TICKETS), 60 * 1000, "the life of its ticket");
	take_delivery(smtp, &d);
	is_int(left_of(&r, TIMER_PLAN_OLD), 30 * 60 * 1000, "the plan is looked at again");
	say_outcome(smtp, &d, FAULT_NONE, "2.0.0", "250 ok");
	expect_committed(smtp, 1);
	delivery_free(&d);
	is_int(left_of(&r, TIMER_LINGER), 2000, "the destination is kept for a moment");
	fires(&r, TIMER_SESSION_IDLE, 2000, "and so is the session");
	expect(smtp, FRAME_QUIT, &frame, "which is to end");
	is_int(left_of(&r, TIMER_PLAN_OLD), -1, "the destination has gone");
	reap(&r, smtp, ROLE_SMTP, ticket);
	fires(&r, TIMER_TLS_TICKETS, 58 * 1000, "the life of its ticket");

	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ok(connect(client, (struct sockaddr *)&address, sizeof address) == 0, "a client that says nothing");
	fires(&r, TIMER_CLIENT, 30 * 1000, "what it wants");
	is_int(read(client, id, 1), 0, "it is closed");
	close(client);

	/* One that has asked for a test is waited for by nobody, and a message that was put off neither. */
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct submit_query query = { (enum submit_operation)CONTROL_TEST, SPAN("sender me@example.org\nrecipient you@b.example\n") };
	struct buf asked = { 0 };
	submit_encode_query(&query, &asked);
	ok(connect(client, (struct sockaddr *)&address, sizeof address) == 0 && write(client, asked.at, asked.len) > 0, "a test");
	buf_free(&asked);
	expect(r.resolver, FRAME_PLAN, &frame, "a plan is asked for");
	left_of(&r, TIMER_CLIENT);
	unsigned long before = r.steps;
	rig_pass(110 * 1000);
	is_int(left_of(&r, TIMER_CLIENT), -1, "nothing is wanted of it");
	ok(r.steps - before <= 2 + 2, "no step but for heartbeats and upkeep (%lu)", r.steps - before);
	close(client);
	fires(&r, TIMER_PLAN, 10 * 1000, "the plan");
	rig_settle(&r);
	before = r.steps;
	rig_pass(100 * 1000);
	ok(r.steps - before <= 10 + 2, "nor while it waits for its retry (%lu)", r.steps - before);
	rig_kill(&r);
	settings_free(&r.settings);
}

/* Processes that die before they have dialled say nothing of the site, until three in a row did. */
static void sessions_that_never_began(void)
{
	struct rig r;
	char id[32];

	rig_make(&r);
	rig_start(&r);
	submit_ok(&r, "you@example.net", 1, id);
	answer_plan(&r, "example.net", PLAN_MX, "mx.example.net", NULL, false);
	answer_sign(&r);
	for (int i = 0; i < 3; i++) {
		struct frame frame;
		struct spawn spawn;
		if (!expect(r.parent, FRAME_SPAWN, &frame, "a process is asked for at once") || spawn_decode(frame.payload, &spawn) < 0)
			break;
		reap(&r, NULL, ROLE_SMTP, spawn.ticket);
		spawn_free(&spawn);
	}
	expect_nothing_for(r.parent, 200, "after the third the mail waits");
	ok(log_has(&r, "status=deferred (the smtp process ended unexpectedly"), "and the log says why");
	rig_end(&r);
}

/* Aliases have said that it is bob's, and so it is not root's once it is released. */
static void held_for_a_mailbox(void)
{
	struct rig r;
	struct sockaddr_un address;
	struct listing_entry row;
	struct buf end = { 0 };
	struct fault f = { 0 };
	char id[32];

	rig_make(&r);
	rig_set(&r.settings.local_delivery, "mbox");
	rig_set(&r.settings.root, "boss@example.net");
	rig_start_process(&r);
	give_control(&r, &address);
	submit_ok(&r, "bob", 1, id);
	is_int(order(&address, CONTROL_HOLD, "all\nby me\n", &end, &f), 0, "mail for bob is held: %s", f.text);
	is_int(order(&address, CONTROL_RELEASE, "held\n", &end, &f), 0, "and released: %s", f.text);
	is_text(buf_text(&end), "1 recipient of 1 message released", "that one");
	is_int(list(&r, 0, true, &row), 1, "it waits");
	is_text(row.recipients[0].address, "bob", "for bob's mailbox, though root is set");
	listing_entry_free(&row);
	buf_free(&end);
	rig_end(&r);
}

/* Mail for users of this host: a session each, one at a time, unsigned, and one's trouble is not another's. */
static void mailboxes(void)
{
	struct rig r;
	struct delivery d;
	uint64_t to_bob, to_al;
	char id[32];

	rig_make(&r);
	rig_set(&r.settings.local_delivery, "mbox");
	rig_start(&r);
	rig_pass(10);
	submit_ok(&r, "bob", 1, id);
	answer_plan(&r, "bob", PLAN_USER, "bob", NULL, false);
	struct channel *bob = open_mailbox(&r, "bob", &to_bob);
	take_delivery(bob, &d);
	is_text(d.recipients[0].address, "bob", "a bare name stays bare");
	is_text(d.fields.len ? "signed" : "", "", "it is not signed");
	ok(!d.again, "it cannot have been delivered before");
	submit_ok(&r, "Bob+tag@localhost", 2, id);
	submit_ok(&r, "al@mail", 3, id);
	answer_plan(&r, "al", PLAN_USER, "al", NULL, false);
	struct channel *al = open_mailbox(&r, "al", &to_al);
	expect_nothing(r.parent, "the second for bob waits for the session that he has");
	say_outcome(bob, &d, FAULT_TEMPORARY, "4.2.2", "over quota");
	expect_committed(bob, 1);
	delivery_free(&d);
	take_delivery(al, &d);
	say_outcome(al, &d, FAULT_NONE, "2.0.0", "delivered");
	expect_committed(al, 1);
	delivery_free(&d);
	is_int(count_list(&r), 2, "a mailbox that is full is no trouble of another");
	/* The process dies with the message in its hands: what comes next may find it there. */
	say_wants(bob, 1);
	take_delivery(bob, &d);
	delivery_free(&d);
	channel_free(bob);
	reap(&r, NULL, ROLE_LOCAL, to_bob);
	bob = open_mailbox(&r, "bob", &to_bob);
	take_delivery(bob, &d);
	ok(d.again, "after a process died with it, it may be there already");
	say_outcome(bob, &d, FAULT_PERMANENT, "5.1.1", "no such user");
	delivery_free(&d);
	channel_free(bob);
	channel_free(al);
	rig_end(&r);
}

int main(void)
{
	tap_plan(3527);
	signal(SIGPIPE, SIG_IGN);
	log_open("signet/queue", "stderr");
	rig_clock_set((struct core_time){ clock_wall_ms(), clock_boot_ms() });
	whole_way();
	killed();
	clock_was_ahead();
	without_keys();
	session_dies();
	signer_dies();
	damaged_body(true);
	damaged_body(false);
	tickets_travel();
	bounces();
	tells_of_delay();
	tells_not_of_delay();
	tells_of_dead_destination();
	tells_of_success();
	has_nothing_to_tell();
	falls_back();
	blocked_at_the_greeting();
	blocked_for_a_recipient();
	unmet_needs();
	unmet_needs_of_two();
	vouched_for_each();
	rogue_session();
	rogue_frames();
	needs_another_session();
	need_a_session_each();
	comes_back();
	is_called_back();
	moves_at_once();
	unknown_goes_back();
	refused_content_stays();
	detours_are_committed();
	takes_detours();
	another_address_is_not_blocked();
	other_family_goes_straight();
	unknown_stays_on_its_way();
	planning_fails();
	policies();
	any_tls();
	plans_again();
	disk_is_full();
	drains();
	drain_cuts(false);
	drain_cuts(true);
	helpers_come_and_go();
	the_closed_speaks();
	key_cannot_sign("send", "4.3.5", false);
	key_cannot_sign("hold", "4.3.5", true);
	key_cannot_sign("hold", "5.6.0", false);
	large_body();
	expires();
	many();
	overtakes();
	makes_room();
	slow_hosts();
	capped();
	rate_allows_some();
	pauses();
	too_many_for_server();
	held();
	goes_to_root();
	held_untold();
	own_name();
	route_by_mx();
	odd_hop();
	locked();
	control();
	users_own();
	holds_a_runaway();
	counts_clients_without_a_user();
	long_listing();
	orders();
	order_between_hops();
	suppresses();
	block_ends_while_it_waits();
	block_that_cannot_be_ended();
	next_host_wants_room();
	rest_finds_other_hosts();
	struck_before_it_is_picked();
	damaged_store();
	signer_hangs();
	drain_cuts_fetch();
	nobody_answers();
	nobody_makes_the_report();
	held_for_a_mailbox();
	mailboxes();
	sessions_that_never_began();
	comes_to_rest();
	return tap_done();
}
