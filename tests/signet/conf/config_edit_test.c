/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "signet/conf/config_edit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct config_edit edits[] = {
	[SIGN_DKIM] = { "example.org", SIGN_DKIM, "old", "/k/old.pem", "new", "/k/new.pem" },
	[SIGN_DOMAINKEYS] = { "example.org", SIGN_DOMAINKEYS, "old", "/k/old.pem", "new", "/k/new.pem" },
};

#define ENTRY "{ domain = \"example.org\"; selector = \"old\"; file = \"/k/old.pem\"; }"
#define ENTRY_NEW "{ domain = \"example.org\"; selector = \"new\"; file = \"/k/new.pem\"; }"
#define OTHER "{ domain = \"example.net\"; selector = \"old\"; file = \"/k/old.pem\"; }"

static void texts(void)
{
	static const struct {
		const char *what;
		enum sign_scheme scheme;
		const char *text;
		const char *want;    /* NULL: a fault, */
		const char *why;     /* with this in it */
	} rows[] = {
		{ "one entry", SIGN_DKIM, "dkim = ( " ENTRY " );\n", "dkim = ( " ENTRY_NEW " );\n", NULL },
		{ "a group alone", SIGN_DKIM, "dkim = " ENTRY ";", "dkim = " ENTRY_NEW ";", NULL },
		{ "among others", SIGN_DKIM, "dkim = ( " OTHER ", " ENTRY ", " OTHER " );", "dkim = ( " OTHER ", " ENTRY_NEW ", " OTHER
		  " );", NULL },
		{ "file first, colons, commas, no blanks", SIGN_DKIM,
		  "dkim:({file:\"/k/old.pem\",selector:\"old\",domain:\"example.org\"})",
		  "dkim:({file:\"/k/new.pem\",selector:\"new\",domain:\"example.org\"})", NULL },
		{ "comments are left alone", SIGN_DKIM,
		  "# dkim = ( " ENTRY " );\ndkim = ( // selector = \"old\"\n " ENTRY " /* file = \"/k/old.pem\" */ );",
		  "# dkim = ( " ENTRY " );\ndkim = ( // selector = \"old\"\n " ENTRY_NEW " /* file = \"/k/old.pem\" */ );", NULL },
		{ "a comment between name and value", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector /* \"x\" */ = # \"y\"\n \"old\"; file = \"/k/old.pem\"; });",
		  "dkim = ({ domain = \"example.org\"; selector /* \"x\" */ = # \"y\"\n \"new\"; file = \"/k/new.pem\"; });", NULL },
		{ "case and a final dot of names", SIGN_DKIM,
		  "dkim = ({ domain = \"Example.ORG.\"; selector = \"Old\"; file = \"/k/old.pem\"; });",
		  "dkim = ({ domain = \"Example.ORG.\"; selector = \"new\"; file = \"/k/new.pem\"; });", NULL },
		{ "the same names in other groups", SIGN_DKIM,
		  "smarthosts = ( " ENTRY " );\nx = { dkim = ( " ENTRY " ); };\ndkim = ( " ENTRY " );",
		  "smarthosts = ( " ENTRY " );\nx = { dkim = ( " ENTRY " ); };\ndkim = ( " ENTRY_NEW " );", NULL },
		{ "strings that look like settings", SIGN_DKIM, "x = \"dkim = ( " "{ };\";\ndkim = ( " ENTRY " );",
		  "x = \"dkim = ( " "{ };\";\ndkim = ( " ENTRY_NEW " );", NULL },
		{ "other members, numbers, arrays", SIGN_DKIM,
		  "dkim = ({ a = 1; b = [ \"file\", \"x\" ]; domain = \"example.org\"; selector = \"old\"; c = true; file = \"/k/old.pem\" })",
		  "dkim = ({ a = 1; b = [ \"file\", \"x\" ]; domain = \"example.org\"; selector = \"new\"; c = true; file = \"/k/new.pem\" })",
		  NULL },
		{ "an include beside it", SIGN_DKIM, "@include \"x\"\ndkim = ( " ENTRY " );", "@include \"x\"\ndkim = ( " ENTRY_NEW " );",
		  NULL },
		{ "its DomainKeys key is another's", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector = \"old\"; domainkeys = { selector = \"dk\"; file = \"/k/dk\"; }; file = "
		  "\"/k/old.pem\"; });",
		  "dkim = ({ domain = \"example.org\"; selector = \"new\"; domainkeys = { selector = \"dk\"; file = \"/k/dk\"; }; file = "
		  "\"/k/new.pem\"; });", NULL },
		{ "the DomainKeys key", SIGN_DOMAINKEYS,
		  "dkim = ({ domain = \"example.org\"; selector = \"s\"; domainkeys = { selector = \"old\"; file = \"/k/old.pem\"; }; file = "
		  "\"/k/s\"; });",
		  "dkim = ({ domain = \"example.org\"; selector = \"s\"; domainkeys = { selector = \"new\"; file = \"/k/new.pem\"; }; file = "
		  "\"/k/s\"; });", NULL },

		{ "no entry", SIGN_DKIM, "dkim = ( " OTHER " );", NULL, "no plain" },
		{ "no text", SIGN_DKIM, "", NULL, "no plain" },
		{ "two", SIGN_DKIM, "dkim = ( " ENTRY ", " ENTRY " );", NULL, "more than one" },
		{ "of the other scheme", SIGN_DOMAINKEYS, "dkim = ( " ENTRY " );", NULL, "no plain" },
		{ "a string in two pieces", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector = \"\" \"old\"; file = \"/k/old.pem\"; });", NULL, "no plain" },
		{ "the same, wanted piece first", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector = \"old\" \"\"; file = \"/k/old.pem\"; });", NULL, "no plain" },
		{ "an escape", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector = \"\\x6fld\"; file = \"/k/old.pem\"; });", NULL, "no plain" },
		{ "another file", SIGN_DKIM,
		  "dkim = ({ domain = \"example.org\"; selector = \"old\"; file = \"/k/older.pem\"; });", NULL, "no plain" },
		{ "only in a comment", SIGN_DKIM, "/* dkim = ( " ENTRY " ); */", NULL, "no plain" },
		{ "included", SIGN_DKIM, "dkim = ( @include \"x\"\n );", NULL, "no plain" },
		{ "a bracket that stays open", SIGN_DKIM, "dkim = ( { domain = \"example.org\"; ((((", NULL, "no plain" },
		{ "a quote that stays open", SIGN_DKIM, "dkim = ( { domain = \"example.org; selector", NULL, "no plain" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		int result = config_edit_text(span_of(rows[i].text), &edits[rows[i].scheme], &out, &f);
		is_int(result, rows[i].want ? 0 : -1, "%s", rows[i].what);
		is_text(buf_text(&out), rows[i].want ? rows[i].want : "", "its text");
		if (rows[i].why)
			ok(strstr(f.text, rows[i].why) != NULL, "told: %s", f.text);
		buf_free(&out);
	}
}

static void quotes(void)
{
	struct config_edit edit = edits[SIGN_DKIM];
	struct buf out = { 0 };

	edit.new_file = "/k/a\"b\\c";
	is_int(config_edit_text(SPAN("dkim = ( " ENTRY " );"), &edit, &out, NULL), 0, "a path with a quote");
	is_text(buf_text(&out), "dkim = ( { domain = \"example.org\"; selector = \"new\"; file = \"/k/a\\\"b\\\\c\"; } );", "is escaped");
	buf_clear(&out);
	edit.old_file = "/k/a\\qb";
	is_int(config_edit_text(SPAN("dkim = ({ domain = \"example.org\"; selector = \"old\"; file = \"/k/a\\qb\"; });"), &edit, &out, NULL),
	       -1, "a backslash in the text is no backslash in the path");
	buf_free(&out);
}

/* ---- files ---- */

static char folder[] = "/tmp/config_edit_test_XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[2][200];
	static int turn;
	char *path = paths[turn = !turn];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void write_text(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	fchmod(fd, mode);
	close(fd);
}

static void is_content(const char *name, const char *want, const char *what)
{
	char text[1000] = "";
	int fd = open(path_of(name), O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		abort();
	close(fd);
	is_text(text, want, "%s", what);
}

/* Several at once: a pair of keys of two domains, and an entry whose DomainKeys have no file of their own. */
static void together(void)
{
	static const struct config_edit all[] = {
		{ "example.org", SIGN_DKIM, "old", "/k/old.pem", "new", "/k/new.pem" },
		{ "example.org", SIGN_DOMAINKEYS, "dk", "/k/old.pem", "dknew", "/k/new.pem" },
		{ "example.net", SIGN_DKIM, "old", "/k/old.pem", "new", "/k/new.pem" },
	};
	struct fault f = { 0 };

#define SHARED(selector, file, dk) "{ domain = \"example.org\"; domainkeys = { selector = \"" dk "\"; }; selector = \"" selector "\"; file = \"" file "\"; }"
	write_text("shared", "hostname = \"a.example.org\";\ndkim = ( " SHARED("old", "/k/old.pem", "dk") ", " OTHER " );\n", 0600);
	is_int(config_edit_file(path_of("shared"), all, 3, &f), 0, "three keys at once: %s", f.text);
	is_content("shared", "hostname = \"a.example.org\";\ndkim = ( " SHARED("new", "/k/new.pem", "dknew") ", { domain = \"example.net\"; "
	           "selector = \"new\"; file = \"/k/new.pem\"; } );\n", "in one file, of which only the selector of DomainKeys is its own");
	write_text("shared", "hostname = \"a.example.org\";\ndkim = ( " SHARED("old", "/k/old.pem", "dk") " );\n", 0600);
	is_int(config_edit_file(path_of("shared"), all, 3, &f), -1, "one of them is not there: %s", f.text);
	is_content("shared", "hostname = \"a.example.org\";\ndkim = ( " SHARED("old", "/k/old.pem", "dk") " );\n", "so none is changed");
#undef SHARED
}

static void files(void)
{
	struct fault f = { 0 };
	struct stat st;

	write_text("conf", "hostname = \"a.example\";   # mine\ndkim = ( " OTHER ",\n  " ENTRY " );\n", 0640);
	if (symlink(path_of("conf"), path_of("link")) < 0)
		abort();
	is_int(config_edit_file(path_of("link"), &edits[SIGN_DKIM], 1, &f), 0, "through a link: %s", f.text);
	is_content("conf", "hostname = \"a.example\";   # mine\ndkim = ( " OTHER ",\n  " ENTRY_NEW " );\n", "is changed");
	ok(lstat(path_of("link"), &st) == 0 && S_ISLNK(st.st_mode), "the link stays one");
	ok(stat(path_of("conf"), &st) == 0 && (st.st_mode & 07777) == 0640, "the mode stays");
	is_int(config_edit_file(path_of("conf"), &edits[SIGN_DKIM], 1, &f), -1, "twice: there is nothing to change");
	ok(strstr(f.text, path_of("conf")) != NULL, "told with the file: %s", f.text);
	is_int(access(path_of("conf.new"), F_OK), -1, "nothing is left beside it");
}

/* To the text alone these look like what is meant; the settings say otherwise. */
static void not_changed(void)
{
	static const char *const confs[] = {
		"dkim = ( " ENTRY " ); nonsense = 1;\n",
		"dkim = ( " ENTRY " );\ndkim = ( " OTHER " );\n",
		"dkim = ( { domain = \"example.org\"; selector = \"\\x6fld\"; file = \"/k/old.pem\"; }, " ENTRY " );\n",
		"dkim = ( " ENTRY, "dkim = ( " OTHER " );\n@include \"%\"\n",
	};

	for (size_t i = 0; i < sizeof confs / sizeof confs[0]; i++) {
		struct fault f = { 0 };
		write_text("conf", confs[i], 0600);
		is_int(config_edit_file(path_of("conf"), &edits[SIGN_DKIM], 1, &f), -1, "not changed: %s", f.text);
		is_content("conf", confs[i], "stays");
		is_int(access(path_of("conf.new"), F_OK), -1, "nothing is left beside it");
	}
	struct fault f = { 0 };
	is_int(config_edit_file(path_of("none"), &edits[SIGN_DKIM], 1, &f), -1, "no such file: %s", f.text);
}

int main(void)
{
	tap_plan(92);
	texts();
	quotes();
	scratch_make(folder);
	files();
	together();
	not_changed();
	return tap_done();
}
