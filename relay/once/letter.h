/* SPDX-License-Identifier: ISC */
/*
 * letter - the message that is handed on: a submission record comes in pieces,
 * is brought into the normal form that pickup makes, and signed.
 *
 * All of it goes to one next hop: a bare name gets the setting domain. What would
 * need several transactions is refused: nobody could undo the first when the
 * second fails.
 */
#ifndef RELAY_ONCE_LETTER_H
#define RELAY_ONCE_LETTER_H

#include "relay/protocol.h"
#include "relay/route/route.h"
#include "relay/signetd/secrets.h"

struct letter;

/* All is borrowed. letter_settings has completed the settings. */
struct letter *letter_new(const struct settings *s, const struct routes *routes);
void letter_free(struct letter *l);

/*
 * What of the settings holds where there is no queue, no mailbox and nobody who asks the DNS for this host's name: bare
 * names are at domain, and a hostname of one label is one below it.
 */
void letter_settings(struct settings *s);

/* Takes from the front of piece. 1: the record is whole, 0: more is needed, -1: the fault. */
int letter_feed(struct letter *l, struct span *piece, struct fault *f);

/* Once it is whole: brings it into its final form. -1: it is not to be sent, or not by one transaction. */
int letter_finish(struct letter *l, struct fault *f);

/* Signs it with the keys that are configured. -1: on_no_key = "hold", and a key cannot sign. */
int letter_sign(struct letter *l, const struct secrets *secrets, struct fault *f);

/* Fills out, whole and borrowed from the letter, but for its recipients' array, which is to be freed. */
void letter_delivery(const struct letter *l, const struct smarthost *hop, struct delivery *out);

/* The file of its message, borrowed; -1: the delivery has it. */
int letter_body(const struct letter *l);

/* What it needs of the server: NEED_ bits. */
uint8_t letter_needs(const struct letter *l);

const struct submission *letter_submission(const struct letter *l);

#endif
