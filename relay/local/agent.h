/*
 * agent - hands a letter to a delivery agent (dovecot-lda, procmail): a program
 * that reads it on its standard input and says by its exit status what became
 * of it (sysexits(3)).
 *
 * It runs as this process's user in a session of its own. What it prints is
 * read to the end and forgotten, but for the first line, which the fault
 * shows, escaped and cut. One that does not end within its time is killed. What
 * it started and left behind is killed with it, and otherwise when it has
 * ended: this process becomes the parent of whatever loses its own
 * (PR_SET_CHILD_SUBREAPER), and must have no other children.
 *
 * An agent that ends well has taken the letter, even if it did not read all of
 * it. One is never left with a letter that it could take for whole when it is
 * not: it is killed before its input ends.
 */
#ifndef RELAY_LOCAL_AGENT_H
#define RELAY_LOCAL_AGENT_H

#include "base/text_list.h"
#include "relay/local/letter.h"

struct agent {
	const struct text_list *words;         /* the first is the program's path */
	const struct text_list *environment;   /* "NAME=value" */
	const char *folder;                    /* where it runs; "/" where that cannot be entered */
	int64_t patience_ms;
};

/*
 * -1: what its exit status means, as Postfix's pipe(8) reads it, but an
 * input/output error (74) is temporary. Temporary 4.3.0: a signal ended it, or
 * it was late; 4.3.5: it cannot be run, as far as we or a shell can tell (126, 127).
 */
int agent_deliver(const struct agent *a, struct letter *l, struct fault *f);

#endif
