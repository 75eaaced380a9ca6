/* SPDX-License-Identifier: ISC */
#include "dns/dns_file.h"

#include "base/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024 };

int dns_file_read(const char *path, struct buf *out, struct stat *st, struct fault *f)
{
	int fd = io_open(path);    /* /dev/null is a file without anchors, so it need not be a regular one */

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, st) < 0 || io_read_file(fd, out, FILE_MAX) < 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot read %s: %s", path, strerror(errno));
		io_close(&fd);
		return -1;
	}
	close(fd);
	return 0;
}
