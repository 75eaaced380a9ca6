/* SPDX-License-Identifier: ISC */
/* The dialogue of "sendmail -bs" in this process; in signet-drop's place is a script that keeps each record. */
#include "tests/scratch.h"
#include "tests/process.h"
#include "tests/tap.h"

#include "sendmail-shim/smtp_stdio.h"

#include "base/io.h"
#include "base/mail/record.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IDLE_MS = 100, LONG_MS = 60 * 1000 };

static char here[] = "/tmp/smtp-stdio-test-XXXXXX";

static char *in_here(const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", here, name) < 0)
		abort();
	return path;
}

static void set(char **at, const char *name)
{
	free(*at);
	*at = in_here(name);
}

/* A script that keeps what it is given as FOLDER/1, FOLDER/2 and so on. */
static void make_drop_program(void)
{
	static const char script[] = "#!/bin/sh\nn=1\nwhile [ -e \"$1/$n\" ]; do n=$((n + 1)); done\ncat >\"$1/$n\"\n";
	char *path = in_here("drop-program"), *folder = in_here("drop");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	if (fd < 0 || io_write_all(fd, script, sizeof script - 1, IO_FOREVER) < 0 || mkdir(folder, 0700) < 0)
		abort();
	close(fd);
	free(path);
	free(folder);
}

static void begin_settings(struct settings *s)
{
	settings_begin(s);
	set(&s->socket, "nobody-listens");
	set(&s->drop, "drop");
	set(&s->drop_program, "drop-program");
	settings_complete(s);
}

/* The record's head and message; false: there is none. It is gone then. */
static bool take_record(const char *number, struct record *r, struct buf *message)
{
	char name[32];
	struct buf bytes = { 0 };

	snprintf(name, sizeof name, "drop/%s", number);
	char *path = in_here(name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t head = fd < 0 || io_read_file(fd, &bytes, 64 << 20) < 0 ? -1 : record_decode_head(buf_span(&bytes), r, NULL);
	if (head > 0)
		buf_add(message, bytes.at + head, bytes.len - (size_t)head);
	io_close(&fd);
	unlink(path);
	free(path);
	buf_free(&bytes);
	return head > 0;
}

/* What is said, all at once; then the end of input, or with is_idle nothing any more. The replies go to out. */
static int speak(const struct settings *settings, bool require_tls, struct span said, bool is_idle, struct buf *out)
{
	struct fault f = { 0 };
	int in[2], replies[2];

	if (pipe(in) < 0 || pipe(replies) < 0)
		abort();
	pid_t writer = fork();
	if (writer == 0) {
		close(replies[1]);
		io_write_all(in[1], said.at, said.len, IO_FOREVER);
		if (is_idle)
			pause();
		_exit(0);
	}
	close(in[1]);
	struct smtp_stdio d = { in[0], replies[1], "sendmail", require_tls, settings, is_idle ? IDLE_MS : LONG_MS };
	int result = smtp_stdio_run(&d, &f);
	close(replies[1]);
	io_read_file(replies[0], out, 1 << 20);
	close(in[0]);
	close(replies[0]);
	if (is_idle)
		process_signal(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	return result;
}

static void test_envelope(const struct settings *s)
{
	struct record r = { 0 };
	struct buf out = { 0 }, message = { 0 };

	is_int(speak(s, false, SPAN("EHLO me\r\nMAIL FROM:<c@example.org> SIZE=9 BODY=8BITMIME RET=HDRS ENVID=QQ1\r\n"
	             "RCPT TO:<a@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x@example.org\r\nRCPT TO:<root>\r\nRCPT TO:<a@example.org>\r\n"
	             "DATA\r\n..html\r\n.\r\nQUIT\r\n"), false, &out), 0, "a session");
	ok(strstr(buf_text(&out), "250 2.0.0 kept in ") != NULL, "which says where the message is");
	ok(take_record("1", &r, &message), "there is a record");
	is_text(buf_text(&message), ".html\r\n", "with its message");
	is_text(r.sender, "c@example.org", "sender");
	ok(r.sender_given, "which was given");
	is_text(r.program, "sendmail", "program");
	is_text(r.full_name, "", "no name");
	is_text(r.envid, "QQ1", "envelope id");
	is_int(r.ret, DSN_RET_HEADERS, "what a report returns");
	is_int(r.body_type, BODY_8BITMIME, "body type");
	ok(!r.headers_gave_recipients && !r.require_tls, "neither -t nor REQUIRETLS");
	is_int(r.recipient_count, 2, "each recipient once");
	is_text(r.recipient_count == 2 ? r.recipients[0].address : "", "a@example.org", "the first");
	is_text(r.recipient_count == 2 ? r.recipients[0].orcpt : "", "rfc822;x@example.org", "as it was written to");
	is_int(r.recipient_count == 2 ? r.recipients[0].notify : 0, NOTIFY_SUCCESS | NOTIFY_DELAY, "and what is reported of it");
	is_text(r.recipient_count == 2 ? r.recipients[1].address : "", "root", "the second");
	record_free(&r);
	buf_free(&out);
	buf_free(&message);
}

#define SHORT "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n.\r\n"

static void test_two(const struct settings *s)
{
	struct record first = { 0 }, second = { 0 };
	struct buf out = { 0 }, message = { 0 };

	is_int(speak(s, true, SPAN(SHORT SHORT), false, &out), 0, "two messages and the end of input");
	ok(take_record("1", &first, &message) && take_record("2", &second, &message), "are two records");
	ok(memcmp(first.id, second.id, sizeof first.id) != 0, "each with an id of its own");
	ok(first.require_tls && second.require_tls, "and with what the command line said of TLS");
	is_text(first.sender ? first.sender : "-", "", "from the null sender");
	is_text(buf_text(&message), "x\r\nx\r\n", "and its message alone");
	record_free(&first);
	record_free(&second);
	buf_free(&out);
	buf_free(&message);
}

static void test_large(struct settings *s)
{
	struct record r = { 0 };
	struct buf said = { 0 }, out = { 0 }, message = { 0 };
	uint64_t limit = s->size_limit;

	buf_add_text(&said, "MAIL FROM:<>\nRCPT TO:<a@example.org>\nDATA\n");
	size_t head = said.len;
	while (said.len < 1000 * 1000)
		buf_printf(&said, "line at %zu\n", said.len);
	size_t len = said.len - head;
	buf_add_text(&said, ".\nQUIT\n");
	is_int(speak(s, false, buf_span(&said), false, &out), 0, "a large message");
	ok(take_record("1", &r, &message), "is a record");
	ok(message.len == len && memcmp(message.at, said.at + head, len) == 0, "with all its bytes");
	record_free(&r);
	buf_clear(&message);
	buf_clear(&out);
	s->size_limit = len - 1;
	is_int(speak(s, false, buf_span(&said), false, &out), 0, "one that is too large");
	ok(strstr(buf_text(&out), "552 5.3.4 ") && strstr(buf_text(&out), "221 2.0.0 "), "is refused, and the session goes on");
	ok(!take_record("1", &r, &message), "and is not kept");
	s->size_limit = limit;
	buf_free(&said);
	buf_free(&out);
	buf_free(&message);
}

static void test_trouble(struct settings *s)
{
	struct record r = { 0 };
	struct buf out = { 0 }, message = { 0 };

	set(&s->drop_program, "is-not-there");
	is_int(speak(s, false, SPAN(SHORT "QUIT\r\n"), false, &out), 0, "nowhere to keep it");
	ok(strstr(buf_text(&out), "451 4.3.0 signetd does not answer at ") && strstr(buf_text(&out), "221 2.0.0 "),
	   "is said as a temporary fault, and the session goes on");
	set(&s->drop_program, "drop-program");
	buf_clear(&out);
	is_int(speak(s, false, SPAN("MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n.\r"), false, &out), 0,
	       "input that ends within a message");
	ok(!take_record("1", &r, &message), "is not kept");
	buf_free(&out);
	buf_free(&message);
}

static void test_idle(const struct settings *s)
{
	struct buf out = { 0 }, message = { 0 };
	struct record r = { 0 };

	is_int(speak(s, false, SPAN("NOOP\r\n"), true, &out), 0, "a caller that says nothing more");
	ok(strstr(buf_text(&out), "250 2.0.0 nothing was done\r\n421 4.4.2 ") != NULL, "is told that the session ends");
	buf_clear(&out);
	is_int(speak(s, false, SPAN("MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n"), true, &out), 0, "within a message too");
	ok(strstr(buf_text(&out), "\r\n421 4.4.2 ") != NULL, "is told that");
	ok(!take_record("1", &r, &message), "and it is not kept");
	buf_free(&out);
	buf_free(&message);
}

/* Replies to one read that are more than the pipe holds, and nobody takes them out. */
static void test_unread(const struct settings *s)
{
	struct fault f = { 0 };
	char *path = in_here("commands");
	struct buf said = { 0 };
	int replies[2];

	while (said.len < 200 * 1000)
		buf_add_text(&said, "HELP\r\n");
	int in = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (pipe(replies) < 0 || io_write_all(in, said.at, said.len, IO_FOREVER) < 0 || lseek(in, 0, SEEK_SET) != 0)
		abort();
	struct smtp_stdio d = { in, replies[1], "sendmail", false, s, IDLE_MS };
	alarm(LONG_MS / 1000);
	is_int(smtp_stdio_run(&d, &f), 0, "replies that nobody reads end the session");
	alarm(0);
	close(in);
	close(replies[0]);
	close(replies[1]);
	buf_free(&said);
	free(path);
}

int main(void)
{
	struct settings settings;

	tap_plan(39);
	signal(SIGPIPE, SIG_IGN);
	scratch_make(here);
	make_drop_program();
	begin_settings(&settings);
	test_envelope(&settings);
	test_two(&settings);
	test_large(&settings);
	test_trouble(&settings);
	test_idle(&settings);
	test_unread(&settings);
	settings_free(&settings);
	return tap_done();
}
