/* SPDX-License-Identifier: ISC */
/*
 * history - what became of mail, in counts: by the hour, sender's domains, recipients' domain and result.
 *
 * The queue answers CONTROL_HISTORY page by page of the recipients that it walks through, so that alike
 * counts come more than once; who asks adds them up. It reaches back as far as the trace (base/view/trace.h).
 */
#ifndef BASE_VIEW_HISTORY_H
#define BASE_VIEW_HISTORY_H

#include "base/fault.h"
#include "base/mail/reply.h"

enum { HISTORY_HOUR_MS = 60 * 60 * 1000 };

enum history_result {
	HISTORY_WAITS,
	HISTORY_DELIVERED,
	HISTORY_BOUNCED,
	HISTORY_DELETED,         /* by the owner or the sender */
};

struct history_count {
	int64_t hour_ms;         /* wall: the hour of UTC in which it ended, or in which what waits was submitted */
	char *sender_domain;     /* of the envelope; "" for the null sender. Domains are in lower case */
	char *from_domain;       /* of the header field From; "" where it has none */
	char *domain;            /* of the recipients; "" for names of this host */
	enum history_result result;
	uint64_t recipients;
	uint64_t bytes;          /* of their messages */
	int64_t last_ms;         /* when the newest of them ended, or was submitted */
	char *queue_id;          /* the newest's message; */
	struct reply reply;      /* and what was last said of it */
};
SHAPE_CODEC(history_count)

struct history {
	struct history_count *items;      /* in the order of their members, from the first hour on; no two alike */
	size_t count, room;
};

/* Takes what item holds; it is added where history_merge is called next. */
void history_add(struct history *h, struct history_count *item);
void history_merge(struct history *h);
void history_free(struct history *h);

/*
 * Asks signetd at its control socket for what was submitted in the last age_ms (0: all that is kept). -1 with a
 * fault as control_ask; out then holds nothing.
 */
int history_ask(const char *control_socket, int64_t age_ms, struct history *out, struct fault *f);

#endif
