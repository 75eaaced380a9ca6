/* SPDX-License-Identifier: ISC */
/*
 * json - writes JSON (RFC 8259) for programs, and sets the commas itself.
 * Foreign bytes may be in texts: what is printable ASCII stays, the rest goes as
 * \u escapes, and a byte that is not UTF-8 becomes U+FFFD.
 *
 *     struct json j = { .out = &out };
 *     json_object(&j, NULL);
 *     json_text(&j, "queue_id", id);
 *     json_array(&j, "recipients");
 *     json_end(&j);
 *     json_end(&j);                    {"queue_id": "1", "recipients": []}
 *
 * Each value in an object has a key, which is ours and plain; the key of any
 * other value is NULL. A key that is missing or too many, or an end without a
 * beginning, aborts the program. Between two values of the outermost level it
 * writes nothing: callers put a line's end there. `out` may be another buf, or
 * be emptied, between two calls.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stdint.h>

enum { JSON_DEPTH_MAX = 32 };

struct json {
	struct buf *out;
	unsigned depth;
	uint32_t objects;        /* bit d: what is open at depth d + 1 is an object, else an array */
	uint32_t begun;          /* bit d: a value stands in it */
	const char *space;       /* json_space */
};

/* Functions of Jansson (base/json_read.h) have some of these names, too: hidden, these cannot answer its own calls. */
#pragma GCC visibility push(hidden)

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);                        /* of the innermost that is open */

void json_text(struct json *j, const char *key, const char *z);
void json_span(struct json *j, const char *key, struct span text);
void json_number(struct json *j, const char *key, int64_t number);
void json_count(struct json *j, const char *key, uint64_t number);
void json_flag(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

/* White space to stand before the next value or end in place of the usual, for what people read as well; borrowed. */
void json_space(struct json *j, const char *space);

#pragma GCC visibility pop

#endif
