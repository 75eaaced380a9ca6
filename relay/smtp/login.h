/* SPDX-License-Identifier: ISC */
/*
 * login - who we are to a smarthost: a user, and the secret that proves it. A
 * password is known from the start; what a command prints (password_command,
 * token_command) and the access token of a login by OAuth are asked of signetd, which gets and keeps them.
 */
#ifndef RELAY_SMTP_LOGIN_H
#define RELAY_SMTP_LOGIN_H

#include "base/conf/settings.h"
#include "relay/channel.h"

struct login {
	const char *user;          /* "" is no AUTH; borrowed, as host */
	const char *host;          /* "" where it is one of several */
	uint16_t port;
	const struct text_list *mechanisms;   /* those that may be used; NULL or empty: all. borrowed */
	bool is_token;             /* an OAuth access token (RFC 6750), not a password */
	bool by_oauth;             /* signetd renews it, by a login that a person has made */
	bool commanded;
	struct channel *parent;
	struct buf secret;
};

void login_begin(struct login *l, const struct smarthost *h, struct channel *parent);
void login_free(struct login *l);

/* What to do where the server does not take it: appended, for the log. mail_waits: and then with the queue. */
void login_remedy(const struct login *l, const char *hop, bool mail_waits, struct buf *out);

/*
 * Fills in the secret that is to be used now; the first time, and again
 * after the server has refused it. -1: a temporary fault 4.7.8 where there is
 * no other, and those of the command. Ends the process when signetd is gone.
 */
int login_ask(struct login *l, struct fault *f);

#endif
