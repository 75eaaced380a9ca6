/*
 * said - what a server itself said of a recipient, in the fault that tells of
 * it (base/reply.h). It may stand behind words of ours, as when a mail is
 * given up.
 */
#ifndef RELAY_BOUNCE_SAID_H
#define RELAY_BOUNCE_SAID_H

#include "relay/protocol.h"

/*
 * Code and text, borrowed; empty when the fault was found here and is not the
 * answer of the recipient's relay. Where the mail was taken, all of the text.
 */
struct span said_by_server(const struct bounce_recipient *r);

/* It was tried until its time was over: not refused for good by whoever spoke last. */
bool said_as_last_of_many(const struct bounce_recipient *r);

#endif
