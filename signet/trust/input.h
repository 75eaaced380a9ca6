/* SPDX-License-Identifier: ISC */
/*
 * input - what a command is given to read: the file of that name, or standard
 * input for "-".
 */
#ifndef SIGNET_TRUST_INPUT_H
#define SIGNET_TRUST_INPUT_H

#include "base/buf.h"
#include "base/fault.h"

enum { INPUT_BYTES_MAX = 32 * 1024 * 1024 };

/* Appends it. -1: it cannot be read, or has more than INPUT_BYTES_MAX; the fault names it. */
int input_read(const char *name, struct buf *out, struct fault *f);

#endif
