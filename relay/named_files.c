/* SPDX-License-Identifier: ISC */
#include "relay/named_files.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/channel.h"
#include "relay/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_MS = 10 * 1000, ANSWER_LEAST_MS = 2 * 1000, ANSWER_BYTES_MAX = 64 };

struct named_files {
	const struct settings *settings;
	struct channel *ask;           /* NULL: opened here */
	size_t count;
	int *fds;                      /* by number; -1: none is held */
	size_t owed;                   /* answers that have not come in time */
	int64_t since_ms;
	unsigned asked;                /* since then */
};

const char *named_files_path(const struct settings *s, size_t number)
{
	if (number == NAMED_PASSWD)
		return "/etc/passwd";
	return number - NAMED_ALIASES < s->aliases.count ? s->aliases.items[number - NAMED_ALIASES] : NULL;
}

struct named_files *named_files_new(const struct settings *s, int ask)
{
	struct named_files *n = mem_alloc(sizeof *n);

	n->settings = s;
	n->count = NAMED_ALIASES + s->aliases.count;
	n->fds = mem_alloc(n->count * sizeof *n->fds);
	for (size_t i = 0; i < n->count; i++)
		n->fds[i] = -1;
	if (ask >= 0) {
		n->ask = channel_new(ask);
		channel_limit(n->ask, ANSWER_BYTES_MAX, true);
	}
	return n;
}

void named_files_free(struct named_files *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		io_close(&n->fds[i]);
	channel_free(n->ask);
	free(n->fds);
	free(n);
}

/* The answer to the last question, which says nothing but how that went: those to earlier ones, which came too late, are of other files. */
static bool hear_answer(struct named_files *n, struct frame *out)
{
	int64_t deadline_ms = clock_boot_ms() + clock_scaled_ms(n->settings->time_scale, ANSWER_MS, ANSWER_LEAST_MS);

	while (channel_receive(n->ask, out, deadline_ms) == 1) {
		if (--n->owed == 0)
			return true;
		io_close(&out->fd);
	}
	return false;
}

/* Half of them, as two of our seconds may begin and end within one of signetd's. A file that may not be read is asked for each time. */
static bool may_ask(struct named_files *n)
{
	int64_t now = clock_boot_ms();

	if (now - n->since_ms >= 1000) {
		n->since_ms = now;
		n->asked = 0;
	}
	return n->asked++ < NAMED_FILES_A_SECOND / 2;
}

/* A descriptor, or -1 with errno; EPIPE: signetd does not answer; EAGAIN: it was asked too often. */
static int ask_for(struct named_files *n, size_t number)
{
	struct frame frame = { .fd = -1 };
	struct buf payload = { 0 };

	if (!may_ask(n)) {
		errno = EAGAIN;
		return -1;
	}
	pack_u32(&payload, (uint32_t)number);
	int sent = channel_send(n->ask, FRAME_FILE, buf_span(&payload), -1);
	buf_free(&payload);
	n->owed++;
	if (sent < 0 || !hear_answer(n, &frame)) {
		errno = EPIPE;
		return -1;
	}
	struct unpack u = unpack_from(frame.payload);
	int error = (int)unpack_u32(&u);
	if (frame.fd < 0)
		errno = u.bad || error == 0 ? EPROTO : error;
	return frame.fd;
}

/* The file of that name is still the one that is held, whose descriptor also reads what has been written to it since. */
static bool is_held(int fd, const struct stat *named)
{
	struct stat held;

	return fd >= 0 && fstat(fd, &held) == 0 && held.st_dev == named->st_dev && held.st_ino == named->st_ino;
}

int named_files_open(struct named_files *n, size_t number)
{
	const char *path = named_files_path(n->settings, number);
	struct stat named;

	if (path == NULL || stat(path, &named) < 0)
		return -1;
	if (n->ask == NULL)
		return io_open(path);
	int *fd = &n->fds[number];
	if (!is_held(*fd, &named)) {
		int fresh = ask_for(n, number);
		/* While signetd ends, a role finishes its work by the file that it has. */
		if (fresh < 0 && ((errno != EPIPE && errno != EAGAIN) || *fd < 0))
			return -1;
		if (fresh >= 0) {
			io_close(fd);
			*fd = fresh;
		}
	}
	if (lseek(*fd, 0, SEEK_SET) < 0)
		return -1;
	return fcntl(*fd, F_DUPFD_CLOEXEC, 0);
}

int named_files_open_alias(void *context, size_t index)
{
	return named_files_open(context, NAMED_ALIASES + index);
}

int named_files_open_passwd(void *context)
{
	return named_files_open(context, NAMED_PASSWD);
}
