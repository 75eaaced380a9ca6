#include "relay/protocol.h"

#include "base/pack.h"

#include <stdlib.h>

/*
 * Every decode fills a zeroed value as far as the input goes, and frees it
 * again when the input was short or left something over. Counts are bounded by
 * what the input can hold (unpack_count), with the least size of one element.
 */
#define FINISH_DECODE(prefix) \
	do { \
		if (unpack_ok(&u)) \
			return 0; \
		prefix##_free(out); \
		return -1; \
	} while (0)

static void pack_bool(struct buf *out, bool v)
{
	pack_u8(out, v);
}

static bool unpack_bool(struct unpack *u)
{
	return unpack_u8(u) != 0;
}

/* One of an enum's values below `end`. */
static uint8_t unpack_enum(struct unpack *u, unsigned end)
{
	uint8_t v = unpack_u8(u);

	if (v >= end) {
		u->bad = true;
		return 0;
	}
	return v;
}

static void *unpack_array(struct unpack *u, size_t least_bytes, size_t element_bytes, size_t *count)
{
	*count = unpack_count(u, least_bytes);
	return *count ? mem_alloc(*count * element_bytes) : NULL;
}

/* ---- the parent's frames ---- */

void peer_encode(const struct peer *p, struct buf *out)
{
	pack_u8(out, (uint8_t)p->role);
	pack_u64(out, p->instance);
}

int peer_decode(struct span in, struct peer *out)
{
	struct unpack u = unpack_from(in);

	out->role = unpack_enum(&u, ROLE_COUNT);
	out->instance = unpack_u64(&u);
	return unpack_ok(&u) ? 0 : -1;
}

void spawn_encode(const struct spawn *v, struct buf *out)
{
	pack_u8(out, (uint8_t)v->role);
	pack_u64(out, v->ticket);
	pack_text(out, v->smarthost);
}

int spawn_decode(struct span in, struct spawn *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct spawn){ .role = unpack_enum(&u, ROLE_COUNT) };
	out->ticket = unpack_u64(&u);
	out->smarthost = unpack_text(&u);
	FINISH_DECODE(spawn);
}

void spawn_free(struct spawn *v)
{
	free(v->smarthost);
	*v = (struct spawn){ 0 };
}

void signing_key_encode(const struct signing_key *v, struct buf *out)
{
	pack_u32(out, v->number);
	pack_span(out, v->pem);
	pack_span(out, v->domainkeys_pem);
	pack_span(out, v->passphrase);
}

int signing_key_decode(struct span in, struct signing_key *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct signing_key){ .number = unpack_u32(&u) };
	out->pem = unpack_span(&u);
	out->domainkeys_pem = unpack_span(&u);
	out->passphrase = unpack_span(&u);
	FINISH_DECODE(signing_key);
}

void signing_key_free(struct signing_key *v)
{
	*v = (struct signing_key){ 0 };
}

/* ---- submission ---- */

static void submission_put(const struct submission *v, struct buf *out)
{
	buf_add(out, v->id, sizeof v->id);
	pack_u32(out, v->uid);
	pack_u8(out, v->part);
	pack_u64(out, v->queue_id);
	pack_text(out, v->sender);
	pack_text(out, v->envid);
	pack_u8(out, (uint8_t)v->ret);
	pack_bool(out, v->eight_bit);
	pack_bool(out, v->utf8);
	pack_bool(out, v->require_tls);
	pack_bool(out, v->tls_optional);
	pack_bool(out, v->bulk);
	pack_text(out, v->from_domain);
	pack_text(out, v->message_id);
	pack_text(out, v->program);
	pack_i64(out, v->arrival_ms);
	pack_u64(out, v->size_bytes);
	pack_text(out, v->held);
	pack_u32(out, (uint32_t)v->recipient_count);
	for (size_t i = 0; i < v->recipient_count; i++) {
		const struct submission_recipient *r = &v->recipients[i];
		pack_text(out, r->address);
		pack_text(out, r->original);
		pack_u8(out, r->notify);
		pack_text(out, r->orcpt);
		pack_text(out, r->refused);
		pack_text(out, r->refused_status);
	}
	pack_text(out, v->body_file);
	pack_u64(out, v->checksum);
	pack_span(out, v->message);
}

static void submission_take(struct unpack *u, struct submission *out)
{
	for (size_t i = 0; i < sizeof out->id; i++)
		out->id[i] = unpack_u8(u);
	out->uid = unpack_u32(u);
	out->part = unpack_u8(u);
	out->queue_id = unpack_u64(u);
	out->sender = unpack_text(u);
	out->envid = unpack_text(u);
	out->ret = unpack_enum(u, DSN_RET_HEADERS + 1);
	out->eight_bit = unpack_bool(u);
	out->utf8 = unpack_bool(u);
	out->require_tls = unpack_bool(u);
	out->tls_optional = unpack_bool(u);
	out->bulk = unpack_bool(u);
	out->from_domain = unpack_text(u);
	out->message_id = unpack_text(u);
	out->program = unpack_text(u);
	out->arrival_ms = unpack_i64(u);
	out->size_bytes = unpack_u64(u);
	out->held = unpack_text(u);
	out->recipients = unpack_array(u, 17, sizeof *out->recipients, &out->recipient_count);
	for (size_t i = 0; i < out->recipient_count; i++) {
		struct submission_recipient *r = &out->recipients[i];
		r->address = unpack_text(u);
		r->original = unpack_text(u);
		r->notify = unpack_u8(u);
		r->orcpt = unpack_text(u);
		r->refused = unpack_text(u);
		r->refused_status = unpack_text(u);
	}
	out->body_file = unpack_text(u);
	out->checksum = unpack_u64(u);
	out->message = unpack_span(u);
}

void submission_encode(const struct submission *v, struct buf *out)
{
	submission_put(v, out);
}

int submission_decode(struct span in, struct submission *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct submission){ 0 };
	submission_take(&u, out);
	FINISH_DECODE(submission);
}

void submission_free(struct submission *v)
{
	for (size_t i = 0; i < v->recipient_count; i++) {
		free(v->recipients[i].address);
		free(v->recipients[i].original);
		free(v->recipients[i].orcpt);
		free(v->recipients[i].refused);
		free(v->recipients[i].refused_status);
	}
	free(v->recipients);
	free(v->sender);
	free(v->envid);
	free(v->from_domain);
	free(v->message_id);
	free(v->program);
	free(v->held);
	free(v->body_file);
	*v = (struct submission){ 0 };
}

void submit_encode(const struct submit *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_u32(out, (uint32_t)v->count);
	for (size_t i = 0; i < v->count; i++)
		submission_put(&v->parts[i], out);
}

int submit_decode(struct span in, struct submit *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct submit){ .ticket = unpack_u64(&u) };
	out->parts = unpack_array(&u, 80, sizeof *out->parts, &out->count);
	for (size_t i = 0; i < out->count; i++)
		submission_take(&u, &out->parts[i]);
	FINISH_DECODE(submit);
}

void submit_free(struct submit *v)
{
	for (size_t i = 0; i < v->count; i++)
		submission_free(&v->parts[i]);
	free(v->parts);
	*v = (struct submit){ 0 };
}

void submitted_encode(const struct submitted *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_fault(out, &v->fault);
	pack_text(out, v->queue_id);
}

int submitted_decode(struct span in, struct submitted *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct submitted){ .ticket = unpack_u64(&u) };
	unpack_fault(&u, &out->fault);
	out->queue_id = unpack_text(&u);
	FINISH_DECODE(submitted);
}

void submitted_free(struct submitted *v)
{
	free(v->queue_id);
	*v = (struct submitted){ 0 };
}

void query_encode(const struct query *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_u8(out, v->operation);
	pack_u32(out, v->uid);
	pack_bool(out, v->all);
	pack_text(out, v->argument);
}

int query_decode(struct span in, struct query *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct query){ .ticket = unpack_u64(&u) };
	out->operation = unpack_u8(&u);
	out->uid = unpack_u32(&u);
	out->all = unpack_bool(&u);
	out->argument = unpack_text(&u);
	FINISH_DECODE(query);
}

void query_free(struct query *v)
{
	free(v->argument);
	*v = (struct query){ 0 };
}

/* ---- signing ---- */

void sign_job_encode(const struct sign_job *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_text(out, v->from_domain);
	pack_text(out, v->sender_domain);
	pack_u64(out, v->size_bytes);
	pack_u64(out, v->checksum);
	pack_span(out, v->message);
}

int sign_job_decode(struct span in, struct sign_job *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct sign_job){ .ticket = unpack_u64(&u) };
	out->from_domain = unpack_text(&u);
	out->sender_domain = unpack_text(&u);
	out->size_bytes = unpack_u64(&u);
	out->checksum = unpack_u64(&u);
	out->message = unpack_span(&u);
	FINISH_DECODE(sign_job);
}

void sign_job_free(struct sign_job *v)
{
	free(v->from_domain);
	free(v->sender_domain);
	*v = (struct sign_job){ 0 };
}

void signed_fields_encode(const struct signed_fields *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_fault(out, &v->fault);
	pack_text(out, v->fields);
	pack_text(out, v->keys);
	pack_text(out, v->note);
	pack_bool(out, v->damaged);
}

int signed_fields_decode(struct span in, struct signed_fields *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct signed_fields){ .ticket = unpack_u64(&u) };
	unpack_fault(&u, &out->fault);
	out->fields = unpack_text(&u);
	out->keys = unpack_text(&u);
	out->note = unpack_text(&u);
	out->damaged = unpack_bool(&u);
	FINISH_DECODE(signed_fields);
}

void signed_fields_free(struct signed_fields *v)
{
	free(v->fields);
	free(v->keys);
	free(v->note);
	*v = (struct signed_fields){ 0 };
}

/* ---- planning ---- */

void plan_job_encode(const struct plan_job *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_u8(out, (uint8_t)v->kind);
	pack_text(out, v->name);
	pack_bool(out, v->sts.wanted);
	pack_text(out, v->sts.id);
	pack_text(out, v->sts.policy);
	pack_bool(out, v->sts.fresh);
	pack_text(out, v->sts.barred_id);
}

int plan_job_decode(struct span in, struct plan_job *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct plan_job){ .ticket = unpack_u64(&u) };
	out->kind = unpack_enum(&u, PLAN_KINDS);
	out->name = unpack_text(&u);
	out->sts.wanted = unpack_bool(&u);
	out->sts.id = unpack_text(&u);
	out->sts.policy = unpack_text(&u);
	out->sts.fresh = unpack_bool(&u);
	out->sts.barred_id = unpack_text(&u);
	FINISH_DECODE(plan_job);
}

void plan_job_free(struct plan_job *v)
{
	free(v->name);
	free(v->sts.id);
	free(v->sts.policy);
	free(v->sts.barred_id);
	*v = (struct plan_job){ 0 };
}

static void pack_address(struct buf *out, const struct ip_address *a)
{
	pack_u8(out, a->family);
	buf_add(out, a->bytes, sizeof a->bytes);
}

static void pack_addresses(struct buf *out, const struct ip_address *addresses, size_t count)
{
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		pack_address(out, &addresses[i]);
}

static void pack_tlsa(struct buf *out, const struct tlsa *t)
{
	pack_u8(out, t->usage);
	pack_u8(out, t->selector);
	pack_u8(out, t->matching);
	pack_span(out, (struct span){ (const char *)t->data, t->len });
}

/* What its owners published of the host's TLS. */
static void pack_tls_evidence(struct buf *out, const struct target *t)
{
	pack_u8(out, (uint8_t)t->dane);
	pack_text(out, t->tlsa_base);
	pack_u32(out, (uint32_t)t->tlsa_count);
	for (size_t i = 0; i < t->tlsa_count; i++)
		pack_tlsa(out, &t->tlsa[i]);
	pack_fault(out, &t->dane_fault);
	pack_u8(out, (uint8_t)t->sts);
	pack_bool(out, t->sts_listed);
}

static void pack_targets(struct buf *out, const struct target *targets, size_t count)
{
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		const struct target *t = &targets[i];
		pack_text(out, t->host);
		pack_u16(out, t->preference);
		pack_u16(out, t->weight);
		pack_u16(out, t->port);
		pack_bool(out, t->implicit_tls);
		pack_bool(out, t->secure);
		pack_bool(out, t->mx_secure);
		pack_bool(out, t->host_is_known);
		pack_addresses(out, t->addresses, t->address_count);
		pack_tls_evidence(out, t);
	}
}

static void unpack_any_address(struct unpack *u, struct ip_address *out)
{
	out->family = unpack_u8(u);
	for (size_t i = 0; i < sizeof out->bytes; i++)
		out->bytes[i] = unpack_u8(u);
}

static void unpack_address(struct unpack *u, struct ip_address *out)
{
	unpack_any_address(u, out);
	u->bad |= out->family != 4 && out->family != 6;
}

static void unpack_source(struct unpack *u, struct ip_address *out, uint8_t family)
{
	unpack_any_address(u, out);
	u->bad |= out->family != 0 && out->family != family;
}

static struct ip_address *unpack_addresses(struct unpack *u, size_t *count)
{
	struct ip_address *addresses = unpack_array(u, 17, sizeof *addresses, count);

	for (size_t i = 0; i < *count; i++)
		unpack_address(u, &addresses[i]);
	return addresses;
}

static void unpack_tlsa(struct unpack *u, struct tlsa *out)
{
	out->usage = unpack_u8(u);
	out->selector = unpack_u8(u);
	out->matching = unpack_u8(u);
	struct span data = unpack_span(u);
	out->data = (unsigned char *)mem_text_span(data);
	out->len = data.len;
}

static void unpack_tls_evidence(struct unpack *u, struct target *t)
{
	t->dane = unpack_enum(u, DANE_FAILED + 1);
	t->tlsa_base = unpack_text(u);
	t->tlsa = unpack_array(u, 7, sizeof *t->tlsa, &t->tlsa_count);
	for (size_t i = 0; i < t->tlsa_count; i++)
		unpack_tlsa(u, &t->tlsa[i]);
	unpack_fault(u, &t->dane_fault);
	t->sts = unpack_enum(u, STS_ENFORCE + 1);
	t->sts_listed = unpack_bool(u);
}

static struct target *unpack_targets(struct unpack *u, size_t *count)
{
	struct target *targets = unpack_array(u, 37, sizeof *targets, count);

	for (size_t i = 0; i < *count; i++) {
		struct target *t = &targets[i];
		t->host = unpack_text(u);
		t->preference = unpack_u16(u);
		t->weight = unpack_u16(u);
		t->port = unpack_u16(u);
		t->implicit_tls = unpack_bool(u);
		t->secure = unpack_bool(u);
		t->mx_secure = unpack_bool(u);
		t->host_is_known = unpack_bool(u);
		t->addresses = unpack_addresses(u, &t->address_count);
		unpack_tls_evidence(u, t);
	}
	return targets;
}

void plan_encode(const struct plan *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_fault(out, &v->fault);
	pack_bool(out, v->mx_elsewhere);
	pack_bool(out, v->unconfirmed);
	pack_targets(out, v->targets, v->target_count);
	pack_text(out, v->sts_id);
	pack_addresses(out, v->sts_addresses, v->sts_address_count);
}

int plan_decode(struct span in, struct plan *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct plan){ .ticket = unpack_u64(&u) };
	unpack_fault(&u, &out->fault);
	out->mx_elsewhere = unpack_bool(&u);
	out->unconfirmed = unpack_bool(&u);
	out->targets = unpack_targets(&u, &out->target_count);
	out->sts_id = unpack_text(&u);
	out->sts_addresses = unpack_addresses(&u, &out->sts_address_count);
	FINISH_DECODE(plan);
}

void plan_free(struct plan *v)
{
	targets_free(v->targets, v->target_count);
	free(v->sts_id);
	free(v->sts_addresses);
	*v = (struct plan){ 0 };
}

/* ---- MTA-STS policies ---- */

void sts_job_encode(const struct sts_job *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_text(out, v->domain);
	pack_u16(out, v->port);
	pack_addresses(out, v->addresses, v->address_count);
}

int sts_job_decode(struct span in, struct sts_job *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct sts_job){ .ticket = unpack_u64(&u) };
	out->domain = unpack_text(&u);
	out->port = unpack_u16(&u);
	out->addresses = unpack_addresses(&u, &out->address_count);
	FINISH_DECODE(sts_job);
}

void sts_job_free(struct sts_job *v)
{
	free(v->domain);
	free(v->addresses);
	*v = (struct sts_job){ 0 };
}

void sts_fetched_encode(const struct sts_fetched *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_fault(out, &v->fault);
	pack_bool(out, v->unable);
	pack_text(out, v->policy);
	pack_u32(out, v->max_age_s);
}

int sts_fetched_decode(struct span in, struct sts_fetched *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct sts_fetched){ .ticket = unpack_u64(&u) };
	unpack_fault(&u, &out->fault);
	out->unable = unpack_bool(&u);
	out->policy = unpack_text(&u);
	out->max_age_s = unpack_u32(&u);
	FINISH_DECODE(sts_fetched);
}

void sts_fetched_free(struct sts_fetched *v)
{
	free(v->policy);
	*v = (struct sts_fetched){ 0 };
}

/* ---- sessions ---- */

static struct tls_ticket *unpack_tickets(struct unpack *u, size_t *count)
{
	struct tls_ticket *tickets = unpack_array(u, TLS_TICKET_PACKED_LEAST, sizeof *tickets, count);

	u->bad |= *count > TLS_TICKETS_MAX;
	for (size_t i = 0; i < *count; i++)
		tls_ticket_unpack(u, &tickets[i]);
	return tickets;
}

/* Own addresses; more than there is room for is malformed. */
static void unpack_refused(struct unpack *u, struct session *out)
{
	uint32_t count = unpack_u32(u);

	u->bad |= count > SESSION_REFUSED_MAX;
	out->refused_count = u->bad ? 0 : count;
	for (size_t i = 0; i < out->refused_count; i++)
		unpack_address(u, &out->refused[i]);
}

void session_encode(const struct session *v, struct buf *out)
{
	pack_text(out, v->hop);
	pack_text(out, v->domain);
	pack_u16(out, v->port);
	pack_bool(out, v->implicit_tls);
	pack_u8(out, (uint8_t)v->tls);
	pack_text(out, v->ca_file);
	pack_text(out, v->helo);
	pack_u8(out, v->needs);
	pack_address(out, &v->source[0]);
	pack_address(out, &v->source[1]);
	pack_targets(out, v->targets, v->target_count);
	pack_u32(out, (uint32_t)v->refused_count);
	for (size_t i = 0; i < v->refused_count; i++)
		pack_address(out, &v->refused[i]);
	pack_u32(out, v->connections_max);
	pack_bool(out, v->step_by_step);
	pack_bool(out, v->transcript);
	pack_u32(out, (uint32_t)v->ticket_count);
	for (size_t i = 0; i < v->ticket_count; i++)
		tls_ticket_pack(out, &v->tickets[i]);
}

int session_decode(struct span in, struct session *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct session){ .hop = unpack_text(&u) };
	out->domain = unpack_text(&u);
	out->port = unpack_u16(&u);
	out->implicit_tls = unpack_bool(&u);
	out->tls = unpack_enum(&u, TLS_DANE + 1);
	out->ca_file = unpack_text(&u);
	out->helo = unpack_text(&u);
	out->needs = unpack_u8(&u);
	unpack_source(&u, &out->source[0], 4);
	unpack_source(&u, &out->source[1], 6);
	out->targets = unpack_targets(&u, &out->target_count);
	unpack_refused(&u, out);
	out->connections_max = unpack_u32(&u);
	out->step_by_step = unpack_bool(&u);
	out->transcript = unpack_bool(&u);
	out->tickets = unpack_tickets(&u, &out->ticket_count);
	FINISH_DECODE(session);
}

void session_free(struct session *v)
{
	free(v->hop);
	free(v->domain);
	free(v->ca_file);
	free(v->helo);
	targets_free(v->targets, v->target_count);
	tls_tickets_free(v->tickets, v->ticket_count);
	*v = (struct session){ 0 };
}

void transcript_line_encode(const struct transcript_line *v, struct buf *out)
{
	pack_i64(out, v->boot_ms);
	pack_u8(out, (uint8_t)v->side);
	pack_text(out, v->text);
}

int transcript_line_decode(struct span in, struct transcript_line *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct transcript_line){ .boot_ms = unpack_i64(&u) };
	out->side = unpack_enum(&u, TRANSCRIPT_THEIRS + 1);
	out->text = unpack_text(&u);
	FINISH_DECODE(transcript_line);
}

void transcript_line_free(struct transcript_line *v)
{
	free(v->text);
	*v = (struct transcript_line){ 0 };
}

void session_ready_encode(const struct session_ready *v, struct buf *out)
{
	pack_text(out, v->relay);
	pack_text(out, v->host);
	pack_text(out, v->source);
	pack_text(out, v->tls);
	pack_u32(out, v->connections);
	pack_text(out, v->tls_summary);
	pack_u32(out, v->capabilities);
	pack_u64(out, v->size_limit);
	pack_u32(out, v->rcpt_max);
	tls_ticket_pack(out, &v->ticket);
}

int session_ready_decode(struct span in, struct session_ready *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct session_ready){ .relay = unpack_text(&u) };
	out->host = unpack_text(&u);
	out->source = unpack_text(&u);
	out->tls = unpack_text(&u);
	out->connections = unpack_u32(&u);
	out->tls_summary = unpack_text(&u);
	out->capabilities = unpack_u32(&u);
	out->size_limit = unpack_u64(&u);
	out->rcpt_max = unpack_u32(&u);
	tls_ticket_unpack(&u, &out->ticket);
	FINISH_DECODE(session_ready);
}

void session_ready_free(struct session_ready *v)
{
	free(v->relay);
	free(v->host);
	free(v->source);
	free(v->tls);
	free(v->tls_summary);
	tls_ticket_free(&v->ticket);
	*v = (struct session_ready){ 0 };
}

void delivery_encode(const struct delivery *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_text(out, v->queue_id);
	pack_text(out, v->sender);
	pack_text(out, v->envid);
	pack_u8(out, (uint8_t)v->ret);
	pack_bool(out, v->eight_bit);
	pack_bool(out, v->utf8);
	pack_bool(out, v->require_tls);
	pack_u64(out, v->size_bytes);
	pack_u64(out, v->checksum);
	pack_u32(out, (uint32_t)v->recipient_count);
	for (size_t i = 0; i < v->recipient_count; i++) {
		const struct delivery_recipient *r = &v->recipients[i];
		pack_u64(out, r->id);
		pack_text(out, r->address);
		pack_u8(out, r->notify);
		pack_text(out, r->orcpt);
	}
	pack_span(out, v->fields);
	pack_span(out, v->message);
}

int delivery_decode(struct span in, struct delivery *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct delivery){ .ticket = unpack_u64(&u) };
	out->queue_id = unpack_text(&u);
	out->sender = unpack_text(&u);
	out->envid = unpack_text(&u);
	out->ret = unpack_enum(&u, DSN_RET_HEADERS + 1);
	out->eight_bit = unpack_bool(&u);
	out->utf8 = unpack_bool(&u);
	out->require_tls = unpack_bool(&u);
	out->size_bytes = unpack_u64(&u);
	out->checksum = unpack_u64(&u);
	out->recipients = unpack_array(&u, 17, sizeof *out->recipients, &out->recipient_count);
	for (size_t i = 0; i < out->recipient_count; i++) {
		struct delivery_recipient *r = &out->recipients[i];
		r->id = unpack_u64(&u);
		r->address = unpack_text(&u);
		r->notify = unpack_u8(&u);
		r->orcpt = unpack_text(&u);
	}
	out->fields = unpack_span(&u);
	out->message = unpack_span(&u);
	FINISH_DECODE(delivery);
}

void delivery_free(struct delivery *v)
{
	for (size_t i = 0; i < v->recipient_count; i++) {
		free(v->recipients[i].address);
		free(v->recipients[i].orcpt);
	}
	free(v->recipients);
	free(v->queue_id);
	free(v->sender);
	free(v->envid);
	*v = (struct delivery){ 0 };
}

void outcome_encode(const struct outcome *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_u32(out, v->setup_ms);
	pack_u32(out, v->transfer_ms);
	pack_u32(out, (uint32_t)v->recipient_count);
	for (size_t i = 0; i < v->recipient_count; i++) {
		pack_u64(out, v->recipients[i].id);
		reply_pack(out, &v->recipients[i].reply);
		pack_bool(out, v->recipients[i].unknown);
	}
}

int outcome_decode(struct span in, struct outcome *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct outcome){ .ticket = unpack_u64(&u) };
	out->setup_ms = unpack_u32(&u);
	out->transfer_ms = unpack_u32(&u);
	out->recipients = unpack_array(&u, 35, sizeof *out->recipients, &out->recipient_count);
	for (size_t i = 0; i < out->recipient_count; i++) {
		out->recipients[i].id = unpack_u64(&u);
		reply_unpack(&u, &out->recipients[i].reply);
		out->recipients[i].unknown = unpack_bool(&u);
	}
	FINISH_DECODE(outcome);
}

void outcome_free(struct outcome *v)
{
	free(v->recipients);
	*v = (struct outcome){ 0 };
}

void session_end_encode(const struct session_end *v, struct buf *out)
{
	pack_u8(out, (uint8_t)v->scope);
	reply_pack(out, &v->reply);
	pack_u32(out, v->connections);
	pack_bool(out, v->pipelining_broken);
	pack_u32(out, v->rcpt_max);
	pack_bool(out, v->none_left);
}

int session_end_decode(struct span in, struct session_end *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct session_end){ .scope = unpack_enum(&u, SESSION_UNMET + 1) };
	reply_unpack(&u, &out->reply);
	out->connections = unpack_u32(&u);
	out->pipelining_broken = unpack_bool(&u);
	out->rcpt_max = unpack_u32(&u);
	out->none_left = unpack_bool(&u);
	FINISH_DECODE(session_end);
}

void session_end_free(struct session_end *v)
{
	*v = (struct session_end){ 0 };
}

/* ---- bounces ---- */

void bounce_job_encode(const struct bounce_job *v, struct buf *out)
{
	pack_u64(out, v->ticket);
	pack_u8(out, (uint8_t)v->kind);
	pack_text(out, v->queue_id);
	pack_text(out, v->sender);
	pack_text(out, v->envid);
	pack_u8(out, (uint8_t)v->ret);
	pack_bool(out, v->encode_8bit);
	pack_i64(out, v->arrival_ms);
	pack_u32(out, (uint32_t)v->recipient_count);
	for (size_t i = 0; i < v->recipient_count; i++) {
		const struct bounce_recipient *r = &v->recipients[i];
		pack_text(out, r->address);
		pack_text(out, r->original);
		pack_text(out, r->orcpt);
		pack_i64(out, r->tried_ms);
		pack_i64(out, r->until_ms);
		reply_pack(out, &r->reply);
		pack_text(out, r->earlier);
	}
	pack_span(out, v->message);
}

int bounce_job_decode(struct span in, struct bounce_job *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct bounce_job){ .ticket = unpack_u64(&u) };
	out->kind = unpack_enum(&u, REPORT_KINDS);
	out->queue_id = unpack_text(&u);
	out->sender = unpack_text(&u);
	out->envid = unpack_text(&u);
	out->ret = unpack_enum(&u, DSN_RET_HEADERS + 1);
	out->encode_8bit = unpack_bool(&u);
	out->arrival_ms = unpack_i64(&u);
	out->recipients = unpack_array(&u, 58, sizeof *out->recipients, &out->recipient_count);
	for (size_t i = 0; i < out->recipient_count; i++) {
		struct bounce_recipient *r = &out->recipients[i];
		r->address = unpack_text(&u);
		r->original = unpack_text(&u);
		r->orcpt = unpack_text(&u);
		r->tried_ms = unpack_i64(&u);
		r->until_ms = unpack_i64(&u);
		reply_unpack(&u, &r->reply);
		r->earlier = unpack_text(&u);
	}
	out->message = unpack_span(&u);
	FINISH_DECODE(bounce_job);
}

void bounce_job_free(struct bounce_job *v)
{
	for (size_t i = 0; i < v->recipient_count; i++) {
		free(v->recipients[i].address);
		free(v->recipients[i].original);
		free(v->recipients[i].orcpt);
		free(v->recipients[i].earlier);
	}
	free(v->recipients);
	free(v->queue_id);
	free(v->sender);
	free(v->envid);
	*v = (struct bounce_job){ 0 };
}

const char *role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = {
		"signetd", "pickup", "queue", "signer", "resolver", "smtp", "esmtp", "bounce", "sts", "control",
	};

	return names[role];
}
