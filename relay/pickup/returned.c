/* SPDX-License-Identifier: ISC */
#include "relay/pickup/returned.h"

#include "base/io.h"
#include "base/mail/address.h"
#include "relay/pickup/envelope.h"
#include "relay/pickup/intake.h"
#include "relay/pickup/split.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_STEP = 64 * 1024 };

/* 1: some more bytes; 0: there are none; -1: the fault. */
static int read_more(int fd, struct buf *into, struct fault *f)
{
	buf_reserve(into, READ_STEP);
	ssize_t n = io_read(fd, into->at + into->len, READ_STEP, IO_FOREVER);
	if (n < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "it cannot be read: %s", strerror(errno));
	into->len += (size_t)n;
	return n > 0;
}

/* The head; into then has what was read of the message. */
static int read_head(int fd, struct record *record, struct buf *into, struct fault *f)
{
	for (;;) {
		int more = read_more(fd, into, f);
		ssize_t took = more > 0 ? record_decode_head(buf_span(into), record, f) : 0;
		if (more < 0 || took < 0)
			return -1;
		if (more == 0)
			return fault_set(f, FAULT_PERMANENT, "5.6.0", "the record is cut short");
		if (took > 0) {
			buf_drop_front(into, (size_t)took);
			return 0;
		}
	}
}

void returned_message(struct span start, uint64_t all_bytes, struct buf *out, bool *eight_bit)
{
	struct split *split = split_new();
	struct buf body = { 0 };
	struct fault whatever = { 0 };

	if (start.len > RETURNED_MESSAGE_MAX)
		start.len = RETURNED_MESSAGE_MAX;
	if (start.len > all_bytes)
		start.len = (size_t)all_bytes;
	(void)split_feed(split, start, &body, &whatever);     /* what it did not like is left out */
	split_finish(split, &body);
	struct buf header = split_take_header(split);
	buf_add_span(out, buf_span(&header));
	buf_add_span(out, buf_span(&body));
	if (start.len < all_bytes)
		buf_printf(out, "\r\n[%llu more bytes of this message were not kept.]\r\n",
		           (unsigned long long)(all_bytes - start.len));
	if (out->len == 0)
		buf_add_text(out, "\r\n");
	*eight_bit = split_eight_bit(split);
	buf_free(&header);
	buf_free(&body);
	split_free(split);
}

static void encode_record(const struct returned *r, const struct record *record, const struct envelope_group *to,
                          struct span start, struct buf *out)
{
	struct buf message = { 0 };
	struct submission s = {
		.uid = r->who->uid, .sender = to->sender, .envid = record->envid, .ret = record->ret,
		.utf8 = address_needs_utf8(span_of(to->sender)), .require_tls = record->require_tls, .program = record->program,
		.arrival_ms = r->arrival_ms, .recipients = to->recipients, .recipient_count = to->count,
	};
	struct submit submit = { .ticket = r->ticket, .parts = &s, .count = 1 };

	memcpy(s.id, record->id, sizeof s.id);
	returned_message(start, record->message_bytes, &message, &s.eight_bit);
	s.message = buf_span(&message);
	s.size_bytes = message.len;
	submit_encode(&submit, out);
	buf_free(&message);
}

int returned_make(const struct settings *s, const struct returned *r, struct buf *out, struct fault *f)
{
	const struct alias_rules rules = { .settings = s };
	struct record record = { 0 };
	struct envelope envelope = { 0 };
	struct buf bytes = { 0 };
	int result = -1;

	if (lseek(r->fd, 0, SEEK_SET) < 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "it cannot be read again: %s", strerror(errno));
		goto out;
	}
	if (read_head(r->fd, &record, &bytes, f) < 0)
		goto out;
	for (int more = 1; more > 0 && bytes.len < RETURNED_MESSAGE_MAX;)
		if ((more = read_more(r->fd, &bytes, f)) < 0)
			goto out;
	intake_bound_texts(&record);
	envelope_refuse(&rules, &record, r->who, r->why, &envelope);
	encode_record(r, &record, &envelope.own.refused, buf_span(&bytes), out);
	result = 0;
out:
	envelope_free(&envelope);
	record_free(&record);
	buf_free(&bytes);
	return result;
}
