/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/channel.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct channel *left, *right;
static int raw;   /* the right end without a channel, for hostile bytes */

static void open_pair(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	left = channel_new(ends[0]);
	right = channel_new(ends[1]);
	raw = ends[1];
}

static void close_pair(void)
{
	channel_free(left);
	channel_free(right);
}

static int open_file(off_t size)
{
	char name[] = "/tmp/channel_test_XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	if (ftruncate(fd, size) < 0)
		abort();
	return fd;
}

/* Frames of every size around the read step, some with a descriptor whose size tells which it is. */
static void many_frames(void)
{
	enum { COUNT = 200 };
	struct buf payload = { 0 };
	struct frame frame;
	int wrong = 0, got = 0;

	open_pair();
	for (int i = 0; i < COUNT; i++) {
		buf_clear(&payload);
		for (int j = 0; j < i * 37; j++)
			pack_u32(&payload, (uint32_t)(i + j));
		channel_put(left, (uint16_t)(i + 1), buf_span(&payload), i % 3 == 0 ? open_file(i) : -1);
	}
	while (got < COUNT) {
		channel_flush(left);
		channel_fill(right);
		while (channel_next(right, &frame)) {
			struct stat st = { .st_size = -1 };
			if (frame.fd >= 0) {
				fstat(frame.fd, &st);
				close(frame.fd);
			}
			bool has = got % 3 == 0;
			if (frame.type != got + 1 || frame.payload.len != (size_t)got * 37 * 4)
				wrong++;
			if (has ? st.st_size != got : frame.fd != -1)
				wrong++;
			got++;
		}
	}
	is_int(wrong, 0, "200 frames keep order, size and their descriptors");
	ok(!channel_wants_write(left), "all was sent");
	buf_free(&payload);
	close_pair();
}

/* How many descriptors came with what one recvmsg(2) takes. */
static int taken_together(size_t *bytes)
{
	union {
		char space[CMSG_SPACE(16 * sizeof(int))];
		struct cmsghdr align;
	} control;
	char room[4096];
	struct iovec piece = { room, sizeof room };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space };
	ssize_t n = recvmsg(raw, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int count = h ? (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;

	*bytes = n > 0 ? (size_t)n : 0;
	for (int i = 0; i < count; i++) {
		int fd;
		memcpy(&fd, CMSG_DATA(h) + (size_t)i * sizeof fd, sizeof fd);
		close(fd);
	}
	return count;
}

/* An order of a copy is one message, and one waking of its template. */
static void descriptors_together(void)
{
	enum { EMPTY = 8 };
	char far[300] = { 0 };
	size_t bytes;

	open_pair();
	for (int i = 0; i < 5; i++)
		channel_put(left, 1, (struct span){ 0 }, open_file(0));
	channel_put(left, 1, (struct span){ far, sizeof far }, -1);
	channel_put(left, 1, (struct span){ 0 }, open_file(0));
	channel_put(left, 2, (struct span){ 0 }, -1);
	channel_flush(left);
	is_int(taken_together(&bytes), 4, "four descriptors come together");
	is_int((long long)bytes, 4 * EMPTY, "with their frames, and no further one");
	is_int(taken_together(&bytes), 1, "not those");
	is_int((long long)bytes, EMPTY + EMPTY + (long long)sizeof far, "whose frames begin further on");
	is_int(taken_together(&bytes), 1, "that comes at its frame");
	is_int((long long)bytes, 2 * EMPTY, "with what follows it");
	close_pair();
}

/* What the peer keeps until its frame comes is bounded, however long the frame before it takes. */
static void descriptors_behind_a_long_frame(void)
{
	enum { COUNT = 100, LONG = 20 * 1024 * 1024 };
	char *zeros = calloc(1, LONG);
	struct frame frame;
	int got = 0;

	open_pair();
	channel_put(left, 1, (struct span){ zeros, LONG }, -1);
	for (int i = 0; i < COUNT; i++)
		channel_put(left, 2, (struct span){ 0 }, open_file(0));
	while (got <= COUNT && channel_fill(right) == 0) {
		channel_flush(left);
		for (; channel_next(right, &frame); got++)
			io_close(&frame.fd);
	}
	is_int(got, 1 + COUNT, "a long frame, and a hundred with a descriptor each");
	ok(!channel_is_malformed(right), "which is no fault");
	free(zeros);
	close_pair();
}

static void waiting(void)
{
	struct frame frame;

	open_pair();
	is_int(channel_receive(right, &frame, clock_boot_ms() + 30), 0, "a deadline ends the wait");
	channel_put(left, 7, SPAN("last words"), -1);
	channel_flush(left);
	channel_free(left);
	is_int(channel_receive(right, &frame, clock_boot_ms() + 1000), 1, "a frame sent before the end still comes");
	is_span(frame.payload, SPAN("last words"), "whole");
	is_int(channel_receive(right, &frame, IO_FOREVER), -1, "then the peer is gone");
	is_int(channel_send(right, 1, SPAN("x"), -1), -1, "sending to it fails without a signal");
	channel_free(right);
}

/* A session that ends reports what it did, although the queue was just about to tell it something. */
static void last_words_behind_a_failed_write(void)
{
	struct frame frame;

	open_pair();
	channel_send(left, 7, SPAN("delivered"), -1);
	channel_free(left);
	channel_put(right, 1, SPAN("one more"), open_file(1));
	is_int(channel_flush(right), -1, "writing to a peer that is gone fails");
	ok(!channel_wants_write(right), "and what was to be written is dropped");
	while (channel_fill(right) == 0)
		;
	ok(true, "reading finds its end");
	ok(channel_next(right, &frame) && span_eq(frame.payload, SPAN("delivered")), "behind what it said before");
	channel_put(right, 1, SPAN("and more"), -1);
	is_int(channel_flush(right), -1, "later writes fail as well");
	channel_free(right);
	open_pair();
	channel_send(left, 7, SPAN("delivered"), -1);
	channel_free(left);
	channel_put(right, 1, SPAN("one more"), -1);
	is_int(channel_receive(right, &frame, IO_FOREVER), 1, "one who waits gets it too");
	is_int(channel_receive(right, &frame, IO_FOREVER), -1, "and then the end");
	channel_free(right);
}

static void hostile(void)
{
	static const struct {
		const char *name;
		struct span bytes;
	} rows[] = {
		{ "a length over the limit", { "\xff\xff\xff\xff\0\1\0\0", 8 } },
		{ "unknown flags", { "\0\0\0\0\0\1\0\2", 8 } },
		{ "a descriptor promised and not sent", { "\0\0\0\0\0\1\0\1", 8 } },
	};
	struct frame frame;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		open_pair();
		io_write_all(raw, rows[i].bytes.at, rows[i].bytes.len, IO_FOREVER);
		is_int(channel_receive(left, &frame, clock_boot_ms() + 1000), -1, "%s closes the channel", rows[i].name);
		close_pair();
	}
}

static int open_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1000; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What a role may say is bounded: frames, and descriptors, which are not even taken. */
static void limited(void)
{
	struct frame frame;
	char hundred[100] = { 0 };

	open_pair();
	channel_limit(left, 100, false);
	channel_put(right, 1, (struct span){ hundred, 100 }, -1);
	channel_flush(right);
	ok(channel_receive(left, &frame, clock_boot_ms() + 1000) == 1 && frame.payload.len == 100, "as much as it may");
	channel_put(right, 1, (struct span){ hundred, 99 }, open("/dev/null", O_RDONLY | O_CLOEXEC));
	channel_flush(right);
	int before = open_fds();
	is_int(channel_receive(left, &frame, clock_boot_ms() + 1000), -1, "a descriptor closes the channel");
	is_int(open_fds(), before, "and is not taken");
	ok(channel_is_malformed(left), "which is its fault");
	close_pair();

	open_pair();
	channel_limit(left, 99, false);
	channel_put(right, 1, (struct span){ hundred, 100 }, -1);
	channel_flush(right);
	is_int(channel_receive(left, &frame, clock_boot_ms() + 1000), -1, "one byte more closes the channel");
	ok(channel_is_malformed(left), "which is its fault as well");
	close_pair();

	open_pair();
	channel_limit(left, 99, false);
	channel_free(right);
	right = NULL;
	is_int(channel_receive(left, &frame, clock_boot_ms() + 1000), -1, "an end closes it too");
	ok(!channel_is_malformed(left), "which is nobody's fault");
	channel_free(left);
}

static void cut_anywhere(void)
{
	static const char bytes[] = "\0\0\0\3\0\5\0\0abc";
	struct frame frame;

	open_pair();
	for (size_t i = 0; i < sizeof bytes - 1; i++) {
		io_write_all(raw, bytes + i, 1, IO_FOREVER);
		channel_fill(left);
		bool whole = channel_next(left, &frame);
		if (whole != (i == sizeof bytes - 2))
			ok(0, "a frame at byte %zu", i);
	}
	is_span(frame.payload, SPAN("abc"), "a frame cut at every byte arrives whole");
	close_pair();
}

int main(void)
{
	tap_plan(34);
	signal(SIGPIPE, SIG_IGN);
	many_frames();
	descriptors_together();
	descriptors_behind_a_long_frame();
	waiting();
	last_words_behind_a_failed_write();
	hostile();
	limited();
	cut_anywhere();
	return tap_done();
}
