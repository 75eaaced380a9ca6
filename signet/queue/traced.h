/* SPDX-License-Identifier: ISC */
/*
 * traced - rows of base/view/trace.h from signetd, printed as they come: each
 * message once, its recipients after it, its header section last.
 */
#ifndef SIGNET_QUEUE_TRACED_H
#define SIGNET_QUEUE_TRACED_H

#include "base/json.h"

#include <stdint.h>
#include <stdio.h>

struct traced {
	bool json;
	FILE *to;
	uint64_t messages;
	char *queue_id;          /* of the message being printed; NULL: none */
	struct buf header;
	struct json writer;
};

int traced_row(void *context, struct span text);   /* a control_row */
void traced_end(struct traced *t);                 /* of the last message */

#endif
