/*
 * envelope - who a submission is from and to, in final form.
 *
 * Sender: as given with -f, else the login name at our domain; any local user
 * may choose it, as with every sendmail. Recipients: bare names and addresses
 * of local domains go to `root`; where that is not set they are kept apart,
 * to be held, so that nothing is lost. Duplicates are merged. One address
 * that cannot be parsed among good ones is passed on to be bounced: callers
 * such as cron read no exit code. Domains in UTF-8 become A-labels (base/idn.h)
 * here; original keeps what was given.
 *
 * Faults: 5.1.7 sender, 5.1.3 no recipient can be parsed, 5.5.4 none given,
 * 5.5.3 more than recipient_limit.
 */
#ifndef RELAY_PICKUP_ENVELOPE_H
#define RELAY_PICKUP_ENVELOPE_H

#include "relay/protocol.h"

struct envelope_group {      /* recipients that get the same bytes */
	struct submission_recipient *recipients;
	size_t count;
	char *sender;            /* "" is the null sender */
	char *held;              /* "" or why the queue holds it */
};

struct envelope {
	char *author;                  /* goes into a From that is missing */
	struct envelope_group leaving; /* count 0 when there are none */
	struct envelope_group staying;
};

/* login is the name of uid, or "" when it has none. out is to be freed also after -1. */
int envelope_make(const struct settings *s, const struct record *r, uint32_t uid, const char *login,
                  struct envelope *out, struct fault *f);
void envelope_free(struct envelope *e);

/* About what it takes in memory. */
size_t envelope_bytes(const struct envelope *e);

#endif
