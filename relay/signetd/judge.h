/* SPDX-License-Identifier: ISC */
/*
 * judge - whether signetd could work with a configuration: the file, the
 * keys, passwords and routing tables it names, the user, the roles' executables; and, as a
 * trial, a signer that is given the keys.
 */
#ifndef RELAY_SIGNETD_JUDGE_H
#define RELAY_SIGNETD_JUDGE_H

#include "relay/route/route.h"
#include "relay/signetd/run_as.h"
#include "relay/signetd/secrets.h"

struct judged {
	struct settings settings;
	struct secrets secrets;
	struct run_as run_as;
	struct routes *routes;      /* with the tables */
	struct fault nameless;      /* hostname has no domain (base/conf/own_name.h); signetd works without */
};

/*
 * 0 and out is filled; or -1, every fault found is a line in faults, and
 * nothing is to be freed. path NULL is the default file, which may be absent.
 */
int judge(const char *path, struct judged *out, struct buf *faults);
void judged_free(struct judged *j);

/* Begins a signer with the keys, sees it through its start, ends it. -1: it says why on stderr. */
int judge_by_trial(const struct judged *j, struct buf *faults);

#endif
