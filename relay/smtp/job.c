/* SPDX-License-Identifier: ISC */
#include "relay/smtp/job.h"

#include "base/io.h"
#include "base/mail/address.h"
#include "base/mail/xtext.h"
#include "relay/esmtp_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* RFC 3461 sections 4.2 and 4.4. */
enum { ENVID_MAX = 100, ORCPT_MAX = 500 };

struct job *job_new(struct span payload, int fd)
{
	struct job *j = mem_alloc(sizeof *j);
	struct delivery *d = &j->delivery;
	struct stat st;

	j->fd = fd;
	if (delivery_decode(payload, d) < 0) {
		job_free(j);
		return NULL;
	}
	/* The payload is the caller's; its bytes are kept. */
	size_t fields = d->fields.len;
	buf_reserve(&j->bytes, fields + d->message.len);
	buf_add_span(&j->bytes, d->fields);
	buf_add_span(&j->bytes, d->message);
	d->fields = (struct span){ j->bytes.at, fields };
	d->message = (struct span){ j->bytes.at + fields, j->bytes.len - fields };
	j->total_bytes = j->bytes.len;
	if (fd >= 0 && fstat(fd, &st) == 0)
		j->total_bytes += (uint64_t)st.st_size;
	size_t count = d->recipient_count;
	j->outcomes = mem_resize(NULL, count + 1, sizeof *j->outcomes);
	j->settled = mem_resize(NULL, count + 1, sizeof *j->settled);
	j->asked = mem_resize(NULL, count + 1, sizeof *j->asked);
	for (size_t i = 0; i < count; i++) {
		j->outcomes[i] = (struct recipient_outcome){ .id = d->recipients[i].id };
		j->settled[i] = false;
	}
	return j;
}

void job_free(struct job *j)
{
	if (j == NULL)
		return;
	delivery_free(&j->delivery);
	buf_free(&j->bytes);
	io_close(&j->fd);
	free(j->outcomes);
	free(j->settled);
	free(j->asked);
	free(j);
}

/* ---- settling ---- */

static void settle_recipient(struct job *j, size_t recipient, const struct reply *r, bool unknown)
{
	if (j->settled[recipient])
		return;
	j->outcomes[recipient].reply = *r;
	j->outcomes[recipient].unknown = unknown;
	j->settled[recipient] = true;
}

void job_settle_asked(struct job *j, size_t asked, const struct reply *r)
{
	settle_recipient(j, j->asked[asked], r, false);
}

void job_settle_rest(struct job *j, const struct reply *r, bool unknown)
{
	for (size_t i = 0; i < j->delivery.recipient_count; i++)
		settle_recipient(j, i, r, unknown);
}

void job_settle_unsent(struct job *j, const char *relay)
{
	struct reply r;

	reply_set(&r, FAULT_TEMPORARY, "4.5.0", STEP_NONE, relay, "not sent, since another recipient was refused");
	job_settle_rest(j, &r, false);
}

void job_doubt(struct job *j)
{
	for (size_t i = 0; i < j->delivery.recipient_count; i++)
		if (j->outcomes[i].reply.kind == FAULT_PERMANENT && j->outcomes[i].reply.code)
			reply_make_temporary(&j->outcomes[i].reply);
}

/* ---- what is not to be tried ---- */

static int check_message(const struct job *j, const struct ehlo *e, struct fault *f)
{
	if (e->size_limit > 0 && j->total_bytes > e->size_limit)
		return fault_set(f, FAULT_PERMANENT, "5.3.4",
		                 "the message has %" PRIu64 " bytes and the server takes at most %" PRIu64, j->total_bytes,
		                 e->size_limit);
	if (j->delivery.require_tls && !(e->capabilities & CAP_REQUIRETLS))
		return fault_set(f, FAULT_PERMANENT, "5.7.30",
		                 "the message asks for REQUIRETLS (RFC 8689), which the server does not offer");
	if (j->delivery.utf8 && !(e->capabilities & CAP_SMTPUTF8))
		return fault_set(f, FAULT_PERMANENT, "5.6.7",
		                 "the message needs SMTPUTF8 (UTF-8 in its header or addresses), which the server does not offer");
	return 0;
}

/* malformed: the status where it cannot be an address (RFC 3463 section 3.2). */
static int check_address(const char *address, const char *malformed, const struct ehlo *e, struct fault *f)
{
	struct span a = span_of(address);

	if (a.len > ESMTP_ADDRESS_MAX)
		return fault_set(f, FAULT_PERMANENT, malformed, "an address of %zu bytes cannot be sent by SMTP", a.len);
	for (size_t i = 0; i < a.len; i++)
		if ((unsigned char)a.at[i] < 0x20 || a.at[i] == 0x7f)
			return fault_set(f, FAULT_PERMANENT, malformed, "a control byte in the address %s", address);
	if (a.len > 0 && address_check(a, f) < 0) {
		snprintf(f->status, sizeof f->status, "%s", malformed);
		return -1;
	}
	if (address_needs_utf8(a) && !(e->capabilities & CAP_SMTPUTF8))
		return fault_set(f, FAULT_PERMANENT, "5.6.7", "the address %s needs SMTPUTF8, which the server does not offer",
		                 address);
	return 0;
}

/* How many domains there would be with this recipient, if the server counts them. */
static bool fits_domains(const struct job *j, size_t recipient, const struct ehlo *e, size_t *domains)
{
	struct span domain = address_domain(span_of(j->delivery.recipients[recipient].address));

	if (e->domain_max == 0)
		return true;
	for (size_t i = 0; i < j->asked_count; i++)
		if (span_eq_nocase(address_domain(span_of(job_asked_address(j, i))), domain))
			return true;
	if (*domains >= e->domain_max)
		return false;
	(*domains)++;
	return true;
}

/* In another transaction, and at once (RFC 5321 section 4.5.3.1.10). */
static void settle_surplus(struct job *j, size_t recipient, uint32_t most, const char *of, const char *relay)
{
	struct reply r;

	reply_set(&r, FAULT_TEMPORARY, "4.5.3", STEP_RCPT, relay, "the server takes %u %s (LIMITS)", most, of);
	r.reason = refusal_reason_named("recipients");
	settle_recipient(j, recipient, &r, false);
}

void job_check(struct job *j, const struct ehlo *e, const char *relay)
{
	struct fault f = { 0 };
	size_t domains = 0;

	j->asked_count = 0;
	if (check_message(j, e, &f) < 0 || check_address(j->delivery.sender, "5.1.7", e, &f) < 0) {
		struct reply r = reply_of_fault(&f, STEP_MAIL, relay);
		job_settle_rest(j, &r, false);
	}
	for (size_t i = 0; i < j->delivery.recipient_count; i++) {
		if (j->settled[i])
			continue;
		if (check_address(j->delivery.recipients[i].address, "5.1.3", e, &f) == 0) {
			if (e->rcpt_max > 0 && j->asked_count >= e->rcpt_max)
				settle_surplus(j, i, e->rcpt_max, "recipients in one transaction", relay);
			else if (!fits_domains(j, i, e, &domains))
				settle_surplus(j, i, e->domain_max, "recipients' domains in one session", relay);
			else
				j->asked[j->asked_count++] = i;
			continue;
		}
		struct reply r = reply_of_fault(&f, STEP_RCPT, relay);
		settle_recipient(j, i, &r, false);
	}
	if (!j->delivery.whole || j->asked_count == j->delivery.recipient_count)
		return;
	j->asked_count = 0;
	job_settle_unsent(j, relay);
}

const char *job_asked_address(const struct job *j, size_t asked)
{
	return j->delivery.recipients[j->asked[asked]].address;
}

/* ---- for libesmtp, and beside it ---- */

void job_encode_for_library(const struct job *j, const struct ehlo *e, struct buf *out)
{
	struct delivery d = j->delivery;
	bool dsn = e->capabilities & CAP_DSN;
	struct delivery_recipient *asked = mem_resize(NULL, j->asked_count + 1, sizeof *asked);

	d.envid = NULL;
	d.fields = d.message = (struct span){ 0 };
	d.checksum = 0;
	d.ret = dsn ? d.ret : DSN_RET_UNSET;
	d.eight_bit = d.eight_bit && (e->capabilities & CAP_8BITMIME);
	d.size_bytes = e->capabilities & CAP_SIZE ? j->total_bytes : 0;
	for (size_t i = 0; i < j->asked_count; i++) {
		asked[i] = j->delivery.recipients[j->asked[i]];
		asked[i].orcpt = NULL;
		if (!dsn)
			asked[i].notify = 0;
	}
	d.recipients = asked;
	d.recipient_count = j->asked_count;
	delivery_encode(&d, out);
	free(asked);
}

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < '!' || *c > '~')
			return false;
	return true;
}

static bool speaks_utf8(const struct job *j)
{
	if (j->delivery.utf8 || address_needs_utf8(span_of(j->delivery.sender)))
		return true;
	for (size_t i = 0; i < j->asked_count; i++)
		if (address_needs_utf8(span_of(job_asked_address(j, i))))
			return true;
	return false;
}

void job_mail_extras(const struct job *j, const struct ehlo *e, struct buf *out)
{
	size_t len = strlen(j->delivery.envid);

	if ((e->capabilities & CAP_DSN) && len > 0 && len <= ENVID_MAX) {
		buf_add_text(out, " ENVID=");
		/* its submitter has encoded it, or should have */
		if (xtext_is_valid(span_of(j->delivery.envid)))
			buf_add_text(out, j->delivery.envid);
		else
			xtext_encode(span_of(j->delivery.envid), out);
	}
	/* RFC 6531 section 3.4 */
	if ((e->capabilities & CAP_SMTPUTF8) && speaks_utf8(j))
		buf_add_text(out, " SMTPUTF8");
	/* RFC 8689 section 2 */
	if (j->delivery.require_tls)
		buf_add_text(out, " REQUIRETLS");
}

void job_rcpt_extras(const struct job *j, size_t asked, const struct ehlo *e, struct buf *out)
{
	const char *orcpt = j->delivery.recipients[j->asked[asked]].orcpt;

	if (!(e->capabilities & CAP_DSN) || !orcpt[0] || strlen(orcpt) > ORCPT_MAX || !is_plain(orcpt))
		return;
	buf_printf(out, " ORCPT=%s", orcpt);
}

void job_encode_outcome(const struct job *j, uint32_t setup_ms, uint32_t transfer_ms, struct buf *out)
{
	struct outcome o = {
		.ticket = j->delivery.ticket, .setup_ms = setup_ms, .transfer_ms = transfer_ms, .recipients = j->outcomes, .recipient_count = j->delivery.recipient_count,
	};

	outcome_encode(&o, out);
}
