/*
 * login - uids and their names, from /etc/passwd alone.
 *
 * Name services that ask elsewhere need sockets and libraries that this role
 * has given up; for their users sendmail says the name (struct record.sender).
 */
#ifndef RELAY_PICKUP_LOGIN_H
#define RELAY_PICKUP_LOGIN_H

#include "base/buf.h"

#include <stdint.h>

/* Appends the login name; nothing when the uid has none. */
void login_name(uint32_t uid, struct buf *out);

#endif
