/* SPDX-License-Identifier: ISC */
/*
 * body - where the bytes of one entry go while they come in: memory as long
 * as they are few, then a file under SPOOL/body/new, which body_sync makes last
 * before anybody is told of it; where there is no spool (folder -1), an unnamed
 * file that stays open. What it lacks for SMTP is seen on the way.
 * A zeroed body is empty.
 *
 * Faults are 4.3.1: a full or read-only disk is the caller's to retry.
 */
#ifndef RELAY_PICKUP_BODY_H
#define RELAY_PICKUP_BODY_H

#include "base/buf.h"
#include "base/checksum.h"
#include "base/fault.h"
#include "base/mail/recode_text.h"
#include "base/mail/record.h"

struct body {
	struct buf memory;        /* all of it while file is NULL, else what is not yet written */
	char *file;               /* name in the folder, "" of an unnamed one; NULL while in memory */
	int folder;               /* borrowed */
	int fd;                   /* of a file until body_sync, of an unnamed one until body_free */
	uint64_t size_bytes;
	struct checksum checksum; /* of what is in the file */
	struct recode_look look;
};

/* folder is SPOOL/body/new, open for reading, or -1; id and part begin a file's name, random bytes end it. */
int body_add(struct body *b, int folder, const uint8_t id[RECORD_ID_BYTES], unsigned part, struct span bytes,
             struct fault *f);

/*
 * All of it, a message, made fit for SMTP by base/mail/recode.h, whose faults it
 * has too: into memory or another file, and the one before goes. Killed in
 * between it leaves files that nobody knows, which the queue sweeps. folder,
 * id and part as above.
 */
int body_recode(struct body *b, int folder, const uint8_t id[RECORD_ID_BYTES], unsigned part, bool eight_bit_too,
                struct fault *f);

/* Writes and syncs the file, and the folder; nothing when all is in memory. */
int body_sync(struct body *b, struct fault *f);

/* Forgets it; the file stays unless remove. */
void body_free(struct body *b, bool remove);

#endif
