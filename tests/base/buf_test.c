/* SPDX-License-Identifier: ISC */
/* What quotes do to a text, whoever reads it again. */
#include "tests/tap.h"

#include "base/buf.h"

static const struct {
	struct span text;
	const char *quoted;
} rows[] = {
	{ SPAN(""), "\"\"" },
	{ SPAN("plain words"), "\"plain words\"" },
	{ SPAN("a \"b\""), "\"a \\\"b\\\"\"" },
	{ SPAN("c:\\d"), "\"c:\\\\d\"" },
	{ SPAN("\\\""), "\"\\\\\\\"\"" },
	{ SPAN("\t\xc3\xa9"), "\"\t\xc3\xa9\"" },
};

int main(void)
{
	tap_plan(sizeof rows / sizeof rows[0]);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		buf_add_quoted(&out, rows[i].text);
		is_text(buf_text(&out), rows[i].quoted, "row %zu", i);
		buf_free(&out);
	}
	return tap_done();
}
