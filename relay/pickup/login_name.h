/* SPDX-License-Identifier: ISC */
/*
 * login_name - uids and their names, short and full, from /etc/passwd alone.
 *
 * Name services that ask elsewhere need sockets and libraries that this role
 * has given up; for their users sendmail says the name (struct record.sender).
 */
#ifndef RELAY_PICKUP_LOGIN_NAME_H
#define RELAY_PICKUP_LOGIN_NAME_H

#include "base/buf.h"

#include <stdint.h>

/* Who opens /etc/passwd: a descriptor, or -1. A zeroed one opens it by its path. */
struct login_file {
	int (*open)(void *context);
	void *context;
};

/* Appends the login name; nothing when the uid has none. */
void login_name(const struct login_file *logins, uint32_t uid, struct buf *out);

/* Appends the full name; nothing when there is none. */
void login_name_full(const struct login_file *logins, uint32_t uid, struct buf *out);

/* Of a password entry's field for it: up to the first comma, and & is the login name, its first letter large. */
void login_name_expand(const char *field, const char *login, struct buf *out);

#endif
