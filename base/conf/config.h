/* SPDX-License-Identifier: ISC */
/*
 * config - the configuration file (libconfig's format) into settings.
 *
 * One table (base/conf/settings_table.h) holds every setting: its name, kind,
 * default, bounds and its sentence for the manual.
 */
#ifndef BASE_CONF_CONFIG_H
#define BASE_CONF_CONFIG_H

#include "base/conf/settings.h"
#include "base/fault.h"

#define CONFIG_DEFAULT_FILE "/etc/signet/signet.conf"

/*
 * The file to read: given when not NULL (-C), else what SIGNET_CONFIG names, which a set-id program does not heed, else the
 * default. None is found by itself.
 */
const char *config_file(const char *given);

/*
 * Fills out from defaults and the file; an absent file is all defaults. On -1
 * the fault (4.3.5) names file, line, the setting, and for an unknown one the
 * nearest known name; out is freed. What is run from the file and what of it
 * may be quoted follows base/conf/config_owner.h: root refuses one that others can
 * write.
 */
int config_load(const char *path, struct settings *out, struct fault *f);

/*
 * Just what sendmail needs to hand a record over: the rows of the table marked
 * early (socket, drop, drop_program, spool, and the limits); faults in other
 * rows do not matter to it. A file that is absent is silently the defaults; one that is
 * unreadable or malformed is the defaults too, with -1 and the fault to log.
 * out is filled in every case.
 */
int config_read_for_submission(const char *path, struct settings *out, struct fault *f);

/*
 * Every fault of the file, one a line, appended to out with its file and
 * line; returns how many. Checks across settings are included: a route to a
 * smarthost that does not exist, a key without a file.
 */
size_t config_check(const char *path, struct buf *out);

/* How many settings the file makes, those of its groups included; 0 when it cannot be read. */
size_t config_count(const char *path);

/* The table as mdoc(7) text for signet.conf(5). */
void config_print_manual(struct buf *out);

#endif
