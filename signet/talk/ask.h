/* SPDX-License-Identifier: ISC */
/*
 * ask - a question or an order to signetd from a command: at the owner's
 * socket where it is ours to use, else at the one for everybody.
 */
#ifndef SIGNET_TALK_ASK_H
#define SIGNET_TALK_ASK_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/view/control.h"

/* EX_OK, or the exit status when the complaint is made. end may be NULL. */
int ask_signetd(unsigned operation, struct span argument, control_row *row, void *context, struct buf *end);

/* -1: there is none to be asked, with queue = "none". */
int ask_has_signetd(const struct settings *s, struct fault *f);

/* For a row that cannot be decoded: complains, and returns 0, for the next. */
int ask_skip_row(void);

/* Each line of text, with foreign bytes escaped. Empties it. */
void ask_print_end(struct buf *end);

/* As it is; empties it. */
void ask_print(struct buf *out);

#endif
