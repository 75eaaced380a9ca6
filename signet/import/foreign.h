/* SPDX-License-Identifier: ISC */
/*
 * foreign - the text of another program's configuration as items: a key, a
 * value and the line they begin on. Pure; the text may hold anything.
 *
 * What an item means, and whether its value has a form that makes sense, is
 * not known here. A value may be a password: items are wiped when they are freed.
 */
#ifndef SIGNET_IMPORT_FOREIGN_H
#define SIGNET_IMPORT_FOREIGN_H

#include "base/buf.h"
#include "base/text_list.h"

enum foreign_syntax {
	FOREIGN_MAIN_CF,    /* Postfix: "key = value", and lines that begin with a blank go on with it */
	FOREIGN_MAP,        /* its lookup tables: "key value", likewise */
	FOREIGN_MASTER_CF,  /* its services: the whole line is the value, likewise; the key is empty */
	FOREIGN_MSMTP,      /* "key value"; the value may be in double quotes */
	FOREIGN_DMA,        /* "key value" or "key"; # begins a comment anywhere */
	FOREIGN_SSMTP,      /* "key=value"; # likewise */
	FOREIGN_SHELL,      /* "key='value'" */
	FOREIGN_COLON,      /* "key:value" */
	FOREIGN_LINE,       /* the whole line is the value; the key is empty */
	FOREIGN_SYNTAXES,
};

enum { FOREIGN_ITEMS_MAX = 200000 };    /* what comes after so many is left out */

struct foreign_item {
	char *key, *value;   /* without blanks around them; the value may be empty */
	unsigned line;
};

struct foreign_items {
	struct foreign_item *items;
	size_t count;
};

/* Appends what text has to out. A line without a key is left out, as is a byte 0. */
void foreign_parse(struct span text, enum foreign_syntax syntax, struct foreign_items *out);
void foreign_items_free(struct foreign_items *items);

/* The last of that name, letters' case ignored; NULL: there is none. */
const struct foreign_item *foreign_find(const struct foreign_items *items, const char *key);
const char *foreign_value(const struct foreign_items *items, const char *key);    /* its value; "": there is none, or it is empty */

/* Words with blanks between them, of which quotes (' and ") and backslashes keep some together. Appended. */
void foreign_words(struct span text, struct text_list *out);

/* Pieces that any of the separators part, without blanks around them; empty ones are left out. Appended. */
void foreign_pieces(struct span text, const char *separators, struct text_list *out);

/* "yes", "on", "true", "1" and what begins so, whatever the case. */
bool foreign_is_yes(const char *value);

#endif
