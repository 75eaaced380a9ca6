/* SPDX-License-Identifier: ISC */
/*
 * domain_list - a text of domains, one a line, as --file has them. "#" begins a
 * comment, blank lines and the final dot of a name do not matter, and a domain
 * that comes again counts once. What is written in other letters than ASCII is
 * transcribed (base/mail/idn.h). Pure.
 */
#ifndef SIGNET_TRUST_DOMAIN_LIST_H
#define SIGNET_TRUST_DOMAIN_LIST_H

#include "base/fault.h"
#include "base/text_list.h"

enum { DOMAIN_LIST_MAX = 100 * 1000 };

/* One, in the same form. -1: a fault 5.5.4; an empty one is none. */
int domain_list_add(struct span word, struct text_list *out, struct fault *f);

/* Appends them, in lower case. -1: a fault 5.5.4 with the line; name is what the text is called in it. */
int domain_list_read(const char *name, struct span text, struct text_list *out, struct fault *f);

#endif
