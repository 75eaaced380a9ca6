/* SPDX-License-Identifier: ISC */
/*
 * local_command - the command of the setting local_command: a program and its
 * arguments, run without a shell; and such commands of others.
 *
 * Words stand between blanks. '...' keeps what is in it as it is; "..." keeps
 * blanks. $NAME and ${NAME} stand for a value of the message, which becomes a
 * piece of its word and is never split. What a message says must not be taken
 * for an option: a value that begins a word and begins with "-" has its local
 * part in quotes ("-x"@example.org, RFC 5321 section 4.1.2), which is the same
 * address. The names are those that Postfix's local(8) gives its commands; the
 * program finds all of them in its environment too.
 */
#ifndef BASE_CONF_LOCAL_COMMAND_H
#define BASE_CONF_LOCAL_COMMAND_H

#include "base/fault.h"
#include "base/text_list.h"

struct local_command_values {
	const char *sender;         /* "" is the null sender */
	const char *recipient;      /* the whole address */
	const char *local, *extension, *domain;   /* its parts; extension is what follows a "+", "" for none */
	const char *user, *home;    /* whose mailbox it is */
};

/* -1: 4.3.5, which says what is wrong with the command and how to write it. */
int local_command_check(const char *command, struct fault *f);

/* Appends the words of a command that has been checked. The first is the program's path. */
void local_command_words(const char *command, const struct local_command_values *v, struct text_list *out);

/*
 * Appends the words of a command of another kind, whose name in faults is what: "$" stands for itself there. -1: 4.3.5,
 * as local_command_check; out may have some of them.
 */
int plain_command_words(const char *command, const char *what, struct text_list *out, struct fault *f);

/*
 * The command is one of them, as it stands; or its program is, with whatever arguments; or its program is below one that ends
 * with "/".
 */
bool plain_command_is_among(const char *command, const struct text_list *commands);

/* Appends "NAME=value" of each. */
void local_command_environment(const struct local_command_values *v, struct text_list *out);

#endif
