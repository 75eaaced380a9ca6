/* SPDX-License-Identifier: ISC */
/*
 * smtp_stdio - "sendmail -bs": SMTP on standard input and output. Each message is
 * a submission of its own, with the sender that MAIL said.
 *
 * The dialogue is base/mail/smtp_server.h's, with line ends as on a pipe. 250
 * is said once the message is on stable storage, in signetd's queue or in the drop
 * folder, and nothing waits for DNS. What keeps a message from being stored is
 * said in the reply, and as with other submissions on stderr and in the log.
 */
#ifndef SENDMAIL_SHIM_SMTP_STDIO_H
#define SENDMAIL_SHIM_SMTP_STDIO_H

#include "base/conf/settings.h"
#include "base/fault.h"

#include <stdint.h>

#define SMTP_STDIO_IDLE_MS (5 * 60 * 1000)    /* RFC 5321 section 4.5.3.2.7 */

struct smtp_stdio {
	int in, out;
	const char *program;           /* argv[0]'s name, for the record */
	bool require_tls;              /* of every message, whether MAIL says REQUIRETLS or not */
	const struct settings *settings;
	int64_t idle_ms;               /* then 421; also how long the caller may leave replies unread */
};

/* 0 after QUIT, the end of input, 421, or when nobody reads replies any more; -1: 5.3.0, input cannot be read. */
int smtp_stdio_run(const struct smtp_stdio *d, struct fault *f);

/* Where stderr is the dialogue too, as inetd(8) has it: our words would be read as replies, so that only the log gets them. */
void smtp_stdio_keep_clean(void);

#endif
