/* SPDX-License-Identifier: ISC */
/*
 * run_program - runs another program and keeps what it prints. No shell; its
 * standard input is empty, and what it says on standard error goes to ours.
 */
#ifndef SIGNET_IMPORT_RUN_PROGRAM_H
#define SIGNET_IMPORT_RUN_PROGRAM_H

#include "base/buf.h"
#include "base/fault.h"

/*
 * argv[0] is looked for in PATH. Appends its output, at most max bytes. -1: it cannot be run, prints more, takes longer
 * than patience_ms or does not exit with 0, and out is as it was.
 */
int run_program(char *const argv[], size_t max, long patience_ms, struct buf *out, struct fault *f);

#endif
