/*
 * sent - what this host has sent, asked of signetd without a word to the user
 * where it does not answer.
 */
#ifndef SIGNET_TRUST_SENT_H
#define SIGNET_TRUST_SENT_H

#include "base/buf.h"
#include "base/conf/settings.h"

struct sent_mail {
	bool asked;              /* signetd answered */
	bool found;              /* in its queue or history */
	bool is_test;            /* of signet test; where signetd does not answer, by its Message-ID */
	char *queue_id, *recipient;   /* the first; "" where not found */
};

/* By Message-ID, without angle brackets. */
void sent_find(const struct settings *s, const char *message_id, struct sent_mail *out);
void sent_mail_free(struct sent_mail *m);

#endif
