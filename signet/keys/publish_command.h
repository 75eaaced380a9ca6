/* SPDX-License-Identifier: ISC */
/*
 * publish_command - records go into their zones by a program of the owner's, the
 * setting publish_command: that of an API, octodns, lexicon.
 *
 * On its standard input the program gets a line for each TXT record that is to
 * change, and for those that stay beside one:
 *
 *	{"action": "remove", "name": "…", "host": "…", "type": "TXT", "ttl": 3600, "value": "…"}
 *
 * action is remove, keep or add; of a name, what goes comes first, then what
 * stays, then what comes: keep and add together are all that is there in the end.
 * name has no final dot; host is what of it stands before the zone, "@" for the
 * zone itself. ttl is that of the records that are there, or RECORDS_TTL_S.
 * value is the whole text, however many strings it takes, in ASCII with \u escapes.
 *
 * Its environment has SIGNET_ZONE and SIGNET_ACTION ("publish" or "revoke"). It is
 * run as this process's user (base/program.h), once for each zone, and has
 * PUBLISH_COMMAND_MS. Exit status 0 says that the zone is as it should be or soon
 * will be; the others are those of sysexits(3). A line may come again, after
 * a failure or a kill: to remove what is gone and to add what is there is no error.
 */
#ifndef SIGNET_KEYS_PUBLISH_COMMAND_H
#define SIGNET_KEYS_PUBLISH_COMMAND_H

#include "dns/update.h"

enum { PUBLISH_COMMAND_MS = 2 * 60 * 1000 };

/*
 * All changes are of one zone. -1: as program_run, or 5.6.0, a text that stays is not UTF-8, which no line can tell; the
 * fault names the zone.
 */
int publish_command_run(const char *command, const char *action, const struct update_change *changes, size_t count,
                        struct fault *f);

#endif
