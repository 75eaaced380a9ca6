/* SPDX-License-Identifier: ISC */
/*
 * https_url - what HTTPS is asked with: forms, and the parts of "https://HOST[:PORT]/PATH" (RFC 9110 section 4.2.2). Nothing else is taken for one: no
 * other scheme, no user, no fragment, no address in brackets, no byte but printable ASCII.
 */
#ifndef BASE_HTTPS_URL_H
#define BASE_HTTPS_URL_H

#include "base/buf.h"

#include <stdint.h>

struct https_url {
	struct span host;    /* borrowed, as path */
	uint16_t port;       /* 443 where none is said */
	struct span path;    /* with its query, from the slash on; "/" where none is said */
};

bool https_url_read(struct span text, struct https_url *out);

/* Appends NAME=VALUE to a form, percent-encoded (WHATWG URL, 5.2), after an & where the form is not empty. */
void https_form_add(struct buf *form, const char *name, struct span value);

#endif
