/* SPDX-License-Identifier: ISC */
#include "sign/damage.h"

#include "base/utf8.h"
#include "base/base64.h"
#include "sign/der.h"

#include <ctype.h>
#include <limits.h>

static bool text_holds(struct span text, const char *part)
{
	size_t len = strlen(part);

	for (size_t i = 0; i + len <= text.len; i++)
		if (span_starts_nocase((struct span){ text.at + i, text.len - i }, (struct span){ part, len }))
			return true;
	return false;
}

const char damage_burnt[] = "the record holds the private key, which anybody can read there, and the key is compromised: "
	"remove the record, and make another key with another selector: signet key new";

/* Nothing else counts then, and other damage must not hide it: what is not base64 is skipped, from p= to a semicolon. */
static bool holds_private_key(struct span text)
{
	const char *p = text.len > 0 ? memmem(text.at, text.len, "p=", 2) : NULL;
	struct span rest = p ? span_between(p + 2, text.at + text.len) : text;
	struct span value = span_cut(&rest, ';');
	struct buf digits = { 0 }, bytes = { 0 };

	for (size_t i = 0; i < value.len; i++)
		if (base64_is_digit(value.at[i]))
			buf_add_byte(&digits, value.at[i]);
	base64_decode(buf_span(&digits), &bytes);
	bool is = der_kind(buf_span(&bytes)) == DER_PRIVATE || der_begins_private(buf_span(&bytes));
	buf_free(&digits);
	buf_free(&bytes);
	return is || text_holds(text, "PRIVATE KEY") || text_holds(text, "PRIVATEKEY");
}

/* ---- characters that neither a tag nor a key has ---- */

/* An entity: "&", letters or a number, ";", which ends the tag, so that it may be missing here. */
static bool holds_entity(struct span text)
{
	static const char *const starts[] = { "&#", "&amp", "&plus", "&quot", "&sol", "&equals", "&nbsp", "&semi", "&lt", "&gt" };

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (text_holds(text, starts[i]))
			return true;
	return false;
}

static bool holds_percent(struct span text)
{
	for (size_t i = 0; i + 2 < text.len; i++)
		if (text.at[i] == '%' && isxdigit((unsigned char)text.at[i + 1]) && isxdigit((unsigned char)text.at[i + 2]))
			return true;
	return false;
}

/* What somebody was to replace by the key, or by the record: <key>, {{ key }}, YOUR_PUBLIC_KEY. */
static bool is_placeholder(struct span text)
{
	return text.len > 0 && (memchr("<{[$%", text.at[0], 5) || text_holds(text, "YOUR") || text_holds(text, "_KEY"));
}

#define INVISIBLE "there is an invisible character in the record: type it, or paste it as plain text"
#define SPACE "there is a typographic space, such as a no-break space, in the record: make it a plain one"
#define TYPOGRAPHIC "there are typographic quotes in the record, as word processors make them: leave them out"
#define SHORTENED "there are dots in the record in place of a part of it: the copied text had been shortened for display"
#define DASH "there is a typographic dash in the record, as word processors make it from a hyphen"

static const struct {
	uint32_t first, last;
	const char *why;
} characters[] = {
	{ 0x00a0, 0x00a0, SPACE },       { 0x00ab, 0x00ab, TYPOGRAPHIC }, { 0x00ad, 0x00ad, INVISIBLE },
	{ 0x00bb, 0x00bb, TYPOGRAPHIC }, { 0x2000, 0x200a, SPACE },       { 0x200b, 0x200f, INVISIBLE },
	{ 0x2010, 0x2015, DASH },        { 0x2018, 0x201f, TYPOGRAPHIC }, { 0x202f, 0x202f, SPACE },
	{ 0x2026, 0x2026, SHORTENED },   { 0x2060, 0x2064, INVISIBLE },   { 0x2212, 0x2212, DASH },
	{ 0x3000, 0x3000, SPACE },       { 0xfeff, 0xfeff, INVISIBLE },
};

/* The first that is not ASCII. */
static const char *foreign_character(struct span text)
{
	while (text.len > 0 && (unsigned char)text.at[0] < 0x80)
		text = (struct span){ text.at + 1, text.len - 1 };
	size_t len = text.len > 0 ? utf8_length(text) : 0;
	uint32_t code = len > 0 ? utf8_code((struct span){ text.at, len }) : 0;
	for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++)
		if (len > 0 && code >= characters[i].first && code <= characters[i].last)
			return characters[i].why;
	return text.len > 0 ? "there is a character in the record that is not ASCII: type it, or paste it as plain text" : NULL;
}

/* The first one, by what follows it. */
static const char *what_backslash(struct span text)
{
	const char *at = memchr(text.at, '\\', text.len);
	char next = at + 1 < text.at + text.len ? at[1] : '\0';

	if (next == 'n' || next == 'r' || next == 't')
		return "there is a line break in the record that is written as a backslash and a letter: leave out both";
	if (next == '"')
		return "there are quotes with a backslash in the record: the DNS form adds its own quotes, so leave out both";
	return "there is a backslash in the record, as in zone files before a semicolon: this DNS form needs none";
}

const char *damage_of_text(struct span text)
{
	const char *why = foreign_character(text);

	if (holds_private_key(text))
		return damage_burnt;
	if (text_holds(text, "-----") && !text_holds(text, "BEGIN") && !text_holds(text, "END"))
		return "the comment of a zone file stands behind the key (; ----- DKIM key ...): the value ends where the key does";
	if (text_holds(text, "-----") || text_holds(text, "BEGIN PUBLIC") || text_holds(text, "BEGIN RSA"))
		return "p= holds the BEGIN line of a PEM file: the key is what is between BEGIN and END, without line breaks";
	if (why)
		return why;
	if (holds_entity(text))
		return "there is an HTML entity in the record (such as &#43; for +): copy it as plain text";
	if (text_holds(text, "<br") || text_holds(text, "<p>") || text_holds(text, "</") || text_holds(text, "<wbr"))
		return "there is HTML in the record (such as <br>): copy it as plain text";
	if (text_holds(text, ".."))
		return SHORTENED;
	if (memchr(text.at, '\\', text.len))
		return what_backslash(text);
	if (memchr(text.at, '"', text.len) || memchr(text.at, '\'', text.len) || memchr(text.at, '`', text.len))
		return "there are quotes inside the record: the DNS form adds its own, so leave them out";
	if (text_holds(text, "v=3D") || text_holds(text, "k=3D"))
		return "the record is quoted-printable, as in the source of a mail (=3D for =): copy it as plain text";
	if (is_placeholder(text))
		return "there is a placeholder in the record, which nobody has replaced by the key: signet dns prints the right record";
	if (text_holds(text, ")"))
		return "there is a parenthesis in the record, as in a zone file: the value is what stands between the quotes there";
	if (holds_percent(text))
		return "the record is percent-encoded, as in a URL (%2B for +): copy it as plain text";
	return NULL;
}

/* ---- records that are something else, or whose tags are not where they belong ---- */

#define SIGNATURE "it is the signature of a message, not a key: the record of one begins with v=DKIM1"

static const struct {
	const char *start, *why;
} others[] = {
	{ "v=spf", "it is an SPF record, not a key: that belongs at the domain itself; or a wildcard record (*) has answered" },
	{ "v=DMARC1", "it is a DMARC record, not a key: that belongs at _dmarc.DOMAIN" },
	{ "v=1;", SIGNATURE },
	{ "DKIM-Signature:", SIGNATURE },
	{ "o=", "it is a policy of DomainKeys, not a key: that belongs at _domainkey.DOMAIN" },
	{ "v=STSv1", "it is a record of MTA-STS, not a key: that belongs at _mta-sts.DOMAIN" },
	{ "v=TLSRPTv1", "it is a record of TLS reporting, not a key: that belongs at _smtp._tls.DOMAIN" },
	{ "v=BIMI1", "it is a BIMI record, not a key: that belongs at default._bimi.DOMAIN" },
};

bool damage_lacks_semicolon(struct span value)
{
	for (size_t i = 0; i + 2 < value.len; i++) {
		/* A blank or comma, the name of a tag that key records have, "=". */
		const char *at = value.at + i;
		bool parted = byte_is_white(at[0]) || at[0] == ',' || at[0] == ':';
		struct span behind = span_trim(span_between(at + 2, value.at + value.len));
		if (parted && memchr("vkpthsng", byte_lower(at[1]), 8) && behind.len > 0 && behind.at[0] == '=')
			return true;
	}
	return false;
}

static bool may_be_key(struct span text)
{
	struct buf bytes = { 0 };
	bool is = text.len > 40 && base64_decode(text, &bytes);

	buf_free(&bytes);
	return is;
}

bool damage_is_rest_of_key(struct span text)
{
	while (text.len > 0 && text.at[text.len - 1] == '=')
		text.len--;
	for (size_t i = 0; i < text.len; i++)
		if (!base64_is_digit(text.at[i]) || text.at[i] == '=')
			return false;
	return text.len > 1;
}

/* A p= that begins like a key, whatever else is wrong. */
static bool holds_key(struct span text)
{
	const char *p = text.len > 0 ? memmem(text.at, text.len, "p=", 2) : NULL;
	struct span value = p ? span_trim(span_between(p + 2, text.at + text.len)) : SPAN("");
	size_t digits = 0;

	while (digits < value.len && base64_is_digit(value.at[digits]))
		digits++;
	return digits > 40;
}

/* Of a record that holds v=DKIM1 behind its beginning: is all before it a tag, or several? */
static bool tags_precede(struct span text)
{
	const char *at = memmem(text.at, text.len, "v=DKIM1", 7);
	struct span before = span_trim(span_between(text.at, at ? at : text.at));

	return before.len > 0 && before.at[before.len - 1] == ';';
}

/* What its tags look like, one by one. */
struct tags {
	unsigned seen[UCHAR_MAX + 1];    /* by their names */
	bool nameless, unparted, capitals, broken, twice, empty, colon, bare, behind;
};

static void look_at_tags(struct span text, struct tags *out)
{
	*out = (struct tags){ 0 };
	for (struct span rest = text; rest.at;) {
		struct span tag = span_trim(span_cut(&rest, ';'));
		struct span value = tag, name = span_cut(&value, '=');
		bool is_tag = name.len == 1 && value.at, behind_key = out->seen['p'] > 0;
		bool is_rest = damage_is_rest_of_key(tag);
		out->broken |= behind_key && !is_tag && is_rest;
		out->colon |= tag.len > 1 && tag.at[1] == ':' && memchr("vkpthsn", byte_lower(tag.at[0]), 7);
		out->behind |= behind_key && value.at == NULL && tag.len > 0 && !is_rest;
		out->bare |= !behind_key && value.at == NULL && tag.len > 0;
		out->twice |= is_tag && out->seen[(unsigned char)name.at[0]]++ > 0;
		out->capitals |= is_tag && memchr("VKP", name.at[0], 3);
		out->nameless |= may_be_key(tag);
		out->empty |= tag.len == 0 && rest.at;
		/* Another tag begins within the value of one, as in "v=DKIM1 k=rsa p=". */
		out->unparted |= damage_lacks_semicolon(span_trim(value));
	}
}

static const char *misplaced_part(struct span text)
{
	struct span after = { text.at + 1, text.len - 1 };
	struct tags tags;

	look_at_tags(text, &tags);
	if (text_holds(text, "v=DKIM1") && text_holds(after, "v=DKIM1") && span_starts_nocase(text, SPAN("v=DKIM1")))
		return "the value contains the record twice";
	if (tags.unparted)
		return "a semicolon is missing between the tags of the record: v=DKIM1; k=rsa; p=...";
	if (tags.colon)
		return "there are colons where equals signs belong: v=DKIM1; k=rsa; p=...";
	if (tags.seen['p'] > 1)
		return "the record has p= twice";
	if (tags.broken)
		return "there is a semicolon within the key in p=, which has none";
	if (tags.empty)
		return "there is a semicolon too many in the record: one stands between two tags";
	if (tags.twice)
		return "the record has a tag twice: each of v=, k= and p= may be there once";
	if (tags.seen['p'] == 0 && tags.nameless && memchr(text.at, ';', text.len))
		return "p= is missing before the key: v=DKIM1; k=rsa; p=...";
	if (tags.capitals)
		return "the names of its tags are in capitals: they must be v=, k= and p=";
	if (span_starts_nocase(text, SPAN("v=dkim1")) && memcmp(text.at, "v=DKIM1", 7) != 0)
		return "v= is not DKIM1, in capitals";
	if (tags.behind)
		return "there is text behind the key that is not a tag, such as a comment: the value ends where the key does";
	if (text_holds(text, "v=DKIM1") && !span_starts_nocase(text, SPAN("v=")))
		return tags_precede(text) ? "v= must come first in the record"
		                          : "something stands before v=DKIM1, with which the record must begin";
	if (span_starts_nocase(text, SPAN("DKIM1")))
		return "v= is missing before DKIM1";
	if (may_be_key(text))
		return "the record is only a key, or the rest of one: v=DKIM1; k=rsa; p= is missing before it";
	if (span_eq(text, SPAN("v=DKIM1")) || span_eq(text, SPAN("v=DKIM1;")))
		return "the record has no p=: all behind its first semicolon is lost, as in a zone file where the value is not in quotes";
	if (tags.seen['o'] > 0 && tags.seen['p'] == 0)
		return "it is a policy of DomainKeys, not a key: that belongs at _domainkey.DOMAIN";
	if (tags.seen['p'] + tags.seen['k'] == 0 && !text_holds(text, "DKIM1"))
		return "it is some other text, not a key: the record of one begins with v=DKIM1";
	if (tags.bare)
		return "a part of the record has no name and no equals sign: v=DKIM1; k=rsa; p=...";
	return NULL;
}

/* As a CNAME leads to one. */
static bool is_host_name(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!byte_is_letter_or_digit(text.at[i]) && memchr(".-_", text.at[i], 3) == NULL)
			return false;
	return memchr(text.at, '.', text.len) != NULL;
}

const char *damage_of_record(struct span text)
{
	text = span_trim(text);
	if (text.len == 0)
		return "the record is empty";
	if (holds_private_key(text))
		return damage_burnt;
	if (is_host_name(text))
		return "it is a host name, not a key: the record that leads to one is of the type CNAME, not TXT";
	/* In a line of a zone file a name or a type stands before the first tag. */
	struct span rest = text, head = span_cut(&rest, '=');
	if (text_holds(head, "_domainkey") || memchr(head.at, '(', head.len) || text_holds(head, " TXT ") ||
	    text_holds(head, "\tTXT") || span_starts_nocase(head, SPAN("TXT ")))
		return "the record contains a whole line of a zone file: its value is what begins with v=DKIM1";
	/* Of two records in one value, and of a key under another's name, the key is what matters. */
	bool key = holds_key(text), dkim = text_holds(text, "v=DKIM1");
	if (key && dkim && (text_holds(text, "v=spf1") || text_holds(text, "v=DMARC1")))
		return "there is another record in the value beside the key (SPF or DMARC): each must be a TXT record of its own";
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (span_starts_nocase(text, span_of(others[i].start)))
			return key ? "v= must be DKIM1 in the record of a key: v=DKIM1; k=rsa; p=..." : others[i].why;
	const char *why = damage_of_text(text);
	return why ? why : misplaced_part(text);
}
