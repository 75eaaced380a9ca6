/* SPDX-License-Identifier: ISC */
/*
 * refusal - what a server's refusal is about, and whom it concerns: pure, from
 * the reply's own words and from what only the one who heard it knows (the
 * step, the server's host, our own address and name).
 *
 * The order of the decision: words about rates and greylisting; then the codes
 * and phrases of known receivers, filters and blocklists (one table, each row
 * with its source); then general shapes, such as our own address beside
 * "blocked", "listed" or a list's look-up URL; then what the enhanced status
 * alone says (RFC 3463), if the server gave one; then, where no other topic is
 * spoken of, our host beside any word of refusal. Cautious where it costs: what
 * moves a site's mail to another next hop (REFUSAL_ADDRESS) must speak of the
 * connecting host; what fits nothing is REFUSAL_UNKNOWN.
 *
 * Case, blanks and line ends do not matter. Repeated codes and statuses inside
 * the text, of replies that were pasted, cut or joined ("550-5.7.25 ..
 * 550-5.7.25"), are skipped. What stands in <> or is an address with a
 * quoted local part was chosen by others and is not looked at, unless it is our
 * IP address and no more. Bounded by
 * REFUSAL_LOOKED_AT_MAX, linear in that; reads foreign bytes of any kind.
 */
#ifndef BASE_MAIL_REFUSAL_H
#define BASE_MAIL_REFUSAL_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

enum { REFUSAL_LOOKED_AT_MAX = 2048 };   /* bytes of one reply's text */

/* Where in a session (RFC 5321 section 3) something was said or happened. */
enum smtp_step {
	STEP_NONE,            /* not in a session */
	STEP_CONNECTION,      /* connecting, and the greeting */
	STEP_HELO,            /* EHLO or HELO */
	STEP_STARTTLS,        /* and the handshake */
	STEP_AUTH,
	STEP_MAIL, STEP_RCPT, STEP_DATA,
	STEP_MESSAGE,         /* the message's bytes are on their way */
	STEP_DOT,             /* the end of data */
	STEP_RSET, STEP_QUIT,
	STEP_COUNT
};

/* As the log has it after "in reply to": "the connection", "RCPT TO", "end of DATA". */
const char *smtp_step_name(enum smtp_step step);

enum refusal {
	REFUSAL_UNKNOWN,          /* none of these, or it does not say */
	REFUSAL_ADDRESS,          /* this host's address: blocklist, reputation, PTR, dynamic range, country */
	REFUSAL_AUTHENTICATION,   /* SPF, DKIM, DMARC, HELO: what we prove of ourselves */
	REFUSAL_SENDER,           /* the sender's domain or address is distrusted */
	REFUSAL_SENDER_DOMAIN,    /* the sender's domain does not exist, or cannot be looked up */
	REFUSAL_CONTENT,          /* what the mail says or how it is built, or a link in it */
	REFUSAL_RATE,             /* too much at once, whoever sends: slower, not elsewhere */
	REFUSAL_GREYLISTING,      /* first contact: the next try is taken */
	REFUSAL_RELAY,            /* the server does not take mail for that recipient from us, or wants AUTH */
	REFUSAL_USER,             /* no such mailbox, or it is closed */
	REFUSAL_QUOTA,            /* the mailbox is full */
	REFUSAL_TLS,              /* it takes mail over TLS only */
	REFUSAL_SIZE,             /* the message is too large */
	REFUSAL_LOOP,             /* too many hops */
	REFUSAL_RECIPIENTS,       /* too many recipients in one transaction */
	REFUSAL_PROTOCOL,         /* it did not understand what we said, or not in that order */
	REFUSAL_CONFIGURATION,    /* a smarthost that wants AUTH: no user is set for it, or it no longer takes that user's mail */
	REFUSAL_COUNT
};

const char *refusal_name(enum refusal about);   /* "address"; one word, stable */

/* Whom else the refusal concerns: all mail from our address to that site, or only mail to the recipient's domain. */
enum refusal_reach { REACH_SITE, REACH_DOMAIN, REACH_COUNT };

/*
 * A reason is one level finer than the class: it has the words for people.
 * Its name is stable, for it is stored. The reason of REFUSAL_UNKNOWN is
 * "unknown", with empty words.
 */
struct refusal_reason {
	const char *name;         /* "listed", "no-ptr", "listed-proofpoint" */
	enum refusal about;
	const char *means;        /* one sentence each, for a person */
	const char *advice;       /* for whoever runs the sending host */
	enum refusal_reach reach; /* REACH_DOMAIN: a rule of the recipient's organisation, whoever takes mail for it */
	bool is_allowance;        /* what this account or host may send is used up */
};

/* Never NULL: "unknown" for a name that is not known. */
const struct refusal_reason *refusal_reason_named(const char *name);

struct refusal_heard {
	unsigned code;            /* 400 to 599; others are about nothing */
	struct span text;         /* after the codes, lines joined by LF, enhanced status first where it has one */
	enum smtp_step step;
	const char *own_address;  /* this end of the connection, "192.0.2.1"; "" not known */
	const char *own_name;     /* what was said in EHLO; "" not known */
	const char *server;       /* the server's host name, "mx.example.org"; "" not known */
	bool smarthost;           /* it is a smarthost of ours, no MX host; */
	bool has_login;           /* and a user is set for it */
};

struct refusal_verdict {
	const struct refusal_reason *reason;   /* never NULL */
	enum refusal_reach reach;              /* of REFUSAL_ADDRESS */
	bool contradicts;                      /* a 5xx whose words say that it is temporary */
	const struct known_refusal *row;       /* of the table, that says so; NULL: none does */
};

void refusal_classify(const struct refusal_heard *heard, struct refusal_verdict *out);

/* One row of the table of known replies, for tests and lists; NULL at the end. */
struct known_refusal {
	const char *code;         /* '#' is any digit; "" any */
	const char *status;       /* likewise; "" is any, or none */
	const char *text;         /* lower case; '#' is a digit, '*' anything between; "" is any */
	const char *reason;       /* name of its reason */
	const char *receiver;     /* who answers so */
	const char *source;       /* document, URL or public collection that says so */
};
const struct known_refusal *refusal_row(size_t index);

#endif
