/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/way/dialogue.h"

static const struct {
	const char *line;
	enum dialogue_says says;
	const char *text;        /* the address, or a part of what is wrong */
} rows[] = {
	{ "user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "  User Name <user@example.org>\r\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "root", DIALOGUE_ADDRESS, "root" },
	{ "3,0 user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "0 user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "3,0\n", DIALOGUE_ADDRESS, "3,0" },
	{ "/parse user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "/PARSE user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "/try esmtp user@example.org\n", DIALOGUE_ADDRESS, "user@example.org" },
	{ "a@b@c d\n", DIALOGUE_ADDRESS, "a@b@c d" },
	{ "/quit\n", DIALOGUE_QUIT, "" },
	{ "\n", DIALOGUE_NOTHING, "" },
	{ "", DIALOGUE_NOTHING, "" },
	{ "# a comment\n", DIALOGUE_NOTHING, "" },
	{ "/parse\n", DIALOGUE_WRONG, "/parse needs an address" },
	{ "/try esmtp\n", DIALOGUE_WRONG, "/try needs an address" },
	{ "/mx example.org\n", DIALOGUE_WRONG, "/quit" },
	{ "?\n", DIALOGUE_WRONG, "type an address" },
};

int main(void)
{
	struct buf address = { 0 };
	struct fault f = { 0 };

	tap_plan(37);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&address);
		is_int(dialogue_read(span_of(rows[i].line), &address, &f), rows[i].says, "line %zu", i);
		if (rows[i].says == DIALOGUE_WRONG)
			ok(strstr(f.text, rows[i].text) != NULL, "says %s: %s", rows[i].text, f.text);
		else
			is_text(buf_text(&address), rows[i].text, "the address");
	}
	is_int(dialogue_read(SPAN("a\0b@c"), &address, &f), DIALOGUE_WRONG, "a NUL");
	buf_free(&address);
	return tap_done();
}
