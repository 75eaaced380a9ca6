/* SPDX-License-Identifier: ISC */
#include "signet/keys/records.h"

#include "base/conf/key_choice.h"
#include "base/json.h"
#include "base/mail/address.h"
#include "signet/keys/keyfile.h"
#include "signet/talk/complain.h"

#include <stdlib.h>
#include <sysexits.h>

#define DMARC_START "v=DMARC1; p=none; rua=mailto:postmaster@%s"
#define TEMPLATE_NAME "DOMAIN"

enum { STRING_BYTES_MAX = 255 };   /* RFC 1035 section 3.3 */

static void record_free(struct record *r)
{
	free(r->name);
	free(r->value);
	free(r->replaces);
	sign_key_free(r->key);
}

void records_free(struct records *r)
{
	for (size_t i = 0; i < r->count; i++)
		record_free(&r->items[i]);
	free(r->items);
	text_list_free(&r->notes);
	*r = (struct records){ 0 };
}

/* ---- adding ---- */

static struct record *find_record(const struct records *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_eq_nocase(span_of(r->items[i].name), span_of(name)))
			return &r->items[i];
	return NULL;
}

void records_add(struct records *r, enum record_kind kind, struct buf *name, struct buf *value, const char *replaces)
{
	r->items = mem_resize(r->items, r->count + 1, sizeof *r->items);
	r->items[r->count++] = (struct record){
		.kind = kind, .name = buf_take(name), .value = buf_take(value), .replaces = mem_text(replaces),
	};
}

void records_remove(struct records *r, size_t at)
{
	record_free(&r->items[at]);
	memmove(&r->items[at], &r->items[at + 1], (--r->count - at) * sizeof *r->items);
}

enum sign_scheme record_scheme(enum record_kind kind)
{
	return kind == RECORD_DOMAINKEYS ? SIGN_DOMAINKEYS : SIGN_DKIM;
}

/* One record serves several signatures of the same key; two keys under one name serve none (RFC 6376 section 3.6.2.2). */
int records_add_key(struct records *r, enum record_kind kind, const char *domain, const char *selector,
                    struct sign_key *key, struct fault *f)
{
	struct buf name = { 0 }, value = { 0 };
	const char *why;
	int result = 0;

	buf_printf(&name, "%s._domainkey.%s", selector, domain);
	const struct record *same = find_record(r, buf_text(&name));
	if (same == NULL) {
		sign_key_record(key, record_scheme(kind), &value);
		records_add(r, kind, &name, &value, NULL);
		r->items[r->count - 1].key = key;
		return 0;
	}
	if (sign_key_compare(key, record_scheme(kind), span_of(same->value), &why) != PUBLISHED_SAME)
		result = fault_set(f, FAULT_PERMANENT, "4.3.5", "%s would have to hold two different keys; give one of them "
		                   "another selector", same->name);
	buf_free(&name);
	sign_key_free(key);
	return result;
}

void records_add_revocation(struct records *r, const char *domain, const char *selector, const char *value)
{
	struct buf name = { 0 }, text = { 0 };

	buf_printf(&name, "%s._domainkey.%s", selector, domain);
	buf_add_text(&text, value);
	if (find_record(r, buf_text(&name)) == NULL)
		records_add(r, RECORD_REVOCATION, &name, &text, NULL);
	buf_free(&name);
	buf_free(&text);
}

__attribute__((format(printf, 3, 4)))
static void add_once(struct records *r, enum record_kind kind, const char *format, ...)
{
	struct buf name = { 0 }, value = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&name, format, ap);
	va_end(ap);
	if (find_record(r, buf_text(&name)) == NULL) {
		struct span domain = span_of(strchr(buf_text(&name), '.') + 1);
		buf_printf(&value, kind == RECORD_DMARC ? DMARC_START : "o=~; r=postmaster@%s", domain.at);
		records_add(r, kind, &name, &value, NULL);
	}
	buf_free(&name);
}

int records_of_key(const char *domain, const char *selector, const char *path, struct records *out, struct fault *f)
{
	struct sign_key *key = keyfile_check_words(domain, selector, f) == 0 ? keyfile_read_named(path, f) : NULL;

	return key ? records_add_key(out, RECORD_DKIM, domain, selector, key, f) : -1;
}

/* ---- of one entry, for one domain ---- */

static int add_scheme(struct records *r, enum record_kind kind, const struct dkim_key *k, const char *domain,
                      struct fault *f)
{
	const char *selector = kind == RECORD_DOMAINKEYS ? k->domainkeys_selector : k->selector;
	struct sign_key *key = keyfile_check_names(domain, selector, f) == 0 ? keyfile_read_configured(k, record_scheme(kind), f) : NULL;

	if (key == NULL)
		return -1;
	if (kind == RECORD_DOMAINKEYS && sign_key_type(key) != KEY_RSA) {
		sign_key_free(key);
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "DomainKeys of %s: it knows only RSA keys, and this one is "
		                 "ed25519; give domainkeys a file of its own", domain);
	}
	return records_add_key(r, kind, domain, selector, key, f);
}

static int add_keys(struct records *r, const struct dkim_key *k, const char *domain)
{
	struct fault f = { 0 };
	int status = add_scheme(r, RECORD_DKIM, k, domain, &f) < 0 ? complain(&f) : EX_OK;

	if (k->domainkeys_selector[0] == '\0')
		return status;
	int other = add_scheme(r, RECORD_DOMAINKEYS, k, domain, &f) < 0 ? complain(&f) : EX_OK;
	add_once(r, RECORD_POLICY, "_domainkey.%s", domain);
	return status == EX_OK ? other : status;
}

/* A record of its own would only weaken what a domain above it says (RFC 9989's tree walk). */
static bool has_one_above(const struct settings *s, const char *domain)
{
	for (size_t i = 0; i < s->dkim_count; i++) {
		struct span above = span_of(s->dkim[i].domain);
		if (above.len > 2 && above.at[0] == '*')
			above = (struct span){ above.at + 2, above.len - 2 };
		if (strlen(domain) > above.len && domain_is_within(span_of(domain), above))
			return true;
	}
	return false;
}

static int add_entry(struct records *r, const struct settings *s, const struct dkim_key *k, const char *domain)
{
	int status = add_keys(r, k, domain);

	if (!has_one_above(s, domain))
		add_once(r, RECORD_DMARC, "_dmarc.%s", domain);
	return status;
}

/* ---- patterns: what each domain needs, as notes ---- */

void records_note(struct records *r, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	text_list_add(&r->notes, buf_span(&text));
	buf_free(&text);
}

static int note_entry(struct records *r, const struct dkim_key *k)
{
	struct records template = { 0 };
	int status = add_keys(&template, k, TEMPLATE_NAME);

	if (strcmp(k->domain, "*") == 0)
		add_once(&template, RECORD_DMARC, "_dmarc.%s", TEMPLATE_NAME);
	else
		add_once(&template, RECORD_DMARC, "_dmarc.%s", k->domain + 2);
	records_note(r, "%s: each domain%s%s signs as itself, and needs these, its name in the place of " TEMPLATE_NAME
	            " (signet dns NAME prints them):", k->domain, k->domain[1] ? " below " : "", k->domain[1] ? k->domain + 2 : "");
	for (size_t i = 0; i < template.count; i++)
		records_note(r, "%s %s", template.items[i].name, template.items[i].value);
	records_free(&template);
	return status;
}

static int of_domain(const struct settings *s, const char *domain, struct records *out)
{
	struct fault f = { 0 };
	int status = EX_OK;

	if (keyfile_check_names(domain, "selector", &f) < 0)   /* "*" signs for whatever it is asked */
		return complain(&f);
	const struct dkim_key **keys = mem_resize(NULL, s->dkim_count + 1, sizeof *keys);
	size_t count = key_choice(s, span_of(domain), keys);
	for (size_t i = 0; i < count; i++) {
		bool as_itself = span_eq_nocase(key_choice_domain(keys[i], span_of(domain)), span_of(domain));
		int one = as_itself ? add_entry(out, s, keys[i], domain) : EX_OK;
		status = status == EX_OK ? one : status;
	}
	free(keys);
	return status;
}

int records_of_settings(const struct settings *s, const char *only, struct records *out)
{
	int status = EX_OK;

	if (only)
		return of_domain(s, only, out);
	for (size_t i = 0; i < s->dkim_count; i++) {
		const struct dkim_key *k = &s->dkim[i];
		int one = k->domain[0] == '*' ? note_entry(out, k) : add_entry(out, s, k, k->domain);
		status = status == EX_OK ? one : status;
	}
	return status;
}

/* ---- forms ---- */

static struct span next_string(struct span *value)
{
	struct span s = { value->at, value->len < STRING_BYTES_MAX ? value->len : STRING_BYTES_MAX };

	*value = (struct span){ value->at + s.len, value->len - s.len };
	return s;
}

/* Zone files and nsupdate escape these two, and values hold nothing else that matters. */
static void print_quoted(FILE *to, struct span s)
{
	putc('"', to);
	for (size_t i = 0; i < s.len; i++)
		fprintf(to, s.at[i] == '"' || s.at[i] == '\\' ? "\\%c" : "%c", s.at[i]);
	putc('"', to);
}

static void print_strings(FILE *to, const char *value, const char *between)
{
	struct span rest = span_of(value);

	print_quoted(to, next_string(&rest));
	while (rest.len > 0) {
		fputs(between, to);
		print_quoted(to, next_string(&rest));
	}
}

static void print_plain(FILE *to, const struct record *r)
{
	fprintf(to, "%s %s\n", r->name, r->value);
}

static void print_bind(FILE *to, const struct record *r)
{
	fprintf(to, "%s. IN TXT (\n\t", r->name);
	print_strings(to, r->value, "\n\t");
	fprintf(to, " )\n");
}

/*
 * A key's record is ours to replace. What else is at the other names may be another's: they are made where nothing is. SPF
 * stands among other TXT records, and takes the place of one of them.
 */
static void print_nsupdate(FILE *to, const struct record *r)
{
	if (r->key)
		fprintf(to, "update delete %s. TXT\n", r->name);
	else if (r->kind != RECORD_SPF)
		fprintf(to, "prereq nxrrset %s. TXT\n", r->name);
	if (r->replaces) {
		fprintf(to, "update delete %s. TXT ", r->name);
		print_strings(to, r->replaces, " ");
		fprintf(to, "\n");
	}
	fprintf(to, "update add %s. %d TXT ", r->name, RECORDS_TTL_S);
	print_strings(to, r->value, " ");
	fprintf(to, "\nsend\n");
}

static void add_json(struct json *j, const struct record *r)
{
	static const char *const purposes[] = { "dkim", "domainkeys", "domainkeys-policy", "dmarc", "spf", "revocation" };
	struct span rest = span_of(r->value);

	json_space(j, "\n  ");
	json_object(j, NULL);
	json_space(j, " ");
	json_text(j, "name", r->name);
	json_text(j, "type", "TXT");
	json_count(j, "ttl", RECORDS_TTL_S);
	json_text(j, "purpose", purposes[r->kind]);
	json_space(j, "\n    ");
	json_text(j, "value", r->value);
	if (r->replaces) {
		json_space(j, "\n    ");
		json_text(j, "replaces", r->replaces);
	}
	json_space(j, "\n    ");
	json_array(j, "strings");
	do {
		json_space(j, " ");
		json_span(j, NULL, next_string(&rest));
	} while (rest.len > 0);
	json_space(j, " ");
	json_end(j);
	json_space(j, " ");
	json_end(j);
}

static void print_json(FILE *to, const struct records *r)
{
	struct buf out = { 0 };
	struct json j = { .out = &out };

	json_array(&j, NULL);
	for (size_t i = 0; i < r->count; i++)
		add_json(&j, &r->items[i]);
	json_space(&j, r->count > 0 ? "\n" : "\n\n");
	json_end(&j);
	fprintf(to, "%s\n", buf_text(&out));
	buf_free(&out);
}

struct record_format {
	const char *name;
	const char *comment;     /* what a comment begins with; NULL: there are none */
	void (*print)(FILE *to, const struct record *r);
	void (*print_all)(FILE *to, const struct records *r);    /* in place of print */
};

static const struct record_format formats[] = {
	{ "plain",    "# ", print_plain, NULL },
	{ "bind",     "; ", print_bind, NULL },
	{ "json",     NULL, NULL, print_json },
	{ "nsupdate", "; ", print_nsupdate, NULL },
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

const struct record_format *record_format_named(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const char *record_format_names(void)
{
	static char names[64];
	size_t len = 0;

	for (size_t i = 0; i < FORMATS; i++)
		len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? "|" : "", formats[i].name);
	return names;
}

void records_print(const struct records *r, const struct record_format *format, FILE *to)
{
	if (format->print_all)
		format->print_all(to, r);
	for (size_t i = 0; format->print && i < r->count; i++)
		format->print(to, &r->items[i]);
	for (size_t i = 0; i < r->notes.count; i++)
		fprintf(format->comment ? to : stderr, "%s%s\n", format->comment ? format->comment : "signet: ", r->notes.items[i]);
}
