/*
 * meaning - a refusal in plain words: what it means and what its reader can do
 * about it, by the reply where it is known (base/reply.h), else by its
 * enhanced status code (RFC 3463).
 */
#ifndef RELAY_BOUNCE_MEANING_H
#define RELAY_BOUNCE_MEANING_H

#include "base/fault.h"

struct meaning {
	const char *means;
	const char *advice;
	const char *owner;       /* what whoever runs this host can do; "" nothing */
};

struct meaning meaning_of(const struct fault *f);

#endif
