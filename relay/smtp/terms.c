/* SPDX-License-Identifier: ISC */
#include "relay/smtp/terms.h"

#include "base/pack.h"

#include <stdlib.h>

void terms_digest(const struct session *session, const struct target *target, const struct tls_demand *demand,
                  const struct tls_check *check, uint8_t out[TLS_TERMS_BYTES])
{
	struct buf all = { 0 };

	pack_text(&all, session->hop);
	pack_text(&all, session->ca_file);
	pack_text(&all, target->host);
	pack_u16(&all, target->port ? target->port : session->port);
	pack_u8(&all, (uint8_t)demand->level);
	pack_u8(&all, (uint8_t)demand->source);
	pack_u8(&all, demand->sts_testing);
	pack_u8(&all, (uint8_t)check->kind);
	pack_text(&all, check->name);
	pack_u32(&all, (uint32_t)check->name_count);
	for (size_t i = 0; i < check->name_count; i++)
		pack_text(&all, check->names[i]);
	/* The records are a set: the order of a DNS answer means nothing. */
	struct buf *records = mem_alloc((check->tlsa_count + 1) * sizeof *records);
	for (size_t i = 0; i < check->tlsa_count; i++) {
		const struct tlsa *t = &check->tlsa[i];
		pack_u8(&records[i], t->usage);
		pack_u8(&records[i], t->selector);
		pack_u8(&records[i], t->matching);
		pack_span(&records[i], (struct span){ (const char *)t->data, t->len });
	}
	pack_set(&all, records, check->tlsa_count);
	tls_digest(buf_span(&all), out);
	buf_free(&all);
}
