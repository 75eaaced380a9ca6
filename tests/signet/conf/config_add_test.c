/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/conf/config.h"
#include "signet/conf/config_add.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLD "{ domain = \"example.org\"; selector = \"old\"; file = \"/k/old.pem\"; }"
#define NEW "{ domain = \"example.org\"; selector = \"new\"; file = \"/k/new.pem\"; }"
#define GROUP "domainkeys = { selector = \"dk\"; file = \"/k/dk.pem\"; };"
#define OLD_GROUP "{ domain = \"example.org\"; selector = \"old\"; file = \"/k/old.pem\"; " GROUP " }"

static const struct config_addition additions[] = {
	[SIGN_DKIM] = { SIGN_DKIM, "example.org", NEW, 1 },
	[SIGN_DOMAINKEYS] = { SIGN_DOMAINKEYS, "example.org", GROUP, 1 },
};

static char folder[] = "/tmp/config_add_test_XXXXXX";

/* What the text becomes, in the file itself too; and what its owner is told to put where. */
static const struct {
	const char *what;
	enum sign_scheme scheme;
	const char *text;
	const char *want;      /* NULL: it cannot be done */
	const char *where;     /* part of the sentence */
} rows[] = {
	{ "an empty file", SIGN_DKIM, "", "dkim = (\n  " NEW "\n);\n", "Add this to" },
	{ "no dkim yet", SIGN_DKIM, "domain = \"example.org\";\n", "domain = \"example.org\";\ndkim = (\n  " NEW "\n);\n", "Add this to" },
	{ "no end of line", SIGN_DKIM, "domain = \"example.org\";", "domain = \"example.org\";\ndkim = (\n  " NEW "\n);\n",
	  "Add this to" },
	{ "a comment is no setting", SIGN_DKIM, "# dkim = ( " OLD " );\n", "# dkim = ( " OLD " );\ndkim = (\n  " NEW "\n);\n",
	  "Add this to" },
	{ "a list", SIGN_DKIM, "dkim = ( " OLD " );\n", "dkim = ( " OLD ",\n  " NEW " );\n", "after its last entry" },
	{ "comments stay where they are", SIGN_DKIM, "dkim = (\n  " OLD "  # mine\n);\ndomain = \"example.org\";\n",
	  "dkim = (\n  " OLD ",\n  " NEW "  # mine\n);\ndomain = \"example.org\";\n", "after its last entry" },
	{ "brackets in strings and comments", SIGN_DKIM, "dkim = ( " OLD " /* ) */ );\nlog = \"/var/log/a)b\";\n",
	  "dkim = ( " OLD ",\n  " NEW " /* ) */ );\nlog = \"/var/log/a)b\";\n", "after its last entry" },
	{ "an empty list", SIGN_DKIM, "dkim = ( );\n", "dkim = (\n  " NEW "\n );\n", "between its brackets" },
	{ "a group alone", SIGN_DKIM, "dkim = " OLD ";\n", "dkim = ( " OLD ",\n  " NEW " );\n", "one more entry of a list" },
	{ "an open list", SIGN_DKIM, "dkim = ( " OLD, NULL, "one more entry of a list" },
	{ "twice", SIGN_DKIM, "dkim = ( " OLD " );\ndkim = ( " OLD " );\n", NULL, "one more entry of a list" },
	{ "a text", SIGN_DKIM, "dkim = \"x\";\n", NULL, "one more entry of a list" },
	{ "DomainKeys", SIGN_DOMAINKEYS, "dkim = ( " OLD " );\n", "dkim = ( " OLD_GROUP " );\n", "before its last brace" },
	{ "DomainKeys of an entry that has it", SIGN_DOMAINKEYS, "dkim = ( " OLD_GROUP " );\n", NULL, "before its last brace" },
	{ "DomainKeys without an entry", SIGN_DOMAINKEYS, "domain = \"example.org\";\n", NULL, "before its last brace" },
};

static const char *path(void)
{
	static char at[200];

	snprintf(at, sizeof at, "%s/conf", folder);
	return at;
}

static void write_text(const char *text)
{
	int fd = open(path(), O_WRONLY | O_CREAT | O_TRUNC, 0640);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void is_content(const char *want, const char *what)
{
	char text[2000] = "";
	int fd = open(path(), O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		abort();
	close(fd);
	is_text(text, want, "%s", what);
}

static void texts(void)
{
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		const struct config_addition *a = &additions[rows[i].scheme];
		struct buf out = { 0 }, sentence = { 0 }, lines = { 0 };
		struct fault f = { 0 };
		int want = rows[i].want ? 0 : -1;
		is_int(config_add_text(span_of(rows[i].text), a, &out, &f), want, "%s: %s", rows[i].what, f.text);
		is_text(buf_text(&out), rows[i].want ? rows[i].want : "", "the text");
		config_add_how(span_of(rows[i].text), a, "/c", &sentence, &lines);
		ok(strstr(buf_text(&sentence), rows[i].where) && strstr(buf_text(&sentence), "/c"), "%s", buf_text(&sentence));
		ok(strstr(buf_text(&lines), a->text) != NULL, "with the lines to put in");
		write_text(rows[i].text);
		f = (struct fault){ 0 };
		is_int(config_add_file(path(), a, &f), want, "in the file: %s", f.text);
		is_content(rows[i].want ? rows[i].want : rows[i].text, "which has it, or is as it was");
		buf_free(&out);
		buf_free(&sentence);
		buf_free(&lines);
	}
}

static void several(void)
{
	struct config_addition two = { SIGN_DKIM, NULL, NEW ",\n  " NEW, 2 }, wrong = { SIGN_DKIM, NULL, NEW, 2 };
	struct settings s;
	struct fault f = { 0 };

	write_text("dkim = ( " OLD " );\n");
	is_int(config_add_file(path(), &two, &f), 0, "two at once: %s", f.text);
	is_int(config_load(path(), &s, &f), 0, "is a configuration");
	is_int(s.dkim_count, 3, "of three entries");
	settings_free(&s);
	is_int(config_add_file(path(), &wrong, &f), -1, "not where something else would change: %s", f.text);
}

static void files(void)
{
	struct fault f = { 0 };
	struct stat st;

	unlink(path());
	is_int(config_add_file(path(), &additions[SIGN_DKIM], &f), 0, "no file: it is made: %s", f.text);
	is_content("dkim = (\n  " NEW "\n);\n", "with the entry alone");
	ok(stat(path(), &st) == 0 && (st.st_mode & 07777) == 0644, "which everybody can read");
	write_text("nonsense");
	is_int(config_add_file(path(), &additions[SIGN_DKIM], &f), -1, "one with a fault is left alone: %s", f.text);
	is_content("nonsense", "as it was");
}

int main(void)
{
	tap_plan(6 * TAP_ROWS(rows) + 9);
	scratch_make(folder);
	texts();
	several();
	files();
	return tap_done();
}
