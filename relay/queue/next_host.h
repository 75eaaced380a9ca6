/*
 * next_host - after which answers of an MX host another one of the list is
 * asked for the same recipient (RFC 5321 section 5.1). Pure.
 *
 * Greylisting keeps its host, for another one would only begin again; so does
 * what is undecided after the dot, lest it arrive twice, and what is about the
 * message, its sender, its recipient, our address or a rate, which another
 * host would only say as well.
 */
#ifndef RELAY_QUEUE_NEXT_HOST_H
#define RELAY_QUEUE_NEXT_HOST_H

#include "relay/protocol.h"

/* The answer to this recipient is one of those. */
bool next_host_is_asked(const struct recipient_outcome *o);

/*
 * And it is that host's trouble, whoever the mail is for, so that others are
 * asked before it for a while: refused at MAIL or at any time by 421, or lost.
 */
bool next_host_comes_first(const struct reply *r);

#endif
