/* SPDX-License-Identifier: ISC */
/*
 * dns_file - a file that the resolver reads when it begins: resolv.conf, hosts, trust anchors.
 */
#ifndef DNS_DNS_FILE_H
#define DNS_DNS_FILE_H

#include "base/buf.h"
#include "base/fault.h"

#include <sys/stat.h>

/* Appends all of it, and fills st. One that is not there is an empty one, and st is as it was. -1: a fault 4.3.5. */
int dns_file_read(const char *path, struct buf *out, struct stat *st, struct fault *f);

#endif
