/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/config.h"
#include "base/conf/sendmail_owner.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In a folder of their own, @ in these texts: programs, links to them, and the lists of packages. */
static const struct { const char *name, *content; } files[] = {
	{ "ours", "\177ELF ... " CONFIG_DEFAULT_FILE " ..." },
	{ "exim4", "\177ELF ... /etc/exim4/exim4.conf ..." },
	{ "other", "#!/bin/sh\n" },
	{ "dpkg/exim4-daemon-light.list", "/.\n@/bin\n@/exim4\n@/mailq\n" },
	{ "dpkg/postfix.list", "/.\n@/sendmail.postfix\n@/sendmail\n" },
	{ "dpkg/manual.list", "/.\n@/other.8\n/before@/other\n" },
	{ "dpkg/manual.md5sums", "\n@/other\n" },
};

static const struct { const char *name, *target; } links[] = {
	{ "sendmail", "ours" }, { "alternative", "sendmail" }, { "mailq", "exim4" }, { "alias", "mailq" }, { "linked", "other" },
	{ "nowhere", "gone" },
};

#define ANOTHER " is another mail system's"
#define UNTIL ": what programs send goes there and not to Signet, until the package signet-mta takes its place (or make install DIVERT=1)"
#define GONE ": No such file or directory: programs that send mail look for it there; the package signet-mta brings it, or make install"

static const struct row {
	const char *name, *want;     /* "": it is ours */
} rows[] = {
	{ "ours", "" },
	{ "sendmail", "" },          /* although a package has the name: it is diverted */
	{ "alternative", "" },
	{ "exim4", ANOTHER ", of the package exim4-daemon-light" UNTIL },
	{ "mailq", ANOTHER ", of the package exim4-daemon-light" UNTIL },
	{ "alias", ANOTHER ", of the package exim4-daemon-light" UNTIL },
	{ "other", ANOTHER UNTIL },
	{ "linked", ANOTHER ", @/other" UNTIL },
	{ "nowhere", GONE },
	{ "absent", GONE },
};

static char folder[] = "/tmp/sendmail_owner.XXXXXX";

/* The text with @ as the folder. */
static void expand(const char *text, struct buf *out)
{
	for (; *text; text++)
		if (*text == '@')
			buf_add_text(out, folder);
		else
			buf_add_byte(out, *text);
}

static void in_folder(const char *name, char *out)
{
	snprintf(out, 200, "%s/%s", folder, name);
}

static void make_files(void)
{
	char path[200];

	in_folder("dpkg", path);
	mkdir(path, 0755);
	for (size_t i = 0; i < (size_t)TAP_ROWS(files); i++) {
		struct buf content = { 0 };
		expand(files[i].content, &content);
		in_folder(files[i].name, path);
		FILE *f = fopen(path, "w");
		fwrite(content.at, 1, content.len, f);
		fchmod(fileno(f), 0755);
		fclose(f);
		buf_free(&content);
	}
	for (size_t i = 0; i < (size_t)TAP_ROWS(links); i++) {
		in_folder(links[i].name, path);
		if (symlink(links[i].target, path) < 0)
			abort();
	}
}

static void judge(const char *name, const char *lists, const char *want)
{
	struct buf said = { 0 }, wanted = { 0 };
	char path[200], packages[200];

	in_folder(name, path);
	in_folder(lists, packages);
	if (want[0]) {
		buf_add_text(&wanted, path);
		expand(want, &wanted);
	}
	bool is_us = sendmail_owner_is_us(path, packages, &said);
	ok(is_us == (want[0] == '\0') && strcmp(buf_text(&said), buf_text(&wanted)) == 0, "%s: %s", name, buf_text(&said));
	buf_free(&said);
	buf_free(&wanted);
}

int main(void)
{
	char command[200];

	tap_plan(TAP_ROWS(rows) + 2);
	if (mkdtemp(folder) == NULL)
		abort();
	make_files();
	for (size_t i = 0; i < (size_t)TAP_ROWS(rows); i++)
		judge(rows[i].name, "dpkg", rows[i].want);
	judge("mailq", "no-dpkg", ANOTHER ", @/exim4" UNTIL);
	judge("exim4", "no-dpkg", ANOTHER UNTIL);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command) == 0 ? tap_done() : 1;
}
