/* SPDX-License-Identifier: ISC */
/*
 * resending - which fields each block of Resent- fields lacks: one with any of
 * them has to have From, Date and Message-ID (RFC 5322 section 3.6.6). Pure.
 */
#ifndef RELAY_PICKUP_RESENDING_H
#define RELAY_PICKUP_RESENDING_H

#include "relay/pickup/kept.h"

enum { RESENT_FROM = 1, RESENT_DATE = 2, RESENT_MESSAGE_ID = 4 };

/* Decides resent_missing, once it is known which fields stay. */
void resending_complete(struct kept *k);

#endif
