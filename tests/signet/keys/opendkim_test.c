/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/keys/opendkim.h"

#include <stdlib.h>

static void datasets(void)
{
	static const struct { const char *value; enum opendkim_kind kind; const char *rest; } rows[] = {
		{ "/etc/opendkim/KeyTable", OPENDKIM_FILE, "/etc/opendkim/KeyTable" },
		{ "file:/k", OPENDKIM_FILE, "/k" },
		{ "refile:/k", OPENDKIM_REFILE, "/k" },
		{ "REFILE:/k", OPENDKIM_REFILE, "/k" },
		{ "csl:a=b", OPENDKIM_LIST, "a=b" },
		{ "a=example.org:mail:/k", OPENDKIM_LIST, "a=example.org:mail:/k" },
		{ "example.org,example.net", OPENDKIM_LIST, "example.org,example.net" },
		{ "dsn:mysql://u:p@h/d", OPENDKIM_UNKNOWN, "dsn:mysql://u:p@h/d" },
		{ "ldap://h", OPENDKIM_UNKNOWN, "ldap://h" },
		{ "", OPENDKIM_LIST, "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *rest = NULL;
		is_int(opendkim_dataset(rows[i].value, &rest), rows[i].kind, "\"%s\"", rows[i].value);
		is_text(rest, rows[i].rest, "and its rest");
	}
}

static void conf(void)
{
	static const char text[] =
		"# comment\nSyslog yes\r\n\n  domain\t example.org, example.net  # ours\nSELECTOR mail\nKeyFile /k\n"
		"Canonicalization relaxed/simple\nMultipleSignatures yes\nOversignHeaders From\nKeyTable refile:/kt\n";
	struct opendkim_conf c;
	struct buf complaints = { 0 };

	is_int(opendkim_read_conf(span_of(text), "f", &c, &complaints), 0, "a configuration");
	is_text(c.domain, "example.org, example.net", "Domain");
	is_text(c.selector, "mail", "Selector, whatever its case");
	is_text(c.key_file, "/k", "KeyFile");
	is_text(c.key_table, "refile:/kt", "KeyTable");
	ok(c.signing_table == NULL && c.multiple, "no SigningTable, MultipleSignatures");
	is_text(c.header_canon, "relaxed", "header");
	is_text(c.body_canon, "simple", "body");
	is_int(c.others.count, 1, "one that is not taken over");
	opendkim_conf_free(&c);
	is_int(opendkim_read_conf(SPAN("Canonicalization nofws\nDomain\nSelector a\001b\n"), "f", &c, &complaints), 3, "three faults");
	is_text(buf_text(&complaints), "f:1: Canonicalization is neither simple nor relaxed\nf:2: Domain without a value\n"
	        "f:3: bytes that are not text\n", "each with its line");
	opendkim_conf_free(&c);
	buf_free(&complaints);
}

/* ---- the tables ---- */

#define SECRET "MIICXAIBAAKBgQ"

static void key_lines(void)
{
	static const struct {
		const char *text;
		enum opendkim_kind kind;
		const char *want;        /* "name domain selector path" a line; "-" is unfit */
		const char *complaint;   /* NULL: none */
	} rows[] = {
		{ "a example.org:mail:/k/m", OPENDKIM_FILE, "a example.org mail /k/m\n", NULL },
		{ " a\t Example.ORG.:Mail:/k/m # x\n\n#c\nb %:s:/k\r\n", OPENDKIM_FILE, "a example.org mail /k/m\nb % s /k\n", NULL },
		{ "a x.example:s:/k:1", OPENDKIM_FILE, "a x.example s /k:1\n", NULL },
		{ "a=x.example:s:/k, b = y.example:t:/l", OPENDKIM_LIST, "a x.example s /k\nb y.example t /l\n", NULL },
		{ "a x.example:s:" SECRET, OPENDKIM_FILE, "a x.example s -\n", NULL },
		{ "a x.example:s:./k", OPENDKIM_FILE, "a x.example s -\n", NULL },
		{ "a x.example:s:/k/%/s", OPENDKIM_FILE, "a x.example s -\n", NULL },
		{ "a", OPENDKIM_FILE, "", "f:1: a key table has lines" },
		{ "\na x.example:s", OPENDKIM_FILE, "", "f:2: a key table has lines" },
		{ "a x.example:s:", OPENDKIM_FILE, "", "f:1: a key table has lines" },
		{ "a x.example " SECRET, OPENDKIM_FILE, "", "f:1: a key table has lines" },
		{ "a x..example:s:/k", OPENDKIM_FILE, "", "f:1: the domain" },
		{ "a " SECRET "/:s:/k", OPENDKIM_FILE, "", "f:1: the domain" },
		{ "a \xc3\xa4.example:s:/k", OPENDKIM_FILE, "", "f:1: the domain" },
		{ "a x.example:s t:/k", OPENDKIM_FILE, "", "f:1: the selector" },
		{ "a x.example:../../s:/k", OPENDKIM_FILE, "", "f:1: the selector" },
		{ "a x.example::/k", OPENDKIM_FILE, "", "f:1: the selector" },
		{ "a x.example:s:/k\033[2J", OPENDKIM_FILE, "", "f:1: bytes that are not text" },
		{ "bad\nb x.example:s:/k\nworse", OPENDKIM_FILE, "b x.example s /k\n", "f:3: a key table" },
		{ "", OPENDKIM_FILE, "", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct opendkim_keys keys;
		struct buf got = { 0 }, complaints = { 0 };
		size_t faults = opendkim_read_keys(span_of(rows[i].text), "f", rows[i].kind, &keys, &complaints);
		for (size_t k = 0; k < keys.count; k++)
			buf_printf(&got, "%s %s %s %s\n", keys.items[k].name, keys.items[k].domain, keys.items[k].selector,
			           keys.items[k].unfit ? "-" : keys.items[k].path);
		is_text(buf_text(&got), rows[i].want, "%s", rows[i].text);
		is_int(faults > 0, rows[i].complaint != NULL, "faults");
		ok(rows[i].complaint == NULL || strstr(buf_text(&complaints), rows[i].complaint), "%s", buf_text(&complaints));
		ok(strstr(buf_text(&complaints), SECRET) == NULL, "no value of a line is in it");
		opendkim_keys_free(&keys);
		buf_free(&got);
		buf_free(&complaints);
	}
}

static const char key_table[] =
	"org example.org:mail:/k/org\nnet example.net:mail:/k/net\nsub sub.example.org:s:/k/sub\nany %:s:/k/any\n"
	"inside example.org:x:" SECRET "\norg2 example.org:two:/k/two\n";

static void plans(void)
{
	static const struct {
		const char *text;
		enum opendkim_kind kind;
		bool multiple;
		const char *want;       /* "domain selector identity" a line */
		size_t left_out;
		const char *note;       /* NULL: none */
	} rows[] = {
		{ "*@example.org org", OPENDKIM_REFILE, false, "example.org mail \n", 0, NULL },
		{ "example.org org\nexample.net net", OPENDKIM_FILE, false, "example.org mail \nexample.net mail \n", 0, NULL },
		{ "example.org=org,example.net=net", OPENDKIM_LIST, false, "example.org mail \nexample.net mail \n", 0, NULL },
		{ "*@example.org org\n*@*.example.org org", OPENDKIM_REFILE, false, "example.org mail \n", 0, "signs for all of example.org" },
		{ ".example.org org", OPENDKIM_FILE, false, "example.org mail \n", 0, "signs for all of example.org" },
		{ "*@a.example.org org", OPENDKIM_REFILE, false, "example.org mail \n", 0, "signs for all of example.org" },
		{ "*@sub.example.org sub\n*@example.org org", OPENDKIM_REFILE, false, "sub.example.org s \nexample.org mail \n", 0, NULL },
		{ "*@example.com org", OPENDKIM_REFILE, false, "", 1, "r:1: not taken over: its addresses are not in the key's domain" },
		{ "*@notexample.org org", OPENDKIM_REFILE, false, "", 1, "not in the key's domain" },
		{ "*@example.org sub", OPENDKIM_REFILE, false, "", 1, "not in the key's domain" },
		{ "* org", OPENDKIM_REFILE, false, "example.org mail \n", 1, "r:1: not taken over: addresses of other domains" },
		{ "*@* org", OPENDKIM_REFILE, false, "example.org mail \n", 1, "addresses of other domains" },
		{ "* any", OPENDKIM_REFILE, false, "* s \n", 0, NULL },
		{ "*@example.com any\n*@*.example.com any", OPENDKIM_REFILE, false, "example.com s \n*.example.com s \n", 0, NULL },
		{ "*.example.com any", OPENDKIM_REFILE, false, "*.example.com s \n", 0, NULL },
		{ "joe@example.org org", OPENDKIM_REFILE, false, "", 1, "for one address" },
		{ "joe@example.org org", OPENDKIM_FILE, false, "", 1, "for one address" },
		{ "example.org org", OPENDKIM_REFILE, false, "", 1, "matches no address" },
		{ "*@example.org org", OPENDKIM_FILE, false, "", 1, "matches no address" },
		{ "*@example.org org\nexample.net net", OPENDKIM_EITHER, false, "example.org mail \nexample.net mail \n", 0, NULL },
		{ "*@mail*.example.org org", OPENDKIM_REFILE, false, "", 1, "its pattern is not" },
		{ "j*@example.org org", OPENDKIM_REFILE, false, "", 1, "its pattern is not" },
		{ "*@example.org none", OPENDKIM_REFILE, false, "", 1, "no key of that name" },
		{ "*@example.org inside", OPENDKIM_REFILE, false, "", 1, "k:5: not taken over: its key is in the table" },
		{ "*@example.org org\n*@example.org org2", OPENDKIM_REFILE, false, "example.org mail \n", 0, "the first that matched" },
		{ "*@example.org org\n*@example.org org2", OPENDKIM_REFILE, true, "example.org mail \nexample.org two \n", 0, NULL },
		{ "*@example.org org:@example.org", OPENDKIM_REFILE, false, "example.org mail @example.org\n", 0, NULL },
		{ "*@example.org org:joe@sub.example.org", OPENDKIM_REFILE, false, "example.org mail joe@sub.example.org\n", 0, NULL },
		{ "*@example.org org:@example.net", OPENDKIM_REFILE, false, "example.org mail \n", 0, "without i=" },
		{ "*@example.org org:%", OPENDKIM_REFILE, false, "example.org mail \n", 0, "without i=" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct opendkim_keys keys;
		struct opendkim_rows table;
		struct opendkim_plan plan;
		struct buf got = { 0 }, complaints = { 0 };
		opendkim_read_keys(span_of(key_table), "k", OPENDKIM_FILE, &keys, &complaints);
		opendkim_read_rows(span_of(rows[i].text), "r", rows[i].kind, &table, &complaints);
		is_text(buf_text(&complaints), "", "%s", rows[i].text);
		opendkim_make_plan(&keys, "k", &table, "r", rows[i].multiple, &plan);
		for (size_t e = 0; e < plan.count; e++)
			buf_printf(&got, "%s %s %s\n", plan.items[e].domain, plan.items[e].key->selector, plan.items[e].identity);
		is_text(buf_text(&got), rows[i].want, "what it becomes");
		is_int(plan.left_out, rows[i].left_out, "what is left out");
		ok(rows[i].note ? strstr(buf_text(&plan.notes), rows[i].note) != NULL : plan.notes.len == 0, "notes: %s",
		   buf_text(&plan.notes));
		opendkim_plan_free(&plan);
		opendkim_keys_free(&keys);
		opendkim_rows_free(&table);
		buf_free(&got);
		buf_free(&complaints);
	}
}

static void no_signing_table(void)
{
	struct opendkim_keys keys;
	struct opendkim_plan plan;
	struct buf complaints = { 0 };

	opendkim_read_keys(span_of(key_table), "k", OPENDKIM_FILE, &keys, &complaints);
	opendkim_make_plan(&keys, "k", NULL, "", false, &plan);
	is_int(plan.count, 4, "each key for its own domain");
	is_int(plan.left_out, 2, "but that of any, and that in the table");
	opendkim_plan_free(&plan);
	opendkim_keys_free(&keys);
	buf_free(&complaints);
}

static void malformed_rows(void)
{
	static const char *const texts[] = { "*@example.org", "a b c", "*@a :x", "a\033 b", "=b" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct opendkim_rows rows;
		struct buf complaints = { 0 };
		is_int(opendkim_read_rows(span_of(texts[i]), "r", OPENDKIM_REFILE, &rows, &complaints), 1, "malformed row %zu", i);
		ok(strstr(buf_text(&complaints), "r:1: ") == buf_text(&complaints), "%s", buf_text(&complaints));
		is_int(rows.count, 0, "is none");
		opendkim_rows_free(&rows);
		buf_free(&complaints);
	}
}

static void many(void)
{
	struct buf text = { 0 }, complaints = { 0 };
	struct opendkim_keys keys;

	for (int i = 0; i <= OPENDKIM_ROWS_MAX; i++)
		buf_printf(&text, "k%d x.example:s:/k\n", i);
	is_int(opendkim_read_keys(buf_span(&text), "f", OPENDKIM_FILE, &keys, &complaints), 1, "too many keys");
	opendkim_keys_free(&keys);
	buf_free(&text);
	buf_free(&complaints);
}

/* Domain as a list or a file; the entries that come of it, by domain. */
static void without_tables(void)
{
	static const struct { const char *domains; enum opendkim_kind kind; const char *entries; } rows[] = {
		{ "example.org", OPENDKIM_LIST, "example.org" },
		{ "example.org, example.net", OPENDKIM_LIST, "example.org example.net" },
		{ "*", OPENDKIM_LIST, "*" },
		{ ".example.org,*.example.net", OPENDKIM_LIST, "*.example.org *.example.net" },
		{ "example.org\n# no\n\nexample.net  x\n*\n", OPENDKIM_FILE, "example.org example.net *" },
		{ "", OPENDKIM_FILE, "" },
	};

	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct buf key_text = { 0 }, row_text = { 0 }, complaints = { 0 }, entries = { 0 };
		struct opendkim_keys keys;
		struct opendkim_rows table;
		struct opendkim_plan plan;
		opendkim_make_tables(span_of(rows[i].domains), rows[i].kind, "mail", "/k", &key_text, &row_text);
		opendkim_read_keys(buf_span(&key_text), "f", OPENDKIM_FILE, &keys, &complaints);
		opendkim_read_rows(buf_span(&row_text), "f", OPENDKIM_FILE, &table, &complaints);
		opendkim_make_plan(&keys, "f", &table, "f", false, &plan);
		for (size_t k = 0; k < plan.count; k++)
			buf_printf(&entries, "%s%s", k ? " " : "", plan.items[k].domain);
		is_text(buf_text(&entries), rows[i].entries, "Domain %s", rows[i].domains);
		ok(complaints.len == 0 && plan.left_out == 0, "nothing is left out: %s%s", buf_text(&complaints), buf_text(&plan.notes));
		opendkim_plan_free(&plan);
		opendkim_keys_free(&keys);
		opendkim_rows_free(&table);
		buf_free(&key_text);
		buf_free(&row_text);
		buf_free(&complaints);
		buf_free(&entries);
	}
}

int main(void)
{
	tap_plan(261);
	without_tables();
	datasets();
	conf();
	key_lines();
	plans();
	no_signing_table();
	malformed_rows();
	many();
	return tap_done();
}
