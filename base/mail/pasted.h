/* SPDX-License-Identifier: ISC */
/*
 * pasted - the replies of servers in a text that a person has pasted: as a
 * server said them, in one line or several, or joined into one; in a line of a
 * log (Postfix, Exim, Sendmail, Signet); in the body of a bounce of whatever
 * program; or as the Diagnostic-Code of a delivery report. Pure.
 *
 * A reply begins where a line does, or behind words that say that somebody said
 * it, and ends with its last line, the log line's, an empty line or what only
 * begins something else. It may have been broken at blanks. What a log line or a
 * bounce says besides is taken too: the server, the command, the recipient; a
 * log line without a reply is our own words with the status it names.
 *
 * An enhanced status alone ("5.7.26 This mail ...") is a reply whose code was
 * left out: 550, or 450. A code of success counts only where the text begins
 * with it. Bounded by PASTED_MAX; reads foreign bytes of any kind.
 */
#ifndef BASE_MAIL_PASTED_H
#define BASE_MAIL_PASTED_H

#include "base/mail/heard.h"

enum { PASTED_MAX = 50, PASTED_ADDRESS_MAX = 320 };

struct pasted_reply {
	struct reply reply;      /* judged; relay "" where nothing names it */
	const struct known_refusal *row;   /* of the table of replies, that says so; NULL: none */
	char recipient[PASTED_ADDRESS_MAX + 1];   /* "" not known */
	bool code_made;          /* there was only a status */
	unsigned times;          /* it was found, at least once */
};

struct pasted {
	struct pasted_reply *items;
	size_t count;
	bool cut;                /* there are more */
};

/*
 * ours: own_name, what this host says in EHLO; the rest of it is not looked at, for a reply may have been said to
 * another host of ours: whatever address it speaks of is taken for this end's, and the first is the reply's source.
 */
void pasted_read(struct span text, const struct hearing *ours, struct pasted *out);   /* adds to out, which begins zeroed */
void pasted_free(struct pasted *p);

/*
 * A message/delivery-status (RFC 3464 section 2.3): one reply for each recipient that was not
 * delivered to, by its Diagnostic-Code, else by its Status. Adds to out. False: it has none.
 */
bool pasted_read_status(struct span status, const struct hearing *ours, struct pasted *out);

#endif
