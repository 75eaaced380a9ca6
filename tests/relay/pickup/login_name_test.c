/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/pickup/login_name.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const struct { const char *field, *login, *name; } fields[] = {
	{ "", "al", "" },
	{ "Alice Caller", "al", "Alice Caller" },
	{ "Alice Caller,Room 1,+1 555,,", "al", "Alice Caller" },
	{ ",Room 1", "al", "" },
	{ "& Caller", "alice", "Alice Caller" },
	{ "The & and &", "alice", "The Alice and Alice" },
	{ "&", "9p", "9p" },
	{ "&", "", "" },
	{ "J\xc3\xbcrgen", "j", "J\xc3\xbcrgen" },
};

/* The path of a file as this role gets it: by a descriptor. */
static int open_other(void *path)
{
	return path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static void other_files(void)
{
	char path[] = "/tmp/login-name-XXXXXX";
	struct buf out = { 0 };
	int fd = mkostemp(path, O_CLOEXEC);
	const struct login_file here = { 0 }, other = { open_other, path }, none = { open_other, NULL };

	if (fd < 0 || dprintf(fd, "toor:x:0:0:T. Oor,,:/:/bin/sh\n") < 0)
		abort();
	login_name(&other, 0, &out);
	login_name(&none, 0, &out);
	login_name(&here, 0, &out);
	login_name_full(&other, 0, &out);
	is_text(buf_text(&out), "toorrootT. Oor", "each file has its own names, and one that cannot be opened has none");
	close(fd);
	unlink(path);
	buf_free(&out);
}

int main(void)
{
	const struct login_file here = { 0 };
	struct buf out = { 0 };

	tap_plan(TAP_ROWS(fields) + 4);
	other_files();
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		buf_clear(&out);
		login_name_expand(fields[i].field, fields[i].login, &out);
		is_text(buf_text(&out), fields[i].name, "\"%s\" of %s", fields[i].field, fields[i].login);
	}
	buf_clear(&out);
	login_name(&here, 0, &out);
	is_text(buf_text(&out), "root", "uid 0 is root");
	buf_clear(&out);
	login_name(&here, 4294967294u, &out);
	login_name_full(&here, 4294967294u, &out);
	is_int(out.len, 0, "a uid that nobody has");
	login_name_full(&here, 0, &out);
	ok(!memchr(buf_text(&out), ',', out.len) && !memchr(buf_text(&out), ':', out.len), "a full name is one: %s", buf_text(&out));
	buf_free(&out);
	return tap_done();
}
