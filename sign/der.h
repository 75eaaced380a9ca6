/* SPDX-License-Identifier: ISC */
/*
 * der - what some bytes hold that may be a key in DER, or what is kept beside keys. Pure.
 */
#ifndef SIGN_DER_H
#define SIGN_DER_H

#include "base/span.h"

enum der_kind {
	DER_UNKNOWN,
	DER_PRIVATE,          /* PKCS#8 or PKCS#1, of whatever type */
	DER_ENCRYPTED,        /* PKCS#8 under a pass phrase */
	DER_PUBLIC_RSA, DER_PUBLIC_ED25519, DER_PUBLIC_OTHER,   /* SubjectPublicKeyInfo or RSAPublicKey */
	DER_CERTIFICATE, DER_REQUEST, DER_PKCS12,
};

enum der_kind der_kind(struct span bytes);

/* Whether it is a private key as far as it can be seen: one that is cut off or damaged is unknown to der_kind(). */
bool der_begins_private(struct span bytes);

/*
 * How long the outermost element says it is, its own header included; 0 where the bytes do not begin with a SEQUENCE,
 * as each of these forms does, or where the header itself is cut.
 */
size_t der_length(struct span bytes);

#endif
