/* SPDX-License-Identifier: ISC */
#include "relay/log_share.h"

#include <stddef.h>

bool log_share_take(struct log_share *l, uint32_t uid, int64_t now_ms)
{
	struct log_share_user *u = NULL, *first = &l->users[0];

	for (struct log_share_user *at = l->users; at < l->users + LOG_SHARE_USERS; at++) {
		if (at->until_ms != 0 && at->uid == uid)
			u = at;
		if (at->until_ms < first->until_ms)
			first = at;
	}
	/* Another makes room: the one whose stretch began first. */
	if (u == NULL) {
		u = first;
		*u = (struct log_share_user){ .uid = uid };
	}
	if (u->until_ms <= now_ms) {
		u->lines = 0;
		u->until_ms = now_ms + LOG_SHARE_MS;
	}
	if (u->lines < LOG_SHARE_LINES) {
		u->lines++;
		return true;
	}
	u->left_out++;
	return false;
}

unsigned log_share_next(struct log_share *l, int64_t now_ms, uint32_t *uid)
{
	for (struct log_share_user *u = l->users; u < l->users + LOG_SHARE_USERS; u++) {
		unsigned left_out = u->left_out;
		if (left_out == 0 || u->until_ms > now_ms)
			continue;
		*uid = u->uid;
		*u = (struct log_share_user){ 0 };
		return left_out;
	}
	return 0;
}

int64_t log_share_deadline_ms(const struct log_share *l)
{
	int64_t first = INT64_MAX;

	for (const struct log_share_user *u = l->users; u < l->users + LOG_SHARE_USERS; u++)
		if (u->left_out > 0 && u->until_ms < first)
			first = u->until_ms;
	return first;
}
