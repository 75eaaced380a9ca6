#include "tests/tap.h"

#include "base/io.h"
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

static void escaping(void)
{
	struct buf out = { 0 };

	log_escape(&out, SPAN("a\r\nb\0c\x1b[2J\\\xc3\xa4"));
	is_span(buf_span(&out), SPAN("a\\x0d\\x0ab\\x00c\\x1b[2J\\x5c\\xc3\\xa4"), "foreign bytes are escaped");
	buf_free(&out);
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
	buf_free(&got);
}

/* A pipe that nobody reads: what does not fit is dropped, and nobody waits. */
static void full_pipe(void)
{
	static const char step[512];
	static char long_text[3 * PIPE_BUF];
	int ends[2], saved = dup(STDERR_FILENO);
	struct buf got = { 0 };

	memset(long_text, 'x', sizeof long_text - 1);
	if (pipe(ends) < 0)
		return;
	dup2(ends[1], STDERR_FILENO);
	log_open("signet/test", "stderr");
	log_line(LOG_LEVEL_INFO, "%s", long_text);
	dup2(saved, STDERR_FILENO);
	is_int(io_read(ends[0], (buf_reserve(&got, sizeof long_text), got.at), sizeof long_text, IO_FOREVER), PIPE_BUF, "a line is cut");
	ok(got.at[PIPE_BUF - 1] == '\n', "and ends");
	io_set_nonblocking(ends[1], true);
	while (write(ends[1], step, sizeof step) > 0)
		continue;
	io_set_nonblocking(ends[1], false);
	dup2(ends[1], STDERR_FILENO);
	alarm(5);
	log_line(LOG_LEVEL_INFO, "dropped");
	alarm(0);
	dup2(saved, STDERR_FILENO);
	ok(true, "a full pipe is not waited for");
	close(ends[0]);
	close(ends[1]);
	buf_free(&got);
}

int main(void)
{
	full_pipe();
	escaping();
	one_line();
	return tap_done();
}
