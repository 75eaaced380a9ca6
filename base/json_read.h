/* SPDX-License-Identifier: ISC */
/*
 * json_read - JSON that others wrote (RFC 8259), as the values of Jansson, which is
 * included here alone. What it allocated is overwritten when it is freed: there may be secrets in it.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/span.h"

#include <jansson.h>

/*
 * The object that the text is, for json_decref. NULL: it is not JSON or not an object, ends early, goes on, is nested more than
 * 2048 deep, or has a key twice; error then says where. The caller bounds the text's length.
 */
json_t *json_read_object(struct span text, json_error_t *error);

#endif
