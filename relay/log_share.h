/* SPDX-License-Identifier: ISC */
/*
 * log_share - how many lines of the log a user may cause: LOG_SHARE_LINES in a
 * stretch of LOG_SHARE_MS. What exceeds it is counted, and the count is told
 * when the stretch is over. LOG_SHARE_USERS are known at once; where there are
 * more, the one whose stretch began first is forgotten.
 */
#ifndef RELAY_LOG_SHARE_H
#define RELAY_LOG_SHARE_H

#include <stdbool.h>
#include <stdint.h>

enum { LOG_SHARE_LINES = 30, LOG_SHARE_MS = 60 * 1000, LOG_SHARE_USERS = 64 };

struct log_share {
	struct log_share_user {
		uint32_t uid;
		unsigned lines, left_out;
		int64_t until_ms;         /* boot; 0: nobody's */
	} users[LOG_SHARE_USERS];
};

/* False: the line is left out. */
bool log_share_take(struct log_share *l, uint32_t uid, int64_t now_ms);

/* One whose stretch is over and has lines that were left out: their number, and whose; 0 when there is no more. */
unsigned log_share_next(struct log_share *l, int64_t now_ms, uint32_t *uid);

/* When log_share_next will have one; INT64_MAX for never. */
int64_t log_share_deadline_ms(const struct log_share *l);

#endif
