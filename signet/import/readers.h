/* SPDX-License-Identifier: ISC */
/*
 * readers - one for each program: fills the plan. -1: there is nothing to take
 * over, and the fault says why.
 */
#ifndef SIGNET_IMPORT_READERS_H
#define SIGNET_IMPORT_READERS_H

#include "signet/import/reading.h"

int import_read_postfix(struct import *i, struct fault *f);
int import_read_msmtp(struct import *i, struct fault *f);
int import_read_dma(struct import *i, struct fault *f);
int import_read_nullmailer(struct import *i, struct fault *f);
int import_read_ssmtp(struct import *i, struct fault *f);
int import_read_exim(struct import *i, struct fault *f);

#endif
