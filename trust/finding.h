/* SPDX-License-Identifier: ISC */
/*
 * finding - what one check has found, as a value; the table of all checks; and
 * how findings are put in order and printed. Pure.
 *
 * A check is a row of check_table: its id is "AREA.NAME" and stable, since
 * people write it after --only and programs compare it. A finding is of one
 * check, for one domain or the host, for one address family where that
 * matters. Its texts are for a person: what was found; the evidence, a line
 * each; the exact fix, which may have lines of its own in the form that
 * nsupdate takes ("update add …") or that signet.conf has ("signet.conf: …").
 * Why it matters and how to see that a fix worked stand in the check's row.
 */
#ifndef TRUST_FINDING_H
#define TRUST_FINDING_H

#include "base/buf.h"
#include "base/text_list.h"

#include <stdint.h>

/* From good to bad: the worst of several is the greatest. */
enum finding_state {
	FINDING_PASS,
	FINDING_INFO,
	FINDING_SKIPPED,   /* it was not looked at, and why */
	FINDING_UNKNOWN,   /* it was, and could not be found out: silence, refusal */
	FINDING_WARN,
	FINDING_FAIL,
	FINDING_STATES,
};

const char *finding_state_name(enum finding_state state);

struct check {
	const char *id;
	const char *looks_at;   /* what it looks at, for --explain */
	const char *why;        /* why it matters */
	const char *verify;     /* how to see that a fix worked; %s is the subject (finding_subject) */
};

/* In the order in which things are to be fixed: what others rest on comes first. */
extern const struct check check_table[];
extern const size_t check_count;

const struct check *check_named(const char *id);      /* NULL: there is none */
struct span check_area(const struct check *c);        /* what stands before the dot */

struct finding {
	const struct check *check;
	enum finding_state state;
	char *domain;           /* "" is the host */
	unsigned family;        /* 4, 6, or 0: of no family in particular */
	char *what, *fix;       /* fix is "" where nothing is to be done */
	char *subject;          /* "" where verify names none */
	struct text_list evidence;
	uint32_t wait_s;        /* how long caches may go on showing what is there now; 0: not known */
};

struct findings {
	struct finding **items; /* each stays where it is while others are added */
	size_t count;
};

/* An id that is not in the table aborts. The texts that follow may hold foreign bytes. */
struct finding *finding_add(struct findings *list, const char *id, enum finding_state state, const char *domain,
                            unsigned family, const char *format, ...) __attribute__((format(printf, 6, 7)));
void finding_subject(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_evidence(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Each adds a line. It is printed as it is, to be copied: a byte that is not printable ASCII becomes "?". */
void finding_fix(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void findings_free(struct findings *list);

/* Moves those that wanted says true of (NULL: all) to the end of another list. */
void findings_move(struct findings *from, bool (*wanted)(const struct finding *f, const void *context), const void *context,
                   struct findings *to);

/* What is worst comes last; among equals what is to be fixed first comes last of all, next to the reader's eye. */
void findings_order(struct findings *list);

/* FINDING_PASS of none. */
enum finding_state findings_worst(const struct findings *list);

/* What to do first: of the failures, else of the warnings, else of what is unknown. NULL: there is nothing to do. */
const struct finding *findings_first(const struct findings *list);

/* 0, 1 a warning, 2 a failure, 3 something is unknown and nothing is worse: what monitoring plugins return. */
int findings_exit(const struct findings *list);

/* ---- printing ---- */

struct finding_style {
	bool colours;
	bool all;               /* print what passed, too */
	bool changes;           /* they are what has changed, and not all that was checked */
};

/* Another address, of which much else follows, comes first: a line for each family that has one, and an empty line. */
void findings_print_addresses(const struct findings *list, struct buf *out);

void findings_print_text(const struct findings *list, const struct finding_style *style, struct buf *out);

/* One object {"version":1, …}, and a line's end. */
void findings_print_json(const struct findings *list, int64_t now_ms, struct buf *out);

/* One line, as monitoring plugins print it: the worst, the counts, performance data. */
void findings_print_nagios(const struct findings *list, struct buf *out);

/* All of a row, for --explain. */
void check_explain(const struct check *c, struct buf *out);

#endif
