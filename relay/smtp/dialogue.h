/*
 * dialogue - the server that libesmtp sees, and what of its words goes to the
 * real one.
 */
#ifndef RELAY_SMTP_DIALOGUE_H
#define RELAY_SMTP_DIALOGUE_H

#include "relay/smtp/pump_state.h"

/* Acts on what libesmtp has said so far. */
void dialogue_hear(struct pump *p);

#endif
