/* SPDX-License-Identifier: ISC */
#include "trust/dmarc_record.h"

#include "base/escape.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

const char *dmarc_policy_name(enum dmarc_policy p)
{
	static const char *const names[] = { [DMARC_ABSENT] = "", [DMARC_NONE] = "none", [DMARC_QUARANTINE] = "quarantine", [DMARC_REJECT] = "reject" };

	return names[p];
}

/* Without WSP (RFC 5234) at either end. */
static struct span trim_blanks(struct span s)
{
	while (s.len > 0 && byte_is_blank(s.at[0]))
		s = (struct span){ s.at + 1, s.len - 1 };
	while (s.len > 0 && byte_is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool dmarc_is_record(struct span text)
{
	struct span first = span_cut(&text, ';'), name = span_cut(&first, '=');

	return first.at && span_eq_nocase(trim_blanks(name), SPAN("v")) && span_eq(trim_blanks(first), SPAN("DMARC1")) &&
	       !byte_is_blank(name.at[0]);
}

/* ---- tags ---- */

struct parsing {
	struct dmarc_record *record;
	struct span text;
	struct span name;            /* of the tag that is being read */
	bool policy_is_wrong;        /* a value of p, sp or np */
};

__attribute__((format(printf, 4, 5)))
static void note(struct parsing *p, enum dmarc_note_kind kind, const char *at, const char *format, ...)
{
	struct dmarc_record *r = p->record;
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	r->notes = mem_resize(r->notes, r->note_count + 1, sizeof *r->notes);
	r->notes[r->note_count++] = (struct dmarc_note){ kind, (size_t)(at - p->text.at) + 1, buf_take(&text) };
}

/* "NAME=VALUE", shown in a note. */
static void refuse_value(struct parsing *p, struct span value, const char *allowed)
{
	struct buf shown = { 0 };

	escape(&shown, value);
	note(p, DMARC_WRONG, value.at, "\"%s\" is not a value of %.*s, which is %s", buf_text(&shown), (int)p->name.len, p->name.at, allowed);
	buf_free(&shown);
}

static void read_policy(struct parsing *p, struct span value, void *field)
{
	enum dmarc_policy policy = DMARC_REJECT;

	while (policy > DMARC_ABSENT && !span_eq_nocase(value, span_of(dmarc_policy_name(policy))))
		policy--;
	*(enum dmarc_policy *)field = policy;
	if (policy == DMARC_ABSENT) {
		p->policy_is_wrong = true;
		refuse_value(p, value, "none, quarantine or reject");
	}
}

static void read_flag(struct parsing *p, struct span value, const char *letters, const char *allowed, char *out)
{
	char c = value.len == 1 ? byte_lower(value.at[0]) : '\0';

	if (c != '\0' && strchr(letters, c))
		*out = c;
	else
		refuse_value(p, value, allowed);
}

static void read_alignment(struct parsing *p, struct span value, void *field)
{
	char c = 'r';

	read_flag(p, value, "rs", "r or s", &c);
	*(bool *)field = c == 's';
}

static void read_test(struct parsing *p, struct span value, void *field)
{
	char c = 'n';

	read_flag(p, value, "yn", "y or n", &c);
	*(bool *)field = c == 'y';
}

static void read_psd(struct parsing *p, struct span value, void *field)
{
	read_flag(p, value, "ynu", "y, n or u", field);
}

/* Of 0, 1, d and s, colons between. */
static void read_options(struct parsing *p, struct span value, void *field)
{
	for (struct span rest = value; rest.at;) {
		struct span option = trim_blanks(span_cut(&rest, ':'));
		if (option.len != 1 || !memchr("01dsDS", option.at[0], 6)) {
			refuse_value(p, value, "0, 1, d or s, or several of them with colons between");
			return;
		}
	}
	free(*(char **)field);
	*(char **)field = mem_text_span(value);
}

/* RFC 3986: a scheme, a colon, and bytes that a URI may have; "," and "!" are to be encoded. */
static const char *check_uri(struct span uri)
{
	struct span rest = uri, scheme = span_cut(&rest, ':');

	if (rest.at == NULL || scheme.len == 0 || rest.len == 0)
		return "a URI is wanted, such as mailto:dmarc@example.org";
	for (size_t i = 0; i < scheme.len; i++)
		if (!byte_is_letter_or_digit(scheme.at[i]) && !memchr("+-.", scheme.at[i], 3))
			return "a URI is wanted, such as mailto:dmarc@example.org";
	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] <= ' ' || rest.at[i] > '~' || memchr("\"<>\\^`{|}", rest.at[i], 9))
			return "a byte that no URI has";
	if (span_eq_nocase(scheme, SPAN("mailto")) && dmarc_uri_domain(uri).len == 0)
		return "mailto: wants an address, local@domain";
	return NULL;
}

static void read_uris(struct parsing *p, struct span value, void *field)
{
	while (value.at) {
		struct span size = trim_blanks(span_cut(&value, ',')), uri = span_cut(&size, '!');
		const char *wrong = check_uri(uri);
		if (size.at)
			note(p, DMARC_OBSOLETE, size.at - 1, "a size after \"!\" means nothing any more (RFC 9989)");
		if (wrong)
			note(p, DMARC_WRONG, uri.at, "%.*s: %s", (int)p->name.len, p->name.at, wrong);
		else
			text_list_add(field, uri);
	}
}

static const struct {
	const char *name;
	void (*read)(struct parsing *p, struct span value, void *field);   /* NULL: obsolete */
	size_t field;
} known[] = {
	{ "p",     read_policy,    offsetof(struct dmarc_record, p) },
	{ "sp",    read_policy,    offsetof(struct dmarc_record, sp) },
	{ "np",    read_policy,    offsetof(struct dmarc_record, np) },
	{ "psd",   read_psd,       offsetof(struct dmarc_record, psd) },
	{ "t",     read_test,      offsetof(struct dmarc_record, test) },
	{ "adkim", read_alignment, offsetof(struct dmarc_record, strict_dkim) },
	{ "aspf",  read_alignment, offsetof(struct dmarc_record, strict_spf) },
	{ "rua",   read_uris,      offsetof(struct dmarc_record, rua) },
	{ "ruf",   read_uris,      offsetof(struct dmarc_record, ruf) },
	{ "fo",    read_options,   offsetof(struct dmarc_record, fo) },
	{ "pct",   NULL, 0 },
	{ "rf",    NULL, 0 },
	{ "ri",    NULL, 0 },
};

enum { KNOWN = sizeof known / sizeof known[0] };

/* NAME and VALUE of a tag: letters and printable bytes (section 4.8). */
static bool split_tag(struct parsing *p, struct span tag, struct span *value)
{
	*value = tag;
	p->name = trim_blanks(span_cut(value, '='));
	bool fine = value->at && p->name.len > 0;
	if (fine)
		*value = trim_blanks(*value);
	for (size_t i = 0; fine && i < p->name.len; i++)
		fine = byte_is_letter_or_digit(p->name.at[i]) && !byte_is_digit(p->name.at[i]);
	if (!fine) {
		note(p, DMARC_WRONG, tag.at, "this is not a tag, NAME=VALUE");
		return false;
	}
	for (size_t i = 0; i < value->len; i++)
		if (value->at[i] < ' ' || value->at[i] > '~') {
			note(p, DMARC_WRONG, value->at + i, "this byte (0x%02x) cannot be in a record", (unsigned char)value->at[i]);
			return false;
		}
	if (value->len == 0)
		note(p, DMARC_WRONG, tag.at, "%.*s has no value", (int)p->name.len, p->name.at);
	return value->len > 0;
}

static void read_tag(struct parsing *p, struct span tag, uint64_t *seen)
{
	size_t i = 0;
	struct span value;

	if (!split_tag(p, tag, &value))
		return;
	while (i < KNOWN && !span_eq_nocase(p->name, span_of(known[i].name)))
		i++;
	if (i == KNOWN)
		note(p, DMARC_UNKNOWN, tag.at, "%.*s is not a tag of DMARC and is ignored", (int)p->name.len, p->name.at);
	else if (*seen >> i & 1)
		note(p, DMARC_WRONG, tag.at, "%s is there twice, and the first one counts", known[i].name);
	else if (known[i].read == NULL)
		note(p, DMARC_OBSOLETE, tag.at, "%s means nothing any more (RFC 9989)", known[i].name);
	else
		known[i].read(p, value, (char *)p->record + known[i].field);
	*seen |= i < KNOWN ? UINT64_C(1) << i : 0;
}

void dmarc_record_parse(struct span text, struct dmarc_record *out)
{
	struct parsing p = { .record = out, .text = text };
	uint64_t seen = 0;
	size_t count = 0;
	bool has_p = false;

	*out = (struct dmarc_record){ .psd = 'u', .fo = mem_text("0") };
	span_cut(&text, ';');
	while (text.at) {
		struct span tag = trim_blanks(span_cut(&text, ';'));
		if (tag.len == 0)
			continue;
		read_tag(&p, tag, &seen);
		bool is_p = span_eq_nocase(p.name, SPAN("p"));
		if (count++ > 0 && is_p && !has_p)
			note(&p, DMARC_ORDER, tag.at, "p does not come right after v, and older readers ignore such a record");
		has_p |= is_p;
	}
	out->usable = !p.policy_is_wrong || out->rua.count > 0;
	if (p.policy_is_wrong)
		out->p = out->sp = out->np = DMARC_ABSENT;
	if (out->p == DMARC_ABSENT)
		out->p = DMARC_NONE;
}

void dmarc_record_free(struct dmarc_record *r)
{
	for (size_t i = 0; i < r->note_count; i++)
		free(r->notes[i].text);
	free(r->notes);
	text_list_free(&r->rua);
	text_list_free(&r->ruf);
	free(r->fo);
	*r = (struct dmarc_record){ 0 };
}

struct span dmarc_uri_domain(struct span uri)
{
	struct span address = uri, scheme = span_cut(&address, ':');

	if (!span_eq_nocase(scheme, SPAN("mailto")) || address.at == NULL)
		return SPAN("");
	address = span_cut(&address, '?');
	const char *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	return at && at > address.at ? span_between(at + 1, address.at + address.len) : SPAN("");
}
