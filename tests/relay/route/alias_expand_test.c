/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/alias_expand.h"

#include <stdio.h>
#include <stdlib.h>

static struct settings settings;
static struct alias_file file, lists[3];

/* Two lists, and one that cannot be read. */
static const char *const list_texts[] = { "# people\na@x.example\nbob, c@x.example\n", "\\bob\n:include:/l2\nnested\n|/bin/p\n", "" };

static struct alias_place find(void *context, struct span name)
{
	const struct alias *a = alias_find(&file, name);

	(void)context;
	return (struct alias_place){ a ? "/etc/aliases" : NULL, a };
}

static const struct alias *list(void *context, const char *path, struct fault *f)
{
	(void)context;
	for (int i = 0; i < 3; i++)
		if (path[0] == '/' && path[1] == 'l' && path[2] == '1' + i && path[3] == '\0')
			return &lists[i].items[0];
	fault_set(f, FAULT_PERMANENT, "4.3.5", "No such file or directory");
	return NULL;
}

static const struct alias_source source = { NULL, find, list };

/* Who gets it: as it is for what leaves, "=NAME" for what stays, "!STATUS" for what is refused; "^LIST" after it: by that list. */
static const struct row {
	const char *what, *aliases, *address, *want;
	const char *root, *map;
} rows[] = {
	{ "an address that leaves", "a: b@x.example", "a@y.example", "a@y.example", "", "" },
	{ "one at domain, too", "a: b@x.example", "a@example.org", "a@example.org", "", "" },
	{ "a name", "a: b@x.example", "a", "b@x.example", "", "" },
	{ "at a local domain", "a: b@x.example", "a@localhost", "b@x.example", "", "" },
	{ "in any case", "Al: b@x.example", "aL@LOCALHOST", "b@x.example", "", "" },
	{ "a name in quotes", "\"a b\": c@x.example", "\"a b\"", "c@x.example", "", "" },
	{ "several", "a: b@x.example, c@x.example", "a", "b@x.example c@x.example", "", "" },
	{ "nested", "a: b, c@x.example\nb: d@localhost\nd: e@x.example", "a", "e@x.example c@x.example", "", "" },
	{ "a domain in UTF-8", "a: b@b\xc3\xbc.example", "a", "b@xn--b-eha.example", "", "" },
	{ "a domain that has no A-label", "a: b@-\xc3\xbc.example, c@x.example", "a", "!5.1.3 c@x.example", "", "" },

	{ "no alias, and no root", "a: b@x.example", "c", "=c", "", "" },
	{ "no alias: root", "a: b@x.example", "c", "me@isp.example", "me@isp.example", "" },
	{ "an alias, and root", "a: b@x.example", "a", "b@x.example", "me@isp.example", "" },
	{ "a member without an alias: root", "a: b, c@x.example", "a", "me@isp.example c@x.example", "me@isp.example", "" },
	{ "no aliases at all", NULL, "a", "=a", "", "" },
	{ "root is local itself", "", "a", "=me@localhost", "me@localhost", "" },

	{ "itself stays", "a: a", "a", "=a", "me@isp.example", "" },
	{ "itself at a local domain", "a: A@localhost, b@x.example", "a", "=A@localhost b@x.example", "", "" },
	{ "with a backslash", "a: \\a, b@x.example", "a", "=a b@x.example", "me@isp.example", "" },
	{ "another with a backslash", "a: \\b\nb: c@x.example", "a", "=b", "me@isp.example", "" },
	{ "a backslash before an address", "a: \\b@x.example", "a", "b@x.example", "", "" },
	{ "by way of another, itself stays", "a: b\nb: b, c@x.example", "a", "=b c@x.example", "", "" },
	{ "a loop", "a: b\nb: a", "a", "!5.4.6", "", "" },
	{ "a longer one", "a: b\nb: c\nc: a", "b", "!5.4.6", "", "" },
	{ "a loop beside an address", "a: b, c@x.example\nb: a, d@x.example", "a", "d@x.example c@x.example", "", "" },
	{ "a loop is not root's", "a: b\nb: a", "a", "!5.4.6", "me@isp.example", "" },
	{ "one alias by two ways", "a: b, c\nb: d\nc: d\nd: e@x.example", "a", "e@x.example", "", "" },
	{ "an empty alias", "a:\n", "a", "!5.1.1", "me@isp.example", "" },
	{ "empty beside an address", "a: b, c@x.example\nb:\n", "a", "c@x.example", "", "" },

	{ "a tag goes on", "a: b@x.example", "a+t", "b+t@x.example", "", "" },
	{ "through nested ones", "a: b\nb: c@x.example", "a+t+u@localhost", "c+t+u@x.example", "", "" },
	{ "not where there is one", "a: b+s@x.example, c@x.example", "a+t", "b+s@x.example c+t@x.example", "", "" },
	{ "not to a quoted one", "a: \"b c\"@x.example", "a+t", "\"b c\"@x.example", "", "" },
	{ "the whole name first", "a: b@x.example\na+t: c@x.example", "a+t", "c@x.example", "", "" },
	{ "then any tag", "a: b@x.example\na+*: c@x.example", "a+t", "c@x.example", "", "" },
	{ "any tag is not none", "a+*: c@x.example", "a", "=a", "", "" },
	{ "none is not any tag", "a: b@x.example\na+*: c@x.example", "a", "b@x.example", "", "" },
	{ "a tag of one that is itself", "a: a, b@x.example", "a+t", "=a+t b+t@x.example", "", "" },
	{ "a tag is not all of a name", "+t: b@x.example", "+t", "b@x.example", "", "" },
	{ "a tag and a list", "a: :include:/l1, d@x.example\nbob: e@x.example", "a+t", "a@x.example e@x.example c@x.example d+t@x.example", "", "" },
	{ "one alias with two tags", "a: b+s, b+t, b+s\nb: c@x.example", "a", "c+s@x.example c+t@x.example", "", "" },
	{ "a loop with tags", "a: b+s\nb: a+t, a+u", "a", "!5.4.6", "", "" },
	{ "a tag to root", "", "a+t", "me@isp.example", "me@isp.example", "" },

	{ "a catch-all", "*: b@x.example", "a", "b@x.example", "", "" },
	{ "its other name", "default: b@x.example", "a", "b@x.example", "", "" },
	{ "both", "default: b@x.example\n*: c@x.example", "a", "c@x.example", "", "" },
	{ "before root", "*: b@x.example", "a", "b@x.example", "me@isp.example", "" },
	{ "after an alias", "*: b@x.example\na: c@x.example", "a", "c@x.example", "", "" },
	{ "for members", "*: b@x.example\na: d, c@x.example", "a", "b@x.example c@x.example", "", "" },
	{ "not for what is itself", "*: b@x.example\na: a", "a", "=a", "", "" },
	{ "not for what leaves", "*: b@x.example", "a@y.example", "a@y.example", "", "" },
	{ "a name in it stays", "*: b", "a", "=b", "me@isp.example", "" },
	{ "but root, where it has a reader", "*: root", "a", "me@isp.example", "me@isp.example", "" },
	{ "one that leads on", "*: root\nroot: b@x.example", "a", "b@x.example", "me@isp.example", "" },
	{ "one that leads back", "*: a\na: c", "b", "=c", "", "" },
	{ "without a tag", "*: b@x.example", "a+t", "b@x.example", "", "" },
	{ "nobody is called so", "default: b@x.example", "default+t", "b@x.example", "", "" },

	{ "a list", "a: :include:/l1", "a", "a@x.example =bob c@x.example", "", "" },
	{ "a list in a list", "a: :include:/l2, b@x.example\nnested: n@x.example", "a", "=bob n@x.example !5.3.3 b@x.example", "", "" },
	{ "an empty list", "a: :include:/l3", "a", "!5.1.1", "", "" },
	{ "a list that is not there", "a: :include:/none, b@x.example", "a", "!5.2.4 b@x.example", "", "" },
	{ "a list with the name itself", "bob: :include:/l1", "bob", "a@x.example =bob c@x.example", "", "" },

	{ "a program", "a: |/bin/x, b@x.example", "a", "!5.3.3 b@x.example", "", "" },
	{ "a program in quotes", "a: \"|/bin/x -y\"", "a", "!5.3.3", "me@isp.example", "" },
	{ "a program that is allowed", "a: |/bin/allowed, b@x.example", "a", "=| /bin/allowed b@x.example", "me@isp.example", "" },
	{ "with any arguments", "a: \"|/bin/allowed -x me@example.org\"", "a", "=| /bin/allowed -x me@example.org", "", "domain" },
	{ "one in a folder", "a: \"| /usr/lib/mm/post list\"", "a+t", "=| /usr/lib/mm/post list", "", "" },
	{ "not one above it", "a: |/usr/lib/mm/../evil", "a", "!5.3.3", "", "" },
	{ "a whole command", "a: \"|/bin/exact one\"", "a", "=| /bin/exact one", "", "" },
	{ "and no other", "a: \"|/bin/exact two\"", "a", "!5.3.3", "", "" },
	{ "nothing for a shell", "a: \"|/bin/allowed; /bin/x\"", "a", "!5.3.3", "", "" },
	{ "a name like a program's", "b: c", "\"| /bin/allowed\"", "=\"| /bin/allowed\"", "", "" },
	{ "a file", "a: /dev/null", "a", "!5.3.3", "", "" },
	{ "what is no address", "a: b@x.example, c@d@e", "a", "b@x.example !5.1.3", "", "" },

	{ "a list that is owned", "a: b@x.example\nowner-a: o", "a", "b@x.example^a", "", "" },
	{ "the innermost counts", "a: b, c@x.example\nowner-a: o\nb: d@x.example, e\ne: f@x.example\nowner-b: p", "a",
	  "d@x.example^b f@x.example^b c@x.example^a", "", "" },
	{ "what is refused, too", "a: |b\nowner-a: o", "a", "!5.3.3^a", "", "" },
	{ "mail to the owner", "a: b@x.example\nowner-a: o@x.example", "owner-a", "o@x.example", "", "" },

	{ "names at domain", "a: b@x.example, c", "a", "b@x.example c@example.org", "", "domain" },
	{ "any name", "", "a+t@localhost", "a+t@example.org", "", "domain" },
	{ "and at hostname", "", "a@web1.example.org", "a@example.org", "", "domain" },
	{ "root's remain root's", "", "root@web1.example.org", "me@isp.example", "me@isp.example", "domain" },
	{ "postmaster, too", "", "Postmaster", "me@isp.example", "me@isp.example", "domain" },
	{ "others do not", "", "a", "a@example.org", "me@isp.example", "domain" },
	{ "without a reader", "", "root", "root@example.org", "", "domain" },
	{ "what is itself stays", "a: a", "a", "=a", "", "domain" },
	{ "a catch-all before it", "*: b@x.example, c", "a", "b@x.example c@example.org", "", "domain" },
	{ "hostname is not local by itself", "a: b@x.example", "a@web1.example.org", "a@web1.example.org", "", "" },
};

static void set_text(char **setting, const char *value)
{
	free(*setting);
	*setting = mem_text(value);
}

static void expand_to(const char *address, const struct alias_source *from, struct alias_expansion *out)
{
	struct alias_rules rules = { &settings, false, from };

	alias_expand(&rules, span_of(address), 50000, out);
}

static void describe(const struct alias_expansion *e, struct buf *out)
{
	static const char *const marks[] = { [ALIAS_LEAVES] = "", [ALIAS_STAYS] = "=", [ALIAS_REFUSED] = "!" };

	for (size_t i = 0; i < e->count; i++) {
		const struct alias_recipient *r = &e->items[i];
		buf_printf(out, "%s%s%s", i ? " " : "", marks[r->verdict], r->verdict == ALIAS_REFUSED ? r->status : r->address);
		if (r->list)
			buf_printf(out, "^%s", r->list->name);
	}
}

static void tables(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct alias_expansion e = { 0 };
		struct buf got = { 0 };
		set_text(&settings.root, rows[i].root);
		set_text(&settings.local_map, rows[i].map[0] ? rows[i].map : "host");
		alias_file_read(span_of(rows[i].aliases), &file);
		expand_to(rows[i].address, rows[i].aliases ? &source : NULL, &e);
		describe(&e, &got);
		is_text(buf_text(&got), rows[i].want, "%s", rows[i].what);
		alias_expansion_free(&e);
		alias_file_free(&file);
		buf_free(&got);
	}
	set_text(&settings.root, "");
	set_text(&settings.local_map, "host");
}

/* A report says where it stands. */
static void reasons(void)
{
	static const struct {
		const char *aliases, *why;
		unsigned line;
	} table[] = {
		{ "\na: |/bin/x y", "\"|/bin/x y\" is a program, and the setting alias_programs does not allow it; add it there, or name an address in its place (alias "
		  "\"a\", /etc/aliases:2)", 2 },
		{ "a: b@x.example,\n /dev/null", "/dev/null is a file, and Signet writes mail to no file; name an address in its place (alias "
		  "\"a\", /etc/aliases:2)", 2 },
		{ "a: :include:/l2", "\"|/bin/p\" is a program, which a list may not name; name it in the alias (alias "
		  "\"a\", /l2:4)", 4 },
		{ "#\na: b\nb: a", "the alias leads back to itself and to nobody else (alias \"a\", /etc/aliases:2)", 2 },
		{ "a:", "the alias leads to nobody (alias \"a\", /etc/aliases:1)", 1 },
		{ "a: :include:/none", "the list /none cannot be read: No such file or directory (alias \"a\", /etc/aliases:1)", 1 },
		{ "a: b c d", "no mail address can be read in \"b c d\" (alias \"a\", /etc/aliases:1)", 1 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct alias_expansion e = { 0 };
		alias_file_read(span_of(table[i].aliases), &file);
		expand_to("a", &source, &e);
		const struct alias_recipient *r = &e.items[0];
		for (size_t k = 0; k < e.count; k++)
			if (e.items[k].verdict == ALIAS_REFUSED)
				r = &e.items[k];
		is_text(r->why, table[i].why, "what the report says");
		is_int(r->line, table[i].line, "and the line alone");
		alias_expansion_free(&e);
		alias_file_free(&file);
	}
}

static void owners(void)
{
	static const struct { const char *owner, *want; } table[] = {
		{ "me@example.org", "me@example.org" },
		{ "me@isp.example", "owner-a" },
		{ "me@example.org, you@example.org", "owner-a" },
		{ "bob", "owner-a" },
		{ "o2\no2: me@Example.ORG", "me@Example.ORG" },
	};
	struct alias_rules rules = { &settings, false, &source };

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct buf text = { 0 }, sender = { 0 };
		buf_printf(&text, "a: b@x.example\nowner-a: %s\n", table[i].owner);
		alias_file_read(buf_span(&text), &file);
		alias_owner(&rules, alias_find(&file, SPAN("a")), &sender);
		is_text(buf_text(&sender), table[i].want, "the owner is %s", table[i].owner);
		alias_file_free(&file);
		buf_free(&text);
		buf_free(&sender);
	}
}

/* As the queue, which has one row, asks. */
static void at_hostname(void)
{
	static const struct { const char *aliases, *address, *want; } table[] = {
		{ "a: b@x.example", "a@web1.example.org", "b@x.example" },
		{ "a: b@x.example", "a+t@Web1.example.org", "b+t@x.example" },
		{ "a: c\nc: d@x.example", "a@web1.example.org", "d@x.example" },
		{ "a: a", "a@web1.example.org", "=a" },
		{ "*: b@x.example", "a@web1.example.org", "b@x.example" },
		{ "a: b@x.example, c@x.example", "a@web1.example.org", NULL },
		{ "a: |b", "a@web1.example.org", NULL },
		{ "a: b\nb: a", "a@web1.example.org", NULL },
		{ "c: b@x.example", "a@web1.example.org", NULL },
		{ "a: b@x.example", "a@localhost", NULL },
		{ "a: b@x.example", "a@y.example", NULL },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct alias_expansion e = { 0 };
		struct buf got = { 0 };
		alias_file_read(span_of(table[i].aliases), &file);
		bool has = alias_reader_at_hostname(&settings, &source, span_of(table[i].address), &e);
		describe(&e, &got);
		is_text(has ? buf_text(&got) : "none", table[i].want ? table[i].want : "none", "%s, by \"%s\"", table[i].address,
		        table[i].aliases);
		alias_expansion_free(&e);
		alias_file_free(&file);
		buf_free(&got);
	}
}

static void bounds(void)
{
	struct buf text = { 0 };
	struct alias_expansion e = { 0 };
	struct alias_rules rules = { &settings, false, &source };

	for (int i = 0; i < 100; i++)
		buf_printf(&text, "n%d: n%d\n", i, i + 1);
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "%sm%d@x.example", i ? ", " : "all: ", i);
	buf_add_text(&text, "\nmany: ");
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "%sk%d", i ? ", " : "", i);
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "\nk%d: k%d@x.example, many", i, i);
	alias_file_read(buf_span(&text), &file);
	expand_to("n0", &source, &e);
	ok(e.count == 1 && strcmp(e.items[0].status, "5.4.6") == 0, "too deep");
	ok(e.count == 1 && strstr(e.items[0].why, "deeper than 50"), "and it is said");
	alias_expansion_free(&e);
	expand_to("n60", &source, &e);
	ok(e.count == 1 && e.items[0].verdict == ALIAS_STAYS, "deep, and not too deep");
	alias_expansion_free(&e);
	expand_to("all", &source, &e);
	is_int(e.count, 10000, "ten thousand members");
	alias_expansion_free(&e);
	expand_to("many", &source, &e);
	is_int(e.count, 10000, "ten thousand that are aliases, and lead back");
	alias_expansion_free(&e);
	alias_expand(&rules, SPAN("all"), 100, &e);
	is_int(e.count, 101, "no more than are wanted");
	alias_expansion_free(&e);
	alias_file_free(&file);
	buf_free(&text);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 14 + 5 + 11 + 6);
	settings_begin(&settings);
	set_text(&settings.hostname, "web1.example.org");
	set_text(&settings.domain, "example.org");
	text_list_add(&settings.alias_programs, SPAN("/bin/allowed"));
	text_list_add(&settings.alias_programs, SPAN("/usr/lib/mm/"));
	text_list_add(&settings.alias_programs, SPAN("/bin/exact one"));
	for (int i = 0; i < 3; i++)
		alias_list_read(span_of(list_texts[i]), &lists[i]);
	tables();
	reasons();
	owners();
	at_hostname();
	bounds();
	for (int i = 0; i < 3; i++)
		alias_file_free(&lists[i]);
	settings_free(&settings);
	return tap_done();
}
