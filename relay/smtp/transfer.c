/* SPDX-License-Identifier: ISC */
#include "relay/smtp/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024, PART_COUNT = 2 };

void transfer_begin(struct transfer *t, struct span fields, struct span message, int fd)
{
	*t = (struct transfer){ .parts = { fields, message }, .fd = fd, .block = t->block, .line_start = true };
}

void transfer_expect(struct transfer *t, uint64_t checksum)
{
	t->expected = checksum;
}

void transfer_free(struct transfer *t)
{
	free(t->block);
	*t = (struct transfer){ 0 };
}

/* 1, 0 at its end, -1. */
static int read_block(struct transfer *t, struct span *out, struct fault *f)
{
	ssize_t n;

	if (t->block == NULL)
		t->block = mem_alloc(BLOCK_BYTES);
	do
		n = pread(t->fd, t->block, BLOCK_BYTES, (off_t)t->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot read the body file: %s", strerror(errno));
	t->offset += (uint64_t)n;
	*out = (struct span){ t->block, (size_t)n };
	checksum_add(&t->read, *out);
	t->damaged = n == 0 && t->expected && checksum_of(&t->read) != t->expected;
	if (t->damaged)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file in the spool is not what was stored: the checksum "
		                 "differs");
	return n > 0;
}

static int is_bare(struct fault *f)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the message has a bare CR or LF, or no CRLF at its end: not sent");
}

/* A dot at the start of a line gets another before it. */
static int add_stuffed(struct transfer *t, struct span piece, struct buf *out, struct fault *f)
{
	const char *at = piece.at, *end = at + piece.len, *unadded = at;

	while (at < end) {
		if (t->after_cr) {
			if (*at++ != '\n')
				return is_bare(f);
			t->after_cr = false;
			t->line_start = true;
			continue;
		}
		if (t->line_start && *at == '.') {
			buf_add(out, unadded, (size_t)(at - unadded));
			buf_add_byte(out, '.');
			unadded = at;
		}
		const char *cr = memchr(at, '\r', (size_t)(end - at)), *stop = cr ? cr : end;
		if (memchr(at, '\n', (size_t)(stop - at)))
			return is_bare(f);
		t->line_start = false;
		t->after_cr = cr != NULL;
		at = cr ? cr + 1 : end;
	}
	buf_add(out, unadded, (size_t)(end - unadded));
	return 0;
}

int transfer_make(struct transfer *t, struct buf *out, struct fault *f)
{
	struct span piece = { 0 };
	int more = 1;

	while (piece.len == 0 && t->part < PART_COUNT)
		piece = t->parts[t->part++];
	if (piece.len == 0)
		more = t->fd >= 0 ? read_block(t, &piece, f) : 0;
	if (more > 0)
		return add_stuffed(t, piece, out, f);
	if (more == 0)
		return t->line_start ? 1 : is_bare(f);
	return -1;
}
