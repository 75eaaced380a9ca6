/* SPDX-License-Identifier: ISC */
/*
 * rotate_due - what signet-rotate.timer runs each hour: "signet key rotate --due".
 *
 * Where the setting rotate says how old keys become and the settings say how to
 * publish, the rotation of those that are older begins; each that is under way
 * goes on, whoever began it; and when its time is over, the old key is revoked.
 * Keys that sign together are rotated together (signet/keys/rotation_begin.h).
 *
 * With mail, root's reader is told when other keys sign, when a rotation has
 * ended, and of what fails: at once where it fails permanently, after a day where
 * it might yet work, and each fault once until a run succeeds.
 */
#ifndef SIGNET_KEYS_ROTATE_DUE_H
#define SIGNET_KEYS_ROTATE_DUE_H

#include "base/conf/settings.h"

/* The exit status: 0 where all is well or only takes its time, else that of the first that failed. */
int rotate_due(const struct settings *s, bool mail);

#endif
