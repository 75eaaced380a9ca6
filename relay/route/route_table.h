/* SPDX-License-Identifier: ISC */
/*
 * route_table - a file of routes, for more domains than a configuration
 * wants to hold. A line is
 *
 *     example.org      isp
 *     .example.org     isp, mx      # what is below it
 *     *                mx
 *
 * a recipient domain, ".domain" or "*", then names of hops in the order to
 * try, with commas between them. What follows a # at the beginning of a word
 * is a comment. Lines end in LF or CRLF and have at most ROUTE_LINE_MAX bytes.
 * Of what the lines mean to each other nothing is known here.
 */
#ifndef RELAY_ROUTE_ROUTE_TABLE_H
#define RELAY_ROUTE_ROUTE_TABLE_H

#include "base/buf.h"
#include "base/fault.h"

enum { ROUTE_LINE_MAX = 4096 };

struct route_line {
	struct buf pattern;      /* lower case, without the final dot */
	struct buf via;          /* the names, joined by commas alone */
};

void route_line_free(struct route_line *l);

/* 1: out is filled; 0: blank or a comment; -1: no route, and *why says what, and how to fix it. Pure. */
int route_line_read(struct span line, struct route_line *out, const char **why);

/* For each route of the file, in order; l is emptied afterwards. For each malformed line: why. */
typedef void route_table_line(void *context, unsigned number, struct route_line *l, const char *why);

/* -1: the file cannot be read, and the fault says why without its name. */
int route_table_read(const char *path, route_table_line *each, void *context, struct fault *f);

#endif
