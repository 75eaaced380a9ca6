/*
 * meaning - an enhanced status code (RFC 3463) in plain words: what it means
 * and what its reader can do about it. Never NULL.
 */
#ifndef RELAY_BOUNCE_MEANING_H
#define RELAY_BOUNCE_MEANING_H

#include "base/fault.h"

struct meaning {
	const char *means;
	const char *advice;
};

struct meaning meaning_of(const struct fault *f);

#endif
