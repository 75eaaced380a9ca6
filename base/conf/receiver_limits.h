/* SPDX-License-Identifier: ISC */
/*
 * receiver_limits - what large receivers say they take, or are known to take,
 * from one sender: found by the names of their MX hosts. These limits apply
 * where the owner sets nothing; relay/route/hop.h decides. Pure.
 *
 * No row without a source. A number that a receiver does not name is 0.
 */
#ifndef BASE_CONF_RECEIVER_LIMITS_H
#define BASE_CONF_RECEIVER_LIMITS_H

#include "base/conf/settings.h"

enum { RECEIVER_SUFFIXES_MAX = 3 };

struct receiver_limits {
	const char *suffixes[RECEIVER_SUFFIXES_MAX];  /* a host is one of these or below it */
	const char *receiver;
	uint32_t sessions;       /* at once */
	uint32_t messages;       /* of a session */
	uint32_t recipients;     /* of a message */
	struct rate rate;        /* of messages */
	const char *source;
};

/* host: in any case, with or without the final dot. NULL: nothing is known of it. */
const struct receiver_limits *receiver_limits_of(struct span host);

/* One after the other, to list them; NULL after the last. */
const struct receiver_limits *receiver_limits_row(size_t number);

#endif
