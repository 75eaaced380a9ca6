/*
 * commands - the passwords and tokens of smarthosts that commands print
 * (password_command, token_command).
 *
 * A command is run when the first session asks, by whoever signetd runs as;
 * what it prints is kept and given to every session until one comes back with
 * it refused. Then it is run once more. Each runs once at a time, however many
 * sessions wait for it.
 */
#ifndef RELAY_SIGNETD_COMMANDS_H
#define RELAY_SIGNETD_COMMANDS_H

#include "base/conf/settings.h"
#include "base/fault.h"

#include <sys/types.h>

struct commands;

/*
 * A session's answer: number is that of the secret, never 0. Or a fault, and
 * number 0. secret is borrowed.
 */
typedef void commands_answer(void *context, uint64_t session, uint64_t number, struct span secret,
                             const struct fault *f);

/* s is borrowed. */
struct commands *commands_new(const struct settings *s, commands_answer *answer, void *context);
void commands_free(struct commands *c);      /* kills those that run */

/* A session of that smarthost wants the secret; refused: the number of the one it had, 0 for none. */
void commands_ask(struct commands *c, const char *smarthost, uint64_t session, uint64_t refused);

int64_t commands_deadline_ms(const struct commands *c);   /* INT64_MAX: none runs */
void commands_enforce(struct commands *c);                /* kills those whose time is over */

/* False: that process is not one of them. */
bool commands_reaped(struct commands *c, pid_t pid, int status);

#endif
