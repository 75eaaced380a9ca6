/* SPDX-License-Identifier: ISC */
/*
 * feed - submits many messages over the submission socket, as an application
 * that speaks the protocol itself would: CONNECTIONS callers at once, one
 * record a connection, each waiting for its answer.
 *
 *   feed SOCKET SENDER RECIPIENT COUNT CONNECTIONS MESSAGE
 *
 * "%" in RECIPIENT becomes the message's number modulo 1000. MESSAGE is a
 * file. Ends when all are on stable storage; a refusal is an error.
 */
#include "base/io.h"
#include "base/mail/record.h"
#include "base/mail/submit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct feed {
	const char *socket, *sender, *recipient;
	struct buf message;
};

static void die(const char *what)
{
	fprintf(stderr, "feed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_message(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	buf_reserve(out, (size_t)st.st_size);
	while (out->len < (size_t)st.st_size) {
		ssize_t n = read(fd, out->at + out->len, (size_t)st.st_size - out->len);
		if (n <= 0)
			die(path);
		out->len += (size_t)n;
	}
	io_close(&fd);
}

static void make_record(const struct feed *f, unsigned long number, struct buf *out)
{
	struct record r = {
		.program = mem_text("feed"), .sender = mem_text(f->sender), .sender_given = true, .full_name = mem_text(""),
		.envid = mem_text(""), .message_bytes = f->message.len,
	};
	struct buf to = { 0 };

	if (getrandom(r.id, sizeof r.id, 0) != sizeof r.id)
		die("getrandom");
	for (const char *c = f->recipient; *c; c++)
		if (*c == '%')
			buf_printf(&to, "%lu", number % 1000);
		else
			buf_add_byte(&to, *c);
	record_add_recipient(&r, buf_span(&to), 0, SPAN(""));
	record_encode_head(&r, out);
	buf_add_span(out, buf_span(&f->message));
	buf_free(&to);
	record_free(&r);
}

static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
		die(path);
	return fd;
}

static void write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
		if (n < 0)
			die("send");
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
}

static void await_answer(int fd)
{
	struct buf in = { 0 };
	struct submit_reply reply;
	struct fault f;
	ssize_t taken = 0;

	buf_reserve(&in, 4096);
	while (taken == 0) {
		ssize_t n = read(fd, in.at + in.len, 4096 - in.len);
		if (n <= 0)
			die("no answer");
		in.len += (size_t)n;
		taken = submit_decode_reply(buf_span(&in), &reply, &f);
	}
	if (taken < 0 || reply.kind != SUBMIT_ACCEPTED) {
		fprintf(stderr, "feed: not accepted: %s\n", reply.fault.text);
		exit(1);
	}
	buf_free(&in);
}

static void feed_share(const struct feed *f, unsigned long first, unsigned long count, unsigned long step)
{
	struct buf record = { 0 };

	for (unsigned long i = first; i < count; i += step) {
		buf_clear(&record);
		make_record(f, i, &record);
		int fd = connect_to(f->socket);
		write_all(fd, buf_span(&record));
		await_answer(fd);
		io_close(&fd);
	}
	exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fprintf(stderr, "usage: feed SOCKET SENDER RECIPIENT COUNT CONNECTIONS MESSAGE\n");
		return 64;
	}
	struct feed f = { .socket = argv[1], .sender = argv[2], .recipient = argv[3] };
	unsigned long count = strtoul(argv[4], NULL, 10), callers = strtoul(argv[5], NULL, 10);
	int status, bad = 0;

	read_message(argv[6], &f.message);
	for (unsigned long i = 0; i < callers; i++)
		if (fork() == 0)
			feed_share(&f, i, count, callers);
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}
