#include "sign/key_damage.h"

#include "sign/base64.h"
#include "sign/damage.h"

#include <ctype.h>

/* DER is read as far as it takes to tell what it is: a SEQUENCE, its length, and how its content begins. */
struct der {
	bool sequence;
	size_t whole;          /* the length it says, header included */
	struct span content;
};

static struct der der_of(struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	struct der d = { 0 };
	size_t header = bytes.len > 1 && at[1] > 0x80 ? 2 + (size_t)(at[1] & 0x7f) : 2, len = 0;

	if (bytes.len < header || at[0] != 0x30 || header > 4)
		return d;
	for (size_t i = 2; i < header; i++)
		len = len << 8 | at[i];
	d.sequence = true;
	d.whole = header + (header == 2 ? at[1] : len);
	d.content = (struct span){ bytes.at + header, bytes.len - header };
	return d;
}

static bool begins(struct span bytes, const char *with, size_t len)
{
	return bytes.len >= len && memcmp(bytes.at, with, len) == 0;
}

/* PKCS#1 and PKCS#8 begin with version 0, SEC 1 with version 1; a public key's first number is its modulus. */
static bool is_private(const struct der *d)
{
	return d->sequence && (begins(d->content, "\x02\x01\x00", 3) || begins(d->content, "\x02\x01\x01\x04", 4));
}

static const char *what_it_is(enum key_type type, struct span bytes)
{
	static const char ed25519_info[] = "\x30\x05\x06\x03\x2b\x65\x70", ec[] = "\x2a\x86\x48\xce\x3d\x02\x01";
	const struct der d = der_of(bytes);

	if (is_private(&d))
		return DAMAGE_BURNT;
	if (begins(bytes, "\0\0\0\x07ssh-", 8) || begins(bytes, "\0\0\0\x0bssh-", 8))
		return "p= holds a key in the form of OpenSSH, which no mail server reads: signet dns prints the right one";
	if (d.sequence && d.whole > bytes.len)
		return "the key in p= is cut off: a record of more than 255 characters is published as several strings of one "
		       "TXT record, as signet dns --format bind prints them";
	if (d.sequence && begins(d.content, ed25519_info, 7))
		return type == KEY_RSA ? "p= holds an ed25519 key in ASN.1, and k= does not say so"
		                       : "p= holds the key in ASN.1: of ed25519 it is the 32 bytes alone (RFC 8463)";
	if (type == KEY_RSA && bytes.len == 32)
		return "p= holds 32 bytes, as an ed25519 key has them: k=ed25519 is missing";
	if (d.sequence && d.content.len > 12 && memmem(d.content.at, 12, "\xa0\x03\x02\x01", 4))
		return "p= holds a certificate, not the key alone";
	if (d.sequence && d.content.len > 13 && memmem(d.content.at, 13, ec, sizeof ec - 1))
		return "p= holds a key on an elliptic curve, which DKIM has not: it is RSA or ed25519";
	if (type == KEY_ED25519 && d.sequence)
		return "p= holds a key of another type than k=ed25519 says";
	return "p= is not a key";
}

static bool is_one_case(struct span p)
{
	size_t upper = 0, lower = 0;

	for (size_t i = 0; i < p.len; i++) {
		upper += isupper((unsigned char)p.at[i]) != 0;
		lower += islower((unsigned char)p.at[i]) != 0;
	}
	return p.len > 40 && (upper == 0 || lower == 0);
}

/* Is it a key with one character for another in it? */
static bool is_key_with(enum key_type type, struct span p, const char *from, const char *to)
{
	struct buf text = { 0 }, bytes = { 0 };

	for (size_t i = 0; i < p.len; i++) {
		const char *found = strchr(from, p.at[i]);
		buf_add_byte(&text, found && *found ? to[found - from] : p.at[i]);
	}
	struct public_key *key = base64_decode(buf_span(&text), &bytes) ? public_key_new(type, buf_span(&bytes)) : NULL;
	buf_free(&text);
	buf_free(&bytes);
	bool is = key != NULL;
	public_key_free(key);
	return is;
}

/* All that its whole groups of four digits say; foreign bytes end it. */
static void decode_part(struct span p, struct buf *out)
{
	struct buf digits = { 0 };

	for (size_t i = 0; i < p.len && (isalnum((unsigned char)p.at[i]) || strchr("+/ \t\r\n", p.at[i])); i++)
		if (!byte_is_white(p.at[i]))
			buf_add_byte(&digits, p.at[i]);
	digits.len -= digits.len % 4 == 1;
	base64_decode(buf_span(&digits), out);
	buf_free(&digits);
}

const char *key_damage(enum key_type type, struct span p)
{
	struct buf bytes = { 0 };
	const char *why = damage_of_text(p);

	if (why)
		return why;
	if (is_key_with(type, p, " ", "+"))
		return "blanks stand in p= where the key has +: copy the record as plain text, not out of a URL";
	if (is_key_with(type, p, "-_", "+/"))
		return "p= is in the URL form of base64: + and / have become - and _";
	if (is_one_case(p))
		return "the letters of the key are all capitals or all small, and it has both: copy it as it is";
	decode_part(p, &bytes);
	why = what_it_is(type, buf_span(&bytes));
	buf_free(&bytes);
	return why;
}
