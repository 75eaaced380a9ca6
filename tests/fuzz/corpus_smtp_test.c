/* SPDX-License-Identifier: ISC */
/* The targets of relay/smtp, of whose functions some are called as in relay/queue. */
#include "tests/fuzz/corpus.h"
