/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/scratch.h"

#include "base/unnamed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	tap_plan(14);
	char folder[] = "/tmp/signet-unnamed-XXXXXX";
	char bytes[8] = "";
	char missing[100];
	struct stat st;

	scratch_make(folder);
	int fd = unnamed_file_in(folder);
	ok(fd >= 0, "a file is made");
	ok(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0, "a regular one without a name");
	is_int(st.st_mode & 0777, 0600, "for its owner alone");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "closed by exec");
	is_int(write(fd, "message", 7), 7, "written");
	is_int(pread(fd, bytes, sizeof bytes, 0), 7, "and read");
	ok(rmdir(folder) == 0, "the folder is empty");
	snprintf(missing, sizeof missing, "%s/missing", folder);
	errno = 0;
	ok(unnamed_file_in(missing) < 0 && errno == ENOENT, "not in a folder that is not there");

	bool in_memory = true;
	setenv("TMPDIR", missing, 1);
	int other = unnamed_file(&in_memory);
	ok(other >= 0 && !in_memory, "wherever there is room, if not in TMPDIR");
	close(other);
	other = unnamed_file_in_memory();
	ok(fstat(other, &st) == 0 && S_ISREG(st.st_mode), "or in memory");
	is_int(write(other, "message", 7), 7, "written there, too");
	memset(bytes, 0, sizeof bytes);
	is_int(pread(other, bytes, sizeof bytes, 0), 7, "and read");
	is_text(bytes, "message", "as it was");
	ok(fcntl(other, F_GETFD) & FD_CLOEXEC, "closed by exec");
	close(other);
	close(fd);
	return tap_done();
}
