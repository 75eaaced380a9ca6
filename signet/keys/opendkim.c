/* SPDX-License-Identifier: ISC */
#include "signet/keys/opendkim.h"

#include "base/mail/address.h"

#include <stdlib.h>

static const struct {
	const char *prefix;
	enum opendkim_kind kind;
} kinds[] = {
	{ "refile:", OPENDKIM_REFILE },
	{ "file:", OPENDKIM_FILE },
	{ "csl:", OPENDKIM_LIST },
};

/* A list has no colon before its first "=" or ","; "db:", "dsn:" and their like do. */
enum opendkim_kind opendkim_dataset(const char *value, const char **rest)
{
	*rest = value;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!span_starts_nocase(span_of(value), span_of(kinds[i].prefix)))
			continue;
		*rest = value + strlen(kinds[i].prefix);
		return kinds[i].kind;
	}
	if (value[0] == '/')
		return OPENDKIM_FILE;
	return value[strcspn(value, ":=,")] == ':' ? OPENDKIM_UNKNOWN : OPENDKIM_LIST;
}

/* ---- lines ---- */

struct lines {
	struct span rest;
	const char *file;
	char separator;          /* of rows: a line's end, or a comma */
	unsigned line;
	size_t count;            /* of complaints */
	struct buf *complaints;
};

__attribute__((format(printf, 2, 3)))
static void complain_of(struct lines *l, const char *format, ...)
{
	va_list ap;

	buf_printf(l->complaints, "%s:%u: ", l->file, l->line);
	va_start(ap, format);
	buf_vprintf(l->complaints, format, ap);
	va_end(ap);
	buf_add_byte(l->complaints, '\n');
	l->count++;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return false;
	}
	return true;
}

/* The next that holds something, comment and blanks off; false at the end. */
static bool next_line(struct lines *l, struct span *out)
{
	while (l->rest.at && l->rest.len > 0) {
		struct span line = span_cut(&l->rest, l->separator);
		l->line += l->separator == '\n' || l->line == 0;
		*out = span_trim(span_cut(&line, '#'));
		if (out->len == 0)
			continue;
		if (is_text(*out))
			return true;
		complain_of(l, "bytes that are not text");
	}
	return false;
}

static struct lines lines_of(struct span text, const char *file, enum opendkim_kind kind, struct buf *complaints)
{
	return (struct lines){ text, file, kind == OPENDKIM_LIST ? ',' : '\n', 0, 0, complaints };
}

static size_t blank_at(struct span s, bool list)
{
	size_t i = 0;

	while (i < s.len && !(list ? s.at[i] == '=' : s.at[i] == ' ' || s.at[i] == '\t'))
		i++;
	return i;
}

/* "name value", in a list "name=value". */
static struct span cut_name(struct span line, bool list, struct span *value)
{
	size_t len = blank_at(line, list), skip = list && len < line.len ? 1 : 0;

	*value = span_trim((struct span){ line.at + len + skip, line.len - len - skip });
	return span_trim((struct span){ line.at, len });
}

/* ---- opendkim.conf ---- */

static char *canon_of(struct span word)
{
	bool known = span_eq_nocase(word, SPAN("simple")) || span_eq_nocase(word, SPAN("relaxed"));

	return known ? mem_text(byte_lower(word.at[0]) == 's' ? "simple" : "relaxed") : NULL;
}

/* "HEADER/BODY", or HEADER alone with a simple body. */
static void set_canon(struct opendkim_conf *c, struct lines *l, struct span value)
{
	struct span rest = value, header = span_cut(&rest, '/');

	free(c->header_canon);
	free(c->body_canon);
	c->header_canon = canon_of(header);
	c->body_canon = rest.at ? canon_of(rest) : mem_text("simple");
	if (c->header_canon == NULL || c->body_canon == NULL)
		complain_of(l, "Canonicalization is neither simple nor relaxed");
}

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "Domain", offsetof(struct opendkim_conf, domain) },
	{ "Selector", offsetof(struct opendkim_conf, selector) },
	{ "KeyFile", offsetof(struct opendkim_conf, key_file) },
	{ "KeyTable", offsetof(struct opendkim_conf, key_table) },
	{ "SigningTable", offsetof(struct opendkim_conf, signing_table) },
};

/* What the signatures of OpenDKIM depended on, and ours will not. */
static const char *const others[] = {
	"BodyLengthDB", "DontSignMailTo", "ExemptDomains", "Include", "LDAPKeyFile", "OmitHeaders", "OversignHeaders",
	"SenderHeaders", "SignatureAlgorithm", "SignatureTTL", "SignHeaders", "SubDomains",
};

static void take_setting(struct opendkim_conf *c, struct lines *l, struct span name, struct span value)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char **at = (char **)(void *)((char *)c + texts[i].offset);
		if (!span_eq_nocase(name, span_of(texts[i].name)))
			continue;
		free(*at);
		*at = mem_text_span(value);
		if (value.len == 0)
			complain_of(l, "%s without a value", texts[i].name);
		return;
	}
	if (span_eq_nocase(name, SPAN("Canonicalization")))
		set_canon(c, l, value);
	else if (span_eq_nocase(name, SPAN("MultipleSignatures")))
		c->multiple = value.len > 0 && strchr("yYtT1", value.at[0]) != NULL;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (span_eq_nocase(name, span_of(others[i])))
			text_list_add(&c->others, span_of(others[i]));
}

size_t opendkim_read_conf(struct span text, const char *file, struct opendkim_conf *out, struct buf *complaints)
{
	struct lines l = lines_of(text, file, OPENDKIM_FILE, complaints);
	struct span line, value;

	*out = (struct opendkim_conf){ 0 };
	while (next_line(&l, &line)) {
		struct span name = cut_name(line, false, &value);
		take_setting(out, &l, name, value);
	}
	return l.count;
}

void opendkim_conf_free(struct opendkim_conf *c)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(*(char **)(void *)((char *)c + texts[i].offset));
	free(c->header_canon);
	free(c->body_canon);
	text_list_free(&c->others);
	*c = (struct opendkim_conf){ 0 };
}

/* ---- KeyTable: "name domain:selector:/path" ---- */

static bool normal_name(struct span s, char **out)
{
	struct buf name = { 0 };
	bool fine = domain_normalise(s, &name) == 0;

	for (size_t i = 0; fine && i < name.len; i++)
		fine = (unsigned char)name.at[i] < 0x80;
	*out = buf_take(&name);
	return fine;
}

static const char *why_unfit(struct span path)
{
	if (path.len == 0 || (path.at[0] != '/' && path.at[0] != '.'))
		return "its key is in the table itself: put it into a file, and import that";
	if (path.at[0] == '.')
		return "the path of its key does not begin with \"/\": import the file itself";
	if (memchr(path.at, '%', path.len))
		return "the path of its key has a \"%\": import the file of each domain";
	return NULL;
}

static void read_key(struct lines *l, struct span name, struct span value, struct opendkim_key *k)
{
	struct span rest = value, domain = span_cut(&rest, ':'), selector = span_cut(&rest, ':');

	*k = (struct opendkim_key){ .name = mem_text_span(name), .line = l->line };
	if (rest.at == NULL || rest.len == 0) {
		complain_of(l, "a key table has lines \"NAME DOMAIN:SELECTOR:/PATH\"");
		return;
	}
	if (span_eq(domain, SPAN("%")))
		k->domain = mem_text("%");
	else if (!normal_name(domain, &k->domain))
		complain_of(l, "the domain of this key is not a name for DNS");
	if (!normal_name(selector, &k->selector))
		complain_of(l, "the selector of this key is not a name for DNS");
	k->unfit = why_unfit(rest);
	k->path = mem_text_span(k->unfit ? SPAN("") : rest);
}

static void free_key(struct opendkim_key *k)
{
	free(k->name);
	free(k->domain);
	free(k->selector);
	free(k->path);
}

void opendkim_keys_free(struct opendkim_keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		free_key(&k->items[i]);
	free(k->items);
	*k = (struct opendkim_keys){ 0 };
}

size_t opendkim_read_keys(struct span text, const char *file, enum opendkim_kind kind, struct opendkim_keys *out,
                          struct buf *complaints)
{
	struct lines l = lines_of(text, file, kind, complaints);
	struct span line, value;

	*out = (struct opendkim_keys){ 0 };
	while (next_line(&l, &line)) {
		struct opendkim_key key;
		size_t before = l.count;
		struct span name = cut_name(line, kind == OPENDKIM_LIST, &value);
		if (out->count == OPENDKIM_ROWS_MAX) {
			complain_of(&l, "more than %d keys", OPENDKIM_ROWS_MAX);
			break;
		}
		read_key(&l, name, value, &key);
		if (l.count > before) {
			free_key(&key);
			continue;
		}
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = key;
	}
	return l.count;
}

/* ---- SigningTable: "pattern name[:signer]" ---- */

size_t opendkim_read_rows(struct span text, const char *file, enum opendkim_kind kind, struct opendkim_rows *out,
                          struct buf *complaints)
{
	struct lines l = lines_of(text, file, kind, complaints);
	struct span line, value;

	*out = (struct opendkim_rows){ .kind = kind };
	while (next_line(&l, &line)) {
		struct span pattern = cut_name(line, kind == OPENDKIM_LIST, &value);
		if (out->count == OPENDKIM_ROWS_MAX) {
			complain_of(&l, "more than %d rows", OPENDKIM_ROWS_MAX);
			break;
		}
		struct span signer = value, key = span_cut(&signer, ':');
		if (key.len == 0 || blank_at(value, false) < value.len) {
			complain_of(&l, "a signing table has lines \"PATTERN KEYNAME\"");
			continue;
		}
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = (struct opendkim_row){ .pattern = mem_text_span(pattern), .key = mem_text_span(key),
			.signer = mem_text_span(signer.at ? signer : SPAN("")), .line = l.line };
	}
	return l.count;
}

void opendkim_rows_free(struct opendkim_rows *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].pattern);
		free(r->items[i].key);
		free(r->items[i].signer);
	}
	free(r->items);
	*r = (struct opendkim_rows){ 0 };
}

/* ---- Domain, Selector, KeyFile ---- */

void opendkim_make_tables(struct span domains, enum opendkim_kind kind, const char *selector, const char *key_file,
                          struct buf *keys, struct buf *rows)
{
	struct buf ignored = { 0 };
	struct lines l = lines_of(domains, "", kind, &ignored);
	struct span line, value;

	while (next_line(&l, &line)) {
		struct span name = cut_name(line, false, &value);
		bool below = span_starts_nocase(name, SPAN("*."));
		bool any = below || name.at[0] == '.' || span_eq(name, SPAN("*"));
		struct span pattern = below ? (struct span){ name.at + 1, name.len - 1 } : name;
		buf_printf(keys, "%.*s %.*s:%s:%s\n", (int)name.len, name.at, any ? 1 : (int)name.len, any ? "%" : name.at, selector,
		           key_file);
		buf_printf(rows, "%.*s %.*s\n", (int)pattern.len, pattern.at, (int)name.len, name.at);
	}
	buf_free(&ignored);
}
