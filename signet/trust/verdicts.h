/* SPDX-License-Identifier: ISC */
/*
 * verdicts - what receivers thought of our mail, one for each receiver, the last:
 * noted when "signet explain" is shown the header of a mail that this host sent.
 */
#ifndef SIGNET_TRUST_VERDICTS_H
#define SIGNET_TRUST_VERDICTS_H

#include "signet/trust/notes.h"
#include "trust/delivered.h"

struct verdict_note {
	char *receiver;          /* a name of trust/provider.h, or the authserv-id */
	int64_t when_s;          /* wall: when it was noted */
	char *message_id, *recipient;   /* recipient "" not known */
	char *address;           /* of ours, as the receiver saw it; "" */
	char *place;             /* "inbox", "spam", "unknown" */
	char *spf, *dkim, *dmarc;       /* "pass"; "" */
	bool is_test;            /* a mail of signet test */
};

struct verdict_list {
	struct verdict_note *items;
	size_t count;
};

/* Takes the place of what was noted of that receiver. */
int verdict_keep(const struct settings *s, const struct verdict_note *v, struct fault *f);
int verdict_list_read(const struct settings *s, struct verdict_list *out, struct fault *f);
void verdict_list_free(struct verdict_list *l);

/* As a line of the file, and from one; false: it is not one. For tests, too. */
void verdict_print(const struct verdict_note *v, struct buf *out);
bool verdict_parse(struct span line, struct verdict_note *out);
void verdict_free(struct verdict_note *v);

#endif
