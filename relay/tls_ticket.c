/* SPDX-License-Identifier: ISC */
#include "relay/tls_ticket.h"

static const struct shape_field tls_ticket_fields[] = {
	FIELD(tls_ticket, terms),
	FIELD(tls_ticket, life_s),
	FIELD_SECRET(tls_ticket, session, TLS_TICKET_BYTES_MAX),
};
const struct shape tls_ticket_shape = SHAPE_OF(tls_ticket, tls_ticket_fields);
