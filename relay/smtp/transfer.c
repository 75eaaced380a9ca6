#include "relay/smtp/transfer.h"

#include "relay/esmtp_job.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024, PART_PREFACE = 0, PART_COUNT = 3 };

void transfer_begin(struct transfer *t, struct span fields, struct span message, int fd, bool empty)
{
	char *block = t->block;

	*t = (struct transfer){
		.parts = { SPAN(ESMTP_PREFACE), fields, message },
		.part = empty ? PART_COUNT : PART_PREFACE,
		.fd = empty ? -1 : fd, .block = block, .line_start = true,
	};
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

static int read_block(struct transfer *t, struct fault *f)
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
	t->window = (struct span){ t->block, (size_t)n };
	checksum_add(&t->read, t->window);
	t->damaged = n == 0 && t->expected && checksum_of(&t->read) != t->expected;
	if (t->damaged)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file in the spool is not what was stored: the checksum is another");
	return n > 0;
}

/* Makes window hold the next expected bytes: 1, 0 at the end of the message, -1. */
static int refill(struct transfer *t, struct fault *f)
{
	while (t->window.len == 0 && t->part < PART_COUNT)
		t->window = t->parts[t->part++];
	if (t->window.len > 0)
		return 1;
	return t->fd >= 0 ? read_block(t, f) : 0;
}

static int differs(struct fault *f)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "what came back from libesmtp is not the message: not sent");
}

static int is_bare(struct fault *f)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the message has a bare CR or LF, or no CRLF at its end: not sent");
}

/* The final dot, maybe in pieces. */
static int take_end(struct transfer *t, struct span *in, struct fault *f)
{
	static const char end[] = ".\r\n";

	if (!t->line_start)
		return is_bare(f);
	while (in->len > 0 && t->end_seen < sizeof end - 1) {
		if (*in->at != end[t->end_seen])
			return differs(f);
		t->end_seen++;
		in->at++;
		in->len--;
	}
	return t->end_seen == sizeof end - 1;
}

/* How much of run is one line with its end, or the part of it that is here; 0 when a CR or LF is bare. */
static size_t line_part(struct transfer *t, struct span run)
{
	if (t->after_cr)
		return run.at[0] == '\n' ? 1 : 0;
	const char *lf = memchr(run.at, '\n', run.len);
	size_t len = lf ? (size_t)(lf - run.at) + 1 : run.len;
	const char *cr = memchr(run.at, '\r', len);
	size_t expected = lf ? len - 2 : len - 1;    /* where a CR may stand */

	if (lf && (len < 2 || cr == NULL))
		return 0;
	return cr && (size_t)(cr - run.at) != expected ? 0 : len;
}

/* A dot at the start of a line has another before it on the wire. 1 taken, 0 more needed, -1 not there. */
static int take_stuffing(struct transfer *t, struct span *in, struct buf *out)
{
	if (!t->line_start || t->stuffed || t->window.at[0] != '.')
		return 1;
	if (in->len == 0)
		return 0;
	if (*in->at != '.')
		return -1;
	buf_add_byte(out, '.');
	in->at++;
	in->len--;
	t->stuffed = true;
	return 1;
}

/* As much of the window's first line as has come. */
static int take_line(struct transfer *t, struct span *in, struct buf *out, bool kept, struct fault *f)
{
	if (take_stuffing(t, in, out) < 0)
		return differs(f);
	size_t len = in->len < t->window.len ? in->len : t->window.len;
	if (len == 0)
		return 0;
	len = line_part(t, (struct span){ t->window.at, len });
	if (len == 0)
		return is_bare(f);
	if (memcmp(in->at, t->window.at, len) != 0)
		return differs(f);
	if (kept)
		buf_add(out, in->at, len);
	t->line_start = t->window.at[len - 1] == '\n';
	t->after_cr = t->window.at[len - 1] == '\r';
	t->stuffed = t->stuffed && !t->line_start;
	in->at += len;
	in->len -= len;
	t->window.at += len;
	t->window.len -= len;
	return 0;
}

int transfer_take(struct transfer *t, struct span *in, struct buf *out, struct fault *f)
{
	while (in->len > 0) {
		int more = t->end_seen ? 0 : refill(t, f);
		if (more < 0)
			return -1;
		if (more == 0)
			return take_end(t, in, f);
		/* part counts on when the window is filled: 1 is the preface itself. */
		if (take_line(t, in, out, t->part > PART_PREFACE + 1, f) < 0)
			return -1;
	}
	return 0;
}
