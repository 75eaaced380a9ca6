/* SPDX-License-Identifier: ISC */
#include "base/new_file.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void new_file_part(const char *path, struct buf *out)
{
	buf_printf(out, "%s.part", path);
}

enum new_file_step new_file_make(const char *path, struct span bytes, mode_t mode)
{
	struct buf part = { 0 };
	enum new_file_step step = NEW_FILE_PART;

	new_file_part(path, &part);
	int fd = open(buf_text(&part), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = errno;
	if (fd >= 0) {
		/* Only what is whole gets the name; link(2) does not replace a file that exists. */
		bool written = io_write_all(fd, bytes.at, bytes.len, IO_FOREVER) == 0 && fchmod(fd, mode) == 0 && fsync(fd) == 0;
		step = !written ? NEW_FILE_WRITE : link(buf_text(&part), path) < 0 ? NEW_FILE_NAME : NEW_FILE_MADE;
		error = errno;
		unlink(buf_text(&part));
	}
	io_close(&fd);
	buf_free(&part);
	if (step == NEW_FILE_MADE) {
		char *copy = mem_text(path);
		if (io_sync_folder(dirname(copy)) < 0) {
			step = NEW_FILE_FOLDER;
			error = errno;
		}
		free(copy);
	}
	errno = error;
	return step;
}
