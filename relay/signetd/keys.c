/* SPDX-License-Identifier: ISC */
#include "relay/signetd/keys.h"

#include "base/secret.h"
#include "relay/protocol.h"

void keys_tell(struct channel *c, const struct settings *s, const struct secrets *secrets)
{
	for (size_t i = 0; i < s->dkim_count; i++) {
		struct signing_key key = { .number = (uint32_t)i, .pem = buf_span(&secrets->keys[i]),
			.domainkeys_pem = buf_span(&secrets->domainkeys[i]), .passphrase = buf_span(&secrets->passphrases[i]) };
		struct buf packed = { 0 };
		signing_key_encode(&key, &packed);
		channel_put(c, FRAME_KEY, buf_span(&packed), -1);
		secret_free(&packed);
	}
}
