/* SPDX-License-Identifier: ISC */
/*
 * commands - the passwords and tokens of smarthosts that commands print
 * (password_command, token_command), and the access tokens of logins by OAuth,
 * which the role oauth gets.
 *
 * A command is run when the first session asks, by whoever signetd runs as;
 * what it prints is kept and given to every session until one comes back with
 * it refused. Then it is run once more. Each runs once at a time, however many
 * sessions wait for it. An access token is also fetched again when it has expired.
 *
 * A refresh token that comes with an access token is on stable storage before
 * any session gets the latter: the server may not take the old one any more.
 */
#ifndef RELAY_SIGNETD_COMMANDS_H
#define RELAY_SIGNETD_COMMANDS_H

#include "base/conf/settings.h"
#include "base/fault.h"

#include <sys/types.h>

struct commands;
struct refreshed;

/*
 * A session's answer: number is that of the secret, never 0. Or a fault, and
 * number 0. secret is borrowed.
 */
typedef void commands_answer(void *context, uint64_t session, uint64_t number, struct span secret,
                             const struct fault *f);

/* Begins the role oauth for the hop of that place in settings.smarthosts, with a packed struct refresh_job. -1: a fault. */
typedef int commands_refresh(void *context, size_t hop, struct span job, struct fault *f);
typedef void commands_cancel(void *context, size_t hop);      /* its time is over: it is to be killed */

struct commands_user {
	commands_answer *answer;
	commands_refresh *refresh;
	commands_cancel *cancel;
	void *context;
};

/* s is borrowed. */
struct commands *commands_new(const struct settings *s, const struct commands_user *user);
void commands_free(struct commands *c);      /* kills those that run */

/* A session of that smarthost wants the secret; refused: the number of the one it had, 0 for none. */
void commands_ask(struct commands *c, const char *smarthost, uint64_t session, uint64_t refused);

int64_t commands_deadline_ms(const struct commands *c);   /* INT64_MAX: none runs */
void commands_enforce(struct commands *c);                /* kills those whose time is over */

/* What the role oauth says of that hop; and that it has ended, whether it has said anything or not. */
void commands_refreshed(struct commands *c, size_t hop, const struct refreshed *r);
void commands_refresh_ended(struct commands *c, size_t hop);

/* False: that process is not one of them. */
bool commands_reaped(struct commands *c, pid_t pid, int status);

#endif
