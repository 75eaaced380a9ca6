#include "relay/tls_ticket.h"

#include "base/secret.h"

#include <stdlib.h>

void tls_ticket_free(struct tls_ticket *t)
{
	secret_free(&t->session);
	*t = (struct tls_ticket){ 0 };
}

void tls_tickets_free(struct tls_ticket *tickets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tls_ticket_free(&tickets[i]);
	free(tickets);
}

void tls_ticket_pack(struct buf *out, const struct tls_ticket *t)
{
	buf_add(out, t->terms, sizeof t->terms);
	pack_u32(out, t->life_s);
	pack_span(out, buf_span(&t->session));
}

void tls_ticket_unpack(struct unpack *u, struct tls_ticket *out)
{
	for (size_t i = 0; i < sizeof out->terms; i++)
		out->terms[i] = unpack_u8(u);
	out->life_s = unpack_u32(u);
	struct span session = unpack_span(u);
	u->bad |= session.len > TLS_TICKET_BYTES_MAX;
	if (!u->bad)
		buf_add_span(&out->session, session);
}
