/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/sts.h"

#include <stdlib.h>

/* ---- the record ---- */

static const struct {
	const char *name;
	const char *texts[3];
	const char *id;          /* NULL: none */
} records[] = {
	{ "the RFC's", { "v=STSv1; id=20160831085700Z;" }, "20160831085700Z" },
	{ "without the last semicolon", { "v=STSv1; id=1" }, "1" },
	{ "blanks", { "v=STSv1 ; id = 1 ;" }, "1" },
	{ "an extension", { "v=STSv1; x=y; id=1" }, "1" },
	{ "beside other records", { "v=spf1 -all", "v=STSv1; id=7", "v=STSv2; id=8" }, "7" },
	{ "none", { NULL }, NULL },
	{ "two of them", { "v=STSv1; id=1", "v=STSv1; id=1" }, NULL },
	{ "a good one and a bad one", { "v=STSv1; id=1", "v=STSv1; id=" }, NULL },
	{ "another version", { "v=STSv2; id=1" }, NULL },
	{ "the version is not first", { "id=1; v=STSv1" }, NULL },
	{ "no id", { "v=STSv1;" }, NULL },
	{ "no semicolon", { "v=STSv1" }, NULL },
	{ "an empty id", { "v=STSv1; id=;" }, NULL },
	{ "an id of 32", { "v=STSv1; id=0123456789abcdef0123456789abcdef" }, "0123456789abcdef0123456789abcdef" },
	{ "an id of 33", { "v=STSv1; id=0123456789abcdef0123456789abcdef0" }, NULL },
	{ "an id of other bytes", { "v=STSv1; id=a-b" }, NULL },
	{ "case counts", { "V=STSV1; id=1" }, NULL },
};

static void read_records(void)
{
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct buf id = { 0 }, wire[3] = { 0 };
		struct span rdatas[3];
		size_t n = 0;
		for (; n < 3 && records[i].texts[n]; n++) {
			buf_add_byte(&wire[n], (char)strlen(records[i].texts[n]));
			buf_add_text(&wire[n], records[i].texts[n]);
			rdatas[n] = buf_span(&wire[n]);
		}
		bool found = sts_record_read(rdatas, n, &id);
		is_text(found ? buf_text(&id) : "none", records[i].id ? records[i].id : "none", "record: %s", records[i].name);
		for (n = 0; n < 3; n++)
			buf_free(&wire[n]);
		buf_free(&id);
	}
}

/* ---- the policy ---- */

#define V "version: STSv1\n"

static const struct {
	const char *name, *text;
	const char *printed;     /* NULL: a fault */
} policies[] = {
	{ "the RFC's", "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\n"
	  "max_age: 604800\r\n",
	  V "mode: enforce\nmax_age: 604800\nmx: mail.example.com\nmx: *.example.net\nmx: backupmx.example.com\n" },
	{ "LF alone, and no end to the last line", V "mode: testing\nmx: a.example\nmax_age: 86400",
	  V "mode: testing\nmax_age: 86400\nmx: a.example\n" },
	{ "none needs no mx", V "mode: none\nmax_age: 86400\n", V "mode: none\nmax_age: 86400\n" },
	{ "blanks", "version :STSv1 \nmode:\tenforce\t\nmx :  A.Example  \nmax_age:86400\n\n",
	  V "mode: enforce\nmax_age: 86400\nmx: a.example\n" },
	{ "unknown keys and lines that are no fields", V "x-y: z\nnonsense\n\nmode: enforce\nmx: a.example\nmax_age: 86400\n",
	  V "mode: enforce\nmax_age: 86400\nmx: a.example\n" },
	{ "the first of two counts", V "mode: enforce\nmode: none\nmx: a.example\nmax_age: 86400\nmax_age: x\nversion: STSv2\n",
	  V "mode: enforce\nmax_age: 86400\nmx: a.example\n" },
	{ "more than a year is a year", V "mode: none\nmax_age: 9999999999\n", V "mode: none\nmax_age: 31557600\n" },
	{ "not at all is a little", V "mode: none\nmax_age: 0\n", V "mode: none\nmax_age: 300\n" },
	{ "an age of eleven digits", V "mode: none\nmax_age: 99999999999\n", NULL },
	{ "no age", V "mode: none\n", NULL },
	{ "a word for an age", V "mode: none\nmax_age: week\n", NULL },
	{ "a negative age", V "mode: none\nmax_age: -1\n", NULL },
	{ "no version", "mode: none\nmax_age: 86400\n", NULL },
	{ "another version", "version: STSv2\nmode: none\nmax_age: 86400\n", NULL },
	{ "no mode", V "mx: a.example\nmax_age: 86400\n", NULL },
	{ "an unknown mode", V "mode: strict\nmx: a.example\nmax_age: 86400\n", NULL },
	{ "enforce without mx", V "mode: enforce\nmax_age: 86400\n", NULL },
	{ "testing without mx", V "mode: testing\nmax_age: 86400\n", NULL },
	{ "a star inside", V "mode: enforce\nmx: a.*.example\nmax_age: 86400\n", NULL },
	{ "a star alone", V "mode: enforce\nmx: *\nmax_age: 86400\n", NULL },
	{ "two stars", V "mode: enforce\nmx: *.*.example\nmax_age: 86400\n", NULL },
	{ "a star that is part of a label", V "mode: enforce\nmx: *a.example\nmax_age: 86400\n", NULL },
	{ "an empty mx", V "mode: enforce\nmx:\nmax_age: 86400\n", NULL },
	{ "an mx that is no name", V "mode: enforce\nmx: a..example\nmax_age: 86400\n", NULL },
	{ "an mx with a blank", V "mode: enforce\nmx: a.example b.example\nmax_age: 86400\n", NULL },
	{ "a web page", "<!DOCTYPE html>\n<html><title>404: not found</title></html>\n", NULL },
	{ "nothing", "", NULL },
};

static void read_policies(void)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
		struct sts_policy p;
		struct fault f = { 0 };
		struct buf printed = { 0 };
		int result = sts_policy_read(span_of(policies[i].text), &p, &f);
		if (result == 0)
			sts_policy_print(&p, &printed);
		is_text(result == 0 ? buf_text(&printed) : "refused", policies[i].printed ? policies[i].printed : "refused",
		        "policy: %s %s", policies[i].name, f.text);
		buf_free(&printed);
		if (result == 0)
			sts_policy_free(&p);
	}
}

static void bounds(void)
{
	struct sts_policy p;
	struct buf text = { 0 };

	buf_add_text(&text, V "mode: enforce\nmax_age: 86400\n");
	for (int i = 0; i < STS_MX_MAX; i++)
		buf_printf(&text, "mx: h%d.example\n", i);
	is_int(sts_policy_read(buf_span(&text), &p, NULL), 0, "as many mx as may be");
	is_int(p.mx.count, STS_MX_MAX, "are there");
	sts_policy_free(&p);
	buf_add_text(&text, "mx: more.example\n");
	is_int(sts_policy_read(buf_span(&text), &p, NULL), -1, "and no more");
	buf_clear(&text);
	buf_add_span(&text, SPAN(V "mode: none\nmax_age: 86400\nmx: a\0b.example\n"));
	is_int(sts_policy_read(buf_span(&text), &p, NULL), -1, "a NUL in a name");
	buf_clear(&text);
	buf_add_text(&text, V "mode: none\nmax_age: 86400\n");
	while (text.len <= STS_POLICY_BYTES_MAX)
		buf_add_text(&text, "x: y\n");
	is_int(sts_policy_read(buf_span(&text), &p, NULL), -1, "more than 64 KiB");
	buf_free(&text);
}

static const struct {
	const char *pattern, *host;
	bool listed;
} matches[] = {
	{ "mx.example.org", "mx.example.org", true },
	{ "mx.example.org", "MX.Example.Org", true },
	{ "mx.example.org.", "mx.example.org", true },
	{ "mx.example.org", "mx.example.org.", true },
	{ "mx.example.org", "mx2.example.org", false },
	{ "mx.example.org", "a.mx.example.org", false },
	{ "*.example.org", "mx.example.org", true },
	{ "*.example.org", "a.b.example.org", false },
	{ "*.example.org", "example.org", false },
	{ "*.example.org", ".example.org", false },
	{ "*.example.org", "mxexample.org", false },
	{ "*.org", "example.org", true },
};

static void match(void)
{
	for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
		struct sts_policy p = { 0 };
		text_list_add(&p.mx, SPAN("other.example"));
		text_list_add(&p.mx, span_of(matches[i].pattern));
		ok(sts_policy_lists(&p, matches[i].host) == matches[i].listed, "%s and %s", matches[i].pattern, matches[i].host);
		sts_policy_free(&p);
	}
}

int main(void)
{
	tap_plan(61);
	read_records();
	read_policies();
	bounds();
	match();
	return tap_done();
}
