/* SPDX-License-Identifier: ISC */
#include "sign/key_damage.h"

#include "base/base64.h"
#include "sign/damage.h"
#include "sign/der.h"

#include <ctype.h>

#define SSH "p= holds a key in the form of OpenSSH, which no mail server reads: signet dns prints the right one"
#define OTHER_TYPE "p= holds a key on an elliptic curve, or of another type that DKIM does not have: it is RSA or ed25519"
#define CUT "the key in p= is cut off: a record of more than 255 characters is published as several strings of one " \
	"TXT record, as signet dns --format bind prints them"

enum { ED25519_BYTES = 32 };

/* A PEM file, or what p= holds as it is, encoded another time. */
static const char *what_is_encoded(struct span bytes)
{
	struct buf inner = { 0 };
	enum der_kind kind = bytes.len > ED25519_BYTES && base64_decode(bytes, &inner) ? der_kind(buf_span(&inner)) : DER_UNKNOWN;
	bool is_pem = bytes.len > 5 && memcmp(bytes.at, "-----", 5) == 0;

	buf_free(&inner);
	if (is_pem)
		return damage_of_text(bytes) == damage_burnt ? damage_burnt :
		       "p= is a whole PEM file, in base64 another time: the key is what is between BEGIN and END, without line breaks";
	if (kind == DER_PRIVATE)
		return damage_burnt;
	return kind == DER_UNKNOWN ? NULL : "the key in p= is encoded in base64 twice";
}

/* The digits of a key that are fewer than they should be, by so many bytes. */
static const char *what_is_missing(struct span digits, size_t bytes)
{
	static const char end[] = "AQAB";      /* the usual exponent, 65537 */

	if (digits.len < 100 || memcmp(digits.at + digits.len - 4, end, 4) != 0)
		return CUT;
	/* One digit in 64 is a "+". */
	if (bytes <= digits.len / 20 && memchr(digits.at, '+', digits.len) == NULL)
		return "the key in p= has lost its plus signs: copy the record as plain text";
	return "a part within the key in p= is missing, as when a line of it was not copied: copy all of it again";
}

static const char *what_key_is(enum key_type type, struct span digits, struct span bytes)
{
	const char *encoded = what_is_encoded(bytes);
	size_t whole = der_length(bytes), head = bytes.len < 20 ? bytes.len : 20;

	if (encoded)
		return encoded;
	switch (der_kind(bytes)) {
	case DER_PRIVATE:
	case DER_ENCRYPTED:
	case DER_PKCS12:
		return damage_burnt;
	case DER_CERTIFICATE:
	case DER_REQUEST:
		return "p= holds a certificate, not the key alone";
	case DER_PUBLIC_ED25519:
		return type == KEY_RSA ? "p= holds an ed25519 key in ASN.1, and k= does not say so"
		                       : "p= holds the key in ASN.1: for ed25519 it must be the 32 bytes alone (RFC 8463)";
	case DER_PUBLIC_RSA:
		if (type == KEY_RSA)
			break;
		return "p= holds a key of another type than k=ed25519 says";
	case DER_PUBLIC_OTHER:
		return OTHER_TYPE;
	case DER_UNKNOWN:
		break;
	}
	/* On an elliptic curve, by its name alone (id-ecPublicKey): a damaged one is not a key to OpenSSL. */
	if (head > 0 && memmem(bytes.at, head, "\x2a\x86\x48\xce\x3d\x02\x01", 7))
		return OTHER_TYPE;
	if (bytes.len >= 8 && (memcmp(bytes.at, "\0\0\0\x07ssh-", 8) == 0 || memcmp(bytes.at, "\0\0\0\x0bssh-", 8) == 0))
		return SSH;
	if (whole > bytes.len)
		return what_is_missing(digits, whole - bytes.len);
	if (type == KEY_ED25519 && bytes.len > 0 && bytes.len < ED25519_BYTES)
		return CUT;
	if (type == KEY_RSA && bytes.len == ED25519_BYTES)
		return "p= holds 32 bytes, as an ed25519 key has them: k=ed25519 is missing";
	if ((whole > 0 && whole < bytes.len) || (type == KEY_ED25519 && bytes.len > ED25519_BYTES))
		return "p= goes on after the end of the key, as when a part was entered twice";
	return whole == 0 ? "p= is not a key, or the beginning of the key is missing" : "p= is not a key";
}

/* Is it a key with one character for another in it? */
static bool is_key_with(enum key_type type, struct span p, const char *from, const char *to)
{
	struct buf text = { 0 }, bytes = { 0 };
	bool differs = false;

	for (size_t i = 0; i < p.len; i++) {
		const char *found = strchr(from, p.at[i]);
		differs |= found && *found;
		buf_add_byte(&text, found && *found ? to[found - from] : p.at[i]);
	}
	struct public_key *key = base64_decode(buf_span(&text), &bytes) ? public_key_new(type, buf_span(&bytes)) : NULL;
	buf_free(&text);
	buf_free(&bytes);
	bool is = key != NULL && differs;
	public_key_free(key);
	return is;
}

/* Each two digits one byte: nothing of 32 bytes or more is in base64 by chance without any other letter. */
static bool is_hexadecimal(struct span p)
{
	size_t count = 0;

	for (size_t i = 0; i < p.len; i++) {
		if (!isxdigit((unsigned char)p.at[i]) && !byte_is_white(p.at[i]) && p.at[i] != ':')
			return false;
		count += isxdigit((unsigned char)p.at[i]) != 0;
	}
	return count >= (size_t)2 * ED25519_BYTES;
}

/* "=" is nowhere but at the end. */
static bool has_equals_sign_within(struct span p)
{
	while (p.len > 0 && (p.at[p.len - 1] == '=' || byte_is_white(p.at[p.len - 1])))
		p.len--;
	return p.len > 0 && memchr(p.at, '=', p.len);
}

/* A dot, or the name of the zone, as forms add it to what they take for a host name. */
static bool ends_in_name(struct span p)
{
	const char *dot = p.len > 0 ? memchr(p.at, '.', p.len) : NULL;

	for (const char *at = p.at; at < p.at + p.len; at++)
		if (dot == NULL || (at < dot ? !base64_is_digit(*at) && !byte_is_white(*at)
		                             : !byte_is_letter_or_digit(*at) && memchr(".-_", *at, 3) == NULL))
			return false;
	return dot != NULL;
}

/* The strings of a TXT record one for another: how an RSA key begins (MII..., and its type) stands behind other digits. */
static bool is_in_wrong_order(struct span digits)
{
	static const char *const types[] = { "ANBgkqhkiG9w0BAQEFAAO", "MA0GCSqGSIb3DQEBAQUAA" };
	const char *at = NULL;

	for (size_t i = 0; i < sizeof types / sizeof types[0] && at == NULL; i++)
		at = digits.len > 0 ? memmem(digits.at, digits.len, types[i], strlen(types[i])) : NULL;
	return at && at - digits.at >= 16 && memmem(at - 8, 8, "MI", 2);
}

const char *key_damage(enum key_type type, struct span p)
{
	size_t upper = 0, lower = 0, foreign = 0;
	struct buf digits = { 0 }, bytes = { 0 };
	const char *why = damage_of_text(p);

	if (why)
		return why;
	if (damage_lacks_semicolon(p))
		return "a semicolon is missing after p=";
	if (span_starts_nocase(p, SPAN("p=")))
		return "the record has p= twice";
	if (span_starts_nocase(p, SPAN("ssh-")) || span_starts_nocase(p, SPAN("ecdsa-")))
		return SSH;
	if (is_key_with(type, p, " ", "+"))
		return "there are blanks in p= where the key has +: copy the record as plain text, not out of a URL";
	if (is_key_with(type, p, "-_", "+/"))
		return "p= is in the URL form of base64: + and / have become - and _";
	if (is_hexadecimal(p))
		return "p= is in hexadecimal, and DKIM has it in base64: signet dns prints the right one";
	if (ends_in_name(p))
		return "a dot or a domain name stands behind the key, as if the value were a host name: leave it out; the type is TXT";
	for (size_t i = 0; i < p.len; i++) {
		upper += isupper((unsigned char)p.at[i]) != 0;
		lower += islower((unsigned char)p.at[i]) != 0;
		foreign += !base64_is_digit(p.at[i]) && !byte_is_white(p.at[i]);
	}
	if (p.len > 40 && (upper == 0 || lower == 0))
		return "the letters of the key are all capitals or all small, and it has both: copy it as it is";
	if (foreign == 0 && has_equals_sign_within(p))
		return "there is an equals sign within the key in p=, as at the end of a line in the source of a mail (quoted-printable): "
		       "copy the record as plain text";
	if (foreign > 0)
		return "p= has a character that base64 does not have: copy the record as plain text";
	/* Decode the whole groups of four digits, up to the first foreign byte. */
	for (size_t i = 0; i < p.len && (isalnum((unsigned char)p.at[i]) || strchr("+/ \t\r\n", p.at[i])); i++)
		if (!byte_is_white(p.at[i]))
			buf_add_byte(&digits, p.at[i]);
	digits.len -= digits.len % 4 == 1;
	base64_decode(buf_span(&digits), &bytes);
	why = is_in_wrong_order(buf_span(&digits))
	          ? "the parts of the key are in the wrong order: the one that begins with MII is the first"
	          : what_key_is(type, buf_span(&digits), buf_span(&bytes));
	buf_free(&digits);
	buf_free(&bytes);
	return why;
}
