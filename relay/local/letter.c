/* SPDX-License-Identifier: ISC */
#include "relay/local/letter.h"

#include "base/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024 };

enum { PART_FRONT, PART_FIELDS, PART_MESSAGE, PART_FILE, PART_END };

void letter_rewind(struct letter *l, enum letter_form form)
{
	l->form = form;
	l->part = PART_FRONT;
	l->offset = 0;
	l->read = (struct checksum){ 0 };
	buf_clear(&l->line);
}

void letter_free(struct letter *l)
{
	buf_free(&l->line);
}

/* Whole lines go out; the last, while its end has not come, is kept. */
static void add_text(struct letter *l, struct span text, struct buf *out)
{
	const char *lf;

	while (text.len > 0 && (lf = memchr(text.at, '\n', text.len)) != NULL) {
		struct span line = span_between(text.at, lf);
		if (l->line.len > 0) {
			buf_add_span(&l->line, line);
			line = buf_span(&l->line);
		}
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (l->form == LETTER_MBOX && line.len >= 5 && memcmp(line.at, "From ", 5) == 0)
			buf_add_byte(out, '>');
		buf_add_span(out, line);
		buf_add_byte(out, '\n');
		buf_clear(&l->line);
		text = span_between(lf + 1, text.at + text.len);
	}
	buf_add_span(&l->line, text);
}

/* 1, 0 at the file's end, -1. */
static int add_block(struct letter *l, struct buf *out, struct fault *f)
{
	char block[BLOCK_BYTES];
	ssize_t n;

	do
		n = pread(l->fd, block, sizeof block, (off_t)l->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot read the body file: %s", strerror(errno));
	l->offset += (uint64_t)n;
	checksum_add(&l->read, (struct span){ block, (size_t)n });
	add_text(l, (struct span){ block, (size_t)n }, out);
	l->damaged = n == 0 && l->checksum && checksum_of(&l->read) != l->checksum;
	if (l->damaged)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file in the spool is not what was stored: the checksum "
		                 "differs");
	return n > 0;
}

int letter_read(struct letter *l, struct buf *out, struct fault *f)
{
	switch (l->part) {
	case PART_FRONT:
		buf_printf(out, "Return-Path: <%s>\nDelivered-To: %s\n", l->sender, l->address);
		break;
	case PART_FIELDS:
		add_text(l, l->fields, out);
		break;
	case PART_MESSAGE:
		add_text(l, l->message, out);
		break;
	case PART_FILE: {
		int more = l->fd >= 0 ? add_block(l, out, f) : 0;
		if (more != 0)
			return more;
		if (l->line.len > 0)
			add_text(l, SPAN("\n"), out);
		if (l->form == LETTER_MBOX)
			buf_add_byte(out, '\n');
		break;
	}
	default:
		return 0;
	}
	return ++l->part < PART_END;
}

int letter_piece(void *letter, struct buf *out, struct fault *f)
{
	return letter_read(letter, out, f);
}

int letter_failed(const char *path, const char *what, struct fault *f)
{
	bool quota = errno == EDQUOT || errno == EFBIG;
	const char *status = errno == ENOSPC ? "4.3.1" : quota ? "4.2.2" : "4.2.0";

	return fault_set(f, FAULT_TEMPORARY, status, "%s: %s: %s", path, what, strerror(errno));
}

int letter_write(struct letter *l, enum letter_form form, int fd, const char *path, struct fault *f)
{
	struct buf piece = { 0 };
	int more = 1, result = 0;

	letter_rewind(l, form);
	while (result == 0 && more > 0) {
		buf_clear(&piece);
		more = letter_read(l, &piece, f);
		if (more < 0)
			result = -1;
		else if (io_write_all(fd, piece.at, piece.len, IO_FOREVER) < 0)
			result = letter_failed(path, "cannot be written", f);
	}
	buf_free(&piece);
	return result;
}
