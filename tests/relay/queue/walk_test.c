/* SPDX-License-Identifier: ISC */
/*
 * A random walk: the queue's core among peers that do what peers may do, in any
 * order, with commits that fail and kills at any point, also beside a commit.
 * After each event, and now and then by a look at the whole store, it must hold
 * that nothing accepted is lost, each recipient ends once, what is counted is
 * there, nobody is dialled too often, and nothing is said to who must not hear
 * it. From time to time all goes well for a while, until the queue is empty.
 *
 *   WALK_EVENTS=1000000 WALK_SEED=7 build/tests/relay/queue/walk_test
 *
 * The same seed is the same walk. WALK_TRACE=1 tells of each event, else the
 * last ones are told of when something is wrong. What a walk finds becomes a row
 * of queue_test.
 */
#include "base/io.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/mail/submit.h"
#include "relay/channel.h"
#include "base/view/control.h"
#include "relay/queue/blocked.h"
#include "relay/queue/detour.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/pace.h"
#include "relay/queue/store_detour.h"
#include "relay/queue/store_rows.h"
#include "relay/queue/table.h"
#include "relay/queue/turn.h"
#include "relay/queue_id.h"

#include "tests/base/mail/said.h"
#include "tests/relay/queue/rig.h"
#include "tests/relay/queue/walk_model.h"
#include "tests/tap.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	DOMAINS = 12, OPEN_MAX_MESSAGES = 300, JOBS_MAX = 64, PEERS_MAX = 3, CLIENTS = 4,
	CALM_EVERY = 4000, LOOK_EVERY = 200, MOOD_EVERY = 400,
	MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS,
};

/* ---- chance ---- */

static uint64_t dice;

static unsigned below(unsigned n)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (unsigned)(dice * 0x2545f4914f6cdd1dU >> 33) % n;
}

static bool chance(unsigned in_thousand)
{
	return below(1000) < in_thousand;
}

/* How things go for a while; all zero: well. */
static struct mood {
	unsigned bad;                 /* of a thousand answers, those that are */
	unsigned deaths;              /* of a thousand chances to die, those that are taken */
	unsigned commits;             /* of a thousand commits, those that fail, */
	unsigned kills;               /* and those beside which it is killed */
} mood;

/* ---- the world ---- */

struct told {                         /* a job that a session has */
	uint64_t ticket;
	size_t count;
	uint64_t ids[WALK_RECIPIENTS];
};

struct said_of {                      /* what it said of one; until it is committed */
	size_t count;
	uint64_t delivered[WALK_RECIPIENTS];
};

struct process {                      /* of smtp, bounce or sts */
	enum role role;
	uint64_t ticket;
	struct channel *c;            /* NULL: not given, or closed */
	bool given, asked, ready, quit, over, to_be_killed;
	unsigned wants, sent_mail;
	int receiver;                 /* -1 not known */
	bool of_use, six, none_left;  /* it goes by IPv6; by neither, since both are refused */
	int64_t begun_ms;
	struct told jobs[JOBS_MAX];
	size_t job_count;
	struct said_of said[JOBS_MAX];
	size_t said_count;
	char *sender;                 /* bounce: who gets the report */
	struct process *next;
};

struct helper {                       /* signer or resolver */
	enum role role;
	uint64_t instance;
	struct channel *c;
	struct buf asked;             /* tickets */
	bool to_be_killed;
};

static struct rig rig;
static sigjmp_buf out_of_core;
static bool may_jump;
static struct process *processes;
static struct helper helpers[PEERS_MAX * 2];
static uint64_t next_instance, next_record, next_ticket, drawn;
static bool draining, drained;
static int client = -1, lister = -1;    /* who orders, and who only asks */
static struct { uint64_t ticket, record; struct submission *s; } pending[64];
static unsigned pending_count;

/* Dials of each receiver that came to nothing, when they were begun (boot). */
static int64_t idle_dials[DOMAINS + 1][64];
static unsigned idle_dial_count[DOMAINS + 1];
static int64_t forgiven_ms;           /* those until then are, by the owner's order */

static unsigned long event;
static uint64_t seed;
static unsigned long events_wanted;
static FILE *traces;                  /* NULL: none are wanted; else stderr as it was, for that of cores is their log's */
static char last_traces[64][120];     /* told when it goes wrong */
static unsigned long traced;
static struct { unsigned long submitted, delivered, failed, put_off, reports, kills, commits_failed; } so_far;

static void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void trace(const char *format, ...)
{
	char *line = last_traces[traced++ % TAP_ROWS(last_traces)];
	va_list ap;

	int n = snprintf(line, sizeof *last_traces, "# %lu %" PRId64 ": ", event, rig_now().boot_ms);
	va_start(ap, format);
	vsnprintf(line + n, sizeof *last_traces - (size_t)n, format, ap);
	va_end(ap);
	if (traces)
		fprintf(traces, "%s\n", line);
}

/* Where it went wrong, and what came before; to stdout, for within a step stderr is the core's log. */
static void tell_where(void)
{
	for (unsigned long i = 0; i < TAP_ROWS(last_traces) && traces == NULL; i++) {
		const char *line = last_traces[(traced + i) % TAP_ROWS(last_traces)];
		if (line[0])
			printf("%s\n", line);
	}
	printf("# event %lu of WALK_SEED=%" PRIu64 " WALK_EVENTS=%lu\n", event, seed, events_wanted);
}

/* ---- commits, and kills beside them ---- */

/* A kill loses nothing that was written; that of the whole machine is another matter. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* Nothing is to hang on how fast this machine is. */
int64_t __wrap_clock_boot_ms(void);
int64_t __wrap_clock_wall_ms(void);

int64_t __wrap_clock_boot_ms(void)
{
	return rig_now().boot_ms;
}

int64_t __wrap_clock_wall_ms(void)
{
	return rig_now().wall_ms;
}

/* Not how full the store's pages are either, which the ids of reports bear upon. */
ssize_t __wrap_getrandom(void *to, size_t bytes, unsigned flags);

ssize_t __wrap_getrandom(void *to, size_t bytes, unsigned flags)
{
	(void)flags;
	drawn++;
	for (size_t i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = (uint8_t)((drawn * (i / 8 + 1) * 0x9e3779b97f4a7c15U) >> (i % 8 * 8));
	return (ssize_t)bytes;
}

int __real_store_commit(struct store *s, struct fault *f);
int __wrap_store_commit(struct store *s, struct fault *f);
void __real_store_begin(struct store *s);
void __wrap_store_begin(struct store *s);

static void fail_the_transaction(struct store *s)
{
	trace("a commit fails");
	so_far.commits_failed++;
	sql_execute(s->sql, "this fails");
}

static void kill_core(void)
{
	trace("killed beside a commit");
	siglongjmp(out_of_core, 1);
}

/* Fails as when the disk is full at any statement of a transaction; what follows is skipped. */
void __wrap_store_begin(struct store *s)
{
	__real_store_begin(s);
	if (chance(mood.commits / 8))
		fail_the_transaction(s);
}

int __wrap_store_commit(struct store *s, struct fault *f)
{
	if (store_is_open(s) && chance(mood.commits))
		fail_the_transaction(s);
	if (may_jump && store_is_open(s) && chance(mood.kills))
		kill_core();
	int done = __real_store_commit(s, f);
	if (may_jump && chance(mood.kills))
		kill_core();
	return done;
}

/* ---- what a failed commit leaves ---- */

void __real_turn_has_failed(struct queue *q, const struct fault *f);
void __wrap_turn_has_failed(struct queue *q, const struct fault *f);

/* What was ordered of ways for mail, and refused: in memory as in the store. */
static void ways_are_taken_back(struct queue *q)
{
	struct buf via = { 0 };
	struct control_detour d;

	for (uint32_t family = 4; family <= 6 && q->settings->on_address_change.count > 0; family += 2) {
		struct detour_row row;
		const char *in_memory = "";
		for (size_t at = 0; detour_next(q, &at, &via, &d);)
			if (d.family == family)
				in_memory = d.address;
		store_load_detour(q->store, family, &row);
		if (strcmp(row.address, in_memory) != 0)
			walk_wrong("IPv%u: a commit has failed, and the detour is for \"%s\" in memory, for \"%s\" in the store", family,
			           in_memory, row.address);
		detour_row_free(&row);
	}
	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (k->gone && k->ordered)
			walk_wrong("a commit has failed, and the block of %s stays ended", k->name);
	buf_free(&via);
}

void __wrap_turn_has_failed(struct queue *q, const struct fault *f)
{
	__real_turn_has_failed(q, f);
	ways_are_taken_back(q);
}

/* ---- what leaves the queue ---- */

/* Nothing tells of what is not on stable storage. */
static void store_is_shut(const char *what)
{
	if (rig.queue && rig.core.store && store_is_open(rig.core.store))
		walk_wrong("%s leaves while something is not committed", what);
}

void __real_channel_put(struct channel *c, uint16_t type, struct span payload, int fd);
void __wrap_channel_put(struct channel *c, uint16_t type, struct span payload, int fd);

void __wrap_channel_put(struct channel *c, uint16_t type, struct span payload, int fd)
{
	struct submitted s;

	if (type == FRAME_COMMITTED || type == FRAME_DELIVER || type == FRAME_DRAINED)
		store_is_shut("a frame that tells of what was committed");
	if (type == FRAME_SUBMITTED && submitted_decode(payload, &s) == 0) {
		if (s.fault.kind == FAULT_NONE)
			store_is_shut("the answer to a submission");
		submitted_free(&s);
	}
	__real_channel_put(c, type, payload, fd);
}

struct control_client;
void __real_control_reply(struct control_client *c, enum submit_reply_kind kind, struct span text);
void __wrap_control_reply(struct control_client *c, enum submit_reply_kind kind, struct span text);

void __wrap_control_reply(struct control_client *c, enum submit_reply_kind kind, struct span text)
{
	if (kind == SUBMIT_ROW)
		store_is_shut("what somebody asked for");
	__real_control_reply(c, kind, text);
}

#define WRAP_MAIL_LOG(name, parameters, arguments) \
	void __real_mail_log_##name parameters; \
	void __wrap_mail_log_##name parameters; \
	void __wrap_mail_log_##name parameters \
	{ \
		store_is_shut("the log's \"" #name "\""); \
		__real_mail_log_##name arguments; \
	}

WRAP_MAIL_LOG(delivery, (const struct committed *c, const struct mail_log_delivery *d), (c, d))
WRAP_MAIL_LOG(accepted, (const struct committed *c, const struct submission *s, uint64_t id, bool by_caller), (c, s, id, by_caller))
WRAP_MAIL_LOG(removed, (const struct committed *c, const char *id), (c, id))
WRAP_MAIL_LOG(notification, (const struct committed *c, uint64_t id, const char *what, uint64_t new_id), (c, id, what, new_id))

/* ---- frames to the queue ---- */

static void put(struct channel *c, enum frame_type type, struct buf *payload)
{
	channel_put(c, (uint16_t)type, buf_span(payload), -1);
	channel_flush(c);
	buf_free(payload);
}

#define SAY(c, type, prefix, value) \
	do { \
		struct buf said_ = { 0 }; \
		prefix##_encode((value), &said_); \
		put((c), (type), &said_); \
	} while (0)

static struct reply reply_like(bool bad)
{
	static const struct { enum fault_kind kind; const char *status, *text; } words[] = {
		{ FAULT_TEMPORARY, "4.2.1", "450 mailbox busy, try later" },
		{ FAULT_TEMPORARY, "4.7.1", "451 greylisted, please try again in 300 seconds" },
		{ FAULT_TEMPORARY, "4.7.0", "421 too many connections from your address" },
		{ FAULT_TEMPORARY, "4.5.3", "452 too many recipients" },
		{ FAULT_TEMPORARY, "4.7.1", "450 4.7.1 Error: too much mail from 192.0.2.1" },
		{ FAULT_TEMPORARY, "4.3.2", "421 service shutting down" },
		{ FAULT_TEMPORARY, "4.3.0", "the session ended" },
		{ FAULT_PERMANENT, "5.1.1", "550 no such user" },
		{ FAULT_PERMANENT, "5.1.1", "550 no such user here" },
		{ FAULT_PERMANENT, "5.2.2", "552 mailbox full" },
		{ FAULT_PERMANENT, "5.7.1", "554 spam is not accepted" },
		{ FAULT_PERMANENT, "5.7.1", "554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org" },
		{ FAULT_PERMANENT, "5.7.0", "530 authentication required" },
	};
	unsigned i = below(TAP_ROWS(words));

	return bad ? said(words[i].kind, words[i].status, words[i].text) : said(FAULT_NONE, "2.0.0", "250 ok");
}

/* ---- processes ---- */

static struct process *process_of(uint64_t ticket)
{
	for (struct process *p = processes; p; p = p->next)
		if (p->ticket == ticket)
			return p;
	return NULL;
}

static unsigned count_processes(void)
{
	unsigned n = 0;

	for (struct process *p = processes; p; p = p->next)
		n++;
	return n;
}

static void let_go_of_jobs(struct process *p)
{
	for (size_t i = 0; i < p->job_count; i++)
		for (size_t j = 0; j < p->jobs[i].count; j++)
			model_in_session(p->jobs[i].ids[j], 0);
	p->job_count = 0;
}

static void free_process(struct process *p)
{
	for (struct process **at = &processes; *at; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	channel_free(p->c);
	free(p->sender);
	free(p);
}

static void hang_up(struct process *p)
{
	trace("%s %" PRIu64 " hangs up", role_name(p->role), p->ticket);
	channel_free(p->c);
	p->c = NULL;
	p->over = true;
}

/* In a stretch of the floor's length there are no more than this, of those that came to nothing. */
static void count_dial(struct process *p)
{
	int64_t *at = idle_dials[p->receiver];
	unsigned *count = &idle_dial_count[p->receiver], near = 0;

	if (*count == 64)
		memmove(at, at + 1, 63 * sizeof *at), --*count;
	at[(*count)++] = p->begun_ms;
	for (unsigned i = 0; i < *count; i++)
		near += at[i] <= p->begun_ms && at[i] > p->begun_ms - rig.settings.retry_min_ms / 5 && at[i] > forgiven_ms;
	if (near > PACE_DIALS)
		walk_wrong("receiver %d was dialled %u times for nothing within a minute", p->receiver, near);
}

static void reap(struct process *p)
{
	struct peer peer = { p->role, p->ticket };

	trace("%s %" PRIu64 " exited", role_name(p->role), p->ticket);
	if (p->role == ROLE_SMTP && p->receiver >= 0 && !p->of_use)
		count_dial(p);
	let_go_of_jobs(p);
	SAY(rig.parent, FRAME_EXITED, peer, &peer);
	free_process(p);
}

static void give(struct process *p)
{
	trace("%s %" PRIu64 " is given", role_name(p->role), p->ticket);
	p->c = rig_give_peer(&rig, p->role, p->ticket);
	p->given = true;
}

/* ---- helpers ---- */

static void give_helper(struct helper *h, enum role role)
{
	*h = (struct helper){ .role = role, .instance = ++next_instance };
	h->c = rig_give_peer(&rig, role, h->instance);
}

static void lose_helper(struct helper *h)
{
	enum role role = h->role;

	trace("%s %" PRIu64 " dies", role_name(role), h->instance);
	channel_free(h->c);
	buf_free(&h->asked);
	give_helper(h, role);
}

static bool take_ticket(struct helper *h, uint64_t *ticket)
{
	size_t n = h->asked.len / sizeof *ticket;

	if (n == 0)
		return false;
	char *at = h->asked.at + below((unsigned)n) * sizeof *ticket;
	memcpy(ticket, at, sizeof *ticket);
	memmove(at, at + sizeof *ticket, (size_t)(h->asked.at + h->asked.len - at) - sizeof *ticket);
	h->asked.len -= sizeof *ticket;
	return true;
}

/* A plan is for a name; what it was is kept in the upper bits of what is remembered. */
static unsigned domain_of(const char *name)
{
	unsigned n = DOMAINS;

	sscanf(name, "d%u.example", &n);
	return n < DOMAINS ? n : DOMAINS;
}

static struct { uint64_t ticket; unsigned domain; bool smarthost, sts; } plans[256];

static void answer_plan(uint64_t ticket)
{
	struct ip_address both[] = { { 4, { 192, 0, 2, 1 } }, { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } } };
	char names[2][40];
	struct target targets[2] = { 0 };
	unsigned at = (unsigned)(ticket % 256), d = plans[at].ticket == ticket ? plans[at].domain : DOMAINS;
	struct plan plan = { .ticket = ticket, .targets = targets, .target_count = 1 + (d % 3 == 0) };

	for (unsigned i = 0; i < 2; i++) {
		/* Domains 0 and 3 have the same hosts. */
		snprintf(names[i], sizeof names[i], plans[at].smarthost ? "smtp.isp.example" : "mx%u.d%u.example", i, d == 3 ? 0 : d);
		targets[i] = (struct target){ .host = names[i], .preference = 10, .addresses = both, .address_count = 1 + (d % 4 == 1) };
	}
	if (plans[at].smarthost)
		plan.target_count = 1;
	if (!plans[at].smarthost && chance(mood.bad / 3)) {
		plan.sts_id = (char *)(uintptr_t)"1";
		plan.sts_addresses = both;
		plan.sts_address_count = 1;
	}
	unsigned bad = chance(mood.bad) ? 1 + below(4) : 0;
	if (bad)
		plan.target_count = 0;
	if (bad == 1 || bad == 2)
		fault_set(&plan.fault, FAULT_TEMPORARY, "4.4.3", "SERVFAIL");
	if (bad == 3 || bad == 4) {
		fault_set(&plan.fault, FAULT_PERMANENT, "5.1.2", "no such domain");
		plan.unconfirmed = bad == 4;
		model_may_fail();
	}
	trace("plan %" PRIu64 " of domain %u: %s", ticket, d, bad ? plan.fault.text : "well");
	SAY(helpers[0].c, FRAME_PLANNED, plan, &plan);
}

static void answer_sign(struct helper *h, uint64_t ticket)
{
	struct signed_fields s = { .ticket = ticket, .fields = "DKIM-Signature: x\r\n", .keys = "k", .note = "" };

	if (chance(mood.bad)) {
		fault_set(&s.fault, FAULT_TEMPORARY, "4.3.5", "the key cannot be read");
		s.fields = "";
	}
	SAY(h->c, FRAME_SIGNED, signed_fields, &s);
}

static bool helper_event(enum role role)
{
	uint64_t ticket;

	for (int i = 0; i < PEERS_MAX * 2; i++) {
		struct helper *h = &helpers[i];
		if (h->role != role || h->c == NULL)
			continue;
		if (h->to_be_killed || chance(mood.deaths / 4)) {
			lose_helper(h);
			return true;
		}
		if (!take_ticket(h, &ticket))
			continue;
		if (chance(mood.bad / 8))
			trace("%s never answers %" PRIu64, role_name(role), ticket);
		else if (role == ROLE_RESOLVER)
			answer_plan(ticket);
		else
			answer_sign(h, ticket);
		return true;
	}
	return false;
}

/* ---- sessions ---- */

static void session_ends(struct process *p, enum session_scope scope, struct reply reply)
{
	struct session_end e = { .scope = scope, .reply = reply, .connections = scope == SESSION_UNREACHABLE ? 0 : 1, .none_left = p->none_left };

	trace("session %" PRIu64 " ends, %d %s", p->ticket, (int)scope, reply.text);
	if (scope == SESSION_UNREACHABLE)
		p->of_use = true;          /* costs no dial */
	if (reply.kind == FAULT_PERMANENT || scope == SESSION_UNMET)
		model_may_fail();
	SAY(p->c, FRAME_SESSION_END, session_end, &e);
	p->over = true;
	let_go_of_jobs(p);
}

static void say_wants(struct process *p, unsigned n)
{
	struct buf b = { 0 };

	pack_u32(&b, n);
	p->wants += n;
	put(p->c, FRAME_WANT, &b);
}

static void session_begins(struct process *p)
{
	struct session_ready ready = { .relay = SAID_RELAY, .host = "mx0.d1.example",
		.source = (char *)(uintptr_t)(p->six ? "2001:db8::1" : "192.0.2.1"), .tls = "",
		.tls_summary = "TLSv1.3/verified", .connections = 1, .capabilities = CAP_SMTPUTF8 | CAP_REQUIRETLS };

	if (p->none_left) {
		session_ends(p, SESSION_UNREACHABLE, said_at(STEP_CONNECTION, FAULT_TEMPORARY, "4.4.1", "no address of ours is left"));
		return;
	}
	if (chance(mood.bad)) {
		static const enum session_scope scopes[] = { SESSION_UNREACHABLE, SESSION_UNREACHABLE, SESSION_REFUSED, SESSION_REFUSED,
			SESSION_TLS, SESSION_AUTH, SESSION_UNMET };
		session_ends(p, scopes[below(TAP_ROWS(scopes))], said_at(STEP_CONNECTION, FAULT_TEMPORARY, "4.4.1",
		             chance(300) ? "421 4.3.2 too busy" : chance(200) ?
		             "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org" : "connection timed out"));
		return;
	}
	if (chance(mood.bad))
		ready.capabilities = chance(500) ? CAP_DSN : 0;
	p->ready = true;
	SAY(p->c, FRAME_READY, session_ready, &ready);
	say_wants(p, 1 + below(4));
}

static void say_outcome(struct process *p, struct told *job)
{
	struct recipient_outcome r[WALK_RECIPIENTS] = { 0 };
	struct outcome o = { .ticket = job->ticket, .recipients = r, .setup_ms = 5, .transfer_ms = 9 };
	struct said_of *said = &p->said[p->said_count++];
	bool one_for_all = chance(500), bad = chance(mood.bad);
	struct reply all = reply_like(bad);

	said->count = 0;
	for (size_t i = 0; i < job->count; i++)
		model_in_session(job->ids[i], 0);
	o.recipient_count = job->count - (job->count > 1 && chance(mood.bad / 16));    /* one may be left out */
	for (size_t i = 0; i < o.recipient_count; i++) {
		r[i].id = job->ids[i];
		r[i].reply = one_for_all ? all : reply_like(chance(mood.bad));
		r[i].unknown = r[i].reply.kind == FAULT_TEMPORARY && chance(mood.bad / 8);
		if (r[i].reply.kind == FAULT_NONE) {
			said->delivered[said->count++] = r[i].id;
			model_said_delivered(r[i].id);
			so_far.delivered++;
		}
		if (r[i].reply.kind == FAULT_PERMANENT)
			model_said_failed(r[i].id);
		so_far.failed += r[i].reply.kind == FAULT_PERMANENT;
		so_far.put_off += r[i].reply.kind == FAULT_TEMPORARY;
		p->of_use |= r[i].reply.kind != FAULT_TEMPORARY;
		trace("session %" PRIu64 " says of %" PRIu64 ": %u %s%s", p->ticket, r[i].id, r[i].reply.code, r[i].reply.text,
		      r[i].unknown ? " (unknown)" : "");
	}
	SAY(p->c, FRAME_OUTCOME, outcome, &o);
	*job = p->jobs[--p->job_count];
}

/* Something of this side is wrong with the message, over which the session ends. */
static void have_trouble(struct process *p)
{
	struct told *job = &p->jobs[0];
	struct recipient_outcome r[WALK_RECIPIENTS] = { 0 };
	struct outcome o = { .ticket = job->ticket, .recipients = r, .recipient_count = job->count };
	struct buf trouble = { 0 };

	trace("session %" PRIu64 " has trouble with %" PRIu64, p->ticket, job->ids[0]);
	pack_u64(&trouble, job->ticket);
	pack_u8(&trouble, chance(300) ? TROUBLE_DAMAGED : TROUBLE_HELPER);
	put(p->c, FRAME_TROUBLE, &trouble);
	for (size_t i = 0; i < job->count; i++) {
		r[i].id = job->ids[i];
		r[i].reply = said_at(STEP_NONE, FAULT_TEMPORARY, "4.3.0", "the process that speaks SMTP has ended");
	}
	if (chance(500))
		SAY(p->c, FRAME_OUTCOME, outcome, &o);
	session_ends(p, SESSION_LOST, r[0].reply);
}

static bool session_event(struct process *p)
{
	unsigned what = below(100);

	if (!p->asked)
		return false;
	if (!p->ready) {
		session_begins(p);
	} else if (p->job_count > 0 && chance(mood.bad / 4)) {
		have_trouble(p);
	} else if (p->job_count > 0 && what < 85) {
		if (p->said_count < JOBS_MAX)
			say_outcome(p, &p->jobs[chance(mood.bad / 2) ? below((unsigned)p->job_count) : 0]);
	} else if (p->job_count > 0) {
		if (chance(mood.bad))
			session_ends(p, SESSION_LOST, said_at(STEP_MAIL, FAULT_TEMPORARY, "4.4.2", chance(500) ? "421 4.4.2 goodbye" : "lost"));
	} else if (p->quit) {
		session_ends(p, SESSION_DONE, (struct reply){ 0 });
	} else if (p->wants < 2 && what < 90) {
		say_wants(p, 1 + below(3));
	} else if (chance(mood.bad / 4)) {
		session_ends(p, chance(500) ? SESSION_DONE : SESSION_LOST, said_at(STEP_MAIL, FAULT_TEMPORARY, "4.4.2", "421 4.4.2 timeout"));
	} else {
		return false;
	}
	return true;
}

static void make_report(struct process *p)
{
	struct submission_recipient to = { .address = p->sender, .original = p->sender, .orcpt = "", .refused = "", .refused_status = "" };
	struct submission s = { .sender = "", .envid = "", .from_domain = "example.org", .message_id = "r@example.org",
		.program = "bounce", .arrival_ms = rig_now().wall_ms, .held = "", .body_file = "", .recipients = &to,
		.recipient_count = 1, .message = SPAN("From: mailer\r\nSubject: report\r\n\r\nundeliverable\r\n") };
	struct buf b = { 0 };

	s.size_bytes = s.message.len;
	pack_u64(&b, p->ticket);
	submission_encode(&s, &b);
	trace("bounce %" PRIu64 " has a report to %s", p->ticket, p->sender);
	put(p->c, FRAME_BOUNCED, &b);
	so_far.reports++;
	p->over = true;
}

static void make_policy(struct process *p)
{
	struct sts_fetched f = { .ticket = p->ticket, .policy = "" };

	fault_set(&f.fault, FAULT_TEMPORARY, "4.4.1", "no answer");
	SAY(p->c, FRAME_FETCHED, sts_fetched, &f);
	p->over = true;
}

static bool process_event(void)
{
	unsigned n = count_processes();

	if (n == 0)
		return false;
	struct process *p = processes;
	for (unsigned i = below(n); i > 0; i--)
		p = p->next;
	if (!p->given && !p->to_be_killed && !chance(mood.deaths))
		give(p);
	else if (p->c == NULL || p->to_be_killed || p->over)
		p->c && chance(300) ? hang_up(p) : reap(p);
	else if (chance(mood.deaths))
		chance(500) ? reap(p) : hang_up(p);
	else if (p->role == ROLE_SMTP)
		return session_event(p);
	else if (p->asked && p->role == ROLE_BOUNCE)
		make_report(p);
	else if (p->asked)
		make_policy(p);
	else
		return false;
	return true;
}

/* ---- submissions ---- */

static void submit(uint64_t record)
{
	static struct submission_recipient to[WALK_RECIPIENTS];
	static char addresses[WALK_RECIPIENTS][64], sender[64];
	struct submission s = { .uid = 1000 + (uint32_t)(record % 4), .sender = sender, .envid = "", .from_domain = "example.org",
		.message_id = "1@example.org", .program = "test", .arrival_ms = rig_now().wall_ms, .held = "", .body_file = "",
		.recipients = to, .message = SPAN("From: me@example.org\r\n\r\nhello\r\n") };
	struct submit submit = { .ticket = ++next_ticket, .parts = &s, .count = 1 };
	uint64_t own = record * 0x9e3779b97f4a7c15U;    /* what it is hangs on its number alone, for it may come again */
	static const uint8_t notifies[] = { 0, 0, 0, NOTIFY_NEVER, NOTIFY_FAILURE, NOTIFY_SUCCESS | NOTIFY_FAILURE, NOTIFY_DELAY };

	memcpy(s.id, &record, sizeof record);
	s.size_bytes = s.message.len;
	s.recipient_count = own % 5 == 0 ? 1 + (own >> 8) % WALK_RECIPIENTS : 1 + (own >> 8) % 2;
	snprintf(sender, sizeof sender, own % 16 == 1 ? "" : "u%u@d%u.example", (unsigned)s.uid, (unsigned)(own >> 12) % DOMAINS);
	s.bulk = own % 8 == 2;
	s.utf8 = own % 50 == 3;
	s.require_tls = own % 50 == 4;
	s.held = own % 100 == 5 ? (char *)(uintptr_t)"held at once" : s.held;
	for (size_t i = 0; i < s.recipient_count; i++) {
		unsigned domain = (unsigned)((own >> 16) + i * (own % 3)) % DOMAINS;
		bool refused = own % 40 == 6 && i == 0;
		snprintf(addresses[i], sizeof addresses[i], "r%" PRIu64 "-%zu@d%u.example", record, i, domain);
		to[i] = (struct submission_recipient){ .address = addresses[i], .original = addresses[i], .orcpt = "",
			.notify = notifies[(own >> 24) % 7], .refused = refused ? "is not an address" : "",
			.refused_status = refused ? "5.1.3" : "" };
	}
	trace("submission %" PRIu64 " of %zu", record, s.recipient_count);
	so_far.submitted += s.recipient_count;
	if (pending_count < 64) {
		pending[pending_count].ticket = submit.ticket;
		pending[pending_count++].record = record;
	}
	SAY(rig.pickup, FRAME_SUBMIT, submit, &submit);
}

static void submitted(struct span payload)
{
	struct submitted answer;

	if (submitted_decode(payload, &answer) < 0)
		return;
	for (unsigned i = 0; i < pending_count; i++) {
		if (pending[i].ticket != answer.ticket)
			continue;
		uint64_t record = pending[i].record, id;
		trace("submission %" PRIu64 ": %s %s", record, answer.queue_id, answer.fault.text);
		if (answer.fault.kind == FAULT_NONE && queue_id_parse(span_of(answer.queue_id), &id))
			model_accepted(rig.core.store, record, id);
		else if (answer.fault.kind == FAULT_NONE)
			walk_wrong("submission %" PRIu64 " is accepted without an id", record);
		pending[i] = pending[--pending_count];
		break;
	}
	submitted_free(&answer);
}

/* ---- frames from the queue ---- */

static void asked_for_process(struct span payload)
{
	struct spawn spawn;

	if (spawn_decode(payload, &spawn) < 0)
		return;
	struct process *p = mem_alloc(sizeof *p);
	p->role = spawn.role;
	p->ticket = spawn.ticket;
	p->receiver = -1;
	p->begun_ms = rig_now().boot_ms;
	if (process_of(p->ticket))
		walk_wrong("%s %" PRIu64 " is asked for twice", role_name(p->role), p->ticket);
	p->next = processes;
	processes = p;
	trace("%s %" PRIu64 " is asked for", role_name(p->role), p->ticket);
	spawn_free(&spawn);
}

static void asked_to_kill(struct span payload)
{
	struct peer peer;

	if (peer_decode(payload, &peer) < 0)
		return;
	trace("%s %" PRIu64 " is to be killed", role_name(peer.role), peer.instance);
	struct process *p = process_of(peer.instance);
	if (p)
		p->to_be_killed = true;
	for (int i = 0; i < PEERS_MAX * 2; i++)
		helpers[i].to_be_killed |= helpers[i].role == peer.role && helpers[i].instance == peer.instance;
}

static void parent_hears(const struct frame *f)
{
	if (f->type == FRAME_SPAWN)
		asked_for_process(f->payload);
	else if (f->type == FRAME_KILL)
		asked_to_kill(f->payload);
	else if (f->type == FRAME_DRAINED)
		drained = true;
}

static void told_session(struct process *p, struct span payload)
{
	struct session s;

	if (session_decode(payload, &s) < 0 || p->asked) {
		walk_wrong("session %" PRIu64 " is told twice what to do", p->ticket);
		return;
	}
	p->asked = true;
	unsigned d = DOMAINS;
	if (s.target_count > 0)
		sscanf(s.targets[0].host, "mx%*u.d%u.example", &d);
	p->receiver = (int)d;
	unsigned families = targets_families(s.targets, s.target_count);
	for (size_t i = 0; i < s.refused_count; i++)
		families &= ~(unsigned)(s.refused[i].family == 6 ? FAMILY_IPV6 : FAMILY_IPV4);
	p->six = families == FAMILY_IPV6;
	p->none_left = families == 0;
	session_free(&s);
}

static void told_delivery(struct process *p, struct span payload)
{
	struct delivery d;

	if (delivery_decode(payload, &d) < 0)
		return;
	trace("session %" PRIu64 " is to deliver %s, %zu recipients, the first %" PRIu64, p->ticket, d.queue_id, d.recipient_count,
	      d.recipients[0].id);
	if (p->wants == 0 || p->quit || p->over || !p->ready || p->job_count == JOBS_MAX)
		walk_wrong("session %" PRIu64 " gets a message that it did not ask for", p->ticket);
	p->wants -= p->wants > 0;
	struct told *job = &p->jobs[p->job_count < JOBS_MAX ? p->job_count++ : 0];
	*job = (struct told){ .ticket = d.ticket };
	for (size_t i = 0; i < d.recipient_count && i < WALK_RECIPIENTS; i++) {
		job->ids[job->count++] = d.recipients[i].id;
		model_handed_out(d.recipients[i].id, p->ticket);
	}
	delivery_free(&d);
}

static void told_committed(struct process *p, struct span payload)
{
	struct unpack u = unpack_from(payload);
	uint32_t n = unpack_u32(&u);

	if (n > p->said_count) {
		walk_wrong("session %" PRIu64 " hears of %u outcomes on stable storage, and said %zu", p->ticket, n, p->said_count);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		for (size_t j = 0; j < p->said[i].count; j++)
			model_committed(p->said[i].delivered[j]);
	memmove(p->said, p->said + n, (p->said_count - n) * sizeof *p->said);
	p->said_count -= n;
}

static void told_to_bounce(struct process *p, struct span payload)
{
	struct bounce_job job;

	if (bounce_job_decode(payload, &job) < 0)
		return;
	p->asked = true;
	p->sender = mem_text(job.sender);
	if (job.sender[0] == '\0')
		walk_wrong("%s is to be told of to nobody", job.queue_id);
	bounce_job_free(&job);
}

static void process_hears(struct process *p, const struct frame *f)
{
	switch (f->type) {
	case FRAME_SESSION:
		told_session(p, f->payload);
		break;
	case FRAME_DELIVER:
		told_delivery(p, f->payload);
		break;
	case FRAME_COMMITTED:
		told_committed(p, f->payload);
		break;
	case FRAME_QUIT:
		p->quit = true;
		break;
	case FRAME_BOUNCE:
		told_to_bounce(p, f->payload);
		break;
	case FRAME_FETCH:
		p->asked = true;
		break;
	default:
		walk_wrong("%s %" PRIu64 " hears frame %d", role_name(p->role), p->ticket, f->type);
	}
}

static void helper_hears(struct helper *h, const struct frame *f)
{
	struct sign_job sign;
	struct plan_job plan;

	if (f->type == FRAME_SIGN && h->role == ROLE_SIGNER && sign_job_decode(f->payload, &sign) == 0) {
		buf_add(&h->asked, &sign.ticket, sizeof sign.ticket);
		sign_job_free(&sign);
	} else if (f->type == FRAME_PLAN && h->role == ROLE_RESOLVER && plan_job_decode(f->payload, &plan) == 0) {
		plans[plan.ticket % 256].ticket = plan.ticket;
		plans[plan.ticket % 256].domain = domain_of(plan.name);
		plans[plan.ticket % 256].smarthost = plan.kind != PLAN_MX;
		buf_add(&h->asked, &plan.ticket, sizeof plan.ticket);
		plan_job_free(&plan);
	} else {
		walk_wrong("%s hears frame %d", role_name(h->role), f->type);
	}
}

/* False: the core has closed it. */
static bool next_frame(struct channel *c, struct frame *f, bool *gone)
{
	if (channel_next(c, f))
		return true;
	if (*gone)
		return false;
	*gone = channel_fill(c) < 0;
	return channel_next(c, f);
}

static void hear_all(void)
{
	struct frame f;
	bool gone = false;

	while (next_frame(rig.parent, &f, &gone)) {
		parent_hears(&f);
		io_close(&f.fd);
	}
	if (gone)
		walk_wrong("the core has ended by itself");
	for (gone = false; next_frame(rig.pickup, &f, &gone); io_close(&f.fd))
		if (f.type == FRAME_SUBMITTED)
			submitted(f.payload);
	for (int i = 0; i < PEERS_MAX * 2; i++) {
		struct helper *h = &helpers[i];
		for (gone = h->c == NULL; h->c && next_frame(h->c, &f, &gone); io_close(&f.fd))
			helper_hears(h, &f);
		if (h->c && gone)
			h->to_be_killed = true;
	}
	for (struct process *p = processes; p; p = p->next) {
		for (gone = p->c == NULL; p->c && next_frame(p->c, &f, &gone); io_close(&f.fd))
			process_hears(p, &f);
		if (p->c == NULL || !gone)
			continue;
		for (size_t i = 0; i < p->said_count; i++)    /* perhaps it was not heard any more */
			for (size_t j = 0; j < p->said[i].count; j++)
				model_not_heard(p->said[i].delivered[j]);
		hang_up(p);
	}
}

/* ---- the core ---- */

static void give_control(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct peer peer = { ROLE_CONTROL, 0 };
	struct buf payload = { 0 };

	snprintf(address.sun_path, sizeof address.sun_path, "%s/control", rig.folder);
	unlink(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
		walk_wrong("no control socket");
	peer_encode(&peer, &payload);
	channel_send(rig.parent, FRAME_PEER, buf_span(&payload), fd);
	buf_free(&payload);
}

/* Mostly none. */
static struct rate some_rate(unsigned spread, int64_t window_ms)
{
	return chance(300) ? (struct rate){ 20 + below(spread), window_ms } : (struct rate){ 0 };
}

static void configure(void)
{
	struct route_rule *rule = rig.settings.routes;
	static const char *const ways[][2] = { { "mx", NULL }, { "mx", NULL }, { "mx", "isp" }, { "isp", "mx" } };
	unsigned way = below(4);

	text_list_free(&rule->via);
	for (unsigned i = 0; i < 2 && ways[way][i]; i++)
		text_list_add(&rule->via, span_of(ways[way][i]));
	rule->fallback_on = 1 + below(15);
	rule->fallback_after_ms = MINUTE_MS * below(30);
	rule->fallback_for_ms = HOUR_MS;
	rig.settings.mx_rate = some_rate(400, MINUTE_MS);
	rig.settings.smarthosts->rate = some_rate(400, MINUTE_MS);
	rig.settings.smarthosts->limit = some_rate(1000, HOUR_MS);
	text_list_free(&rig.settings.on_address_change);
	if (chance(800))
		text_list_add(&rig.settings.on_address_change, SPAN("isp"));
	rig_set(&rig.settings.root, chance(500) ? "root@d1.example" : "");
}

static bool in_core(void (*do_it)(struct rig *))
{
	if (sigsetjmp(out_of_core, 0) == 0) {
		may_jump = true;
		do_it(&rig);
		may_jump = false;
		return true;
	}
	may_jump = false;
	return false;
}

static void forget_peers(void)
{
	while (processes) {
		let_go_of_jobs(processes);
		free_process(processes);
	}
	for (int i = 0; i < PEERS_MAX * 2; i++) {
		channel_free(helpers[i].c);
		buf_free(&helpers[i].asked);
		helpers[i] = (struct helper){ 0 };
	}
	memset(idle_dial_count, 0, sizeof idle_dial_count);
	io_close(&client);
	io_close(&lister);
	pending_count = 0;
	draining = drained = false;
}

static void begin(void)
{
	so_far.kills++;
	while (!in_core(rig_begin))
		rig_kill(&rig);
	rig.pickup = rig_give_peer(&rig, ROLE_PICKUP, 0);
	give_helper(&helpers[0], ROLE_RESOLVER);
	give_helper(&helpers[1], ROLE_SIGNER);
	give_helper(&helpers[2], ROLE_SIGNER);
	give_control();
	model_begun_again(rig.core.store);
}

static void kill_and_begin(void)
{
	forget_peers();
	rig_kill(&rig);
	if (chance(300))
		configure();
	begin();
}

static void settle(void)
{
	if (!in_core(rig_settle)) {
		kill_and_begin();
		return;
	}
	if (core_exit_status(rig.queue) >= 0)
		walk_wrong("the core has ended with %d", core_exit_status(rig.queue));
	else
		hear_all();
}

static void end_well_and_begin(void)
{
	trace("ends with its parent");
	forget_peers();
	rig_close(&rig);
	int status = rig_wait(&rig);
	if (status != 0)
		walk_wrong("the core ended with %d", status);
	begin();
}

/* ---- orders ---- */

static void call(int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	io_close(fd);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/control", rig.folder);
	if (connect(*fd, (struct sockaddr *)&address, sizeof address) < 0)
		walk_wrong("the control socket is gone");
}

static void ask(int fd, unsigned operation, struct span argument)
{
	struct buf b = { 0 };
	struct submit_query query = { (enum submit_operation)operation, argument };
	struct span rest = argument, line = span_cut(&rest, '\n');

	trace("order %u: %.*s", operation, (int)line.len, line.at);
	submit_encode_query(&query, &b);
	if (write(fd, b.at, b.len) < 0)
		walk_wrong("the control socket takes nothing");
	buf_free(&b);
}

/* Sometimes somebody wants to see what there is, in the same moment. */
static void order_span(unsigned operation, struct span argument)
{
	call(&client);
	if (chance(300)) {
		call(&lister);
		settle();
		if (client < 0)
			return;
		ask(lister, chance(500) ? SUBMIT_LIST : SUBMIT_SHOW, SPAN(""));
	}
	ask(client, operation, argument);
	if (operation == SUBMIT_FLUSH)
		forgiven_ms = rig_now().boot_ms;
}

static void order(unsigned operation, const char *argument)
{
	order_span(operation, span_of(argument));
}

/* What a check says of our address, which changes every now and then. */
static void say_standing(void)
{
	bool six = chance(300);
	char address[40];
	struct control_standing said = { .family = six ? 6 : 4, .address = address, .before = "", .why = "ptr.exists: none",
		.standing = (enum standing)below(STANDINGS) };
	struct buf packed = { 0 };

	snprintf(address, sizeof address, six ? "2001:db8::%u" : "192.0.2.%u", 1 + below(2));
	trace("the check says %d of %s", (int)said.standing, address);
	control_standing_encode(&said, &packed);
	order_span(CONTROL_STANDING, buf_span(&packed));
	buf_free(&packed);
}

static void order_event(void)
{
	char argument[100], domain[40];
	unsigned what = below(100);
	bool may_fail = mood.commits >= 5;      /* what is in memory at once, and is to be taken back then */

	snprintf(domain, sizeof domain, "domain d%u.example\n", below(DOMAINS));
	if (what < (may_fail ? 40 : 10)) {
		say_standing();
	} else if (what < (may_fail ? 50 : 12)) {
		order(CONTROL_STICKY_CLEAR, chance(500) ? CONTROL_STRAIGHT : "all");
	} else if (what < 25) {
		order(CONTROL_HOLD, domain);
	} else if (what < 60) {
		order(CONTROL_RELEASE, "held\n");
	} else if (what < 70) {
		snprintf(argument, sizeof argument, "%sdeferred\n%s", domain, chance(500) ? "bounce\n" : "");
		order(SUBMIT_DELETE, argument);
		model_may_be_deleted();
	} else if (what < 85) {
		order(SUBMIT_FLUSH, chance(500) ? "all\nnow\n" : "all\n");
	} else {
		snprintf(argument, sizeof argument, "%svia %s\n", domain, chance(500) ? "mx" : "isp");
		order(CONTROL_MOVE, argument);
	}
}

/* ---- time ---- */

static void let_pass(int64_t ms)
{
	struct core_time now = rig_now();

	rig_clock_set((struct core_time){ now.wall_ms + ms, now.boot_ms + ms });
}

static void time_event(void)
{
	unsigned what = below(1000);
	int64_t ms = what < 900 ? 1 + below(1000) : what < 970 ? below(MINUTE_MS) : what < 996 ? below(10 * MINUTE_MS) :
		below(what < 999 ? 2 * HOUR_MS : DAY_MS);

	trace("%" PRId64 " ms pass", ms);
	if (chance(500)) {
		let_pass(ms);
		return;
	}
	for (int64_t until = rig_now().boot_ms + ms; rig_now().boot_ms < until; settle())
		rig_advance(&rig, until);
}

static void clock_event(void)
{
	struct core_time now = rig_now();
	int64_t step = (int64_t)below(2 * HOUR_MS) - HOUR_MS;

	if (chance(50))
		step *= 200;
	trace("the clock is set by %" PRId64 " ms", step);
	now.wall_ms += step;
	rig_clock_set(now);
	model_may_fail();          /* what lives too long by it ends */
}

/* ---- the walk ---- */

static void change_mood(void)
{
	static const struct mood moods[] = {
		{ 10, 0, 2, 0 }, { 20, 1, 0, 0 }, { 20, 5, 5, 1 }, { 100, 5, 0, 1 }, { 100, 3, 5, 1 }, { 300, 10, 5, 2 },
		{ 700, 20, 20, 2 }, { 100, 100, 5, 0 }, { 50, 2, 300, 5 }, { 950, 2, 0, 1 },
	};

	mood = moods[below(TAP_ROWS(moods))];
	trace("mood %u %u %u %u", mood.bad, mood.deaths, mood.commits, mood.kills);
}

static void one_event(void)
{
	unsigned what = below(1000);
	bool done = true;

	if (what < 120)
		store_counts(rig.core.store).open < OPEN_MAX_MESSAGES ? submit(++next_record) : time_event();
	else if (what < 130 && next_record > 0)
		submit(next_record - below(next_record < 20 ? (unsigned)next_record : 20));
	else if (what < 230)
		done = helper_event(ROLE_RESOLVER);
	else if (what < 330)
		done = helper_event(ROLE_SIGNER);
	else if (what < 920)
		done = process_event();
	else if (what < 985)
		time_event();
	else if (what < 986)
		clock_event();
	else if (what < 987)
		kill_and_begin();
	else if (what < 988 && !draining)
		draining = true, channel_send(rig.parent, FRAME_DRAIN, SPAN(""), -1);
	else if (what < 995)
		order_event();
	if (!done)
		rig_advance(&rig, rig_now().boot_ms + 1 + below(chance(300) ? 5 * MINUTE_MS : 5000));
	if (draining && (drained || chance(20)))
		chance(500) ? end_well_and_begin() : kill_and_begin();
}

/* All goes well: what waits goes out, what is held is released, and nothing is left. */
static void calm(void)
{
	int64_t until = rig_now().boot_ms + 20 * (int64_t)DAY_MS, release = 0;

	trace("calm");
	mood = (struct mood){ 0 };
	if (draining)
		kill_and_begin();
	while (!walk_is_wrong() && (store_counts(rig.core.store).open > 0 || processes)) {
		bool did = helper_event(ROLE_RESOLVER) | helper_event(ROLE_SIGNER);
		for (unsigned n = 16; n > 0; n--)
			did |= process_event();
		settle();
		if (rig_now().boot_ms >= release) {
			order(CONTROL_RELEASE, "held\n");
			release = rig_now().boot_ms + 6 * HOUR_MS;
			did = true;
		}
		settle();
		if (!did || chance(100))
			rig_advance(&rig, rig_now().boot_ms + HOUR_MS);
		settle();
		if (rig_now().boot_ms > until) {
			model_dump(rig.core.store, 0);
			walk_wrong("%" PRIu64 " messages do not end", store_counts(rig.core.store).open);
		}
	}
	if (!walk_is_wrong())
		model_all_ended(&rig);
}

static void walk(uint64_t with, unsigned long events)
{
	seed = with;
	events_wanted = events;
	traced = 0;
	memset(last_traces, 0, sizeof last_traces);
	memset(&so_far, 0, sizeof so_far);
	next_instance = next_record = next_ticket = drawn = 0;
	forgiven_ms = 0;
	dice = with * 0x9e3779b97f4a7c15U | 1;
	for (int i = 0; i < 8; i++)
		below(2);
	rig_make(&rig);
	rig.bails = tell_where;
	if (getenv("WALK_LOG") == NULL)
		snprintf(rig.log, sizeof rig.log, "/dev/null");
	rig.settings.time_scale = 1;
	rig.settings.retry_min_ms = 5 * MINUTE_MS;
	rig.settings.retry_max_ms = HOUR_MS;
	rig.settings.queue_life_ms = DAY_MS;
	rig.settings.delay_notice_ms = 4 * HOUR_MS;
	rig_clock_set((struct core_time){ INT64_C(1700000000000), 1000000 });
	model_make();
	configure();
	begin();
	for (event = 1; event <= events && !walk_is_wrong(); event++) {
		if (event % MOOD_EVERY == 1)
			change_mood();
		one_event();
		if (chance(700))
			settle();
		if (event % LOOK_EVERY == 0) {
			settle();
			model_look(&rig);
		}
		if (event % CALM_EVERY == 0 || event == events)
			calm();
	}
	if (walk_is_wrong())
		event--, tell_where();
	printf("# %lu recipients submitted; %lu delivered, %lu refused, %lu put off; %lu reports; %lu queues, %lu failed commits\n",
	       so_far.submitted, so_far.delivered, so_far.failed, so_far.put_off, so_far.reports, so_far.kills, so_far.commits_failed);
	ok(!walk_is_wrong(), "seed %" PRIu64 ", %lu events", seed, events);
	forget_peers();
	mood = (struct mood){ 0 };
	rig_kill(&rig);
	settings_free(&rig.settings);
}

int main(int argc, char **argv)
{
	static const uint64_t seeds[] = { 1, 2, 3, 4 };
	const char *own = argc > 1 ? argv[1] : getenv("WALK_SEED"), *events = getenv("WALK_EVENTS");
	unsigned long each = events ? strtoul(events, NULL, 10) : 16000;

	tap_plan(own ? 1 : TAP_ROWS(seeds));
	signal(SIGPIPE, SIG_IGN);
	log_open("signet/queue", "stderr");
	if (getenv("WALK_TRACE"))
		traces = fdopen(dup(STDERR_FILENO), "w");
	if (own)
		walk(strtoull(own, NULL, 10), each);
	for (int i = 0; i < TAP_ROWS(seeds) && own == NULL; i++)
		walk(seeds[i], each);
	return tap_done();
}
