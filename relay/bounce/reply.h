/*
 * reply - a server's own words in a fault, "RELAY said: 550 no (in reply to
 * RCPT TO)", which may stand behind ours, as when a mail is given up.
 */
#ifndef RELAY_BOUNCE_REPLY_H
#define RELAY_BOUNCE_REPLY_H

#include "relay/protocol.h"

/*
 * Code and text, borrowed; empty when the fault was found here and is no
 * server's answer. Where the mail was taken, all of the text.
 */
struct span reply_of(const struct bounce_recipient *r);

/* It was tried until its time was over: not refused for good by whoever spoke last. */
bool reply_was_the_last_of_many(const struct bounce_recipient *r);

#endif
