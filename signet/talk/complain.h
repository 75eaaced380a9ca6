/* SPDX-License-Identifier: ISC */
/*
 * complain - a fault on standard error, foreign bytes escaped, and the exit
 * status that belongs to it.
 */
#ifndef SIGNET_TALK_COMPLAIN_H
#define SIGNET_TALK_COMPLAIN_H

#include "base/fault.h"

int complain(const struct fault *f);

/*
 * Writing has failed with that errno. Where nobody reads on ("signet queue list | head"), ends the process
 * without a word, by SIGPIPE as others do. That is ignored till then for the sake of sockets.
 */
void complain_end_if_unread(int error);

#endif
