/* SPDX-License-Identifier: ISC */
/*
 * takeover - the waiting mail of another program into our queue, by the
 * entrance that every message takes.
 *
 * A message's files are set aside, into a folder within the other's queue,
 * once ours has it on stable storage, and never removed. One that is killed in between is
 * taken up again by the next run: the record has the same id then, and is stored once.
 */
#ifndef SIGNET_IMPORT_TAKEOVER_H
#define SIGNET_IMPORT_TAKEOVER_H

#include "base/conf/settings.h"
#include "base/fault.h"

#define TAKEOVER_ASIDE "imported-by-signet"

struct takeover {
	const char *program;               /* "postfix", "dma", "nullmailer", "msmtp" */
	const char *folder;                /* its queue; NULL: the usual one */
	const char *root;                  /* "" or where paths begin */
	const char *config;                /* Postfix: the folder of its main.cf; NULL: the usual one */
	const struct settings *settings;   /* ours */
	bool dry_run;
	/* What came of it. */
	size_t taken, left;
	char *aside;                       /* where the files are; "" where there are none; owned */
};

/* False: nothing is known of its queue. */
bool takeover_knows(const char *program);

/*
 * Says a line for each message, and for each folder that cannot be looked into. -1: nothing could be begun (it runs, its queue cannot be read, signetd does not answer), and
 * the fault says what to do; what could not be taken over alone is counted in left.
 */
int takeover_run(struct takeover *t, struct fault *f);

#endif
