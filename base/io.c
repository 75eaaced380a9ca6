/* SPDX-License-Identifier: ISC */
#include "base/io.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* 0 when fd is ready for events, -1 with errno. */
static int wait_ready(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int wait_ms = deadline_ms == IO_FOREVER ? -1 : clock_wait_ms(deadline_ms);
		int n = poll(&p, 1, wait_ms);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0 && clock_wait_ms(deadline_ms) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

static bool would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

ssize_t io_read(int fd, void *into, size_t len, int64_t deadline_ms)
{
	for (;;) {
		if (deadline_ms != IO_FOREVER && wait_ready(fd, POLLIN, deadline_ms) < 0)
			return -1;
		ssize_t n = read(fd, into, len);
		if (n >= 0)
			return n;
		if (would_wait()) {
			if (wait_ready(fd, POLLIN, deadline_ms) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
}

int io_write_all(int fd, const void *bytes, size_t len, int64_t deadline_ms)
{
	const char *at = bytes;

	while (len > 0) {
		if (deadline_ms != IO_FOREVER && wait_ready(fd, POLLOUT, deadline_ms) < 0)
			return -1;
		ssize_t n = write(fd, at, len);
		if (n >= 0) {
			at += n;
			len -= (size_t)n;
		} else if (would_wait()) {
			if (wait_ready(fd, POLLOUT, deadline_ms) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int io_read_file(int fd, struct buf *out, size_t max)
{
	for (size_t total = 0;;) {
		buf_reserve(out, IO_STEP_BYTES);
		ssize_t n = read(fd, out->at + out->len, IO_STEP_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		total += (size_t)n;
		if (total > max) {
			errno = EFBIG;
			return -1;
		}
		out->len += (size_t)n;
		out->at[out->len] = '\0';
	}
}

int io_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int io_check_regular(int fd, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return -1;
	if (S_ISREG(st->st_mode))
		return 0;
	errno = EINVAL;
	return -1;
}

int io_open_regular(const char *path, struct stat *st)
{
	int fd = io_open(path);

	if (fd < 0 || io_check_regular(fd, st) == 0)
		return fd;
	int error = errno;
	io_close(&fd);
	errno = error;
	return -1;
}

int io_read_path(const char *path, struct buf *out, size_t max)
{
	struct stat st;
	int fd = io_open_regular(path, &st), result = fd < 0 ? -1 : io_read_file(fd, out, max), error = errno;

	io_close(&fd);
	errno = error;
	return result;
}

const char *io_error_text(int error)
{
	return error == EINVAL ? "it is not a file" : strerror(error);
}

int io_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int result = fsync(fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return result;
}

static int change_flag(int fd, int get, int set, int flag, bool on)
{
	int flags = fcntl(fd, get);

	if (flags < 0)
		return -1;
	return fcntl(fd, set, on ? flags | flag : flags & ~flag);
}

int io_set_nonblocking(int fd, bool on)
{
	return change_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int io_set_cloexec(int fd, bool on)
{
	return change_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

void io_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
