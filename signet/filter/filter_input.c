/* SPDX-License-Identifier: ISC */
#include "signet/filter/filter_input.h"

#include "base/io.h"
#include "base/unnamed_file.h"
#include "signet/filter/crlf.h"
#include "signet/filter/header_repair.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, MEMORY_BYTES_MAX = 1024 * 1024 };

int filter_input_read(int fd, enum filter_input_form form, filter_input_take *given, filter_input_take *take, void *context,
                      struct fault *f)
{
	static char piece[PIECE_BYTES];
	struct header_repair header = { 0 };   /* FILTER_INPUT_TO_SIGN */
	struct crlf body = { .kind = form == FILTER_INPUT_TO_SIGN ? CRLF_REPAIR : CRLF_FROM_LF };
	struct buf out = { 0 };
	ssize_t n;
	int result = 0;

	while (result == 0 && (n = io_read(fd, piece, sizeof piece, IO_FOREVER)) != 0) {
		if (n < 0) {
			result = fault_set(f, FAULT_PERMANENT, "4.3.0", "cannot read standard input: %s", strerror(errno));
			break;
		}
		buf_clear(&out);
		struct span rest = { piece, (size_t)n };
		result = given ? given(context, rest, f) : 0;
		if (form == FILTER_INPUT_AS_SIGNED || header_repair_feed(&header, &rest, &out))
			crlf_feed(&body, rest, &out);
		if (result == 0)
			result = take(context, buf_span(&out), f);
	}
	buf_clear(&out);
	if (form == FILTER_INPUT_TO_SIGN)
		header_repair_end(&header, &out);
	crlf_end(&body, &out);
	if (result == 0)
		result = take(context, buf_span(&out), f);
	buf_free(&out);
	return result;
}

/* ---- spool ---- */

static int spool_failed(struct fault *f)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.1", "cannot keep the message in a temporary file: %s", strerror(errno));
}

int filter_spool_add(struct filter_spool *s, struct span piece, struct fault *f)
{
	const char *folder = getenv("TMPDIR");

	buf_add_span(&s->memory, piece);
	if (s->memory.len <= MEMORY_BYTES_MAX)
		return 0;
	if (s->fd < 0)
		s->fd = unnamed_file_in(folder && folder[0] ? folder : "/tmp");
	if (s->fd < 0 || io_write_all(s->fd, s->memory.at, s->memory.len, IO_FOREVER) < 0)
		return spool_failed(f);
	buf_clear(&s->memory);
	return 0;
}

static int write_stdout(int to, struct span bytes, struct fault *f)
{
	if (io_write_all(to, bytes.at, bytes.len, IO_FOREVER) < 0) {
		complain_end_if_unread(errno);
		return fault_set(f, FAULT_PERMANENT, "4.3.0", "cannot write standard output: %s", strerror(errno));
	}
	return 0;
}

int filter_spool_write(struct filter_spool *s, int to, struct fault *f)
{
	static char piece[PIECE_BYTES];
	ssize_t n;

	if (s->fd >= 0 && lseek(s->fd, 0, SEEK_SET) < 0)
		return spool_failed(f);
	while (s->fd >= 0 && (n = io_read(s->fd, piece, sizeof piece, IO_FOREVER)) != 0) {
		if (n < 0)
			return spool_failed(f);
		if (write_stdout(to, (struct span){ piece, (size_t)n }, f) < 0)
			return -1;
	}
	return write_stdout(to, buf_span(&s->memory), f);
}

void filter_spool_free(struct filter_spool *s)
{
	buf_free(&s->memory);
	io_close(&s->fd);
}
