/* SPDX-License-Identifier: ISC */
/*
 * Without arguments the tests. "json_test COUNT SEED" writes documents made at random, a line each, and behind a tab what
 * was asked to be in them; tests/base/json_reader.py reads them.
 */
#include "tests/tap.h"

#include "base/json.h"

#include <stdlib.h>

/* ---- what is written ---- */

/* { and [ begin, . ends, t is a text, n a number, c a count, y and f flags, 0 null, _ a space; members are called k. */
static const struct row {
	const char *calls, *want;
} rows[] = {
	{ "", "" },
	{ "{.", "{}" },
	{ "[.", "[]" },
	{ "[[.[.{..", "[[], [], {}]" },
	{ "{[.[.{..", "{\"k\": [], \"k\": [], \"k\": {}}" },
	{ "{t.", "{\"k\": \"x\"}" },
	{ "{tncyf0.", "{\"k\": \"x\", \"k\": -5, \"k\": 18446744073709551615, \"k\": true, \"k\": false, \"k\": null}" },
	{ "[tncyf0.", "[\"x\", -5, 18446744073709551615, true, false, null]" },
	{ "{[{t.{..t.", "{\"k\": [{\"k\": \"x\"}, {}], \"k\": \"x\"}" },
	{ "[[[[t.t.t.t.", "[[[[\"x\"], \"x\"], \"x\"], \"x\"]" },
	{ "{{{.t.t.", "{\"k\": {\"k\": {}, \"k\": \"x\"}, \"k\": \"x\"}" },
	{ "{.{t.[.", "{}{\"k\": \"x\"}[]" },
	{ "tn", "\"x\"-5" },
	{ "[_t_t_.", "[<>\"x\",<>\"x\"<>]" },
	{ "[_.", "[<>]" },
	{ "_{_tt_.", "<>{<>\"k\": \"x\", \"k\": \"x\"<>}" },
};

static void call(struct json *j, char what, const char *key)
{
	switch (what) {
	case '{': json_object(j, key); break;
	case '[': json_array(j, key); break;
	case '.': json_end(j); break;
	case 't': json_text(j, key, "x"); break;
	case 'n': json_number(j, key, -5); break;
	case 'c': json_count(j, key, UINT64_MAX); break;
	case 'y': json_flag(j, key, true); break;
	case 'f': json_flag(j, key, false); break;
	case '0': json_null(j, key); break;
	case '_': json_space(j, "<>"); break;
	}
}

static void written(void)
{
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct buf out = { 0 };
		struct json j = { .out = &out };
		char open[JSON_DEPTH_MAX + 1] = "";
		for (const char *c = rows[i].calls; *c; c++) {
			call(&j, *c, j.depth > 0 && open[j.depth] == '{' ? "k" : NULL);
			if (*c == '{' || *c == '[')
				open[j.depth] = *c;
		}
		is_text(buf_text(&out), rows[i].want, "%s", rows[i].calls);
		buf_free(&out);
	}
}

static const struct {
	struct span text;
	const char *want;
} texts[] = {
	{ SPAN(""), "\"\"" },
	{ SPAN("a\"b\\c/"), "\"a\\\"b\\\\c/\"" },
	{ SPAN("a\0b"), "\"a\\u0000b\"" },
	{ SPAN("\n\033\177"), "\"\\u000a\\u001b\\u007f\"" },
	{ SPAN("\303\244"), "\"\\u00e4\"" },
	{ SPAN("\360\237\230\200"), "\"\\ud83d\\ude00\"" },
	{ SPAN("\355\240\200"), "\"\\ufffd\\ufffd\\ufffd\"" },
	{ SPAN("\377x\303"), "\"\\ufffdx\\ufffd\"" },
};

static void quoted(void)
{
	for (int i = 0; i < TAP_ROWS(texts); i++) {
		struct buf out = { 0 };
		json_span(&(struct json){ .out = &out }, NULL, texts[i].text);
		is_text(buf_text(&out), texts[i].want, "text %d", i);
		buf_free(&out);
	}
}

/* A document that is written in pieces, each to a buf of its own, and as deep as may be. */
static void pieces(void)
{
	struct buf first = { 0 }, second = { 0 }, deep = { 0 };
	struct json j = { .out = &first };

	json_array(&j, NULL);
	json_number(&j, NULL, 1);
	j.out = &second;
	json_number(&j, NULL, 2);
	json_end(&j);
	is_text(buf_text(&first), "[1", "the first piece");
	is_text(buf_text(&second), ", 2]", "and the second");
	j.out = &deep;
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_array(&j, NULL);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_end(&j);
	is_int(deep.len, 2 * JSON_DEPTH_MAX, "as deep as may be");
	buf_free(&first);
	buf_free(&second);
	buf_free(&deep);
}

/* ---- documents at random ---- */

static void add_random_text(struct json *j, const char *key, struct buf *asked)
{
	char bytes[6];
	size_t len = (size_t)rand() % sizeof bytes;

	buf_add_byte(asked, 't');
	for (size_t i = 0; i < len; i++) {
		bytes[i] = (char)(rand() % 128);
		buf_printf(asked, "%02x", (unsigned)bytes[i]);
	}
	json_span(j, key, (struct span){ bytes, len });
}

static void add_random(struct json *j, const char *key, unsigned depth, struct buf *asked)
{
	static const char kinds[] = "tnf0{[{[";
	char kind = kinds[(size_t)rand() % (depth < 5 ? sizeof kinds - 1 : 4)];
	int number = rand() - RAND_MAX / 2, values = rand() % 4;

	if (key)
		buf_printf(asked, "%s=", key);
	if (number % 5 == 0)
		json_space(j, "  ");
	if (kind == 't') {
		add_random_text(j, key, asked);
	} else if (kind == 'n') {
		json_number(j, key, number);
		buf_printf(asked, "%d", number);
	} else if (kind == 'f') {
		json_flag(j, key, number > 0);
		buf_add_text(asked, number > 0 ? "y" : "f");
	} else if (kind == '0') {
		json_null(j, key);
		buf_add_byte(asked, '0');
	} else {
		if (kind == '{')
			json_object(j, key);
		else
			json_array(j, key);
		buf_add_byte(asked, kind);
		for (int i = 0; i < values; i++) {
			char name[8];
			snprintf(name, sizeof name, "k%d", i);
			add_random(j, kind == '{' ? name : NULL, depth + 1, asked);
		}
		json_end(j);
		buf_add_byte(asked, kind == '{' ? '}' : ']');
	}
	buf_add_byte(asked, ';');
}

static int write_documents(int count, unsigned seed)
{
	srand(seed);
	for (; count > 0; count--) {
		struct buf out = { 0 }, asked = { 0 };
		add_random(&(struct json){ .out = &out }, NULL, 0, &asked);
		printf("%s\t%s\n", buf_text(&out), buf_text(&asked));
		buf_free(&out);
		buf_free(&asked);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return write_documents(atoi(argv[1]), (unsigned)atoi(argv[2]));
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(texts) + 3);
	written();
	quoted();
	pieces();
	return tap_done();
}
