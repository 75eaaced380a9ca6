/* SPDX-License-Identifier: ISC */
/*
 * choice - which messages a command of "signet queue" means, from its words:
 * options that filter (base/view/selection.h has the same names), queue ids, "all".
 */
#ifndef SIGNET_QUEUE_CHOICE_H
#define SIGNET_QUEUE_CHOICE_H

#include "base/buf.h"
#include "base/fault.h"

struct choice {
	struct buf lines;      /* the argument of the query */
	size_t ids;
	bool filtered;         /* ids or a filter were given, or "all" */
	bool narrowed;         /* a filter was */
	bool json;
	bool dry_run;
	const char *file;      /* of --file and --envelope; borrowed */
	const char *envelope;
	bool crlf;
};

#define CHOICE_FILTERS "[--sender PATTERN] [--recipient PATTERN] [--domain PATTERN] [--reason TEXT]\n" \
	"             [--older AGE] [--newer AGE] [--uid UID] [--unit PATTERN]\n" \
	"             [--container PATTERN] [--held] [--deferred]"

/*
 * Reads argv[1] and on. `more`: the names that this command takes beside the
 * filters, between blanks: "dry-run via". -1 with a fault that says which word
 * is wrong.
 */
int choice_take(int argc, char **argv, const char *more, struct choice *out, struct fault *f);
void choice_free(struct choice *c);

#endif
