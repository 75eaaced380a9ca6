/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sendmail-shim/stdin_message.h"

#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	struct span given;
	bool dots_are_text;
	struct span kept;
} rows[] = {
	{ SPAN(""), false, SPAN("") },
	{ SPAN("a\nb\n"), false, SPAN("a\nb\n") },
	{ SPAN("a\n.\nb\n"), false, SPAN("a\n") },
	{ SPAN("a\r\n.\r\nb\r\n"), false, SPAN("a\r\n") },
	{ SPAN("a\n.\r\nb\n"), false, SPAN("a\n") },
	{ SPAN("a\n.\nb\n"), true, SPAN("a\n.\nb\n") },
	{ SPAN(".\na\n"), false, SPAN("") },
	{ SPAN("a\n."), false, SPAN("a\n") },
	{ SPAN("a\n.\r"), false, SPAN("a\n") },
	{ SPAN("a\n."), true, SPAN("a\n.") },
	{ SPAN("a\n..\n"), false, SPAN("a\n..\n") },
	{ SPAN("a\n..x\n.y\n"), false, SPAN("a\n..x\n.y\n") },
	{ SPAN("a\n.\rb\n"), false, SPAN("a\n.\rb\n") },
	{ SPAN("a\n.\r\r\n"), false, SPAN("a\n.\r\r\n") },
	{ SPAN("a\n.\r.\n.\n"), false, SPAN("a\n.\r.\n") },
	{ SPAN("a.\n.b.\n"), false, SPAN("a.\n.b.\n") },
	{ SPAN("a\r.\r\n"), false, SPAN("a\r.\r\n") },
	{ SPAN("\n\n.\n"), false, SPAN("\n\n") },
	{ SPAN("a\0b\n.\0\n"), false, SPAN("a\0b\n.\0\n") },
	{ SPAN("\xef\xbb\xbfTo: a\n\nb\n"), true, SPAN("To: a\n\nb\n") },
	{ SPAN("\xef\xbb\xbf" "From a Fri Feb 13 23:31:30 2009\nTo: a"), false, SPAN("From a Fri Feb 13 23:31:30 2009\nTo: a") },
	{ SPAN("\xef\xbb\xbf" "text\nTo: a\n"), false, SPAN("\xef\xbb\xbftext\nTo: a\n") },
	{ SPAN("\xef\xbb\xbf"), false, SPAN("\xef\xbb\xbf") },
	{ SPAN("\xef\xbb\xbf.\nb\n"), false, SPAN("\xef\xbb\xbf.\nb\n") },
	{ SPAN("\xff\xfe"), false, SPAN("\xff\xfe") },
};

/* In pieces of `piece` bytes: a socket of packets hands over one a read. */
static void feed(struct span given, size_t piece, bool dots_are_text, struct stdin_message *in)
{
	struct fault f = { 0 };
	int ends[2];

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	for (size_t at = 0; at < given.len; at += piece)
		if (send(ends[0], given.at + at, given.len - at < piece ? given.len - at : piece, 0) < 0)
			break;
	close(ends[0]);
	ok(stdin_message_read(in, ends[1], dots_are_text, UINT64_MAX, &f) == 0, "read in pieces of %zu %s", piece, f.text);
	close(ends[1]);
}

static void test_dots(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t piece = 1; piece <= 4; piece++) {
			struct stdin_message in = STDIN_MESSAGE_EMPTY;
			struct span all;
			feed(rows[i].given, piece, rows[i].dots_are_text, &in);
			is_int(stdin_message_view(&in, &all, NULL), 0, "looked at");
			is_span(all, rows[i].kept, "row %zu", i);
			is_int(in.bytes, rows[i].kept.len, "its length");
			stdin_message_free(&in);
		}
	}
}

static void read_back(const struct stdin_message *in, struct buf *out)
{
	char scratch[1000];
	struct span part;
	struct fault f;

	while (out->len < in->bytes && stdin_message_part(in, out->len, scratch, sizeof scratch, &part, &f) == 0)
		buf_add_span(out, part);
}

static void test_length(size_t bytes, bool wants_file)
{
	struct stdin_message in = STDIN_MESSAGE_EMPTY;
	struct buf message = { 0 }, back = { 0 };
	struct fault f = { 0 };
	struct span all;
	char name[] = "/tmp/intake-test-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	while (message.len < bytes)
		buf_printf(&message, "line at %zu\n", message.len);
	message.len = bytes;
	io_write_all(fd, message.at, message.len, IO_FOREVER);
	lseek(fd, 0, SEEK_SET);
	is_int(stdin_message_read(&in, fd, false, UINT64_MAX, &f), 0, "%zu bytes are read", bytes);
	is_int(in.file >= 0, wants_file, "into a file or not");
	is_int(in.bytes, bytes, "all of them");
	read_back(&in, &back);
	ok(span_eq(buf_span(&back), buf_span(&message)), "and back part by part");
	is_int(stdin_message_view(&in, &all, &f), 0, "looked at");
	ok(span_eq(all, buf_span(&message)), "and as a whole");
	stdin_message_free(&in);
	close(fd);
	buf_free(&message);
	buf_free(&back);
}

/* As a dialogue gives it, which says where it ends. */
static void test_pieces(size_t bytes, size_t piece)
{
	struct stdin_message in = STDIN_MESSAGE_EMPTY;
	struct buf message = { 0 }, back = { 0 };
	struct fault f = { 0 };
	int result = 0;

	while (message.len < bytes)
		buf_printf(&message, "line at %zu\n.\n", message.len);
	for (size_t at = 0; at < message.len && result == 0; at += piece)
		result = stdin_message_add(&in, (struct span){ message.at + at, message.len - at < piece ? message.len - at : piece }, &f);
	is_int(result, 0, "%zu bytes in pieces of %zu", bytes, piece);
	is_int(stdin_message_end(&in, &f), 0, "and their end");
	is_int(in.bytes, message.len, "all of them");
	read_back(&in, &back);
	ok(span_eq(buf_span(&back), buf_span(&message)), "and back part by part");
	stdin_message_free(&in);
	buf_free(&message);
	buf_free(&back);
}

/* It ends where it is too long, whoever goes on writing. */
static void test_limit(void)
{
	static const struct { uint64_t most; bool fits; } limits[] = {
		{ 9, false }, { 10, true }, { 11, true }, { 0, false },
	};

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		for (int dots = 0; dots < 2; dots++) {
			struct stdin_message in = STDIN_MESSAGE_EMPTY;
			struct fault f = { 0 };
			int ends[2];
			if (pipe(ends) < 0 || write(ends[1], "12345\n789\n", 10) != 10)
				abort();
			close(ends[1]);
			is_int(stdin_message_read(&in, ends[0], dots, limits[i].most, &f), limits[i].fits ? 0 : -1, "10 bytes of %d",
			       (int)limits[i].most);
			is_text(f.status, limits[i].fits ? "" : "5.3.4", "status");
			close(ends[0]);
			stdin_message_free(&in);
		}
	}

	struct stdin_message in = STDIN_MESSAGE_EMPTY;
	struct fault f = { 0 };
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	is_int(stdin_message_read(&in, fd, true, 3 * STDIN_MESSAGE_MEMORY_MAX, &f), -1, "an endless stdin has an end");
	is_int(fault_exit_code(&f), 65, "which is EX_DATAERR: %s", f.text);
	ok(in.bytes < 4 * STDIN_MESSAGE_MEMORY_MAX, "soon");
	stdin_message_free(&in);
	close(fd);
}

static void test_faults(void)
{
	struct stdin_message in = STDIN_MESSAGE_EMPTY;
	struct fault f = { 0 };

	is_int(stdin_message_read(&in, -1, true, UINT64_MAX, &f), -1, "a closed stdin");
	is_int(fault_exit_code(&f), 74, "is EX_IOERR: %s", f.text);
	stdin_message_free(&in);
}

/* In memory and in a file: what is left is the message. */
static void test_drop_front(void)
{
	static const size_t sizes[] = { 1000, 2 * STDIN_MESSAGE_MEMORY_MAX + 2 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct stdin_message in = STDIN_MESSAGE_EMPTY;
		struct fault f = { 0 };
		struct span all = { 0 }, part = { 0 };
		char scratch[16];
		FILE *file = tmpfile();
		for (size_t n = 0; n < sizes[i]; n++)
			putc('a' + (int)(n % 10), file);
		rewind(file);
		is_int(stdin_message_read(&in, fileno(file), true, UINT64_MAX, &f), 0, "read %zu bytes", sizes[i]);
		stdin_message_drop_front(&in, 13);
		is_int((long long)in.bytes, (long long)(sizes[i] - 13), "so many are left");
		is_int(stdin_message_part(&in, 0, scratch, 4, &part, &f), 0, "the first part");
		is_span(((struct span){ part.at, part.len < 4 ? part.len : 4 }), SPAN("defg"), "begins behind what was dropped");
		is_int(stdin_message_part(&in, in.bytes - 2, scratch, sizeof scratch, &part, &f), 0, "the last part");
		is_span(part, SPAN("ij"), "ends where the message ends");
		is_int(stdin_message_view(&in, &all, &f), 0, "the whole");
		ok(all.len == in.bytes && memcmp(all.at, "defghij", 7) == 0 && all.at[all.len - 1] == 'j', "is what is left");
		stdin_message_free(&in);
		fclose(file);
	}
}

int main(void)
{
	tap_plan(467);
	test_dots();
	test_length(STDIN_MESSAGE_MEMORY_MAX, false);
	test_length(STDIN_MESSAGE_MEMORY_MAX + 1, true);
	test_length(3 * STDIN_MESSAGE_MEMORY_MAX + 12345, true);
	test_pieces(100, 7);
	test_pieces(2 * STDIN_MESSAGE_MEMORY_MAX + 12345, 1000);
	test_pieces(2 * STDIN_MESSAGE_MEMORY_MAX + 12345, STDIN_MESSAGE_MEMORY_MAX + 1);
	test_limit();
	test_faults();
	test_drop_front();
	return tap_done();
}
