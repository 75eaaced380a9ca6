/* SPDX-License-Identifier: ISC */
/*
 * status - the message/delivery-status part of a report (RFC 3464 section 2):
 * a group of fields about the mail, then one for each recipient, whose Action
 * is the job's kind.
 *
 * Seven bits whatever the job holds: an address that needs more is of type
 * utf-8 and written in RFC 6533's seven-bit form, which every reader of
 * message/delivery-status gets whole.
 */
#ifndef RELAY_BOUNCE_STATUS_H
#define RELAY_BOUNCE_STATUS_H

#include "relay/protocol.h"

enum { STATUS_MAX = 36 * 1024 };

/*
 * The part's content, at most STATUS_MAX bytes. Of two hundred recipients with
 * addresses of common length each has its group; replies have what room is left.
 */
void status_write(const struct bounce_job *job, const char *hostname, struct buf *out);

#endif
