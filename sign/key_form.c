/* SPDX-License-Identifier: ISC */
#include "sign/key_form.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/base64.h"
#include "sign/der.h"

enum { SEED_BYTES = 32, SECRET_BYTES = 64 /* libsodium's: the seed, and the public half */ };

#define ANOTHER "or make another: signet key new"

/* In commands $ stands for the file and @ for the new one; the head of PKCS#8 goes before a seed (RFC 8410). */
#define SEED_HEAD "echo MC4CAQAwBQYDK2VwBCIEIA== | base64 -d; "
#define TO_PEM " | openssl pkey -inform DER -out "

enum form {
	FORM_EMPTY, FORM_BURNT_RECORD, FORM_RECORD, FORM_PUBLIC_PEM, FORM_CERTIFICATE_PEM, FORM_REQUEST_PEM, FORM_OPENSSH_ED25519,
	FORM_OPENSSH_RSA, FORM_OPENSSH_LOCKED, FORM_OPENSSH_OTHER, FORM_SSH_PUBLIC, FORM_PUTTY, FORM_BIND, FORM_JWK, FORM_CUT,
	FORM_BENT, FORM_ESCAPED, FORM_UTF16, FORM_DAMAGED, FORM_DER_PRIVATE, FORM_DER_ENCRYPTED, FORM_DER_PUBLIC,
	FORM_DER_CERTIFICATE, FORM_DER_PKCS12, FORM_BASE64_DER, FORM_BASE64_SEED, FORM_BASE64_SECRET, FORM_BASE64_PUBLIC,
	FORM_HEX_SEED, FORM_RAW_SEED, FORM_RAW_SECRET, FORM_OTHER
};

static const struct {
	const char *what;
	const char *command;    /* up to the name of the new file; NULL: there is none, and what ends the sentence */
} forms[] = {
	[FORM_EMPTY] = { "the file is empty: put the key there, " ANOTHER, NULL },
	[FORM_BURNT_RECORD] = { "this is a DNS record, and p= holds the private key: if it was published, the key is "
	                        "compromised; make another: signet key new", NULL },
	[FORM_RECORD] = { "this is the DNS record, which holds only the public half of a key: the private one is in another "
	                  "file, with opendkim-genkey in the one that ends in .private; name that one, " ANOTHER, NULL },
	[FORM_PUBLIC_PEM] = { "this is a public key: name the file of the private one that it belongs to, " ANOTHER, NULL },
	[FORM_CERTIFICATE_PEM] = { "this is a certificate: name the file of its private key, " ANOTHER, NULL },
	[FORM_REQUEST_PEM] = { "this is a certificate request: name the file of its private key, " ANOTHER, NULL },
	[FORM_OPENSSH_ED25519] = { "this is an ed25519 key in the form of OpenSSH",
	                           "(" SEED_HEAD "grep -v -e ----- $ | base64 -d | tail -c +162 | head -c 32)" TO_PEM },
	[FORM_OPENSSH_RSA] = { "this is an RSA key in the form of OpenSSH", "cp -p $ @ && ssh-keygen -q -p -P '' -N '' -m PEM -f " },
	[FORM_OPENSSH_LOCKED] = { "this is a key in the form of OpenSSH, with a pass phrase: take that off a copy of it first, "
	                          ANOTHER, NULL },
	[FORM_OPENSSH_OTHER] = { "this is a key in the form of OpenSSH that is neither RSA nor ed25519; make another: signet key new",
	                         NULL },
	[FORM_SSH_PUBLIC] = { "this is a public key of SSH: name the file without .pub, " ANOTHER, NULL },
	[FORM_PUTTY] = { "this is a key of PuTTY: export it as OpenSSL's form there, " ANOTHER, NULL },
	[FORM_BIND] = { "this is a key of BIND, for DNSSEC; make one that signs mail: signet key new", NULL },
	[FORM_JWK] = { "this is a JSON Web Key; make one in PEM: signet key new", NULL },
	[FORM_CUT] = { "the key is cut off: its last line, which begins with -----END, is missing; copy the whole file again, "
	               ANOTHER, NULL },
	[FORM_BENT] = { "the lines of the key are indented, joined or otherwise changed",
	                "sed 's/-----[^-]*-----//g' $ | base64 -di" TO_PEM },
	[FORM_ESCAPED] = { "the ends of the key's lines are written as a backslash and an n",
	                   "sed 's/-----[^-]*-----//g; s/[^A-Za-z0-9+=/ ]n//g' $ | base64 -di" TO_PEM },
	[FORM_UTF16] = { "the text is UTF-16, as some editors write it", "iconv -f UTF-16 -t UTF-8 $ | openssl pkey -out " },
	[FORM_DAMAGED] = { "the key is damaged between its BEGIN and END lines: copy the whole file again, " ANOTHER, NULL },
	[FORM_DER_PRIVATE] = { "this is a private key in DER", "openssl pkey -inform DER -in $ -out " },
	[FORM_DER_ENCRYPTED] = { "this is a private key in DER, with a pass phrase", "openssl pkcs8 -inform DER -in $ -out " },
	[FORM_DER_PUBLIC] = { "this is a public key in DER: name the file of the private one that it belongs to, " ANOTHER, NULL },
	[FORM_DER_CERTIFICATE] = { "this is a certificate in DER: name the file of its private key, " ANOTHER, NULL },
	[FORM_DER_PKCS12] = { "this is a PKCS#12 file, which holds keys and certificates", "openssl pkcs12 -nocerts -nodes -in $ -out " },
	[FORM_BASE64_DER] = { "this is a private key without its BEGIN and END lines", "base64 -di $" TO_PEM },
	[FORM_BASE64_SEED] = { "this is the seed of an ed25519 key in base64, as dkimpy keeps it",
	                       "(" SEED_HEAD "base64 -di $)" TO_PEM },
	[FORM_BASE64_SECRET] = { "this is an ed25519 key of 64 bytes in base64, as libsodium keeps it",
	                         "(" SEED_HEAD "base64 -di $ | head -c 32)" TO_PEM },
	[FORM_BASE64_PUBLIC] = { "this is a public key in base64: name the file of the private one that it belongs to, " ANOTHER, NULL },
	[FORM_HEX_SEED] = { "this is the seed of an ed25519 key in hexadecimal digits",
	                    "(" SEED_HEAD "tr a-f A-F < $ | basenc --base16 -di)" TO_PEM },
	[FORM_RAW_SEED] = { "these are 32 bytes, as the seed of an ed25519 key has", "(" SEED_HEAD "cat $)" TO_PEM },
	[FORM_RAW_SECRET] = { "these are 64 bytes, as an ed25519 key of libsodium has", "(" SEED_HEAD "head -c 32 $)" TO_PEM },
	[FORM_OTHER] = { "no private key found: a PEM file with a \"PRIVATE KEY\" block is needed; make one with: signet key new", NULL },
};

/* ---- looking into the bytes ---- */

static bool has_part(struct span s, const char *part)
{
	return s.len > 0 && memmem(s.at, s.len, part, strlen(part)) != NULL;
}

static bool begins_with(struct span s, const char *start)
{
	size_t len = strlen(start);

	return s.len >= len && memcmp(s.at, start, len) == 0;
}

/* What stands between the dashes of a PEM, of what follows them once those are gone. */
static void strip_armour(struct span text, struct buf *out)
{
	const char *const dashes = "-----";
	const char *at = text.at, *end = text.at + text.len, *mark;
	bool inside = false;

	while ((mark = memmem(at, (size_t)(end - at), dashes, 5)) != NULL) {
		if (!inside)
			buf_add(out, at, (size_t)(mark - at));
		inside = !inside;
		at = mark + 5;
	}
	if (!inside)
		buf_add(out, at, (size_t)(end - at));
}

/* As base64 -di takes it: foreign bytes do not count. */
static void decode_loosely(struct span text, struct buf *out)
{
	struct buf digits = { 0 };

	for (size_t i = 0; i < text.len; i++)
		if (base64_is_digit(text.at[i]))
			buf_add_byte(&digits, text.at[i]);
	if (!base64_decode(buf_span(&digits), out))
		buf_clear(out);
	secret_free(&digits);
}

static bool is_hexadecimal(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!byte_is_digit(s.at[i]) && !(byte_lower(s.at[i]) >= 'a' && byte_lower(s.at[i]) <= 'f'))
			return false;
	return true;
}

/* Takes out the line ends that are written as two characters, "\n". */
static void join_escaped(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i + 1 < text.len && text.at[i] == '\\' && text.at[i + 1] == 'n')
			i++;
		else
			buf_add_byte(out, text.at[i]);
	}
}

static enum der_kind kind_of_stripped(struct span text)
{
	struct buf stripped = { 0 }, bytes = { 0 };

	strip_armour(text, &stripped);
	decode_loosely(buf_span(&stripped), &bytes);
	enum der_kind kind = der_kind(buf_span(&bytes));
	secret_free(&stripped);
	secret_free(&bytes);
	return kind;
}

/* ---- forms ---- */

/* "openssh-key-v1", then strings: cipher, key derivation, its options, a number, the public key, which begins with its type. */
static enum form form_of_openssh(struct span text)
{
	struct buf stripped = { 0 }, bytes = { 0 };
	enum { TYPE_AT = 15 + 8 + 8 + 4 + 4 + 4 + 4 };
	enum form form = FORM_OPENSSH_OTHER;

	strip_armour(text, &stripped);
	decode_loosely(buf_span(&stripped), &bytes);
	struct span rest = bytes.len > TYPE_AT ? (struct span){ bytes.at + TYPE_AT, bytes.len - TYPE_AT } : (struct span){ 0 };
	if (bytes.len == 0)
		form = FORM_CUT;
	else if (rest.len > 0 && memcmp(bytes.at + 15, "\0\0\0\4none", 8) != 0)
		form = FORM_OPENSSH_LOCKED;
	else if (begins_with(rest, "ssh-ed25519"))
		form = FORM_OPENSSH_ED25519;
	else if (begins_with(rest, "ssh-rsa"))
		form = FORM_OPENSSH_RSA;
	secret_free(&stripped);
	secret_free(&bytes);
	return form;
}

static enum form form_of_pem(struct span text)
{
	if (has_part(text, "BEGIN OPENSSH PRIVATE KEY"))
		return form_of_openssh(text);
	if (has_part(text, "PRIVATE KEY-----")) {
		struct buf joined = { 0 };
		enum form form = FORM_DAMAGED;
		join_escaped(text, &joined);
		if (!has_part(text, "-----END "))
			form = FORM_CUT;
		else if (joined.len < text.len && kind_of_stripped(buf_span(&joined)) == DER_PRIVATE)
			form = FORM_ESCAPED;
		else if (joined.len == text.len && kind_of_stripped(text) == DER_PRIVATE)
			form = FORM_BENT;
		secret_free(&joined);
		return form;
	}
	if (has_part(text, "PUBLIC KEY-----"))
		return FORM_PUBLIC_PEM;
	if (has_part(text, "CERTIFICATE REQUEST-----"))
		return FORM_REQUEST_PEM;
	return has_part(text, "CERTIFICATE-----") ? FORM_CERTIFICATE_PEM : FORM_DAMAGED;
}

static enum form form_of_base64(struct span text)
{
	struct buf bytes = { 0 };
	enum form form = FORM_OTHER;

	if (base64_decode(text, &bytes)) {
		enum der_kind kind = der_kind(buf_span(&bytes));
		form = kind == DER_PRIVATE ? FORM_BASE64_DER :
		       kind != DER_UNKNOWN ? FORM_BASE64_PUBLIC :
		       bytes.len == SEED_BYTES ? FORM_BASE64_SEED :
		       bytes.len == SECRET_BYTES ? FORM_BASE64_SECRET : FORM_OTHER;
	}
	secret_free(&bytes);
	return form;
}

static enum form form_of_record(struct span text)
{
	struct span p = { 0 };

	for (struct span rest = text; rest.at && p.at == NULL;) {
		struct span tag = span_trim(span_cut(&rest, ';'));
		p = begins_with(tag, "p=") ? (struct span){ tag.at + 2, tag.len - 2 } : p;
	}
	return p.at && kind_of_stripped(p) == DER_PRIVATE ? FORM_BURNT_RECORD : FORM_RECORD;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < 0x20 ? !byte_is_white(s.at[i]) : (unsigned char)s.at[i] > 0x7e)
			return false;
	return true;
}

static enum form form_of(struct span all)
{
	static const enum form of_der[] = {
		[DER_PRIVATE] = FORM_DER_PRIVATE, [DER_ENCRYPTED] = FORM_DER_ENCRYPTED, [DER_PUBLIC_RSA] = FORM_DER_PUBLIC,
		[DER_PUBLIC_ED25519] = FORM_DER_PUBLIC, [DER_PUBLIC_OTHER] = FORM_DER_PUBLIC, [DER_CERTIFICATE] = FORM_DER_CERTIFICATE,
		[DER_REQUEST] = FORM_DER_CERTIFICATE, [DER_PKCS12] = FORM_DER_PKCS12,
	};
	struct span text = span_trim(all);
	enum der_kind kind = der_kind(all);

	if (text.len == 0)
		return FORM_EMPTY;
	if (begins_with(all, "\xff\xfe") || begins_with(all, "\xfe\xff"))
		return FORM_UTF16;
	if (kind != DER_UNKNOWN)
		return of_der[kind];
	if (has_part(text, "-----BEGIN "))
		return form_of_pem(text);
	if (is_text(text)) {
		if (has_part(text, "v=DKIM1"))
			return form_of_record(text);
		if (begins_with(text, "ssh-") || begins_with(text, "ecdsa-sha2-"))
			return FORM_SSH_PUBLIC;
		if (begins_with(text, "PuTTY-User-Key-File"))
			return FORM_PUTTY;
		if (begins_with(text, "Private-key-format:"))
			return FORM_BIND;
		if (text.at[0] == '{' && has_part(text, "\"kty\""))
			return FORM_JWK;
		if (text.len == 2 * SEED_BYTES && is_hexadecimal(text))
			return FORM_HEX_SEED;
		return form_of_base64(text);
	}
	return all.len == SEED_BYTES ? FORM_RAW_SEED : all.len == SECRET_BYTES ? FORM_RAW_SECRET : FORM_OTHER;
}

/* ---- the sentence ---- */

static void add_path(struct buf *out, const char *path, const char *suffix)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@:";
	bool quoted = path[strspn(path, plain)] != '\0';

	if (path[0] == '-')
		buf_add_text(out, "./");
	if (quoted)
		buf_add_byte(out, '\'');
	for (const char *c = path; *c; c++)
		if (*c == '\'')
			buf_add_text(out, "'\"'\"'");
		else
			buf_add_byte(out, *c);
	buf_printf(out, "%s%s", suffix, quoted ? "'" : "");
}

int key_form_explain(struct span text, const char *path, struct fault *f)
{
	enum form form = form_of(text);
	struct buf command = { 0 };

	if (forms[form].command == NULL)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s", forms[form].what);
	for (const char *c = forms[form].command; *c; c++) {
		if (*c == '$' || *c == '@')
			add_path(&command, path, *c == '@' ? ".new" : "");
		else
			buf_add_byte(&command, *c);
	}
	add_path(&command, path, ".new");
	fault_set(f, FAULT_PERMANENT, "4.3.5", "%s, and PEM is needed, which this writes to %.100s.new: %s", forms[form].what, path,
	          buf_text(&command));
	buf_free(&command);
	return -1;
}
