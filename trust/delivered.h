/* SPDX-License-Identifier: ISC */
/*
 * delivered - what a receiver thought of a mail, from the header of the copy it
 * delivered: the results of SPF, DKIM and DMARC (Authentication-Results, RFC
 * 8601), and what its filter left in fields of its own. Pure; reads foreign
 * bytes of any kind.
 *
 * Of the Authentication-Results those count that stand above the topmost
 * signature, for what is below may be the sender's own (RFC 8601 section 5), and
 * among them those of the topmost authserv-id that is known (trust/provider.h)
 * or that the caller names; where none is, the topmost, and `server_known` says
 * no. ARC and what other hosts said on the way is ignored. Fields of filters
 * count wherever they stand: Exchange puts its own at the end.
 */
#ifndef TRUST_DELIVERED_H
#define TRUST_DELIVERED_H

#include "base/buf.h"
#include "base/text_list.h"
#include "trust/provider.h"

enum { DELIVERED_MAX = 40, DELIVERED_TEXT_MAX = 300 };

enum delivered_place { PLACED_UNKNOWN, PLACED_INBOX, PLACED_SPAM };

/* One mechanism, as the receiver judged it. */
struct delivered_check {
	char *mechanism;         /* "spf", "dkim", "dmarc", "domainkeys", "iprev", "compauth" */
	char *result;            /* "pass" */
	char *about;             /* what was judged: "example.org, selector s1"; "" */
	char *said;              /* the receiver's own words; "" */
	bool good, bad;          /* neither: it proves nothing, and harms nothing */
	const char *means, *advice;   /* static; advice "" where nothing is to be done */
	const char *note;        /* what the result alone does not say; "" */
};

/* One field of the receiver's filter, or one word of such a field. */
struct delivered_mark {
	char *field;             /* "X-Forefront-Antispam-Report" */
	char *value;             /* "CAT:BULK" */
	enum delivered_place place;   /* where it says the mail went */
	const char *means, *advice;
};

struct delivered {
	const struct provider *provider;   /* NULL: none of those that are known */
	char *server;            /* authserv-id; "" for Microsoft's, and where nothing was judged */
	bool server_known;
	char *message_id;        /* without angle brackets; "" */
	char *from_domain;       /* of From:; "" */
	char *address;           /* of the sending host, as the receiver saw it; "" */
	struct delivered_check *checks;
	size_t check_count;
	struct delivered_mark *marks;
	size_t mark_count;
	enum delivered_place place;   /* spam where any mark says so */
	size_t passed_over;      /* Authentication-Results of others */
};

/* servers: names that are believed besides. False: nothing in it speaks of a receiver's judgement; out holds the rest. */
bool delivered_read(struct span header, const struct text_list *servers, struct delivered *out);
void delivered_free(struct delivered *d);

/* "inbox", "spam", "unknown" */
const char *delivered_place_name(enum delivered_place place);

/* The result of the first check of that mechanism that is good, else of the first; "" for none. */
const char *delivered_result(const struct delivered *d, const char *mechanism);

#endif
