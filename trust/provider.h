/* SPDX-License-Identifier: ISC */
/*
 * provider - the large receivers, and the lists that they go by: how each is
 * recognised, and what it asks for before it trusts an address again. Rows of
 * facts, each with its source. Pure.
 */
#ifndef TRUST_PROVIDER_H
#define TRUST_PROVIDER_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* What its form, or whoever reads the mail to it, wants to be told. */
enum provider_wants {
	WANTS_ADDRESS = 1,       /* the sending address, or all of them */
	WANTS_PTR = 2,           /* and its name in the DNS */
	WANTS_HELO = 4,
	WANTS_DOMAIN = 8,        /* the sender's domain */
	WANTS_CONTACT = 16,      /* a person's name and mail address */
	WANTS_VOLUME = 32,       /* how much mail, since when */
	WANTS_REPLY = 64,        /* the reply as it was said */
	WANTS_HEADER = 128,      /* the header of a mail that went into the spam folder */
	WANTS_REASON = 256,      /* what was wrong, and is not any more */
	WANTS_IMPRINT = 512,     /* a website at the host's name that says who runs it */
};

struct provider {
	const char *name;        /* "gmail" */
	const char *title;       /* "Gmail, Google Workspace" */
	/* Words with blanks between them; ".example.org" is any name that ends so. */
	const char *also;        /* other names for it */
	const char *servers;     /* its authserv-ids (RFC 8601 section 2.5) */
	const char *mx;          /* its mail exchangers */
	const char *reporters;   /* org_name in its reports (RFC 9990) */
	const char *reasons;     /* refusals that are its doing, whoever says them (base/mail/refusal_reasons.c) */
	const char *ask;         /* a page, or a mail address */
	const char *watch;       /* where it shows how it sees senders; "" */
	unsigned wants;
	const char *advice;      /* one sentence or two */
	const char *source;
};

extern const struct provider provider_table[];
extern const size_t provider_rows;

/* NULL: none of them. Case ignored. */
const struct provider *provider_named(struct span name);
const struct provider *provider_of_server(struct span authserv_id);
const struct provider *provider_of_mx(struct span host);
const struct provider *provider_of_report(struct span org_name);
bool provider_refuses_by(const struct provider *p, const char *reason);

#endif
