/* SPDX-License-Identifier: ISC */
/*
 * plan - what an import comes to: settings for signet.conf, files beside it
 * that they name, and what could not be carried over. Pure; nothing is written.
 *
 * Each value is held to the table of settings as it comes in: what that
 * does not take becomes a note that says so, and never text of the configuration.
 */
#ifndef SIGNET_IMPORT_PLAN_H
#define SIGNET_IMPORT_PLAN_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/text_list.h"

/* Where something stands; line 0: the file as a whole. */
struct import_at {
	const char *file;
	unsigned line;
};

struct import_said {             /* one setting */
	const struct setting *row;
	struct text_list values;     /* TEXTS and FALLBACK: any number; else one */
	char *from;                  /* "FILE:LINE", several with ", " between them */
};

struct import_group {            /* the file, or a smarthost, route or rewrite */
	const struct setting_group *table;
	struct import_said *items;
	size_t count;
	char *password;              /* of a smarthost: to be put into password_file; NULL: none */
	char *password_from;
};

struct import_file {             /* to be written; never over one that is there */
	char *path, *text, *what;    /* what: a sentence for a person; NULL text is never kept */
	bool secret;                 /* 0600, and its text is wiped and never shown */
};

struct import_note {
	char *file, *lines;          /* "3, 7"; "" for the file as a whole */
	char *text;                  /* what, and what to do */
	unsigned last_line;
	unsigned count;
};

struct import_plan {
	struct import_group top;
	struct import_group *smarthosts, *routes, *rewrites;
	size_t smarthost_count, route_count, rewrite_count;
	struct import_file *files;
	size_t file_count;
	struct import_note *notes;
	size_t note_count;
	struct text_list distrusted; /* files that others than root and whoever imports can write: no command is taken from them */
};

void import_plan_begin(struct import_plan *p);
void import_plan_free(struct import_plan *p);

/* One more; valid until the next. */
struct import_group *import_add_smarthost(struct import_plan *p);
struct import_group *import_add_route(struct import_plan *p);
struct import_group *import_add_rewrite(struct import_plan *p);
void import_drop(struct import_plan *p, const struct import_group *last);    /* the one added last, in whichever list */

/*
 * Sets name of g to value, a list gets it added (once). False: the table does not take it, and a note says so.
 * One that is set already is set again.
 */
bool import_say(struct import_plan *p, struct import_group *g, const char *name, struct span value, struct import_at at);
void import_password(struct import_group *g, struct span password, struct import_at at);

/* A list that is there and empty. */
void import_say_none(struct import_plan *p, struct import_group *g, const char *name, struct import_at at);

/* The first value; NULL: not set. */
const char *import_said(const struct import_group *g, const char *name);
void import_said_all(const struct import_group *g, const char *name, struct text_list *out);   /* all of them, appended */

void import_add_file(struct import_plan *p, const char *path, struct buf *text, const char *what);   /* takes text */

/* The same text about the same file again only adds its line. */
void import_note(struct import_plan *p, struct import_at at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Gives smarthosts names that are words and differ, and password files in folder. Call it once, when all are there
 * and before routes name them by it: name_hint is what to begin with.
 */
const char *import_name_smarthost(struct import_plan *p, struct import_group *g, const char *name_hint);
void import_make_password_files(struct import_plan *p, const char *folder);

/* The settings as signet.conf has them, in its order: names, values and where each is from. */
struct import_line {
	const char *name;
	char *value, *from;
};
struct import_lines {
	struct import_line *items;
	size_t count;
};
void import_render(const struct import_plan *p, struct import_lines *out);
void import_lines_free(struct import_lines *l);

#endif
