/* SPDX-License-Identifier: ISC */
/*
 * meaning - a refusal in plain words: what it means and what its reader can do
 * about it, by the reason it was found to have (base/mail/refusal.h), else
 * by the enhanced status code (RFC 3463) that the server gave or that we chose;
 * one that was made from a bare code explains nothing. Reports to senders say it,
 * and signet explain does.
 */
#ifndef BASE_MAIL_MEANING_H
#define BASE_MAIL_MEANING_H

#include "base/mail/reply.h"

struct meaning {
	const char *means;
	const char *advice;
	const char *owner;       /* what whoever runs this host can do; "" nothing */
	bool known;              /* else only that it was refused */
};

struct meaning meaning_of(const struct reply *r);

/* Whom or what a refusal is about, for "It is about ...": "this host's IP address". "" for REFUSAL_UNKNOWN. */
const char *meaning_subject(enum refusal about);

#endif
