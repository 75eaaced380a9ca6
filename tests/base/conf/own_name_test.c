/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/own_name.h"

#include <stdlib.h>
#include <unistd.h>

static const struct row {
	const char *name, *label, *system, *mailname, *want;
} rows[] = {
	{ "hosts(5) knows it", "web1", "web1.example.org", "", "web1.example.org" },
	{ "in any case", "WEB1", "Web1.Example.Org", "", "web1.example.org" },
	{ "with a final dot", "web1", "web1.example.org.", "", "web1.example.org" },
	{ "the system's comes before mailname", "web1", "web1.example.org", "mail.example.net\n", "web1.example.org" },
	{ "the label alone is none", "web1", "web1", "", "" },
	{ "nor is localhost", "web1", "localhost.localdomain", "", "" },
	{ "nor an alias of another", "web1", "host7.provider.example", "", "" },
	{ "nor a longer label", "web1", "web12.example.org", "", "" },
	{ "mailname", "web1", "", "mail.example.org\n", "mail.example.org" },
	{ "mailname behind a useless answer", "web1", "localhost", "  mail.example.org \nmore.example\n", "mail.example.org" },
	{ "mailname without a dot", "web1", "", "web1\n", "" },
	{ "mailname that is no name", "web1", "", "not a name.example\n", "" },
	{ "nothing", "web1", "", "", "" },
};

/* What it takes from this system, if anything, is a name with a dot; a name that has one stays. */
static void completes(void)
{
	struct settings s;
	struct fault f = { 0 };

	settings_defaults(&s);
	free(s.hostname);
	free(s.domain);
	s.hostname = mem_text("no-such-label-of-this-host");
	s.domain = mem_text("no-such-label-of-this-host");
	bool mailname = access("/etc/mailname", R_OK) == 0;
	int result = own_name_complete(&s, &f);
	ok(result == 0 ? mailname && strchr(s.hostname, '.') != NULL : strstr(f.text, "set hostname = ") != NULL,
	   "an unknown label is said: %s", f.text);
	is_text(s.domain, s.hostname, "domain goes with it");
	free(s.hostname);
	s.hostname = mem_text("web1.example.org");
	is_int(own_name_complete(&s, &f), 0, "a full name is complete");
	is_text(s.hostname, "web1.example.org", "and stays");
	settings_free(&s);
}

int main(void)
{
	tap_plan(2 * sizeof rows / sizeof rows[0] + 4);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		bool found = own_name_pick(span_of(rows[i].label), span_of(rows[i].system), span_of(rows[i].mailname), &out);
		is_int(found, rows[i].want[0] != '\0', "%s", rows[i].name);
		is_text(buf_text(&out), rows[i].want, "which");
		buf_free(&out);
	}
	completes();
	return tap_done();
}
