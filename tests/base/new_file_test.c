/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/new_file_test_XXXXXX";

static bool holds(const char *path, struct span want)
{
	char bytes[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

	if (fd >= 0)
		close(fd);
	return n >= 0 && span_eq((struct span){ bytes, (size_t)n }, want);
}

int main(void)
{
	char path[100], other[100], part[120];
	struct stat st;
	struct buf name = { 0 };

	tap_plan(13);
	if (mkdtemp(folder) == NULL)
		return 1;
	umask(022);
	snprintf(path, sizeof path, "%s/a", folder);
	snprintf(other, sizeof other, "%s/b", folder);
	new_file_part(path, &name);
	snprintf(part, sizeof part, "%s", buf_text(&name));
	is_int(new_file_make(path, SPAN("secret\n"), 0600), NEW_FILE_MADE, "a new file");
	ok(holds(path, SPAN("secret\n")), "has the bytes");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "and the mode");
	ok(access(part, F_OK) < 0, "and nothing is beside it");
	is_int(new_file_make(path, SPAN("other\n"), 0644), NEW_FILE_NAME, "one that is there is not written over");
	is_int(errno, EEXIST, "and said so");
	ok(holds(path, SPAN("secret\n")) && access(part, F_OK) < 0, "it is as it was");
	ok(symlink("nowhere", other) == 0 && new_file_make(other, SPAN("x"), 0644) == NEW_FILE_NAME, "nor is a link followed");
	unlink(other);
	is_int(new_file_make(other, SPAN("x"), 0644), NEW_FILE_MADE, "for all to read");
	ok(stat(other, &st) == 0 && (st.st_mode & 07777) == 0644, "it is so");
	unlink(path);
	int fd = open(part, O_WRONLY | O_CREAT, 0600);
	close(fd);
	is_int(new_file_make(path, SPAN("x"), 0600), NEW_FILE_PART, "another is at it, or was killed");
	ok(errno == EEXIST && access(path, F_OK) < 0 && access(part, F_OK) == 0, "and it is left alone");
	unlink(part);
	unlink(other);
	rmdir(folder);
	is_int(new_file_make(path, SPAN("x"), 0600), NEW_FILE_PART, "there is no folder");
	buf_free(&name);
	return tap_done();
}
