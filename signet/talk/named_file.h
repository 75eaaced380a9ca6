/* SPDX-License-Identifier: ISC */
/*
 * named_file - a file that the command line names and that cannot be read: the same exit code, whatever it was to hold.
 */
#ifndef SIGNET_TALK_NAMED_FILE_H
#define SIGNET_TALK_NAMED_FILE_H

#include "base/fault.h"

/*
 * f tells why a secret could not be used. Where that is because its file cannot be opened, or is not one, f gets the exit code for
 * that (fault_of_file). Returns -1.
 */
int named_file_fault(const char *path, struct fault *f);

/* 0 if it can be opened. -1 and the fault: "PATH: WHAT cannot be read: why; FIX". */
int named_file_check(const char *path, const char *what, const char *fix, struct fault *f);

#endif
