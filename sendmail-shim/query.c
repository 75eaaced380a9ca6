/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/query.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/view/listing.h"
#include "sendmail-shim/handover.h"

#include <errno.h>
#include <unistd.h>

static int no_answer(const char *socket_path, const char *why, struct fault *f)
{
	return fault_set(f, FAULT_PERMANENT, "5.4.1", "signetd does not answer at %s (%s): is it running?", socket_path,
	                 why);
}

/* 1: a reply is in reply, 0: the other side is gone or silent, -1: nonsense. */
static int next_reply(int fd, struct buf *in, size_t *used, struct submit_reply *reply, struct fault *f)
{
	char bytes[4096];

	buf_drop_front(in, *used);
	*used = 0;
	for (;;) {
		ssize_t taken = submit_decode_reply(buf_span(in), reply, f);
		if (taken < 0)
			return -1;
		if (taken > 0) {
			*used = (size_t)taken;
			return 1;
		}
		ssize_t n = io_read(fd, bytes, sizeof bytes, clock_boot_ms() + HANDOVER_PROGRESS_MS);
		if (n <= 0) {
			errno = n == 0 ? ECONNRESET : errno;
			return 0;
		}
		buf_add(in, bytes, (size_t)n);
	}
}

/* Until a reply that is not a row. */
static int read_replies(int fd, const char *socket_path, query_row *row, void *context, struct buf *end,
                        struct fault *f)
{
	struct submit_reply reply;
	struct buf in = { 0 };
	size_t used = 0;
	int got, result = 0;

	while ((got = next_reply(fd, &in, &used, &reply, f)) > 0 && reply.kind == SUBMIT_ROW && result == 0)
		result = row(context, reply.text);
	if (got == 0) {
		result = no_answer(socket_path, strerror(errno), f);
	} else if (got < 0) {
		result = -1;
	} else if (reply.kind == SUBMIT_REFUSED || reply.kind == SUBMIT_BUSY) {
		*f = reply.fault;
		result = -1;
	} else if (reply.kind == SUBMIT_END) {
		buf_add_span(end, reply.text);
	}
	buf_free(&in);
	return result;
}

int query_ask(const char *socket_path, const struct submit_query *query, query_row *row, void *context,
              struct buf *end, struct fault *f)
{
	struct buf out = { 0 };
	int fd = handover_connect(socket_path, HANDOVER_CONNECT_MS);
	int result;

	if (fd < 0)
		return no_answer(socket_path, handover_why_not(errno), f);
	submit_encode_query(query, &out);
	if (io_write_all(fd, out.at, out.len, clock_boot_ms() + HANDOVER_PROGRESS_MS) < 0)
		result = no_answer(socket_path, strerror(errno), f);
	else
		result = read_replies(fd, socket_path, row, context, end, f);
	buf_free(&out);
	close(fd);
	return result;
}

struct listing {
	enum query_form form;
	uint64_t count;
	uint64_t bytes;
	struct fault *fault;
};

static int print_out(struct buf *text, struct fault *f)
{
	int result = io_write_all(STDOUT_FILENO, text->at, text->len, IO_FOREVER);

	if (result < 0)
		fault_set(f, FAULT_PERMANENT, "5.3.0", "the queue cannot be printed: %s", strerror(errno));
	buf_free(text);
	return result;
}

static int print_row(void *context, struct span row)
{
	struct listing *l = context;
	struct listing_entry entry;
	struct buf text = { 0 };

	if (listing_decode(row, &entry) < 0)
		return fault_set(l->fault, FAULT_TEMPORARY, "4.5.0", "signetd sent a queue entry that cannot be read");
	if (l->count++ == 0 && (l->form == QUERY_PLAIN || l->form == QUERY_VERBOSE))
		listing_print_header(&text);
	l->bytes += entry.size_bytes;
	if (l->form == QUERY_JSON)
		listing_print_json(&text, &entry);
	else if (l->form == QUERY_VERBOSE)
		listing_print_more(&text, &entry);
	else if (l->form == QUERY_PLAIN)
		listing_print_entry(&text, &entry);
	listing_entry_free(&entry);
	return print_out(&text, l->fault);
}

int query_print_queue(const char *socket_path, struct span argument, enum query_form form, struct fault *f)
{
	struct submit_query query = { SUBMIT_LIST, argument };
	struct listing listing = { .form = form, .fault = f };
	struct buf text = { 0 }, sentence = { 0 };
	int result = query_ask(socket_path, &query, print_row, &listing, &sentence, f);

	if (result == 0 && form != QUERY_JSON) {
		listing_print_end(&text, listing.bytes, listing.count);
		result = print_out(&text, f);
	}
	buf_free(&sentence);
	return result;
}
