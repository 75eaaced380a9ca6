/* SPDX-License-Identifier: ISC */
/*
 * log_addresses - addresses in log lines, hidden as the setting log_addresses
 * says: whole, as "*@example.org", or as the first 16 hexadecimal digits of the
 * SHA-256 of the address in lower case, which can be looked for by who knows it.
 *
 * An address is what stands in from=<...>, to=<...> and orig_to=<...>, and
 * whatever else has an "@" between two words, such as in a server's reply. The null
 * sender and message-id=<...> stay. Pure.
 */
#ifndef BASE_LOG_ADDRESSES_H
#define BASE_LOG_ADDRESSES_H

#include "base/buf.h"

enum log_addresses { LOG_ADDRESSES_FULL, LOG_ADDRESSES_DOMAIN, LOG_ADDRESSES_HASH };

/* By the words of the setting; FULL for others. */
enum log_addresses log_addresses_named(const char *word);

void log_addresses_hide(enum log_addresses how, struct span line, struct buf *out);      /* of a whole line; appends */
void log_addresses_hide_one(enum log_addresses how, struct span address, struct buf *out);

#endif
