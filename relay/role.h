/* SPDX-License-Identifier: ISC */
/*
 * role - how every role's program begins.
 *
 * signetd forks, gives up privilege, places the role's descriptors at the
 * fixed numbers below, closes all others and executes LIBEXEC/NAME. The role
 * calls role_begin, opens what it will ever need, confines itself
 * (relay/confine.h) and only then touches foreign bytes. It ends when its
 * parent's channel does. After that beginning a disposable role is a template
 * (relay/template.h), which makes copies that do the work.
 */
#ifndef RELAY_ROLE_H
#define RELAY_ROLE_H

#include "relay/channel.h"
#include "relay/protocol.h"

enum {
	ROLE_FD_PARENT = 3,     /* of copies only an smtp's that has a password to hear */
	ROLE_FD_QUEUE = 4,      /* all but queue, esmtp, smtpd and oauth */
	ROLE_FD_LISTEN = 5,     /* pickup: the submission socket, listening */
	ROLE_FD_JOBS = 5,       /* smtp and esmtp: a channel between the two */
	ROLE_FD_DIALOGUE = 6,   /* smtp and esmtp: SMTP itself */
	ROLE_FD_END,
	ROLE_PLACES = ROLE_FD_END - ROLE_FD_PARENT,
};

/*
 * How a role ends tells the parent what to do: 0 is done; EX_CONFIG means
 * "starting me again will not help" and ends signetd; anything else, a
 * signal included, is a temporary fault of that piece of work.
 */
struct role_start {
	struct settings settings;
	uint64_t instance;            /* pickup 0 also reads the drop folder */
	struct channel *parent;       /* NULL for copies, but for an smtp that has a password to hear */
	struct channel *queue;        /* NULL for queue, esmtp, smtpd, oauth and templates */
};

/* Called for every frame before START: KEY (signer), ROUTES and FILES (queue, pickup), LISTENER (smtpd); in a copy, SECRET (smtp). */
typedef void role_frame(void *context, const struct frame *frame);

/* Descriptors that queue and pickup are given; -1 before. */
struct role_given {
	int tables;                   /* of the routing tables (relay/route/route.h) */
	int files;                    /* of the channel of relay/named_files.h */
};

#define ROLE_GIVEN_NONE { -1, -1 }

/* One of these: keeps them in the struct role_given at context. */
void role_keep_given(void *context, const struct frame *frame);

/* Of these signetd keeps a template each. */
bool role_is_disposable(enum role role);

/* Fills out, or ends the process with EX_PROTOCOL. argv[1] is the instance. */
void role_begin(enum role role, char **argv, role_frame *on_frame, void *context, struct role_start *out);

/* Reads the parent's frames up to START; ends the process with EX_PROTOCOL where START does not come. */
void role_hear_start(struct role_start *out, role_frame *on_frame, void *context);

#endif
