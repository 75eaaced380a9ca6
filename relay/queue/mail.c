/* SPDX-License-Identifier: ISC */
#include "relay/queue/mail.h"

#include "base/log.h"
#include "base/mail/address.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_message.h"
#include "relay/queue/strikes.h"
#include "relay/queue_id.h"

#include <stdlib.h>

enum { KEPT_MAX = 64, SIGNER_JOBS_MAX = 16, SIGN_DEADLINE_MS = 120 * 1000 };

struct mail {
	struct store_message row;
	char queue_id[QUEUE_ID_TEXT];
	struct buf body;              /* inline only */
	bool missing;                 /* its bytes cannot be read, */
	bool damaged;                 /* and never will: they are not what was stored */
	struct fault body_fault;      /* why */
	unsigned jobs;                /* that need it */
	enum mail_state signing;       /* to MAIL_READY: what became of it is in sign_fault */
	uint64_t sign_ticket;
	uint64_t signer;              /* serial of the peer that has it; 0 none yet */
	bool signs_alone;             /* the signer that has it has nothing else (strikes.h) */
	struct buf fields;
	struct fault sign_fault;
	struct mail *newer, *older;   /* kept though no job needs them */
	struct mail *sign_next;       /* waits for a signer */
};

struct mails {
	struct table by_id;
	struct mail *newest, *oldest;     /* of those that are kept though no job needs them */
	size_t kept;
	struct table sign_tickets;
	struct mail *sign_first, *sign_last;   /* wait for a signer */
};

void mail_begin(struct queue *q)
{
	q->mails = mem_alloc(sizeof *q->mails);
}

static struct mail *find(const struct queue *q, uint64_t id)
{
	return table_get(&q->mails->by_id, id);
}

const struct store_message *mail_row(const struct queue *q, uint64_t id)
{
	return &find(q, id)->row;
}

char *mail_queue_id(const struct queue *q, uint64_t id)
{
	return find(q, id)->queue_id;
}

struct span mail_fields(const struct queue *q, uint64_t id)
{
	return buf_span(&find(q, id)->fields);
}

const struct fault *mail_damage(const struct queue *q, uint64_t id)
{
	const struct mail *m = find(q, id);

	return m->damaged ? &m->body_fault : NULL;
}

enum mail_state mail_state(const struct queue *q, uint64_t id, struct reply *why)
{
	const struct mail *m = find(q, id);

	if (m->signing != MAIL_READY)
		return m->signing;
	if (m->missing)
		return MAIL_UNREADABLE;
	if (m->sign_fault.kind != FAULT_TEMPORARY)
		return MAIL_READY;
	*why = reply_of_fault(&m->sign_fault, STEP_NONE, "");
	return MAIL_CANNOT_SIGN;
}

bool mail_is_pinned(const struct queue *q, uint64_t id)
{
	const struct mail *m = find(q, id);

	return m && m->jobs > 0;
}

/* ---- keeping ---- */

static void unlink_kept(struct queue *q, struct mail *m)
{
	*(m->newer ? &m->newer->older : &q->mails->newest) = m->older;
	*(m->older ? &m->older->newer : &q->mails->oldest) = m->newer;
	m->newer = m->older = NULL;
	q->mails->kept--;
}

static void free_mail(struct queue *q, struct mail *m)
{
	table_remove(&q->mails->by_id, m->row.id);
	table_remove(&q->mails->sign_tickets, m->sign_ticket);
	store_message_free(&m->row);
	buf_free(&m->body);
	buf_free(&m->fields);
	free(m);
}

static void keep(struct queue *q, struct mail *m)
{
	m->older = q->mails->newest;
	*(q->mails->newest ? &q->mails->newest->newer : &q->mails->oldest) = m;
	q->mails->newest = m;
	if (++q->mails->kept <= KEPT_MAX)
		return;
	struct mail *last = q->mails->oldest;
	unlink_kept(q, last);
	free_mail(q, last);
}

static struct mail *load(struct queue *q, uint64_t id)
{
	struct mail *m = mem_alloc(sizeof *m);

	if (!store_load_message(q->store, id, &m->row)) {
		free(m);
		return NULL;
	}
	queue_id_print(id, m->queue_id);
	if (m->row.body_file[0] == '\0') {
		store_load_body(q->store, id, &m->body);
		m->missing = m->body.len == 0;
	}
	table_put(&q->mails->by_id, id, m);
	return m;
}

bool mail_pin(struct queue *q, uint64_t id)
{
	struct mail *m = find(q, id);

	if (m == NULL)
		m = load(q, id);
	else if (m->jobs == 0)
		unlink_kept(q, m);
	if (m == NULL)
		return false;
	bool in_file = m->row.body_file[0] != '\0';
	if (m->jobs++ == 0 && m->signing == MAIL_READY && (m->sign_fault.kind != FAULT_NONE || (m->missing && in_file)))
		m->signing = MAIL_TO_SIGN;    /* another try */
	if (m->jobs == 1 && in_file)
		m->missing = m->damaged = false;
	return true;
}

/* What waits for a signer is in its line, and freed when it comes out of it. */
static void remove_from_line(struct queue *q, struct mail *m)
{
	struct mail *before = NULL;

	for (struct mail *at = q->mails->sign_first; at; before = at, at = at->sign_next) {
		if (at != m)
			continue;
		*(before ? &before->sign_next : &q->mails->sign_first) = m->sign_next;
		if (q->mails->sign_last == m)
			q->mails->sign_last = before;
		m->sign_next = NULL;
		return;
	}
}

/* Of what one signer may have at once: all of it, for what goes alone. */
static unsigned weight_of(const struct mail *m)
{
	return m->signs_alone ? SIGNER_JOBS_MAX : 1;
}

static void stop_signing(struct queue *q, struct mail *m)
{
	if (m->signing != MAIL_AT_SIGNER)
		return;
	struct peer_channel *signer = peers_find(q, m->signer);
	if (signer)
		signer->in_flight -= weight_of(m);
	else
		remove_from_line(q, m);
	table_remove(&q->mails->sign_tickets, m->sign_ticket);
	timers_drop(&q->timers, TIMER_SIGNING, m->sign_ticket);
	m->sign_ticket = 0;
	m->signer = 0;
	m->signs_alone = false;
	m->signing = MAIL_TO_SIGN;
}

void mail_unpin(struct queue *q, uint64_t id)
{
	struct mail *m = find(q, id);

	if (--m->jobs > 0)
		return;
	/* A signer that has it still may hang over it, and then nothing else would tell. */
	struct peer_channel *signer = m->signing == MAIL_AT_SIGNER ? peers_find(q, m->signer) : NULL;
	if (signer && timers_when(&q->timers, TIMER_SIGNER, signer->serial) == INT64_MAX)
		timers_set(&q->timers, TIMER_SIGNER, signer->serial, timers_when(&q->timers, TIMER_SIGNING, m->sign_ticket));
	stop_signing(q, m);
	keep(q, m);
}

void mail_finished(struct queue *q, const struct committed *c, uint64_t id, const char *body_file)
{
	struct mail *m = find(q, id);
	char queue_id[QUEUE_ID_TEXT];

	queue_id_print(id, queue_id);
	mail_log_removed(c, queue_id);
	strikes_forget(q, id);
	if (m && m->jobs == 0) {
		unlink_kept(q, m);
		free_mail(q, m);
	}
	if (body_file)
		spool_remove_body(q->settings->spool, body_file);
}


static bool bytes_of(struct queue *q, struct mail *m, struct span *inline_bytes, int *fd)
{
	*inline_bytes = buf_span(&m->body);
	*fd = -1;
	if (m->missing)
		return false;
	if (m->row.body_file[0] == '\0')
		return true;
	*fd = spool_open_body(q->settings->spool, m->row.body_file, m->row.size_bytes, &m->damaged, &m->body_fault);
	if (*fd < 0 && !m->damaged)
		log_about(LOG_LEVEL_ERROR, &(struct log_about){ .queue_id = m->queue_id },
		          "%s: %s; put it back, or give the mail up: signet queue delete %s", m->queue_id, m->body_fault.text,
		          m->queue_id);
	return *fd >= 0;
}

bool mail_bytes(struct queue *q, uint64_t id, struct span *inline_bytes, int *fd)
{
	return bytes_of(q, find(q, id), inline_bytes, fd);
}

/* ---- signing ---- */

/* It is signed, or cannot be: it may be handed out, or put back. */
static void is_decided(struct queue *q, struct mail *m)
{
	m->signing = MAIL_READY;
	q->mails_changed = true;
}

static void send_to_signer(struct queue *q, struct mail *m, struct peer_channel *signer)
{
	struct sign_job job = {
		.ticket = m->sign_ticket,
		.from_domain = m->row.from_domain,
		.size_bytes = m->row.size_bytes, .checksum = m->row.checksum,
	};
	int fd;

	if (!bytes_of(q, m, &job.message, &fd)) {
		m->missing = true;
		stop_signing(q, m);
		is_decided(q, m);           /* the job finds the bytes missing */
		return;
	}
	job.sender_domain = mem_text_span(address_domain(span_of(m->row.sender)));
	buf_clear(&q->scratch);
	sign_job_encode(&job, &q->scratch);
	out_ask(signer, OUT_SIGN, &q->scratch, fd);
	free(job.sender_domain);
	m->signer = signer->serial;
	timers_set(&q->timers, TIMER_SIGNING, m->sign_ticket, peers_overdue_boot_ms(q, SIGN_DEADLINE_MS));
	signer->in_flight += weight_of(m);
}

static void feed_signers(struct queue *q)
{
	while (q->mails->sign_first) {
		struct peer_channel *signer = peers_least_busy(q, ROLE_SIGNER);
		struct mail *m = q->mails->sign_first;
		bool alone = strikes_wants_alone(q, m->row.id, ROLE_SIGNER);
		if (signer == NULL || signer->in_flight + (alone ? SIGNER_JOBS_MAX : 1) > SIGNER_JOBS_MAX)
			return;
		remove_from_line(q, m);
		m->signs_alone = alone;
		send_to_signer(q, m, signer);
	}
}

static void line_up(struct queue *q, struct mail *m)
{
	m->signer = 0;
	*(q->mails->sign_last ? &q->mails->sign_last->sign_next : &q->mails->sign_first) = m;
	q->mails->sign_last = m;
}

void mail_sign(struct queue *q, uint64_t id)
{
	struct mail *m = find(q, id);

	if (m->signing != MAIL_TO_SIGN)
		return;
	if (q->settings->dkim_count == 0) {    /* then there is no signer */
		is_decided(q, m);
		return;
	}
	m->signing = MAIL_AT_SIGNER;
	m->sign_ticket = queue_ticket(q);
	table_put(&q->mails->sign_tickets, m->sign_ticket, m);
	line_up(q, m);
	feed_signers(q);
}

static void finish_signing(struct queue *q, struct mail *m, const struct fault *f)
{
	stop_signing(q, m);
	is_decided(q, m);
	m->sign_fault = *f;
	/* A key that is missing or wrong is not the message's fault: another try may go better once it is fixed. */
	if (fault_is_configuration(f) && strcmp(q->settings->on_no_key, "hold") == 0)
		m->sign_fault.kind = FAULT_TEMPORARY;
	if (f->kind != FAULT_NONE)
		log_about(LOG_LEVEL_WARNING, &(struct log_about){ .queue_id = m->queue_id },
		          "%s: not signed as configured: %s", m->queue_id, f->text);
	feed_signers(q);
}

void mail_signed(struct queue *q, struct peer_channel *from, struct frame *frame)
{
	struct signed_fields answer;

	if (signed_fields_decode(frame->payload, &answer) < 0) {
		peers_close(q, from);
		return;
	}
	struct mail *m = table_get(&q->mails->sign_tickets, answer.ticket);
	timers_drop(&q->timers, TIMER_SIGNER, from->serial);
	if (m && m->signer == from->serial) {
		strikes_passed(q, m->row.id, ROLE_SIGNER);
		from->strange = 0;
		buf_clear(&m->fields);
		buf_add_text(&m->fields, answer.fields);
		if (answer.keys[0])
			log_about(LOG_LEVEL_DEBUG, &(struct log_about){ .queue_id = m->queue_id },
			          "%s: signed with %s", m->queue_id, answer.keys);
		if (answer.note[0])
			log_about(LOG_LEVEL_INFO, &(struct log_about){ .queue_id = m->queue_id },
			          "%s: %s", m->queue_id, answer.note);
		if (answer.damaged) {
			m->missing = m->damaged = true;
			m->body_fault = answer.fault;
		}
		finish_signing(q, m, &answer.fault);
	} else {
		peers_is_strange(q, from);
	}
	signed_fields_free(&answer);
}

void mail_signer_came(struct queue *q)
{
	feed_signers(q);
}

void mail_signer_lost(struct queue *q, struct peer_channel *signer)
{
	uint64_t lost[SIGNER_JOBS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < q->mails->sign_tickets.room && count < SIGNER_JOBS_MAX; i++) {
		const struct mail *m = q->mails->sign_tickets.slots[i].value;
		if (m && m->signer == signer->serial)
			lost[count++] = m->sign_ticket;
	}
	/* It was one of those that the signer had, nobody knows which: each gets a strike. */
	for (size_t i = 0; i < count; i++) {
		struct mail *m = table_get(&q->mails->sign_tickets, lost[i]);
		struct fault why;
		m->signer = 0;
		m->signs_alone = false;
		timers_drop(&q->timers, TIMER_SIGNING, m->sign_ticket);
		strikes_add(q, m->row.id, ROLE_SIGNER);
		if (strikes_judge(q, m->row.id, &why) == STRIKES_GO_ON) {
			line_up(q, m);
			continue;
		}
		table_remove(&q->mails->sign_tickets, m->sign_ticket);    /* the job finds that it is over */
		m->sign_ticket = 0;
		is_decided(q, m);
		m->sign_fault = why;
	}
	feed_signers(q);
}

void mail_signer_timed_out(struct queue *q, uint64_t serial)
{
	struct peer_channel *signer = peers_find(q, serial);

	if (signer)
		peers_expel(q, signer, "does not answer");
}

/* A signer that hangs must not hold a message for ever; one that is missing may come back. */
void mail_sign_timed_out(struct queue *q, uint64_t ticket)
{
	struct mail *m = table_get(&q->mails->sign_tickets, ticket);
	struct fault late;

	if (m == NULL)
		return;
	fault_set(&late, FAULT_TEMPORARY, "4.3.0", "the signer did not answer in time");
	struct peer_channel *signer = peers_find(q, m->signer);
	stop_signing(q, m);
	if (signer) {    /* first, lest it be given another */
		strikes_add(q, m->row.id, ROLE_SIGNER);
		peers_expel(q, signer, "does not answer");
	}
	finish_signing(q, m, &late);
}
