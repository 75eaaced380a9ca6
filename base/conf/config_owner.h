/* SPDX-License-Identifier: ISC */
/*
 * config_owner - what a configuration file may do to its reader, depending on
 * its owner. Who can write a file decides what is run from it; who owns it
 * decides whether errors may quote it. Pure.
 */
#ifndef BASE_CONF_CONFIG_OWNER_H
#define BASE_CONF_CONFIG_OWNER_H

#include <stdbool.h>
#include <stdint.h>

struct config_owner {
	bool known;             /* false: its state could not be read; nothing else is set */
	uint32_t uid, gid;
	unsigned mode;          /* permission bits */
};

struct config_reader {
	uint32_t uid, euid;
	bool submits;           /* sendmail, whose -C any caller of any program may have chosen */
};

/* Somebody besides its owner and root can write it. */
bool config_owner_others_write(const struct config_owner *o);

/* A command that it names may be run: it is root's or the reader's own, and for root nobody else can write it. */
bool config_owner_may_run(const struct config_owner *o, const struct config_reader *r);

/*
 * Its lines may be quoted: it is the reader's own, who has the rights of
 * nobody else. is_default: the file that is read unasked.
 */
bool config_owner_is_quoted(const struct config_owner *o, const struct config_reader *r, bool is_default);

#endif
