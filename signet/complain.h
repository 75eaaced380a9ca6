/*
 * complain - a fault on standard error, foreign bytes escaped, and the exit
 * status that belongs to it.
 */
#ifndef SIGNET_COMPLAIN_H
#define SIGNET_COMPLAIN_H

#include "base/fault.h"

int complain(const struct fault *f);

#endif
