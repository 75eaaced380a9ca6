/* SPDX-License-Identifier: ISC */
#include "relay/once/letter.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mail/address.h"
#include "relay/pickup/intake.h"
#include "relay/queue_id.h"
#include "relay/signer/work.h"

#include <stdlib.h>
#include <unistd.h>

struct letter {
	const struct settings *settings;
	struct intake_place place;
	struct intake *intake;
	struct buf packed;            /* what the submission is decoded from, and borrows from */
	struct submit submit;
	struct signed_fields fields;
	char queue_id[QUEUE_ID_TEXT];
};

static void replace_text(char **at, const char *with)
{
	free(*at);
	*at = mem_text(with);
}

void letter_settings(struct settings *s)
{
	bool has_label = strchr(s->hostname, '.') == NULL && strchr(s->domain, '.') != NULL;
	struct buf name = { 0 };

	replace_text(&s->local_map, "domain");
	replace_text(&s->local_delivery, "none");
	if (!has_label)
		return;
	buf_printf(&name, "%s.%s", s->hostname, s->domain);
	replace_text(&s->hostname, buf_text(&name));
	buf_free(&name);
}

struct letter *letter_new(const struct settings *s, const struct routes *routes)
{
	struct letter *l = mem_alloc(sizeof *l);
	struct submitter who;

	*l = (struct letter){ .settings = s };
	l->place = (struct intake_place){ .settings = s, .routes = routes, .aliases = aliases_new(&s->aliases), .tells_aliases = true,
		.body_folder = -1, .maker = QUEUE_ID_PICKUP };
	submitter_of_file(s, &l->place.logins, getuid(), &who);
	l->intake = intake_new(&l->place, &who);
	submitter_free(&who);
	return l;
}

void letter_free(struct letter *l)
{
	signed_fields_free(&l->fields);
	submit_free(&l->submit);
	intake_free(l->intake, false);
	aliases_free(l->place.aliases);
	buf_free(&l->place.told_of_aliases);
	buf_free(&l->packed);
	free(l);
}

int letter_feed(struct letter *l, struct span *piece, struct fault *f)
{
	return intake_feed(l->intake, piece, f);
}

const struct submission *letter_submission(const struct letter *l)
{
	return l->submit.parts;
}

int letter_finish(struct letter *l, struct fault *f)
{
	if (intake_finish(l->intake, 1, &l->packed, f) < 0)
		return -1;
	if (submit_decode(buf_span(&l->packed), &l->submit) < 0 || l->submit.count == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the message's normal form is malformed");
	/* A part is what one transaction is for: those that cannot be read, those that stay here, the members of a list. */
	for (size_t i = 0; i < l->submit.count; i++)
		for (size_t k = 0; k < l->submit.parts[i].recipient_count; k++) {
			const struct submission_recipient *r = &l->submit.parts[i].recipients[k];
			if (r->refused[0])
				return fault_set(f, FAULT_PERMANENT, r->refused_status, "nothing was sent: %s: %s", r->address, r->refused);
			if (routes_is_local(l->place.routes, span_of(r->address)))
				return fault_set(f, FAULT_TEMPORARY, "4.3.5", "nothing was sent: %s is an address of this host (%s), and queue = "
				                 "\"none\" keeps no mail here; set domain = \"example.org\" or root = \"you@example.org\" in the "
				                 "configuration", r->address, l->settings->hostname);
		}
	if (l->submit.count > 1)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "nothing was sent: an alias with an owner- makes several messages of this one, and "
		                 "queue = \"none\" sends one to all recipients or to none; take the owner- out of the aliases");
	queue_id_print(letter_submission(l)->queue_id, l->queue_id);
	return 0;
}

/* ---- signing ---- */

int letter_sign(struct letter *l, const struct secrets *secrets, struct fault *f)
{
	const struct settings *s = l->settings;
	const struct submission *m = letter_submission(l);
	struct sign_job job = { .ticket = 1, .from_domain = m->from_domain, .sender_domain = mem_text_span(address_domain(span_of(m->sender))),
		.size_bytes = m->size_bytes, .checksum = m->checksum, .message = m->message };
	struct ring ring = { 0 };
	struct fault why = { 0 };

	if (ring_begin(&ring, s, &why) == 0) {
		for (size_t i = 0; i < s->dkim_count; i++)
			ring_add(&ring, s, &(struct signing_key){ .number = (uint32_t)i, .pem = buf_span(&secrets->keys[i]),
				.domainkeys_pem = buf_span(&secrets->domainkeys[i]), .passphrase = buf_span(&secrets->passphrases[i]) });
		work_sign(&ring, s, &job, intake_body(l->intake, 0), clock_wall_ms() / 1000, &l->fields);
		why = l->fields.fault;
	}
	ring_free(&ring);
	free(job.sender_domain);
	if (why.kind == FAULT_NONE)
		return 0;
	if (strcmp(s->on_no_key, "hold") == 0) {
		*f = why;
		f->kind = FAULT_TEMPORARY;
		return fault_prefix(f, "nothing was sent, since on_no_key is \"hold\"");
	}
	log_line(LOG_LEVEL_WARNING, "%s: mail from %s goes unsigned or lacks a signature: %s", l->queue_id, m->from_domain, why.text);
	return 0;
}

/* ---- the delivery ---- */

void letter_delivery(const struct letter *l, const struct smarthost *hop, struct delivery *out)
{
	const struct submission *m = letter_submission(l);
	bool stands_in = hop->envelope_from[0] && m->sender[0];

	*out = (struct delivery){
		.ticket = 1, .queue_id = (char *)(uintptr_t)l->queue_id, .sender = stands_in ? hop->envelope_from : m->sender, .envid = m->envid,
		.ret = m->ret, .eight_bit = m->eight_bit, .utf8 = m->utf8, .require_tls = m->require_tls, .whole = true,
		.size_bytes = m->size_bytes, .checksum = m->checksum,
		.recipients = mem_alloc(m->recipient_count * sizeof *out->recipients), .recipient_count = m->recipient_count,
		.fields = hop_signs(hop) && l->fields.fields ? span_of(l->fields.fields) : SPAN(""), .message = m->message,
	};
	for (size_t i = 0; i < m->recipient_count; i++)
		out->recipients[i] = (struct delivery_recipient){ i + 1, m->recipients[i].address, m->recipients[i].notify,
			m->recipients[i].orcpt, NULL };
}

int letter_body(const struct letter *l)
{
	return intake_body(l->intake, 0);
}

uint8_t letter_needs(const struct letter *l)
{
	const struct submission *m = letter_submission(l);

	return (uint8_t)((m->utf8 ? NEED_UTF8 : 0) | (m->require_tls ? NEED_TLS : 0));
}
