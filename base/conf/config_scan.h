/* SPDX-License-Identifier: ISC */
/*
 * config_scan - the words, strings and marks of a file in libconfig's format,
 * with the line and the bytes where each is: for code that must say more about a
 * file than libconfig does, or change a part of it and nothing else.
 *
 * Comments and blanks are between tokens. Any bytes can be scanned.
 */
#ifndef BASE_CONF_CONFIG_SCAN_H
#define BASE_CONF_CONFIG_SCAN_H

#include "base/span.h"

enum scan_kind { SCAN_END, SCAN_WORD, SCAN_STRING, SCAN_MARK, SCAN_OPEN_STRING, SCAN_OPEN_COMMENT };

struct scan_token {
	enum scan_kind kind;
	char mark;              /* the byte of a SCAN_MARK */
	unsigned line;          /* where it begins, from 1 */
	struct span text;       /* borrowed; a string with its quotes */
};

struct scanner {
	const char *at, *end;
	unsigned line;
};

struct scanner scan_from(struct span text);

/* SCAN_END, SCAN_OPEN_STRING and SCAN_OPEN_COMMENT (one that never ends) are the last. */
struct scan_token scan_next(struct scanner *s);

/* True when t begins an @include line, which is not a setting; the scanner is then after it. */
bool scan_skip_directive(struct scanner *s, const struct scan_token *t);

#endif
