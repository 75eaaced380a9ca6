/* SPDX-License-Identifier: ISC */
/*
 * wire - the connection to a server, plain or TLS, never waiting: bytes to go
 * out are kept until the socket takes them.
 */
#ifndef RELAY_SMTP_WIRE_H
#define RELAY_SMTP_WIRE_H

#include "base/buf.h"
#include "relay/smtp/tls.h"

struct wire;

struct wire *wire_new(int fd);     /* takes over a connected non-blocking socket */
void wire_free(struct wire *w);
void wire_use_tls(struct wire *w, struct tls *t);   /* takes t over; its handshake is done */
struct tls *wire_tls(const struct wire *w);         /* NULL when plain */

int wire_fd(const struct wire *w);
short wire_events(const struct wire *w);            /* what to poll for */

void wire_put(struct wire *w, struct span bytes);
struct buf *wire_out(struct wire *w);               /* to append to in place */
size_t wire_unsent(const struct wire *w);

/* Both: -1 when the connection is over, and wire_trouble says why. */
int wire_flush(struct wire *w);
int wire_read(struct wire *w, struct buf *into);    /* bytes appended; 0: none there now */

bool wire_has_pending(const struct wire *w);        /* read again before polling */
const char *wire_trouble(const struct wire *w);

#endif
