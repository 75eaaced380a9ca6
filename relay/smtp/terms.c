#include "relay/smtp/terms.h"

#include "base/pack.h"

#include <stdlib.h>

static void pack_record(struct buf *out, const struct tlsa *t)
{
	pack_u8(out, t->usage);
	pack_u8(out, t->selector);
	pack_u8(out, t->matching);
	pack_span(out, (struct span){ (const char *)t->data, t->len });
}

/* A set: the order of a DNS answer means nothing. */
static void pack_records(struct buf *out, const struct tls_check *check)
{
	struct buf *records = mem_alloc((check->tlsa_count + 1) * sizeof *records);

	for (size_t i = 0; i < check->tlsa_count; i++)
		pack_record(&records[i], &check->tlsa[i]);
	pack_set(out, records, check->tlsa_count);
}

static void pack_check(struct buf *out, const struct tls_check *check)
{
	pack_u8(out, (uint8_t)check->kind);
	pack_text(out, check->name);
	pack_u32(out, (uint32_t)check->name_count);
	for (size_t i = 0; i < check->name_count; i++)
		pack_text(out, check->names[i]);
	pack_records(out, check);
}

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
	pack_check(&all, check);
	tls_digest(buf_span(&all), out);
	buf_free(&all);
}
