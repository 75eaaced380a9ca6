/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/io.h"
#include "base/json_read.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void escaping(void)
{
	struct buf out = { 0 };

	escape(&out, SPAN("a\r\nb\0c\x1b[2J\\\xc3\xa4"));
	is_span(buf_span(&out), SPAN("a\\x0d\\x0ab\\x00c\\x1b[2J\\x5c\\xc3\\xa4"), "foreign bytes are escaped");
	buf_clear(&out);
	escape(&out, SPAN("a\tb"));
	is_span(buf_span(&out), SPAN("a\\x09b"), "a TAB, too, in the log");
	buf_clear(&out);
	escape_for_terminal(&out, SPAN("a\tb\x1b"));
	is_span(buf_span(&out), SPAN("a b\\x1b"), "for a terminal it is a blank, and nothing else gets through");
	buf_free(&out);
}

/* RFC 3339 in UTC, the host without its domain, program[pid]. */
static void is_line_of_a_syslog_file(struct span line)
{
	struct utsname host;
	struct buf want = { 0 };
	struct span stamp = span_cut(&line, ' ');

	uname(&host);
	buf_printf(&want, "%.*s signet/test[%d]: to=", (int)strcspn(host.nodename, "."), host.nodename, (int)getpid());
	ok(stamp.len == strlen("2026-03-01T10:00:00.123Z") && stamp.at[10] == 'T' && stamp.at[stamp.len - 1] == 'Z',
	   "a stamp that syslog's readers know");
	ok(line.len > want.len && memcmp(line.at, want.at, want.len) == 0, "then the host, then who says it");
	buf_free(&want);
}

/* What one call writes on descriptor 2. */
static void one_line(void)
{
	struct buf got = { 0 };
	int ends[2], saved = dup(STDERR_FILENO);

	if (pipe(ends) < 0)
		return;
	dup2(ends[1], STDERR_FILENO);
	log_open("signet/test", "stderr");
	log_line(LOG_LEVEL_INFO, "to=<%s>", "x\nforged: line");
	dup2(saved, STDERR_FILENO);
	close(ends[1]);
	io_read_file(ends[0], &got, 4096);
	close(ends[0]);
	struct span line = buf_span(&got), first = span_cut(&line, '\n');
	is_int(line.len, 0, "exactly one line");
	ok(span_ends_nocase(first, SPAN(": to=<x\\x0aforged: line>")), "with the newline escaped");
	ok(memmem(first.at, first.len, " signet/test[", 13) != NULL, "and the program's name");
	is_line_of_a_syslog_file(first);
	buf_free(&got);
}

/* Descriptor 2 becomes fd, which is closed; returns what it was. */
static int as_stderr(int fd)
{
	int saved = dup(STDERR_FILENO);

	dup2(fd, STDERR_FILENO);
	close(fd);
	log_open("signet/test", "stderr");
	return saved;
}

static void stderr_again(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void levels(void)
{
	struct buf got = { 0 };
	int ends[2];

	if (pipe(ends) < 0)
		return;
	int saved = as_stderr(ends[1]);
	log_line(LOG_LEVEL_WARNING, "odd");
	log_about(LOG_LEVEL_ERROR, &(struct log_about){ .program = "signet/other" }, "broken");
	log_line(LOG_LEVEL_DEBUG, "detail");
	stderr_again(saved);
	io_read_file(ends[0], &got, 4096);
	close(ends[0]);
	ok(strstr(buf_text(&got), "]: warning: odd\n") != NULL, "a warning says so");
	ok(strstr(buf_text(&got), " signet/other[") != NULL, "a line may be another program's");
	ok(strstr(buf_text(&got), "]: error: broken\n") != NULL, "an error says so");
	ok(strstr(buf_text(&got), " signet/test[") && strstr(buf_text(&got), "]: detail\n"), "the next is ours again");
	buf_free(&got);
}

static void fill(int fd)
{
	static const char step[512];

	io_set_nonblocking(fd, true);
	while (write(fd, step, sizeof step) > 0)
		continue;
	io_set_nonblocking(fd, false);
}

static void drain(int fd)
{
	char bytes[4096];

	io_set_nonblocking(fd, true);
	while (read(fd, bytes, sizeof bytes) > 0)
		continue;
}

/* Nobody reads: what does not fit is dropped, nobody waits, and it is said when there is room again. */
static void full(const int ends[2], const char *what)
{
	struct buf got = { 0 };

	fill(ends[1]);
	int saved = as_stderr(ends[1]);
	int64_t begin = clock_boot_ms();
	for (int i = 0; i < 1000; i++)
		log_line(LOG_LEVEL_INFO, "dropped");
	int64_t took = clock_boot_ms() - begin;
	drain(ends[0]);
	log_line(LOG_LEVEL_INFO, "written");
	log_line(LOG_LEVEL_INFO, "and more");
	stderr_again(saved);
	io_read_file(ends[0], &got, 1 << 20);
	struct span rest = buf_span(&got), line = span_cut(&rest, '\n');
	ok(took < 1000, "a full %s is not waited for", what);
	ok(span_ends_nocase(line, SPAN(": warning: 1000 lines were dropped: the log did not take them")),
	   "what was dropped is counted");
	line = span_cut(&rest, '\n');
	ok(span_ends_nocase(line, SPAN(": written")), "before the next line");
	line = span_cut(&rest, '\n');
	ok(span_ends_nocase(line, SPAN(": and more")) && rest.len == 0, "once");
	close(ends[0]);
	buf_free(&got);
}

static void full_ones(void)
{
	int ends[2];

	if (pipe(ends) == 0)
		full(ends, "pipe");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
		full(ends, "socket");
}

/* What a reader gets that comes after a few milliseconds; took: until it had begun, or the line was given up. */
static bool slow_reader_loses(int64_t *took_ms)
{
	struct buf got = { 0 };
	int ends[2];

	if (pipe(ends) < 0)
		return true;
	fill(ends[1]);
	int64_t begin = clock_boot_ms();
	pid_t reader = fork();
	if (reader == 0) {
		usleep(5000);
		drain(ends[0]);
		_exit(0);
	}
	int saved = as_stderr(ends[1]);
	log_line(LOG_LEVEL_INFO, "patience");
	*took_ms = clock_boot_ms() - begin;
	waitpid(reader, NULL, 0);
	log_line(LOG_LEVEL_INFO, "the next");
	stderr_again(saved);
	io_read_file(ends[0], &got, 1 << 20);
	bool lost = strstr(buf_text(&got), "dropped") != NULL;
	close(ends[0]);
	buf_free(&got);
	return lost;
}

/* A reader that is slow but alive loses nothing. On a busy machine it may be too late: then it gets another chance. */
static void slow_reader(void)
{
	enum { TRIES = 200, IN_TIME_MS = 15 };
	bool lost = true;

	for (int i = 0; i < TRIES && lost; i++) {
		int64_t took = 0;
		lost = slow_reader_loses(&took);
		if (lost && took < IN_TIME_MS)
			break;
	}
	ok(!lost, "a log that reads on within a moment loses nothing");
}

static void long_line(void)
{
	static char long_text[3 * LOG_LINE_MAX];
	struct buf got = { 0 };
	int ends[2];

	memset(long_text, 'x', sizeof long_text - 1);
	if (pipe(ends) < 0)
		return;
	int saved = as_stderr(ends[1]);
	log_line(LOG_LEVEL_INFO, "%s", long_text);
	stderr_again(saved);
	io_read_file(ends[0], &got, sizeof long_text);
	is_int(got.len, LOG_LINE_MAX, "a line is cut");
	ok(got.len > 0 && got.at[got.len - 1] == '\n', "and ends");
	close(ends[0]);
	buf_free(&got);
}

/* ---- as JSON ---- */

/* What one call writes as JSON; NULL where that is no line with one object, or more than a line may have. */
static json_t *logged_as_json(enum log_level level, const struct log_about *about, struct span text)
{
	struct buf got = { 0 };
	json_error_t error;
	int ends[2];

	if (pipe(ends) < 0)
		return NULL;
	int saved = as_stderr(ends[1]);
	log_as_json(true);
	log_about(level, about, "%.*s", (int)text.len, text.at);
	log_as_json(false);
	stderr_again(saved);
	io_read_file(ends[0], &got, 1 << 20);
	close(ends[0]);
	struct span rest = buf_span(&got), line = span_cut(&rest, '\n');
	bool is_line = got.len > 0 && got.len <= LOG_LINE_MAX && rest.len == 0 && got.at[got.len - 1] == '\n';
	json_t *object = is_line ? json_read_object(line, &error) : NULL;
	buf_free(&got);
	return object;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *z = json_string_value(json_object_get(object, name));

	return z ? z : "(none)";
}

static void json_fields(void)
{
	const struct log_about about = { .program = "signet/smtp", .queue_id = "1A", .recipient = "a@b.example", .status = "sent" };
	json_t *o = logged_as_json(LOG_LEVEL_WARNING, &about, SPAN("1A: to=<a@b.example>"));

	is_text(text_of(o, "level"), "warning", "JSON: the level");
	is_text(text_of(o, "message"), "1A: to=<a@b.example>", "the message, without the level's word");
	is_text(text_of(o, "program"), "signet/smtp", "who says it");
	is_int(json_integer_value(json_object_get(o, "pid")), getpid(), "its process");
	is_int(strlen(text_of(o, "time")), strlen("2026-03-01T10:00:00.123Z"), "the time");
	is_text(text_of(o, "queue_id"), "1A", "what it is about: the message");
	is_text(text_of(o, "recipient"), "a@b.example", "the recipient");
	is_text(text_of(o, "status"), "sent", "the status");
	ok(json_object_get(o, "relay") == NULL, "and nothing that is not known");
	json_decref(o);
	o = logged_as_json(LOG_LEVEL_INFO, NULL, SPAN("plain"));
	is_int(json_object_size(o), 6, "a line about nothing has six names");
	json_decref(o);
}

/* Bytes of any value, as texts of all lengths around that of a line, with long names besides. */
static void json_of_anything(void)
{
	static char bytes[3 * LOG_LINE_MAX + 1], name[2 * LOG_LINE_MAX];
	struct log_about about = { .recipient = name };
	unsigned bad = 0;

	for (size_t i = 0; i + 1 < sizeof bytes; i++)
		bytes[i] = (char)(i % 255 + 1);
	for (size_t i = 0; i + 1 < sizeof name; i++)
		name[i] = (char)(255 - i % 255);
	for (size_t len = 0; len + 1 < sizeof bytes; len += len < 300 || (len > 600 && len < 700) ? 1 : 97) {
		char ended = bytes[len];
		bytes[len] = '\0';
		json_t *plain = logged_as_json(LOG_LEVEL_INFO, NULL, span_of(bytes));
		json_t *with = logged_as_json(LOG_LEVEL_INFO, &about, span_of(bytes));
		bad += plain == NULL || with == NULL;
		json_decref(plain);
		json_decref(with);
		bytes[len] = ended;
	}
	is_int(bad, 0, "whatever the bytes and their number, a line is one object and not too long");
}

int main(void)
{
	tap_plan(34);
	json_fields();
	json_of_anything();
	long_line();
	full_ones();
	slow_reader();
	escaping();
	one_line();
	levels();
	return tap_done();
}
