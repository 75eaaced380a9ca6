/* SPDX-License-Identifier: ISC */
/* What a subcommand is told by its options, and which words are left. */
#include "tests/tap.h"

#include "base/buf.h"
#include "signet/talk/options.h"

#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *line;
	bool fine;
	const char *domain, *file;    /* "": not given */
	bool now;
	const char *words;
} rows[] = {
	{ "x", true, "", "", false, "" },
	{ "x a b", true, "", "", false, "a b" },
	{ "x --domain example.org a", true, "example.org", "", false, "a" },
	{ "x --domain=example.org --now", true, "example.org", "", true, "" },
	{ "x a --now b --output f", true, "", "f", true, "a b" },
	{ "x --file f --output g", true, "", "g", false, "" },
	{ "x --dom example.org", true, "example.org", "", false, "" },
	{ "x --now -- --domain", true, "", "", true, "--domain" },
	{ "x --domain", false, "", "", false, "" },
	{ "x --now=yes", false, "", "", false, "" },
	{ "x --never", false, "", "", false, "" },
	{ "x -n", false, "", "", false, "" },
};

enum { WORDS_MAX = 10 };

static void takes(size_t at)
{
	char *line = mem_text(rows[at].line), *argv[WORDS_MAX + 1] = { NULL };
	const char *domain = "", *file = "";
	bool now = false;
	int argc = 0;

	for (char *rest = line, *word; (word = strsep(&rest, " ")) != NULL;)
		argv[argc++] = word;
	const struct option_row options[] = {
		{ "domain", &domain, NULL }, { "file", &file, NULL }, { "output", &file, NULL }, { "now", NULL, &now },
	};
	int first = OPTIONS_TAKE(argc, argv, options);
	ok((first >= 0) == rows[at].fine, "\"%s\" is%s taken", rows[at].line, rows[at].fine ? "" : " not");
	struct buf words = { 0 };
	for (int i = first; i >= 0 && i < argc; i++)
		buf_printf(&words, "%s%s", words.len > 0 ? " " : "", argv[i]);
	if (rows[at].fine) {
		is_text(domain, rows[at].domain, "\"%s\": the domain", rows[at].line);
		is_text(file, rows[at].file, "\"%s\": the file", rows[at].line);
		ok(now == rows[at].now, "\"%s\": the flag", rows[at].line);
		is_text(buf_text(&words), rows[at].words, "\"%s\": the words", rows[at].line);
	}
	buf_free(&words);
	free(line);
}

int main(void)
{
	tap_plan(12 + 4 * 8);
	close(STDERR_FILENO);    /* what getopt says is not looked at */
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		takes(i);
	return tap_done();
}
