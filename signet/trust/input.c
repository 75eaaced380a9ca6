/* SPDX-License-Identifier: ISC */
#include "signet/trust/input.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int file_failed(struct fault *f, const char *shown)
{
	int error = errno;

	fault_set(f, FAULT_PERMANENT, "5.6.0", "cannot read %.300s: %s", shown, strerror(error));
	return fault_of_file(f, error, EX_NOINPUT);
}

int input_read(const char *name, struct buf *out, struct fault *f)
{
	bool is_standard = strcmp(name, "-") == 0;
	const char *shown = is_standard ? "standard input" : name;
	int fd = is_standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : io_read_file(fd, out, INPUT_BYTES_MAX);

	if (result < 0 && errno == EFBIG)
		fault_set(f, FAULT_PERMANENT, "5.3.4", "%.300s has more than %d MiB: that is too much to be one", shown,
		          INPUT_BYTES_MAX / 1024 / 1024);
	else if (result < 0)
		result = file_failed(f, shown);
	if (fd >= 0 && !is_standard)
		close(fd);
	return result;
}
