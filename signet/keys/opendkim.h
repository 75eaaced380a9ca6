/* SPDX-License-Identifier: ISC */
/*
 * opendkim - the set-up of OpenDKIM (opendkim.conf(5), KeyTable and
 * SigningTable) as keys for signet.conf. Pure: texts in, values out; the
 * tables are foreign, and a key may stand in one itself, so that no value of a
 * line is ever quoted but names that were found to be some.
 *
 * Complaints are lines "FILE:LINE: what", appended to a buf.
 */
#ifndef SIGNET_KEYS_OPENDKIM_H
#define SIGNET_KEYS_OPENDKIM_H

#include "base/conf/settings.h"

enum { OPENDKIM_TEXT_MAX = 4 * 1024 * 1024, OPENDKIM_ROWS_MAX = 20000 };

/* ---- data sets: "refile:/path", "file:/path", "/path", "csl:a=b,c=d" ---- */

enum opendkim_kind {
	OPENDKIM_FILE,       /* looked up as it is */
	OPENDKIM_REFILE,     /* patterns with "*" */
	OPENDKIM_LIST,       /* stands in opendkim.conf itself */
	OPENDKIM_EITHER,     /* a file of which nobody says whether it is a refile */
	OPENDKIM_UNKNOWN,    /* a data base, a directory server, a script */
};

/* What it is, and in *rest the path or the list. */
enum opendkim_kind opendkim_dataset(const char *value, const char **rest);

/* ---- opendkim.conf ---- */

struct opendkim_conf {
	char *domain, *selector, *key_file;       /* NULL where not set */
	char *key_table, *signing_table;          /* data sets */
	char *header_canon, *body_canon;          /* "relaxed", "simple"; NULL where not set */
	bool multiple;                            /* MultipleSignatures */
	struct text_list others;                  /* settings of signing that are not taken over */
};

/* Returns how many complaints there are; out is filled in every case. */
size_t opendkim_read_conf(struct span text, const char *file, struct opendkim_conf *out, struct buf *complaints);
void opendkim_conf_free(struct opendkim_conf *c);

/* ---- the tables ---- */

struct opendkim_key {
	char *name;
	char *domain;        /* "%": that of the sender */
	char *selector;
	char *path;
	const char *unfit;   /* NULL, or why there is no path to read */
	unsigned line;
};

struct opendkim_keys {
	struct opendkim_key *items;
	size_t count;
};

struct opendkim_row {
	char *pattern;
	char *key;           /* its name */
	char *signer;        /* for i=; "" where there is none */
	unsigned line;
};

struct opendkim_rows {
	struct opendkim_row *items;
	size_t count;
	enum opendkim_kind kind;
};

size_t opendkim_read_keys(struct span text, const char *file, enum opendkim_kind kind, struct opendkim_keys *out,
                          struct buf *complaints);
size_t opendkim_read_rows(struct span text, const char *file, enum opendkim_kind kind, struct opendkim_rows *out,
                          struct buf *complaints);
/*
 * The tables that Domain, Selector and KeyFile stand for: a key and a row for each of the domains, which are a list or
 * the lines of a file. "*", and "*.example.org" or ".example.org", sign as whoever sends.
 */
void opendkim_make_tables(struct span domains, enum opendkim_kind kind, const char *selector, const char *key_file,
                          struct buf *keys, struct buf *rows);
void opendkim_keys_free(struct opendkim_keys *k);
void opendkim_rows_free(struct opendkim_rows *r);

/* ---- what becomes of it ---- */

struct opendkim_entry {                  /* of dkim */
	char *domain;                        /* as in struct dkim_key */
	const struct opendkim_key *key;      /* borrowed */
	char *identity;                      /* "" where there is none */
};

struct opendkim_plan {
	struct opendkim_entry *items;
	size_t count;
	size_t left_out;                     /* what cannot be taken over */
	struct buf notes;                    /* those, and what will be otherwise: "FILE:LINE: what" each */
};

/* rows may be NULL: each key signs for its own domain. */
void opendkim_make_plan(const struct opendkim_keys *keys, const char *keys_file, const struct opendkim_rows *rows,
                        const char *rows_file, bool multiple, struct opendkim_plan *out);
void opendkim_plan_free(struct opendkim_plan *p);

#endif
