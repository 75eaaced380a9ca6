/* SPDX-License-Identifier: ISC */
/*
 * keys - tells a signer the configured keys, one FRAME_KEY each.
 */
#ifndef RELAY_SIGNETD_KEYS_H
#define RELAY_SIGNETD_KEYS_H

#include "relay/channel.h"
#include "relay/signetd/secrets.h"

void keys_tell(struct channel *c, const struct settings *s, const struct secrets *secrets);

#endif
