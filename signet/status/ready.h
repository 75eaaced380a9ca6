/* SPDX-License-Identifier: ISC */
/*
 * ready - whether mail that is submitted now is taken into the queue: signetd
 * answers its owner, its store can be written, it is not about to stop, and a
 * submission is heard. For what starts or supervises it, such as a container's
 * health check. Whether mail then goes out is another question, for which there is
 * signet status.
 */
#ifndef SIGNET_STATUS_READY_H
#define SIGNET_STATUS_READY_H

#include "base/conf/settings.h"

/* Pure: by signetd's counters, "name value" lines. False: why says it. */
bool ready_by_counters(struct span counters, struct buf *why);

/*
 * Asks. One who may not use the owner's socket asks at the one for everybody alone. Without a queue there is nothing
 * to wait for, and each sendmail says for itself.
 */
bool ready_ask(const struct settings *s, struct buf *why);

#endif
