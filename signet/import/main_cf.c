/* SPDX-License-Identifier: ISC */
#include "signet/import/main_cf.h"

#include "base/units.h"

#include <stdlib.h>

/* Only what other parameters, or we, rest on. */
static const struct {
	const char *name, *value;
} defaults[] = {
	{ "myorigin", "$myhostname" },
	{ "mydestination", "$myhostname, localhost.$mydomain, localhost" },
	{ "default_transport", "smtp" },
	{ "relay_transport", "relay" },
	{ "relay_domains", "$mydestination" },
	{ "local_transport", "local:$myhostname" },
	{ "alias_maps", "hash:/etc/aliases" },
	{ "alias_database", "hash:/etc/aliases" },
	{ "inet_interfaces", "all" },
	{ "inet_protocols", "all" },
	{ "default_database_type", "hash" },
	{ "config_directory", "/etc/postfix" },
	{ "queue_directory", "/var/spool/postfix" },
	{ "default_privs", "nobody" },
	{ "smtp_helo_name", "$myhostname" },
	{ "mail_spool_directory", "/var/mail" },
	{ "parent_domain_matches_subdomains", "" },
};

struct expansion {
	const struct foreign_items *items;
	const char *hostname;
	struct buf *out;
	const char *above[MAIN_CF_DEPTH_MAX];    /* names being resolved */
	size_t depth;
	unsigned names;                          /* resolved so far */
};

enum { NAMES_MAX = 20000, PARAMETERS_MAX = 10000 };

static void expand_text(struct expansion *x, struct span text);

static bool is_name_byte(char c)
{
	return byte_is_letter_or_digit(c) || c == '_';
}

/* What the parameter was set to, unresolved; at is NULL where nobody says. */
static struct span raw_value(const struct expansion *x, const char *name)
{
	const struct foreign_item *item = foreign_find(x->items, name);

	if (item)
		return span_of(item->value);
	if (strcmp(name, "myhostname") == 0)
		return span_of(x->hostname);
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		if (strcmp(defaults[i].name, name) == 0)
			return span_of(defaults[i].value);
	return (struct span){ 0 };
}

static void expand_name(struct expansion *x, const char *name)
{
	struct span raw = raw_value(x, name);

	for (size_t i = 0; i < x->depth; i++)
		if (strcmp(x->above[i], name) == 0)
			return;
	if (x->depth == MAIN_CF_DEPTH_MAX || x->names >= NAMES_MAX || x->out->len >= MAIN_CF_VALUE_MAX)
		return;
	x->names++;
	x->above[x->depth++] = name;
	if (raw.at) {
		expand_text(x, raw);
	} else if (strcmp(name, "mydomain") == 0) {
		/* myhostname without its first label, unless that would leave a single one. */
		size_t before = x->out->len;
		expand_name(x, "myhostname");
		struct span host = { x->out->at ? x->out->at + before : "", x->out->len - before }, rest = host;
		span_cut(&rest, '.');
		bool shorter = rest.at && memchr(rest.at, '.', rest.len) != NULL;
		char *domain = mem_text_span(shorter ? rest : host.len ? host : SPAN(""));
		x->out->len = before;
		buf_add_text(x->out, domain);
		free(domain);
	}
	x->depth--;
}

/* The end of what an opening bracket at text.at begins: its length with both brackets; 0: nothing closes it. */
static size_t bracket_len(struct span text)
{
	char open = text.at[0], close = open == '{' ? '}' : ')';
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		depth += text.at[i] == open;
		if (text.at[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* A choice's text: "{text}" is text, cut off rest; without braces all that there is. */
static struct span cut_choice(struct span *rest)
{
	struct span whole = *rest;
	size_t len = rest->len > 0 && rest->at[0] == '{' ? bracket_len(*rest) : 0;

	if (len == 0) {
		*rest = (struct span){ 0 };
		return whole;
	}
	*rest = (struct span){ rest->at + len, rest->len - len };
	return (struct span){ whole.at + 1, len - 2 };
}

/* The inside of ${…}. */
static void expand_inside(struct expansion *x, struct span inside)
{
	size_t len = 0;

	while (len < inside.len && is_name_byte(inside.at[len]))
		len++;
	char *name = mem_text_span((struct span){ inside.at, len });
	char mark = len < inside.len ? inside.at[len] : '\0';
	if (mark == '\0') {
		expand_name(x, name);
	} else if (mark == '?' || mark == ':') {
		size_t before = x->out->len;
		expand_name(x, name);
		bool set = x->out->len > before;
		x->out->len = before;
		struct span rest = { inside.at + len + 1, inside.len - len - 1 }, first = cut_choice(&rest), second = { 0 };
		if (mark == '?' && rest.len > 0 && rest.at[0] == ':') {
			rest = (struct span){ rest.at + 1, rest.len - 1 };
			second = cut_choice(&rest);
		}
		struct span chosen = mark == ':' ? (set ? second : first) : set ? first : second;
		if (x->depth < MAIN_CF_DEPTH_MAX && chosen.len > 0) {
			x->above[x->depth++] = "";
			expand_text(x, chosen);
			x->depth--;
		}
	}
	free(name);
}

static void expand_text(struct expansion *x, struct span text)
{
	for (size_t i = 0; i < text.len && x->out->len < MAIN_CF_VALUE_MAX; i++) {
		struct span rest = { text.at + i + 1, text.len - i - 1 };
		if (text.at[i] != '$' || rest.len == 0) {
			buf_add_byte(x->out, text.at[i]);
		} else if (rest.at[0] == '$') {
			buf_add_byte(x->out, '$');
			i++;
		} else if (rest.at[0] == '{' || rest.at[0] == '(') {
			size_t len = bracket_len(rest);
			if (len == 0)
				return;
			expand_inside(x, (struct span){ rest.at + 1, len - 2 });
			i += len;
		} else {
			size_t len = 0;
			while (len < rest.len && is_name_byte(rest.at[len]))
				len++;
			char *name = mem_text_span((struct span){ rest.at, len });
			expand_name(x, name);
			free(name);
			i += len;
		}
	}
}

void main_cf_expand(const struct foreign_items *items, const char *hostname, struct span text, struct buf *out)
{
	struct expansion x = { .items = items, .hostname = hostname, .out = out };

	expand_text(&x, text);
}

static void drop_items(struct foreign_items *items, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < items->count; i++) {
		if (span_eq_nocase(span_of(items->items[i].key), span_of(name))) {
			free(items->items[i].key);
			free(items->items[i].value);
		} else {
			items->items[kept++] = items->items[i];
		}
	}
	items->count = kept;
}

const char *main_cf_drop_empty(struct foreign_items *items, const char *hostname, unsigned *line)
{
	static const char *const never_empty[] = { "myhostname", "mydomain", "myorigin", "queue_directory", "default_database_type", "default_privs" };

	for (size_t i = 0; i < sizeof never_empty / sizeof never_empty[0]; i++) {
		const struct foreign_item *item = foreign_find(items, never_empty[i]);
		struct buf value = { 0 };
		if (item)
			main_cf_expand(items, hostname, span_of(item->value), &value);
		bool is_empty = item && span_trim(buf_span(&value)).len == 0;
		*line = is_empty ? item->line : 0;
		buf_free(&value);
		if (is_empty) {
			drop_items(items, never_empty[i]);
			return never_empty[i];
		}
	}
	return NULL;
}

void main_cf_settle(const struct foreign_items *items, const char *hostname, struct foreign_items *out)
{
	for (size_t i = 0; i < items->count && i < PARAMETERS_MAX; i++) {
		const struct foreign_item *item = &items->items[i];
		struct expansion x = { .items = items, .hostname = hostname };
		struct buf value = { 0 };
		if (foreign_find(items, item->key) != item)
			continue;
		x.out = &value;
		x.above[x.depth++] = item->key;
		expand_text(&x, span_of(item->value));
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = (struct foreign_item){ mem_text(item->key), buf_take(&value), item->line };
	}
}

bool main_cf_is_mentioned(const struct foreign_items *items, const char *name)
{
	for (size_t i = 0; i < items->count; i++)
		for (const char *at = items->items[i].value; (at = strstr(at, name)) != NULL; at++) {
			bool begins = at > items->items[i].value && (at[-1] == '$' || at[-1] == '{' || at[-1] == '(');
			if (begins && !is_name_byte(at[strlen(name)]))
				return true;
		}
	return false;
}

char *main_cf_value(const struct foreign_items *settled, const char *hostname, const char *name)
{
	struct buf value = { 0 };
	const struct foreign_item *item = foreign_find(settled, name);
	struct expansion x = { .items = settled, .hostname = hostname, .out = &value };

	if (item)
		return mem_text(item->value);
	expand_name(&x, name);
	return buf_take(&value);
}

bool main_cf_time(struct span value, char unit, struct buf *out)
{
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = { { 's', SECOND_MS }, { 'm', MINUTE_MS }, { 'h', HOUR_MS }, { 'd', DAY_MS }, { 'w', 7 * DAY_MS } };
	uint64_t all = 0;
	bool any = false;

	for (size_t i = 0; i < value.len;) {
		uint64_t number = 0, ms = 0;
		size_t from = i;
		while (i < value.len && byte_is_digit(value.at[i]) && number < UINT32_MAX)
			number = number * 10 + (uint64_t)(value.at[i++] - '0');
		if (i == from || (i < value.len && byte_is_digit(value.at[i])))
			return false;
		char is = i < value.len && !byte_is_digit(value.at[i]) && !byte_is_white(value.at[i]) ? byte_lower(value.at[i++]) : unit;
		for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
			if (units[k].unit == is)
				ms = units[k].ms;
		if (ms == 0 || number > (uint64_t)INT64_MAX / 4 / ms)
			return false;
		all += number * ms;
		any = true;
		while (i < value.len && byte_is_white(value.at[i]))
			i++;
		if (all > (uint64_t)INT64_MAX / 4)
			return false;
	}
	if (any)
		units_print_duration((int64_t)all, out);
	return any;
}
