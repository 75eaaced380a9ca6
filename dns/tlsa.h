/* SPDX-License-Identifier: ISC */
/*
 * tlsa - one TLSA record (RFC 6698 section 2.1) and what SMTP makes of it
 * (RFC 7672 section 3.1). Pure.
 */
#ifndef DNS_TLSA_H
#define DNS_TLSA_H

#include "base/buf.h"

#include <stdint.h>

enum { TLSA_DANE_TA = 2, TLSA_DANE_EE = 3 };               /* certificate usages that SMTP knows */
enum { TLSA_WHOLE_CERTIFICATE = 0, TLSA_PUBLIC_KEY = 1 };  /* selectors */
enum { TLSA_EXACT = 0, TLSA_SHA256 = 1, TLSA_SHA512 = 2 }; /* matching types */

/* A longer one is not a certificate that a server would send. */
enum { TLSA_DATA_MAX = 16 * 1024 };

struct tlsa {
	uint8_t usage, selector, matching;
	unsigned char *data;     /* owned */
	size_t len;
};

/* False when malformed, with nothing to free. */
bool tlsa_read(struct span rdata, struct tlsa *out);
void tlsa_free(struct tlsa *t);

/*
 * Usage 2 or 3, and selector, matching type and length as they are defined.
 * PKIX-TA(0) and PKIX-EE(1) are not for SMTP (RFC 7672 section 3.1.3). What
 * is not usable still tells that the server does TLS.
 */
bool tlsa_is_usable(const struct tlsa *t);

#endif
