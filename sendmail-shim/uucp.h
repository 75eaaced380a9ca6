/* SPDX-License-Identifier: ISC */
/*
 * uucp - what rmail reads of a message that came by UUCP (RFC 976).
 *
 * Each host on the way has put a line of its own before the message, the last
 * one first ("From_ lines", RFC 976 section 2.4):
 *
 *   From uucp Mon Nov 30 10:00:00 2026 remote from near
 *   >From joe Mon Nov 30 09:00:00 2026 remote from far
 *
 * Together they are the bang path of the sender: near!far!joe.
 */
#ifndef SENDMAIL_SHIM_UUCP_H
#define SENDMAIL_SHIM_UUCP_H

#include "base/buf.h"

/* Only so far are From_ lines looked for. */
enum { UUCP_LINES_MAX = 64 * 1024 };

/*
 * How many bytes they take at the beginning of message; 0: there are none,
 * and path is left alone. path gets what the lines say, "" for the null
 * sender ("<>").
 */
size_t uucp_from_lines(struct span message, struct buf *path);

/*
 * A bang path as an address of today: host!user is user@host. Of several
 * hosts the last counts where it is a domain name, which needs no route;
 * else the rest of the path is for the first host to resolve. Where the last
 * part is an address already (user@domain), that is it. Without a bang it
 * stays as it is.
 */
void uucp_address(struct span path, struct buf *out);

#endif
