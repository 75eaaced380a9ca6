/* SPDX-License-Identifier: ISC */
/*
 * program - runs a program that the owner has named, without a shell, and says
 * what its exit status means (sysexits(3)): a delivery agent (dovecot-lda,
 * procmail), a program of the aliases, one that hears of events, one that publishes
 * DNS records.
 *
 * It runs as this process's user in a session of its own, and gets its input on
 * standard input. What it prints is read to the end and forgotten, but for the
 * first line, which the fault shows, escaped and cut. One that does not end
 * within its time is killed. What it started and left behind is killed with it,
 * and otherwise when it has ended: this process becomes the parent of whatever
 * loses its own (PR_SET_CHILD_SUBREAPER). It should have no other children while a
 * program runs. Where it has, as after an exec(3) by a shell with jobs, or as the first
 * process of a container, those are left alone: of what the program left behind, only
 * what is in its session or descends from it without a gap is killed.
 *
 * A program that ends well has taken its input, even if it did not read all of
 * it. One is never left with an input that it could take for whole when it is
 * not: it is killed before its input ends.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

struct program {
	const struct text_list *words;         /* the first is the program's path */
	const struct text_list *environment;   /* "NAME=value" */
	const char *folder;                    /* where it runs; "/" where that cannot be entered */
	const char *named_by;                  /* "local_command in the configuration", for faults */
	int64_t patience_ms;
	unsigned processes_max;                /* that its user may have while it runs; 0: any number */
	int until;                             /* once this can be read, or has ended, it is killed; -1: none */
};

#define PROGRAM_CUT_OFF "4.3.2"

/* Appends the next of the input. 1: there may be more, 0: that was all, -1: a fault, which is that of the program. */
typedef int program_input(void *source, struct buf *out, struct fault *f);

/*
 * -1: what its exit status means, as Postfix's pipe(8) reads it, but an
 * input/output error (74) is temporary, and so is all that it fails at while processes_max
 * is nearly reached. Temporary 4.3.0: a signal ended it, or it was late; PROGRAM_CUT_OFF: until said so; 4.3.5: it cannot be run, as far as we or a shell can tell (126, 127).
 */
int program_run(const struct program *p, program_input *input, void *source, struct fault *f);

/* Appends PATH, SHELL, LOGNAME, and TZ where this process has it. */
void program_environment(const char *user, struct text_list *out);

#endif
