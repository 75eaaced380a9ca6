/* SPDX-License-Identifier: ISC */
/*
 * next_host - after which replies of an MX host another host of the list is
 * tried for the same recipient (RFC 5321 section 5.1). Pure.
 *
 * Greylisting keeps its host, because another host would only begin it again.
 * So does what is undecided after the dot, so that the message does not arrive
 * twice, and a reply about the message, its sender, its recipient, our address or
 * a rate, because another host would only say the same.
 */
#ifndef RELAY_QUEUE_NEXT_HOST_H
#define RELAY_QUEUE_NEXT_HOST_H

#include "relay/protocol.h"

/* Another host is to be tried for this recipient. */
bool next_host_is_asked(const struct recipient_outcome *o);

/*
 * The reply shows that the host itself is in trouble, whoever the mail is for: a refusal of MAIL, a 421, or a lost
 * connection. Other hosts come before it for a while.
 */
bool next_host_comes_first(const struct reply *r);

#endif
