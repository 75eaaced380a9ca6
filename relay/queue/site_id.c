/* SPDX-License-Identifier: ISC */
#include "relay/queue/site_id.h"

#include "base/pack.h"
#include "relay/route/tls_demand.h"

#include <stdlib.h>

static bool has_dane_ta(const struct target *t)
{
	for (size_t i = 0; i < t->tlsa_count; i++)
		if (t->tlsa[i].usage == TLSA_DANE_TA)
			return true;
	return false;
}

static void pack_host(const struct site_way *way, const struct target *t, struct buf *out)
{
	struct tls_demand demand;

	tls_demand_find(way->setting, t, &demand);
	pack_text(out, t->host);
	pack_u8(out, demand.refused.kind != FAULT_NONE);
	pack_u8(out, (uint8_t)demand.level);
	pack_u8(out, (uint8_t)demand.source);
	pack_u8(out, demand.sts_testing);
	pack_u8(out, t->mx_secure);    /* vouched for to a message with REQUIRETLS */
	/* A certificate may name the domain instead of the host: that proves nothing to another domain. */
	bool may_name_domain = (demand.level == TLS_DANE && has_dane_ta(t)) ||
	                       (demand.level == TLS_VERIFY && demand.source == TLS_BY_SETTING);
	pack_text(out, may_name_domain ? way->domain : "");
}

void site_id_make(const struct site_way *way, const struct target *targets, size_t count, struct site_id *out)
{
	*out = (struct site_id){ 0 };
	pack_u64(&out->packed, way->alone);
	pack_u8(&out->packed, way->smarthost != NULL);
	if (way->smarthost && strcmp(way->smarthost, LOCAL_HOP) == 0)
		pack_text(&out->packed, way->domain);
	if (way->smarthost) {
		pack_text(&out->packed, way->smarthost);
		return;
	}
	struct buf *hosts = mem_alloc((count + 1) * sizeof *hosts);
	for (size_t i = 0; i < count; i++)
		pack_host(way, &targets[i], &hosts[i]);
	pack_set(&out->packed, hosts, count);
}

void site_id_copy(const struct site_id *id, struct site_id *out)
{
	*out = (struct site_id){ 0 };
	buf_add_span(&out->packed, buf_span(&id->packed));
}

void site_id_free(struct site_id *id)
{
	buf_free(&id->packed);
}

bool site_id_eq(const struct site_id *a, const struct site_id *b)
{
	return span_eq(buf_span(&a->packed), buf_span(&b->packed));
}
