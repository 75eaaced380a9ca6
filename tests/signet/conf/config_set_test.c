/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/config.h"
#include "signet/conf/config_set.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the text becomes when root and default_via are set in it; NULL: it cannot be done. */
static const struct {
	const char *what, *text, *want;
} rows[] = {
	{ "an empty file", "", "root = \"me@example.org\";\ndefault_via = [ \"mx\" ];\n" },
	{ "no end of line", "domain = \"example.org\";", "domain = \"example.org\";\nroot = \"me@example.org\";\ndefault_via = [ \"mx\" ];\n" },
	{ "a comment is no setting", "# root = \"x\";\n", "# root = \"x\";\nroot = \"me@example.org\";\ndefault_via = [ \"mx\" ];\n" },
	{ "nor is one of a group", "smarthost = { host = \"root = 1\"; user = \"a\"; password_file = \"/p\"; };\n",
	  "smarthost = { host = \"root = 1\"; user = \"a\"; password_file = \"/p\"; };\nroot = \"me@example.org\";\ndefault_via = [ \"mx\" ];\n" },
	{ "it is set", "root = \"x\";\n", NULL },
	{ "with a colon", "root: \"x\";\n", NULL },
	{ "behind a list", "routes = ( { to = [ \"*\" ]; via = [ \"mx\" ]; } );\ndefault_via = [ \"mx\" ];\n", NULL },
};

static const struct config_new_setting settings[] = { { "root", "\"me@example.org\"", NULL }, { "default_via", "[ \"mx\" ]", NULL } };
static char folder[] = "/tmp/config_set_test_XXXXXX";

static void test_file(void)
{
	const struct config_new_setting all[] = {
		{ "hostname", "\"mail.example.org\"", "the name\twith a reason" }, { "domain", "\"example.org\"", NULL }, { "root", "\"me@example.org\"", NULL },
		{ "mx_families", "[ \"ipv4\" ]", NULL }, { "smarthosts", "( { name = \"isp\"; host = \"smtp.example.org\"; } )", NULL },
		{ "routes", "( { to = [ \"*\" ]; via = [ \"mx\", \"isp\" ]; } )", NULL }, { "default_via", "[ \"mx\" ]", NULL },
		{ "size_limit", "\"10M\"", NULL }, { "rewrite", "( { from = \"root@\"; to = \"web1@example.org\"; } )", NULL } };
	const struct config_new_setting wrong = { "log", "\"/var/log/x\"; from = \"other@example.org\"", NULL };
	const struct config_new_setting faulty[] = { { "queue_life", "\"soon\"", NULL }, { "retry_min", "\"later\"", NULL } };
	struct settings s;
	struct fault f = { 0 };
	char path[200];

	snprintf(path, sizeof path, "%s/conf", folder);
	is_int(config_set_try(path, all, sizeof all / sizeof all[0], &f), 0, "a new file is tried: %s", f.text);
	ok(access(path, F_OK) < 0 && rmdir(folder) == 0 && mkdir(folder, 0700) == 0, "and nothing is left of it");
	is_int(config_set_file(path, all, sizeof all / sizeof all[0], &f), 0, "a new file: %s", f.text);
	is_int(config_load(path, &s, &f), 0, "is read: %s", f.text);
	is_text(s.hostname, "mail.example.org", "the hostname");
	is_int((long)s.route_count, 1, "the route");
	ok(s.size_limit == 10 * 1024 * 1024 && s.rewrite_count == 1, "and any other setting");
	settings_free(&s);
	is_int(config_set_file(path, &wrong, 1, &f), -1, "a value that would set another one, too");
	ok(config_set_file(path, faulty, 2, &f) < 0 && strstr(f.text, "/conf stays as it was") != NULL, "values that the settings do not take: %s", f.text);
	ok(strstr(f.text, ": line 11: ") && strstr(f.text, "; line 12: ") && strstr(f.text, "conf.new") == NULL, "each is told, of no file that is gone");
	is_int(config_set_file(path, &all[0], 1, &f), -1, "again: it is there");
	ok(strstr(f.text, "hostname is set already") != NULL, "and said so: %s", f.text);
	unlink(path);
}

int main(void)
{
	struct fault f = { 0 };

	tap_plan(2 * TAP_ROWS(rows) + 12);
	if (mkdtemp(folder) == NULL)
		return 1;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		int result = config_set_text(span_of(rows[i].text), settings, 2, &out, &f);
		is_int(result, rows[i].want ? 0 : -1, "%s", rows[i].what);
		is_text(buf_text(&out), rows[i].want ? rows[i].want : "", "%s: the text", rows[i].what);
		buf_free(&out);
	}
	test_file();
	rmdir(folder);
	return tap_done();
}
