/* SPDX-License-Identifier: ISC */
/* Any text of an EHLO reply is read, and only known words have an effect. */
#include "relay/protocol.h"
#include "relay/smtp/ehlo.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ehlo e;

	ehlo_parse((struct span){ (const char *)bytes, len }, &e);
	if (e.capabilities >= 2 * CAP_REQUIRETLS || (e.auth[0] && !(e.capabilities & CAP_AUTH)))
		abort();
	ehlo_offers_auth(&e, "PLAIN");
	return 0;
}
