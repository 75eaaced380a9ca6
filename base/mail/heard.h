/* SPDX-License-Identifier: ISC */
/*
 * heard - a server's reply as it was read, off the wire or in what a person
 * has pasted, becomes the value that everything after it carries
 * (base/mail/reply.h): what it means for mail, its RFC 3463 code, and what it is
 * about, judged here with what only this end of the connection knows. Pure.
 */
#ifndef BASE_MAIL_HEARD_H
#define BASE_MAIL_HEARD_H

#include "base/mail/reply.h"

/* This end, and the other. All borrowed; "" where it is not known. */
struct hearing {
	const char *relay;           /* "mx.example.org[192.0.2.1]:25" */
	const char *server;          /* "mx.example.org" */
	const char *own_address, *own_name;
	bool smarthost, has_login;
};

/*
 * code is of 200 to 599; text is what follows the codes, lines joined by LF. The kind is the class's (2xx and 3xx: none), the status that of the text
 * where it agrees with the class, else one made from the code. Returns the row of the table of replies that
 * says so; NULL: none.
 */
const struct known_refusal *heard_reply(unsigned code, struct span text, const struct hearing *at, enum smtp_step step,
                                        struct reply *out);

#endif
