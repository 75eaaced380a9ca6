/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/io.h"
#include "relay/local/maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/signet-maildir-XXXXXX";
static char maildir[64];

static const char *path_of(const char *name)
{
	static char path[2][200];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", maildir, name);
	return path[turn];
}

/* The names in it, without "." and "..". */
static unsigned count_in(const char *folder)
{
	DIR *list = opendir(path_of(folder));
	unsigned n = 0;

	for (struct dirent *e = list ? readdir(list) : NULL; e; e = readdir(list))
		n += e->d_name[0] != '.';
	if (list)
		closedir(list);
	return n;
}

static int deliver(const char *name, const char *message, bool again, struct fault *f)
{
	struct letter l = { .sender = "s@x", .address = "al", .message = span_of(message), .fd = -1 };
	int result = maildir_deliver(maildir, name, &l, again, f);

	letter_free(&l);
	return result;
}

static const char *text_of(const char *name)
{
	static struct buf text;
	int fd = open(path_of(name), O_RDONLY);

	buf_clear(&text);
	if (fd < 0 || io_read_file(fd, &text, 1024 * 1024) < 0)
		return "(none)";
	close(fd);
	return buf_text(&text);
}

int main(void)
{
	struct fault f = { 0 };
	struct stat st;

	tap_plan(19);
	signal(SIGXFSZ, SIG_IGN);
	if (mkdtemp(home) == NULL)
		abort();
	snprintf(maildir, sizeof maildir, "%s/Maildir", home);
	ok(deliver("a", "\r\n", false, &f) < 0 && strcmp(f.status, "4.2.0") == 0, "no Maildir: %s", f.text);
	is_int(maildir_make(maildir, &f), 0, "it is made");
	is_int(maildir_make(maildir, &f), 0, "and may be there");
	ok(stat(path_of("new"), &st) == 0 && (st.st_mode & 0777) == 0700, "for its user alone");

	is_int(deliver("a", "Subject: x\r\n\r\nFrom y\r\n", false, &f), 0, "a letter");
	is_text(text_of("new/a"), "Return-Path: <s@x>\nDelivered-To: al\nSubject: x\n\nFrom y\n", "is in new, as it is");
	is_int(count_in("tmp"), 0, "nothing is left in tmp");
	is_int(deliver("b", "\r\n", false, &f), 0, "another");
	is_int(count_in("new"), 2, "is a file of its own");
	is_int(deliver("b", "\r\n", true, &f), 0, "the same after a crash");
	is_int(count_in("new"), 2, "is there once");
	if (rename(path_of("new/b"), path_of("cur/b:2,S")) < 0)
		abort();
	is_int(deliver("b", "\r\n", true, &f), 0, "and when it has been read meanwhile");
	is_int((long long)count_in("new") * 10 + count_in("cur"), 11, "as well");
	is_int(deliver("bb", "\r\n", true, &f), 0, "a name that begins like it is another");
	is_int(count_in("new"), 2, "letter");

	struct rlimit was, small;
	getrlimit(RLIMIT_FSIZE, &was);
	small = (struct rlimit){ 10, was.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	ok(deliver("c", "\r\nmore than ten bytes\r\n", false, &f) < 0 && strcmp(f.status, "4.2.2") == 0, "it does not fit: %s", f.text);
	setrlimit(RLIMIT_FSIZE, &was);
	is_int((long long)count_in("new") * 10 + count_in("tmp"), 20, "and nothing of it is left");

	if (symlink("/etc/passwd", path_of("tmp/d")) < 0)
		abort();
	ok(deliver("d", "\r\n", false, &f) < 0 && strcmp(f.status, "4.2.0") == 0, "a link in tmp is not followed: %s", f.text);
	unlink(path_of("tmp/d"));
	is_int(deliver("d", "\r\n", false, &f), 0, "without it the letter is delivered");
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", home);
	return system(command) == 0 ? tap_done() : 1;
}
