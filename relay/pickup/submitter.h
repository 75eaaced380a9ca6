/* SPDX-License-Identifier: ISC */
/*
 * submitter - who hands a message in.
 *
 * The uid is sure: the kernel gives it, for a caller with its connection, for a
 * file in the drop folder with its owner. So are a caller's unit and container,
 * or they are not known. The kernel gives the pid of whoever connected, and that
 * may have ended meanwhile and its pid be another's: what /proc says counts only
 * where the process is seen to be there still (SO_PEERPIDFD, Linux 6.5), and on
 * an older kernel only where it belongs to the same user, who could have begun
 * it himself. Of a caller in a pid namespace that is not below ours, and of a
 * file, nothing is known.
 */
#ifndef RELAY_PICKUP_SUBMITTER_H
#define RELAY_PICKUP_SUBMITTER_H

#include "base/conf/settings.h"
#include "relay/cgroup.h"
#include "relay/pickup/login_name.h"
#include "relay/protocol.h"

#include <stdint.h>

struct submitter {
	uint32_t uid;
	char *login;              /* "" when the uid has no name */
	struct cgroup cgroup;     /* texts "" where not known */
	bool restricted;          /* may not give any envelope sender: the settings trusted_users and untrusted_sender */
};

void submitter_of_caller(const struct settings *s, const struct login_file *logins, int fd, uint32_t uid, struct submitter *out);
void submitter_of_file(const struct settings *s, const struct login_file *logins, uint32_t uid, struct submitter *out);

/* What smtpd heard. One whose user is not known is restricted wherever anybody is, though its mail is the roles' user's. */
void submitter_of_client(const struct settings *s, const struct login_file *logins, const struct caller *client, struct submitter *out);

void submitter_copy(const struct submitter *who, struct submitter *out);
void submitter_free(struct submitter *who);

/*
 * By uid, login, unit or container; root, and whom signetd runs as, always. A
 * unit is root's naming and no container's; a container likewise: what a user
 * chose the name of is never trusted by it.
 */
bool submitter_is_trusted(const struct text_list *trusted, const struct submitter *who);

#endif
