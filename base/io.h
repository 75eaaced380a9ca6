/* SPDX-License-Identifier: ISC */
/*
 * io - whole reads and writes with a deadline, and syncing what must last.
 *
 * EINTR is hidden. deadline_ms is a boot time (base/clock.h); IO_FOREVER
 * waits without end and is for the caller's own stdin only. The deadline is
 * exact on a non-blocking descriptor; on a blocking one a large write may
 * outlast it.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define IO_FOREVER INT64_MAX

/*
 * Up to len bytes, at least one; 0 at the end of the stream; -1 with errno,
 * ETIMEDOUT when the deadline passed first. Works on blocking and
 * non-blocking descriptors.
 */
ssize_t io_read(int fd, void *into, size_t len, int64_t deadline_ms);

/* All of it or -1 with errno. */
int io_write_all(int fd, const void *bytes, size_t len, int64_t deadline_ms);

/*
 * The whole file from the current position; refuses more than max bytes with
 * EFBIG. A buf with room for max + IO_STEP_BYTES more does not grow.
 */
enum { IO_STEP_BYTES = 64 * 1024 };
int io_read_file(int fd, struct buf *out, size_t max);

/* Opens what has that name, to be read; neither waits for a FIFO's writer nor takes a terminal. -1 with errno. */
int io_open(const char *path);

/*
 * Is it a regular file? A FIFO or a device may never end. 0; -1 with errno: EINVAL where it is not one, and *st is filled then,
 * too.
 */
int io_check_regular(int fd, struct stat *st);

/* Both. A descriptor, or -1 with errno. */
int io_open_regular(const char *path, struct stat *st);

/* The whole of a regular file, as io_read_file. 0, or -1 with errno. */
int io_read_path(const char *path, struct buf *out, size_t max);

/* What the last three say, to follow the file's name and a colon. */
const char *io_error_text(int error);

/* fsync of the folder at path, so that a name in it lasts. 0 or -1 with errno. */
int io_sync_folder(const char *path);

int io_set_nonblocking(int fd, bool on);
int io_set_cloexec(int fd, bool on);

/* Closes *fd, which becomes -1. */
void io_close(int *fd);

#endif
