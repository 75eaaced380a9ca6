/* SPDX-License-Identifier: ISC */
/*
 * verdict - what became of an attempt to hand a message to the only next hop,
 * as a fault: what sendmail tells its caller, and what it exits with. Pure.
 *
 * Nothing temporary is called permanent: what was said before any mail was
 * spoken of, what a 5xx says of rates, greylisting or our login, and one whose
 * words contradict its code are temporary. The status is the server's where it
 * leads to the exit code that its words mean, and else one that does:
 *
 *   no such user                            5.1.1   EX_NOUSER
 *   the mail itself, its size or its hops   5.6.0   EX_DATAERR
 *   any other refusal                       5.3.2   EX_UNAVAILABLE
 */
#ifndef RELAY_ONCE_VERDICT_H
#define RELAY_ONCE_VERDICT_H

#include "relay/protocol.h"

/*
 * Of a whole delivery (relay/protocol.h) to those recipients, which the outcome
 * has in their order. FAULT_NONE: taken, and the text says who took it, in which
 * words. Else the text names the recipients that were refused, and why.
 */
void verdict_of_outcome(const struct outcome *o, const struct delivery *d, struct fault *out);

/* A session that came to no outcome. */
void verdict_of_end(const struct session_end *end, struct fault *out);

#endif
