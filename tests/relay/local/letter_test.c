/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/local/letter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name, *fields, *message;
	const char *maildir, *mbox;     /* what follows the two fields in front */
} rows[] = {
	{ "a plain one", "", "Subject: x\r\n\r\nhello\r\n", "Subject: x\n\nhello\n", "Subject: x\n\nhello\n\n" },
	{ "fields of ours before it", "X: y\r\n", "Subject: x\r\n\r\n", "X: y\nSubject: x\n\n", "X: y\nSubject: x\n\n\n" },
	{ "From at the beginning of a line", "", "\r\nFrom here\r\n>From here\r\n From\r\nFromage\r\n", "\nFrom here\n>From here\n From\nFromage\n",
	  "\n>From here\n>From here\n From\nFromage\n\n" },
	{ "a bare CR stays", "", "\r\na\rb\r\n", "\na\rb\n", "\na\rb\n\n" },
	{ "no end of the last line", "", "\r\nend", "\nend\n", "\nend\n\n" },
};

static int file_of(const char *text)
{
	int fd = memfd_create("letter", 0);

	if (write(fd, text, strlen(text)) < 0)
		abort();
	return fd;
}

static const char *read_all(struct letter *l, enum letter_form form, struct buf *out)
{
	struct fault f = { 0 };
	int more = 1;

	buf_clear(out);
	letter_rewind(l, form);
	while ((more = letter_read(l, out, &f)) > 0)
		;
	if (more < 0) {
		buf_clear(out);
		buf_add_text(out, f.text);
	}
	return buf_text(out);
}

int main(void)
{
	struct buf out = { 0 };
	static const char front[] = "Return-Path: <a@b.example>\nDelivered-To: root\n";

	tap_plan(4 * (int)(sizeof rows / sizeof rows[0]) + 4);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int fd = file_of(rows[i].message);
		struct letter inline_one = { .sender = "a@b.example", .address = "root", .fields = span_of(rows[i].fields),
		                             .message = span_of(rows[i].message), .fd = -1 };
		struct letter of_file = { .sender = "a@b.example", .address = "root", .fields = span_of(rows[i].fields), .fd = fd };
		const char *got = read_all(&inline_one, LETTER_MAILDIR, &out);
		is_text(got + sizeof front - 1, rows[i].maildir, "%s", rows[i].name);
		got = read_all(&inline_one, LETTER_MBOX, &out);
		is_text(got + sizeof front - 1, rows[i].mbox, "%s: in an mbox", rows[i].name);
		got = read_all(&of_file, LETTER_MBOX, &out);
		is_text(got + sizeof front - 1, rows[i].mbox, "%s: of a file", rows[i].name);
		ok(strncmp(got, front, sizeof front - 1) == 0, "%s: behind who sent it and whose it is", rows[i].name);
		letter_free(&inline_one);
		letter_free(&of_file);
		close(fd);
	}
	struct letter l = { .sender = "", .address = "root", .message = SPAN("\r\n"), .fd = -1 };
	ok(strncmp(read_all(&l, LETTER_MAILDIR, &out), "Return-Path: <>\n", 16) == 0, "the null sender");
	letter_free(&l);
	/* Lines cut between two reads of the file. */
	struct buf big = { 0 };
	for (int i = 0; i < 20000; i++)
		buf_printf(&big, "From line %d\r\n", i);
	struct letter large = { .sender = "", .address = "root", .fd = file_of(buf_text(&big)) };
	read_all(&large, LETTER_MBOX, &out);
	size_t quoted = 0;
	for (const char *at = buf_text(&out); (at = strstr(at, "\n>From line ")) != NULL; at++)
		quoted++;
	is_int((long long)quoted, 20000, "each line of a large file is quoted, wherever it is cut");
	large.checksum = 1;
	ok(strstr(read_all(&large, LETTER_MBOX, &out), "checksum") && large.damaged, "a file that is not what was stored");
	struct checksum c = { 0 };
	checksum_add(&c, buf_span(&big));
	large.checksum = checksum_of(&c);
	ok(strstr(read_all(&large, LETTER_MBOX, &out), "checksum") == NULL && !large.damaged, "and one that is");
	close(large.fd);
	letter_free(&large);
	buf_free(&big);
	buf_free(&out);
	return tap_done();
}
