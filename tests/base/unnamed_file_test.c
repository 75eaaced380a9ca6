#include "tests/tap.h"
#include "tests/scratch.h"

#include "base/unnamed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	tap_plan(8);
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
	close(fd);
	return tap_done();
}
