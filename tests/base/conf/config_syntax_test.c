/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/config_syntax.h"

/* line: where libconfig 1.5 stops, which takes no comma before a closing bracket; or 1.7.3, which does. */
struct syntax_case {
	const char *text;
	unsigned line, cause_line;
	const char *want;
};

static const struct syntax_case cases[] = {
	{ "a = [ \"x\", ];\n", 1, 1, "remove the comma before \"]\"" },
	{ "a = (\n  { b = 1; },\n);\n", 3, 2, "remove the comma before \")\"" },
	{ "a = [ \"x\", # why\n /* not */ ];\n", 2, 1, "remove the comma before \"]\"" },
	{ "a = \",]\"; b = [ 1, ];\n", 1, 1, "remove the comma before \"]\"" },
	{ "a = 5m;\n", 1, 1, "text must be in double quotes: \"5m\"" },
	{ "a = yes;\n", 1, 1, "text must be in double quotes: \"yes\"" },
	{ "a = [ mx ];\n", 1, 1, "text must be in double quotes: \"mx\"" },
	{ "a = 'x';\n", 1, 1, "text must be in double quotes" },
	{ "a \"x\";\n", 1, 1, "\"=\" is missing after a" },
	{ "ok = 1;\ndkim ( { } );\n", 2, 2, "\"=\" is missing after dkim" },
	{ "a = ;\n", 1, 1, "a value is missing after \"=\"" },
	{ "a = \n", 2, 1, "a value is missing after \"=\"" },
	{ "a = ( { b = 1; } { b = 2; } );\n", 1, 1, "a comma is missing between two elements" },
	{ "a = 1;;\n", 1, 1, "\";\" follows \";\" with nothing between them" },
	{ "a = [ 1 );\n", 1, 1, "\"[\" of line 1 is closed by \")\" instead of \"]\"" },
	{ "a = 1; }\n", 1, 1, "this \"}\" closes nothing" },
	{ "a = {\n b = 1;\n", 3, 1, "\"{\" is opened here and never closed" },
	{ "a = \"x\nb = 1;\n", 3, 1, "the quote that begins here is never closed" },
	{ "a = \"x;\nb = \"y\";\n", 2, 1, "the quote that begins here is closed only in a later line" },
	{ "/* a = 1;\n", 2, 1, "the comment that begins here is never closed with */" },
	{ "@include \"x\"\na = [ 1, ];", 2, 2, "remove the comma before \"]\"" },
	{ "a = -1; b = 0x1F; c = 10L; d = 1.5e3; e = true; \x01", 1, 1,
	  "a comma before a closing bracket or a quote left open is the usual cause" },
	{ "", 1, 1, "a comma before a closing bracket or a quote left open is the usual cause" },
};
static const struct syntax_case where_commas_may_trail[] = {
	{ "a = [ \"x\", ]; b = 5m;\n", 1, 1, "text must be in double quotes: \"5m\"" },
	{ "a = (\n  { b = 1; },\n);\nc = ;\n", 4, 4, "a value is missing after \"=\"" },
	{ "", 1, 1, "a quote left open is the usual cause" },
};

static void explains(const struct syntax_case *c, bool comma_may_trail)
{
	struct buf why = { 0 };
	unsigned line = config_syntax_explain(span_of(c->text), c->line, comma_may_trail, &why);

	is_text(buf_text(&why), c->want, "cause in: %s", c->text);
	is_int(line, c->cause_line, "its line");
	buf_free(&why);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(cases) + 2 * TAP_ROWS(where_commas_may_trail) + 4);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		explains(&cases[i], false);
	for (size_t i = 0; i < sizeof where_commas_may_trail / sizeof where_commas_may_trail[0]; i++)
		explains(&where_commas_may_trail[i], true);
	is_int(config_syntax_open_comment(SPAN("a = 1;\n/* b = 2;\n")), 2, "an open comment");
	is_int(config_syntax_open_comment(SPAN("a = \"/*\"; # /*\n// /*\n/* c */")), 0, "what only looks like one");
	is_span(config_syntax_line(SPAN("a\n  b \r\nc"), 2), SPAN("b"), "a line");
	is_span(config_syntax_line(SPAN("a"), 2), SPAN(""), "a line that is not there");
	return tap_done();
}
