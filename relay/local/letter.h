/* SPDX-License-Identifier: ISC */
/*
 * letter - a message as it lies in a mailbox: who sent it and whose it is in
 * front (Return-Path, RFC 5321 section 4.4; Delivered-To), then the message
 * with lines that end with LF.
 *
 * For an mbox a line that begins with "From " has a ">" before it, and an
 * empty line ends the letter. The From_ line is not part of it.
 */
#ifndef RELAY_LOCAL_LETTER_H
#define RELAY_LOCAL_LETTER_H

#include "base/buf.h"
#include "base/checksum.h"
#include "base/fault.h"

#include <stdint.h>

enum letter_form { LETTER_MAILDIR, LETTER_MBOX };

struct letter {
	const char *sender;         /* "" is the null sender */
	const char *address;        /* whose it is */
	struct span fields;         /* of our own, to go before the message, and the message where it is short; in normal form */
	struct span message;
	int fd;                     /* or the file that has it; -1: none. All of these are borrowed */
	uint64_t checksum;          /* of the file; 0: not known */

	/* Of letter_read: */
	enum letter_form form;
	int part;
	uint64_t offset;
	struct checksum read;
	struct buf line;            /* without its end yet */
	bool damaged;               /* the file is not what was stored */
};

/* It is read from its beginning by the next letter_read. */
void letter_rewind(struct letter *l, enum letter_form form);

/* Appends the next of it, some 64 KiB. 1: there may be more, 0: that was all, -1: a fault 4.3.0. */
int letter_read(struct letter *l, struct buf *out, struct fault *f);

int letter_piece(void *letter, struct buf *out, struct fault *f);     /* the same, as base/program.h has it */

/* All of it to fd, which faults call path. -1: those of letter_read and letter_failed. */
int letter_write(struct letter *l, enum letter_form form, int fd, const char *path, struct fault *f);

/* What errno means for a mailbox: 4.3.1 the disk is full, 4.2.2 quota, or the file may not grow; 4.2.0 else. Temporary; returns -1. */
int letter_failed(const char *path, const char *what, struct fault *f);

void letter_free(struct letter *l);     /* what letter_read holds */

#endif
