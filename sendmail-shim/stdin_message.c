/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/stdin_message.h"

#include "base/io.h"
#include "base/mail/message.h"
#include "base/unnamed_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

/* ---- the temporary file ---- */

/* What the full disk has taken goes to memory, from where it goes on. -1 with errno. */
static int move_to_memory(struct stdin_message *in)
{
	char bytes[READ_BYTES];
	int from = in->file;
	off_t offset = 0, len = lseek(from, 0, SEEK_END);

	in->file = unnamed_file_in_memory();
	in->in_memory = in->file >= 0;
	int result = in->file < 0 ? -1 : 0;
	while (result == 0 && offset < len) {
		ssize_t n = pread(from, bytes, sizeof bytes, offset);
		if (n <= 0 || io_write_all(in->file, bytes, (size_t)n, IO_FOREVER) < 0)
			result = -1;
		offset += n;
	}
	close(from);
	return result;
}

/* A full file system may have taken a part of it, which is cut off again. */
static int write_kept(struct stdin_message *in, struct fault *f)
{
	if (in->file < 0)
		in->file = unnamed_file(&in->in_memory);
	if (in->file < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "a message above %d KiB needs a temporary file, and none can be "
		                 "made in /var/tmp, /tmp or memory (%s): set TMPDIR to a folder that can be written",
		                 STDIN_MESSAGE_MEMORY_MAX / 1024, strerror(errno));
	if (in->in_memory && in->bytes > STDIN_MESSAGE_MEMFD_MAX)
		return fault_set(f, FAULT_TEMPORARY, "4.3.1", "a message above %d MiB needs a temporary file, and none can be made or "
		                 "written in /var/tmp or /tmp: set TMPDIR to a folder that can be written", STDIN_MESSAGE_MEMFD_MAX >> 20);
	off_t before = lseek(in->file, 0, SEEK_END);
	int result = io_write_all(in->file, in->memory.at, in->memory.len, IO_FOREVER);
	if (result < 0 && !in->in_memory && (errno == ENOSPC || errno == EDQUOT)) {
		result = ftruncate(in->file, before) < 0 || move_to_memory(in) < 0
		             ? -1 : io_write_all(in->file, in->memory.at, in->memory.len, IO_FOREVER);
	}
	if (result < 0)
		return fault_set(f, FAULT_TEMPORARY, errno == ENOSPC || errno == EDQUOT ? "4.3.1" : "4.3.0",
		                 "the temporary file for the message cannot be written: %s; free space there or set "
		                 "TMPDIR to another folder", strerror(errno));
	buf_clear(&in->memory);
	return 0;
}

int stdin_message_add(struct stdin_message *in, struct span piece, struct fault *f)
{
	buf_add_span(&in->memory, piece);
	in->bytes += piece.len;
	return in->memory.len > STDIN_MESSAGE_MEMORY_MAX ? write_kept(in, f) : 0;
}

int stdin_message_end(struct stdin_message *in, struct fault *f)
{
	return in->file >= 0 ? write_kept(in, f) : 0;
}

/* ---- dots ---- */

static const char held_back[] = ".\r";

/* Where in a line reading stands; bytes of ".\r" are held back until the line is known. */
struct lines {
	bool inside;     /* this line is not a lone dot */
	size_t held;
	bool ended;      /* by a lone dot */
};

/* The next byte of a line that may yet turn out to be a lone dot; false when it cannot be one. */
static bool hold_dot(struct lines *l, char c)
{
	if (c == '\n' && l->held > 0) {
		l->ended = true;
		return true;
	}
	if (l->held == sizeof held_back - 1 || c != held_back[l->held])
		return false;
	l->held++;
	return true;
}

static int keep_until_dot(struct stdin_message *in, struct lines *l, struct span s, struct fault *f)
{
	while (s.len > 0 && !l->ended) {
		if (!l->inside && hold_dot(l, s.at[0])) {
			s = span_between(s.at + 1, s.at + s.len);
			continue;
		}
		const char *end = memchr(s.at, '\n', s.len);
		struct span line = { s.at, end ? (size_t)(end - s.at) + 1 : s.len };
		if (stdin_message_add(in, (struct span){ held_back, l->held }, f) < 0 || stdin_message_add(in, line, f) < 0)
			return -1;
		*l = (struct lines){ .inside = end == NULL };
		s = span_between(s.at + line.len, s.at + s.len);
	}
	return 0;
}

/* ---- reading ---- */

/* U+FEFF, by which some editors mark a file as UTF-8, before a header; before text alone it is the text's. */
static int drop_mark(struct stdin_message *in, struct fault *f)
{
	enum { MARK_BYTES = 3 };
	char scratch[MARK_BYTES + MESSAGE_LINE_MAX];
	struct span first;

	if (in->bytes < MARK_BYTES)
		return 0;
	if (stdin_message_part(in, 0, scratch, sizeof scratch, &first, f) < 0)
		return -1;
	if (memcmp(first.at, "\xef\xbb\xbf", MARK_BYTES) != 0)
		return 0;
	struct span rest = span_between(first.at + MARK_BYTES, first.at + first.len), line = span_cut(&rest, '\n');
	if (message_field_name(line).len > 0 || message_is_mbox_line(line))
		stdin_message_drop_front(in, MARK_BYTES);
	return 0;
}

int stdin_message_read(struct stdin_message *in, int fd, bool dots_are_text, uint64_t most, struct fault *f)
{
	char bytes[READ_BYTES];
	struct lines lines = { 0 };
	ssize_t n = 0;

	while (!lines.ended && (n = io_read(fd, bytes, sizeof bytes, IO_FOREVER)) > 0) {
		struct span s = { bytes, (size_t)n };
		if ((dots_are_text ? stdin_message_add(in, s, f) : keep_until_dot(in, &lines, s, f)) < 0)
			return -1;
		if (in->bytes > most)
			return fault_set(f, FAULT_PERMANENT, "5.3.4", "the message is larger than the setting size_limit allows, which is %llu bytes; "
			                 "nothing was sent", (unsigned long long)most);
	}
	if (n < 0)
		return fault_set(f, FAULT_PERMANENT, "5.3.0", "the message cannot be read from standard input: %s",
		                 strerror(errno));
	return stdin_message_end(in, f) < 0 ? -1 : drop_mark(in, f);
}

int stdin_message_view(struct stdin_message *in, struct span *out, struct fault *f)
{
	*out = buf_span(&in->memory);
	if (in->file < 0)
		return 0;
	if (in->map == NULL) {
		uint64_t whole = in->dropped + in->bytes;
		if ((size_t)whole != whole)
			return fault_set(f, FAULT_PERMANENT, "5.3.4", "the message has %llu bytes: a sendmail of 32 bits cannot look "
			                 "at so many", (unsigned long long)whole);
		void *map = mmap(NULL, (size_t)whole, PROT_READ, MAP_PRIVATE, in->file, 0);
		if (map == MAP_FAILED)
			return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the temporary file of the message cannot be "
			                 "looked at: %s", strerror(errno));
		in->map = map;
	}
	*out = (struct span){ in->map + in->dropped, (size_t)in->bytes };
	return 0;
}

void stdin_message_drop_front(struct stdin_message *in, size_t len)
{
	if (in->file < 0)
		buf_drop_front(&in->memory, len);
	else
		in->dropped += len;
	in->bytes -= len;
}

int stdin_message_part(const struct stdin_message *in, uint64_t offset, char *scratch, size_t len, struct span *out,
                       struct fault *f)
{
	if (in->file < 0) {
		*out = span_between(in->memory.at + offset, in->memory.at + in->memory.len);
		return 0;
	}
	if (len > in->bytes - offset)
		len = (size_t)(in->bytes - offset);
	ssize_t n = pread(in->file, scratch, len, (off_t)(in->dropped + offset));
	if (n < 0 || (n == 0 && len > 0))
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the temporary file of the message cannot be read: %s",
		                 n < 0 ? strerror(errno) : "it is shorter than it was");
	*out = (struct span){ scratch, (size_t)n };
	return 0;
}

void stdin_message_free(struct stdin_message *in)
{
	if (in->map)
		munmap((void *)(uintptr_t)in->map, (size_t)(in->dropped + in->bytes));
	io_close(&in->file);
	buf_free(&in->memory);
	*in = STDIN_MESSAGE_EMPTY;
}
