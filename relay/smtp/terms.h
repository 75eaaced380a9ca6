/* SPDX-License-Identifier: ISC */
/*
 * terms - under what a TLS session is made: everything that decides whom it
 * is with and what was proved of it. Pure.
 *
 * Two connections have the same terms when a session of the one, resumed on
 * the other, proves as much about the peer as a full handshake would:
 * the same hop and certificates that vouch, the same host and port, SNI and
 * names, the same demand from the same source, and with DANE the same records,
 * in whatever order DNS gave them. Addresses do not count: it is the name that
 * is proved.
 */
#ifndef RELAY_SMTP_TERMS_H
#define RELAY_SMTP_TERMS_H

#include "relay/protocol.h"
#include "relay/route/tls_demand.h"
#include "relay/smtp/tls.h"

/* Their digest. Of session and target only what is named above is read. */
void terms_digest(const struct session *session, const struct target *target, const struct tls_demand *demand,
                  const struct tls_check *check, uint8_t out[TLS_TERMS_BYTES]);

#endif
