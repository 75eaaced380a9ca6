#include "tests/tap.h"

#include "base/io.h"
#include "base/log.h"

#include <fcntl.h>
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

int main(void)
{
	escaping();
	one_line();
	return tap_done();
}
