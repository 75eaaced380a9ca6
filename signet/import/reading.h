/* SPDX-License-Identifier: ISC */
/*
 * reading - what the readers of other programs' set-ups share: files below
 * another root, what several of them say of this host, and places of servers.
 */
#ifndef SIGNET_IMPORT_READING_H
#define SIGNET_IMPORT_READING_H

#include "base/fault.h"
#include "signet/import/foreign.h"
#include "signet/import/plan.h"

struct import {
	const char *root;        /* "" or a folder in which all paths are looked for */
	const char *file;        /* the main file that was named; NULL: the usual one */
	const char *folder;      /* of signet.conf, where files are to lie that it names */
	const char *hostname;    /* of this host, complete as far as is known */
	const char *config;      /* Postfix: the folder of main.cf, for its programs; set by its reader */
	struct import_plan plan;
	struct text_list read;   /* files that were read */
};

/* ---- files ---- */

enum { IMPORT_FILE_MAX = 32 * 1024 * 1024 };

/* The path below the root, as it is opened and told. The caller frees it. */
char *import_path(const struct import *i, const char *path);

/* Appends what is in it. -1 with errno, ENOENT where it is not there; text is wiped by secret_free where it may be one. */
int import_read_file(struct import *i, const char *path, struct buf *out);

/* The same as items; a file that is there and cannot be read becomes a note. False: no items. */
bool import_read_items(struct import *i, const char *path, enum foreign_syntax syntax, struct foreign_items *out);

/* -1 and a fault for a main file that cannot be read. */
int import_need_items(struct import *i, const char *usual, enum foreign_syntax syntax, struct foreign_items *out, struct fault *f);

/* Where the file says that; line 0: it does not. */
struct import_at import_place_of(const struct foreign_items *items, const char *key, const char *file);

/* The first word of the file's first line that says something; NULL: none. The caller frees it. */
char *import_first_word(struct import *i, const char *path);

/* FOLDER/NAME. The caller frees it. */
char *import_own_path(const struct import *i, const char *name);

/* ---- settings ---- */

/*
 * Makes all local names addresses at domain, which another host has: they are what programs write to. without_aliases:
 * and no alias of this host counts.
 */
void import_no_local_mail(struct import *i, struct span domain, bool without_aliases, struct import_at at);

/* Mail that this host's own names send gets the address, or another domain where it begins with "@". */
void import_rewrite_own(struct import *i, struct span address, struct import_at at);

/* default_via, once. */
void import_all_through(struct import *i, const char *hop, struct import_at at);

/*
 * "host", "host:port", "[host]:port" or "[address]" as host and, where said, port ("smtp", "submission", "submissions",
 * "smtps" or a number) of a smarthost. *brackets: they stood there. False: it is none of these, and a note says so.
 */
bool import_say_place(struct import *i, struct import_group *g, struct span place, bool *brackets, struct import_at at);

#endif
