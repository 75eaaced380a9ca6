/* SPDX-License-Identifier: ISC */
/*
 * fields - which header fields a signature covers, and which of them are
 * named once more than they occur, so that none can be added (RFC 6376
 * section 8.15).
 */
#ifndef SIGN_FIELDS_H
#define SIGN_FIELDS_H

#include "sign/header.h"
#include "sign/sign.h"

enum { FIELDS_MAX = 2000 };

struct field_names {
	struct span *items;   /* borrow from the table and from the header; the case is whatever it is */
	size_t count;
};

/* The names for DKIM's h=, in a settled order; rules NULL is the default. -1: a fault 5.6.0, more than FIELDS_MAX. */
int fields_to_sign(const struct sign_fields *rules, const struct header *h, struct field_names *out, struct fault *f);

/* The names for DomainKeys' h=: those of the covered fields that are there, as they stand. -1 as above. */
int fields_present(const struct sign_fields *rules, const struct header *h, struct field_names *out, struct fault *f);
void field_names_free(struct field_names *names);

#endif
