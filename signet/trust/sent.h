/* SPDX-License-Identifier: ISC */
/*
 * sent - what this host has sent, asked of signetd without a word to the user
 * where it does not answer.
 */
#ifndef SIGNET_TRUST_SENT_H
#define SIGNET_TRUST_SENT_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/view/history.h"

struct sent_mail {
	bool asked;              /* signetd answered */
	bool found;              /* in its queue or history */
	bool is_test;            /* of signet test; where signetd does not answer, by its Message-ID */
	char *queue_id, *recipient;   /* the first; "" where not found */
};

/* By Message-ID, without angle brackets. */
void sent_find(const struct settings *s, const char *message_id, struct sent_mail *out);
void sent_mail_free(struct sent_mail *m);

/* "mx.example.org" of "mx.example.org[192.0.2.9]:25"; and what went nowhere. */
struct span sent_relay_host(const struct history_count *c);
bool sent_is_local(const struct history_count *c);

#endif
