/*
 * reply - what receivers' refusals mean: one table of the replies that the
 * big receivers, filters and blocklists are known to give, each row with its
 * source. The queue's fallback, bounces, the log and the owner's command
 * speak from it.
 *
 * A row is found by reply code, enhanced status (RFC 3463) and a fragment of
 * the text; the first that fits wins. Case, blanks, line ends and statuses
 * within the text do not matter, and what stands in <> is not looked at:
 * there servers repeat our own addresses. Conservative: a reply that fits no
 * row is about nothing, and only what speaks of the connecting host's address
 * without doubt is REFUSAL_ADDRESS. Pure; bounded by REPLY_LOOKED_AT_MAX.
 */
#ifndef BASE_REPLY_H
#define BASE_REPLY_H

#include "base/fault.h"
#include "base/span.h"

enum { REPLY_LOOKED_AT_MAX = 1024 };   /* bytes of one reply's text */

enum refusal {
	REFUSAL_UNKNOWN,
	REFUSAL_ADDRESS,          /* this host's address: reputation, blocklist, PTR */
	REFUSAL_AUTHENTICATION,   /* SPF, DKIM, DMARC, HELO: what we prove of ourselves */
	REFUSAL_SENDER,           /* the sender's domain or address is distrusted */
	REFUSAL_CONTENT,          /* what the mail says, or a link in it */
	REFUSAL_RATE,             /* too much at once: slower, not elsewhere */
	REFUSAL_GREYLISTING,
	REFUSAL_RELAY,            /* the server does not take mail for that domain */
	REFUSAL_USER,             /* no such mailbox */
	REFUSAL_QUOTA,
	REFUSAL_TLS,
	REFUSAL_COUNT
};

struct known_reply {
	const char *code;         /* '#' is any digit */
	const char *status;       /* likewise; "" is any, or none */
	const char *text;         /* lower case; '#' is a digit, '*' anything between; "" is any */
	enum refusal about;
	const char *receiver;     /* who answers so */
	const char *source;       /* document or URL that says so */
	const char *means;        /* one sentence each, for a person */
	const char *advice;       /* for whoever runs the sending host */
};

/* A reply's code and its text, enhanced status first where it has one. NULL: not known. */
const struct known_reply *reply_find(unsigned code, struct span text);

/* The reply that a fault brings, as "RELAY said: 550 5.1.1 no (in reply to RCPT TO)". NULL: none, or not known. */
const struct known_reply *reply_known(const struct fault *f);

/* Where that reply stands in a fault's text: code and text, without what is ours; empty when it is no server's word. */
struct span reply_in(struct span fault_text);

/*
 * A fault may tell of two replies: the last, and what an earlier next hop said
 * before the mail went on. add: cuts both where they have no room together.
 */
void reply_add_earlier(struct fault *f, const char *earlier);
struct span reply_latest_in(struct span fault_text);
struct span reply_earlier_in(struct span fault_text);   /* empty: it tells of one */

/* base/refusal.h has a function of that name, for the classes that take the place of these. */
#define refusal_name reply_refusal_name
const char *refusal_name(enum refusal about);

/* The table, for tests and lists: NULL at the end. */
const struct known_reply *reply_row(size_t index);

#endif
