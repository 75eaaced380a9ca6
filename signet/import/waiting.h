/* SPDX-License-Identifier: ISC */
/*
 * waiting - a message that waits in another program's queue, by what its files
 * say: envelope, and where the message begins. Pure; the files may hold anything.
 *
 * What goes into the record are addresses that address_check takes. The record is to be freed in both cases.
 */
#ifndef SIGNET_IMPORT_WAITING_H
#define SIGNET_IMPORT_WAITING_H

#include "base/fault.h"
#include "base/mail/record.h"

/* dma's file Q: "ID: ", "Sender: ", "Recipient: ", one recipient each. -1: 5.6.0. */
int waiting_read_dma(struct span text, struct record *out, struct fault *f);

/* nullmailer's file: sender, recipients, an empty line, and then the message, which begins at *body. */
int waiting_read_nullmailer(struct span text, struct record *out, size_t *body, struct fault *f);

/* The arguments of msmtp, as msmtpq keeps them in one line: *from_header where they say -t. */
int waiting_read_msmtp(struct span text, struct record *out, bool *from_header, struct fault *f);

/* What "postcat -e" prints; *arrived_s: local time, or 0. Recipients that are done already are left out. */
int waiting_read_postcat(struct span text, struct record *out, int64_t *arrived_s, struct fault *f);

/*
 * Sixteen bytes that are the same whenever the same file of a queue with the same envelope and message is taken
 * over, and differ otherwise: our queue stores one of them.
 */
void waiting_id(const char *program, const char *name, const struct record *r, struct span message, uint8_t out[RECORD_ID_BYTES]);

#endif
