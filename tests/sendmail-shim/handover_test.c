/* SPDX-License-Identifier: ISC */
/* Deadlines of the handover, with limits of milliseconds in place of a minute. */
#include "tests/scratch.h"
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/record.h"
#include "base/mail/submit.h"
#include "sendmail-shim/handover.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char here[] = "/tmp/handover-test-XXXXXX";
static char socket_path[64], script_path[64], kept_path[64];

static int listen_here(int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(socket_path);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, backlog) < 0)
		abort();
	return fd;
}

/* In place of signet-drop: a script of the test. */
static void write_script(const char *body)
{
	FILE *file = fopen(script_path, "w");

	fprintf(file, "#!/bin/sh\n%s\n", body);
	fclose(file);
	chmod(script_path, 0700);
}

static char on_disk[] = "disk";
static struct settings settings = { .queue = on_disk, .socket = socket_path, .drop = kept_path, .drop_program = script_path };

static int hand(struct stdin_message *message, int64_t *took_ms, struct fault *f)
{
	struct buf head = { 0 }, queue_id = { 0 };
	struct record r = { .message_bytes = message->bytes };
	int64_t start = clock_boot_ms();

	record_encode_head(&r, &head);
	struct handover h = { buf_span(&head), message, &settings, 200, 300, 700 };
	int result = handover(&h, &queue_id, f);
	*took_ms = clock_boot_ms() - start;
	buf_free(&head);
	buf_free(&queue_id);
	return result;
}

static struct stdin_message message_of(size_t bytes)
{
	struct stdin_message in = STDIN_MESSAGE_EMPTY;

	for (in.bytes = bytes; in.memory.len < bytes;)
		buf_add_byte(&in.memory, 'x');
	return in;
}

static bool was_kept(void)
{
	return unlink(kept_path) == 0;
}

static void expect_drop(const char *what, size_t bytes, int64_t least_ms, int64_t most_ms)
{
	struct stdin_message message = message_of(bytes);
	struct fault f = { 0 };
	int64_t took_ms;

	write_script("cat > $1");
	is_int(hand(&message, &took_ms, &f), 0, "%s: dropped %s", what, f.text);
	ok(took_ms >= least_ms && took_ms <= most_ms, "after %lld ms", (long long)took_ms);
	ok(was_kept(), "by the drop program");
	stdin_message_free(&message);
}

static void test_silence(void)
{
	int fd = listen_here(5);
	expect_drop("signetd takes all and is silent", 100, 200, 2000);
	close(fd);
	fd = listen_here(5);
	expect_drop("signetd takes nothing of a large message", 4 * 1024 * 1024, 200, 2000);
	close(fd);
	fd = listen_here(0);
	int others[2] = { handover_connect(socket_path, 0), handover_connect(socket_path, 0) };
	expect_drop("the backlog is full", 100, 200, 2000);
	for (int i = 0; i < 2; i++)
		io_close(&others[i]);
	close(fd);
	expect_drop("nobody listens", 100, 0, 1500);
}

static void test_busy(void)
{
	struct submit_reply busy = { .kind = SUBMIT_BUSY };
	struct stdin_message message = message_of(10);
	struct buf reply = { 0 };
	struct fault f = { 0 };
	int64_t took_ms;
	int listener = listen_here(5);

	fault_set(&busy.fault, FAULT_TEMPORARY, "4.3.1", "disk full");
	submit_encode_reply(&busy, &reply);
	pid_t pid = fork();
	for (int fd; pid == 0 && (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
		char bytes[1000];
		if (read(fd, bytes, sizeof bytes) > 0)
			io_write_all(fd, reply.at, reply.len, IO_FOREVER);
	}
	close(listener);
	is_int(hand(&message, &took_ms, &f), -1, "busy for ever");
	is_int(fault_exit_code(&f), 75, "is EX_TEMPFAIL: %s", f.text);
	ok(strstr(f.text, "disk full") != NULL, "with the reason");
	ok(took_ms >= 700 && took_ms < 3000, "after %lld ms", (long long)took_ms);
	ok(!was_kept(), "and nothing is dropped: signetd did answer");
	process_signal(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	stdin_message_free(&message);
	buf_free(&reply);
}

static const struct {
	const char *script;
	size_t bytes;
	int exit_code;
} drops[] = {
	{ "cat > $1; exit 0", 100, 0 },
	{ "exit 75", 100, 75 },
	{ "cat >/dev/null; exit 65", 100, 65 },
	{ "exit 65", 1000000, 75 },            /* of what it did not get */
	{ "exit 78", 100, 78 },
	{ "exit 1", 100, 75 },
	{ "exec cat > $1; kill -9 $$", 100, 0 },
	{ "kill -9 $$", 100, 75 },
	{ "exit 75", 1000000, 75 },            /* it reads nothing */
	{ "exec sleep 30", 100, 75 },          /* it does not end */
	{ "exec sleep 30", 1000000, 75 },
};

static void test_drops(void)
{
	unlink(socket_path);
	for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
		struct stdin_message message = message_of(drops[i].bytes);
		struct fault f = { 0 };
		int64_t took_ms;
		write_script(drops[i].script);
		hand(&message, &took_ms, &f);
		is_int(fault_exit_code(&f), drops[i].exit_code, "drop program \"%s\" %s", drops[i].script, f.text);
		ok(took_ms < 3000, "in %lld ms", (long long)took_ms);
		was_kept();
		stdin_message_free(&message);
	}
}

/* Why signetd did not answer stands in what is told. */
static void test_reasons(void)
{
	static const struct { int backlog; bool socket, mode; const char *says; } reasons[] = {
		{ -1, false, false, "there is no such socket" },
		{ -1, true, false, "nobody listens there" },
		{ 5, true, false, "it took the message but did not answer" },
		{ 5, true, true, "Permission denied" },
	};

	write_script("exit 75");
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		struct stdin_message message = message_of(100);
		struct fault f = { 0 };
		int64_t took_ms;
		int fd = listen_here(5);
		if (reasons[i].backlog < 0)
			io_close(&fd);
		if (!reasons[i].socket)
			unlink(socket_path);
		if (reasons[i].mode)
			chmod(socket_path, 0);
		hand(&message, &took_ms, &f);
		ok(strstr(f.text, reasons[i].says) != NULL || (reasons[i].mode && geteuid() == 0), "%s: %s", reasons[i].says, f.text);
		io_close(&fd);
		stdin_message_free(&message);
	}
	ok(strstr(handover_why_not(EAFNOSUPPORT), "RestrictAddressFamilies") != NULL, "a unit that forbids Unix sockets is named");
}

static void test_long_path(void)
{
	char path[200];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	is_int(handover_connect(path, 0), -1, "a socket path that does not fit");
	is_int(errno, ENAMETOOLONG, "says so");
}

int main(void)
{
	tap_plan(46);
	scratch_make(here);
	signal(SIGPIPE, SIG_IGN);
	snprintf(socket_path, sizeof socket_path, "%s/socket", here);
	snprintf(script_path, sizeof script_path, "%s/drop-program", here);
	snprintf(kept_path, sizeof kept_path, "%s/kept", here);
	test_silence();
	test_busy();
	test_drops();
	test_reasons();
	test_long_path();
	return tap_done();
}
