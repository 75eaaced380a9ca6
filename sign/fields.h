/*
 * fields - which header fields a signature covers, and which of them are
 * named once more than they are there, so that none can be added (RFC 6376
 * section 8.15).
 */
#ifndef SIGN_FIELDS_H
#define SIGN_FIELDS_H

#include "sign/header.h"

enum { FIELDS_MAX = 2000 };

struct field_names {
	struct span *items;   /* borrow from the table and from the header; the case is whatever it is */
	size_t count;
};

/* The names for h=, in a settled order. -1: a fault 5.6.0, more than FIELDS_MAX. */
int fields_to_sign(const struct header *h, struct field_names *out, struct fault *f);
void field_names_free(struct field_names *names);

#endif
