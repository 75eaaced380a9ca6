/* SPDX-License-Identifier: ISC */
/*
 * rewrite - addresses as they leave pickup: bare ones get @domain, and in
 * mail that leaves the host the sender's becomes what relay/route/sender.h says. Pure.
 */
#ifndef RELAY_PICKUP_REWRITE_H
#define RELAY_PICKUP_REWRITE_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/mail/address.h"

enum { REWRITE_MAX = 1024 * 1024 };

enum rewrite_as {
	REWRITE_QUALIFY,    /* only @domain for a bare one */
	REWRITE_SENDER,     /* also `rewrite`, `from` and `masquerade` */
	REWRITE_AUTHOR,     /* also, of a local account's name in a list, what host_in_name adds to it */
};

/* Appends the address in its new form; address is in normal form, not empty. */
void rewrite_address(const struct settings *s, struct span address, enum rewrite_as as, struct buf *out);

/* The same as an owned C string. The null sender "" stays null whatever `from` says. */
char *rewrite_text(const struct settings *s, const char *address, enum rewrite_as as);

/* " on web1" where the setting host_in_name is on; else nothing. Appended to a display name. */
void rewrite_add_host(const struct settings *s, struct buf *out);

/*
 * The value of an address field with those in it rewritten: names, comments
 * and folds stay. Where blanks or brackets alone part addresses, commas come to them. It
 * stops soon after REWRITE_MAX bytes, which are more than may leave.
 */
void rewrite_list(const struct settings *s, struct span value, enum address_separators separators, enum rewrite_as as,
                  struct buf *out);

#endif
