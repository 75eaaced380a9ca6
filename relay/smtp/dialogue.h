/* SPDX-License-Identifier: ISC */
/*
 * dialogue - the server that libesmtp sees, and what of its words goes to the
 * real one.
 */
#ifndef RELAY_SMTP_DIALOGUE_H
#define RELAY_SMTP_DIALOGUE_H

#include "relay/smtp/pump_state.h"

/* Acts on what libesmtp has said so far. */
void dialogue_hear(struct pump *p);

/* In the body: puts more of the message on the wire, as much as is to wait there, and the dot after it. */
void dialogue_send_body(struct pump *p);

#endif
