/* SPDX-License-Identifier: ISC */
/*
 * config_entries - where the entries of dkim stand in a configuration's text.
 * What is borrowed points into it.
 */
#ifndef SIGNET_CONF_CONFIG_ENTRIES_H
#define SIGNET_CONF_CONFIG_ENTRIES_H

#include "base/span.h"

/* The strings, quotes included; at is NULL where there is none that is plain: one string, without escapes. */
struct config_entry {
	struct span domain, selector, file;
	struct span domainkeys_selector, domainkeys_file;
	const char *end;         /* the brace that closes it; NULL where none does */
};

enum config_entries_kind {
	ENTRIES_NONE,            /* the text has no setting dkim at its top level */
	ENTRIES_LIST,            /* dkim = ( … ) */
	ENTRIES_GROUP,           /* dkim = { … } */
	ENTRIES_STRANGE,         /* something else, a bracket that nothing closes, or dkim twice */
};

struct config_entries {
	enum config_entries_kind kind;
	const char *open, *close;     /* the brackets of its value */
	struct config_entry *items;   /* owned */
	size_t count;
};

void config_entries_read(struct span text, struct config_entries *out);
void config_entries_free(struct config_entries *e);


/* What stands between the quotes. */
struct span config_entry_inside(struct span string);

/* True when the string is that name, whatever its case and with a final dot or without. */
bool config_entry_is_name(struct span string, const char *name);

#endif
