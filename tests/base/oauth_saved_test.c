/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/io.h"
#include "base/oauth_saved.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/signet-saved-XXXXXX";

static void put(const char *name, const char *text, mode_t mode)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", folder, name);
	int fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || io_write_all(fd, text, strlen(text), IO_FOREVER) < 0 || fchmod(fd, mode) < 0)
		abort();
	close(fd);
	buf_free(&path);
}

static void path_is(const char *hop, const char *want)
{
	struct buf path = { 0 };

	oauth_saved_path("/f", hop, &path);
	is_text(buf_text(&path), want, "the file of %s", hop);
	buf_free(&path);
}

#define WHOLE "signet-oauth 1\nuser me@example.org\nclient_id id\ntoken_endpoint https://l.example/t\nlogin_s 7\nchanged_s 9\n"

static const struct {
	const char *name, *text;
	mode_t mode;
	const char *says;          /* "" : it is read */
} files[] = {
	{ "whole", WHOLE "refresh_token rt\n", 0600, "" },
	{ "later lines are for later versions", WHOLE "refresh_token rt\nmore words\nbare\n", 0600, "" },
	{ "others may read it", WHOLE "refresh_token rt\n", 0640, "chmod 600" },
	{ "no token", WHOLE, 0600, "signet oauth login hop" },
	{ "an empty token", WHOLE "refresh_token \n", 0600, "is not a login of this version" },
	{ "another version", "signet-oauth 2\n" WHOLE "refresh_token rt\n", 0600, "is not a login of this version" },
	{ "empty", "", 0600, "is not a login of this version" },
};

static void read_files(void)
{
	struct oauth_saved s;
	struct fault f = { 0 };

	ok(oauth_saved_read(folder, "hop", &s, &f) < 0 && strstr(f.text, "nobody has logged in yet; run: signet oauth login hop"), "no file");
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		put("hop", files[i].text, files[i].mode);
		bool good = oauth_saved_read(folder, "hop", &s, &f) == 0;
		if (files[i].says[0] == '\0')
			ok(good && strcmp(s.user, "me@example.org") == 0 && strcmp(s.client_id, "id") == 0 &&
			   strcmp(s.token_endpoint, "https://l.example/t") == 0 && s.login_s == 7 && s.changed_s == 9 &&
			   strcmp(buf_text(&s.refresh_token), "rt") == 0, "%s", files[i].name);
		else
			ok(!good && s.user == NULL && strstr(f.text, files[i].says) && !strstr(f.text, "rt\n"), "%s: %s", files[i].name, f.text);
		oauth_saved_free(&s);
	}
}

static void write_files(void)
{
	struct oauth_saved s = { .user = mem_text("me"), .client_id = mem_text("id"), .token_endpoint = mem_text("https://l.example/t"),
	                         .login_s = 1, .changed_s = 2 }, got;
	struct fault f = { 0 };
	struct stat st;
	struct buf path = { 0 }, below = { 0 };

	buf_printf(&below, "%s/lib/oauth", folder);
	buf_printf(&path, "%s/lib/oauth/isp", folder);
	const char *into = buf_text(&below);
	buf_add_text(&s.refresh_token, "first");
	ok(oauth_saved_write(into, "isp", &s, &f) < 0 && strstr(f.text, "oauth_folder"), "no folder: %s", f.text);
	is_int(oauth_saved_make_folder(into, geteuid(), getegid(), &f), 0, "it is made, and the one above it");
	is_int(oauth_saved_make_folder(into, geteuid(), getegid(), &f), 0, "it may be there");
	is_int(oauth_saved_write(into, "isp", &s, &f), 0, "written");
	ok(stat(buf_text(&path), &st) == 0 && (st.st_mode & 07777) == 0600, "for its owner alone");
	ino_t before = st.st_ino;
	buf_clear(&s.refresh_token);
	buf_add_text(&s.refresh_token, "second");
	buf_printf(&path, "%s", "");
	is_int(oauth_saved_write(into, "isp", &s, &f), 0, "written again");
	ok(stat(buf_text(&path), &st) == 0 && st.st_ino != before, "as another file, so that no half of it can be read");
	ok(oauth_saved_read(into, "isp", &got, &f) == 0 && strcmp(buf_text(&got.refresh_token), "second") == 0 && got.login_s == 1 &&
	   got.changed_s == 2, "and read");
	oauth_saved_free(&got);
	chmod(into, 0750);
	ok(oauth_saved_write(into, "isp", &s, &f) < 0 && strstr(f.text, "chmod 700"), "a folder that others may use: %s", f.text);
	oauth_saved_free(&s);
	buf_free(&path);
	buf_free(&below);
}

/* What its message says to run is run by root; the one who asked can then write. */
static void folder_of_another(void)
{
	static const uid_t somebody = 4321;
	struct oauth_saved s = { .user = mem_text("me"), .client_id = mem_text("c"), .token_endpoint = mem_text("https://t.example/") };
	struct fault f = { 0 };
	char into[200];

	if (geteuid() != 0) {
		tap_skip("a folder that belongs to another user", "only root can give it away");
		tap_skip("is theirs again after chown", "only root can give it away");
		tap_skip("and root is root", "nobody is");
		oauth_saved_free(&s);
		return;
	}
	snprintf(into, sizeof into, "%s/given", folder);
	mkdir(into, 0700);
	chmod(folder, 0755);
	buf_add_text(&s.refresh_token, "first");
	ok(seteuid(somebody) == 0 && oauth_saved_write(into, "isp", &s, &f) < 0, "a folder that belongs to another user: %s", f.text);
	const char *order = strstr(f.text, "chown -R ");
	ok(seteuid(0) == 0 && order && system(order) == 0 && seteuid(somebody) == 0 && oauth_saved_write(into, "isp", &s, &f) == 0,
	   "is theirs again after %s", order ? order : "nothing that is said");
	is_int(seteuid(0), 0, "and root is root");
	oauth_saved_free(&s);
}

int main(void)
{
	tap_plan(5 + 1 + TAP_ROWS(files) + 12);
	scratch_make(folder);
	path_is("gmail", "/f/gmail");
	path_is("smtp.isp.example", "/f/smtp.isp.example");
	path_is("../passwd", "/f/%2E.%2Fpasswd");
	path_is(".hidden", "/f/%2Ehidden");
	path_is("a b", "/f/a%20b");
	read_files();
	write_files();
	folder_of_another();
	return tap_done();
}
