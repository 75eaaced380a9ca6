/* SPDX-License-Identifier: ISC */
/*
 * Any bytes are a session: it comes to the same however it is cut, its replies are printable lines that fit, the
 * owner hears of messages in order, and no message ends that CRLF.CRLF has not ended, unless LF alone may on a pipe.
 * The first byte says whose line ends they are, whether the owner answers at once, and where the session is cut.
 */
#include "base/mail/address.h"
#include "base/mail/smtp_server.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct owner {
	struct smtp_server *server;
	struct buf told;
	enum { NO_MESSAGE, IN_MESSAGE, AT_END } at;
	bool late, pending;
	unsigned ended;
};

static void must(bool condition)
{
	if (!condition)
		abort();
}

static int begins(void *context, struct record *r, struct fault *f)
{
	struct owner *o = context;
	struct buf head = { 0 };

	must(o->at == NO_MESSAGE && r->sender_given && r->recipient_count > 0);
	must(r->sender[0] == '\0' || address_check(span_of(r->sender), f) == 0);
	for (size_t i = 0; i < r->recipient_count; i++)
		must(address_check(span_of(r->recipients[i].address), f) == 0);
	record_encode_head(r, &head);
	buf_add_span(&o->told, buf_span(&head));
	buf_free(&head);
	if (span_eq(address_local(span_of(r->sender)), SPAN("no")))
		return fault_set(f, FAULT_POLICY, "5.7.1", "no");
	o->at = IN_MESSAGE;
	return 0;
}

static int bytes(void *context, struct span piece, struct fault *f)
{
	struct owner *o = context;

	(void)f;
	must(o->at == IN_MESSAGE && piece.len > 0);
	buf_add_span(&o->told, piece);
	return 0;
}

static void answer(struct owner *o)
{
	o->at = NO_MESSAGE;
	o->pending = false;
	smtp_server_stored(o->server, "stored");
}

static void ends(void *context, struct record *r)
{
	struct owner *o = context;

	must(o->at == IN_MESSAGE && r->recipient_count > 0);
	buf_add_text(&o->told, "$");
	o->at = AT_END;
	o->ended++;
	o->pending = true;
	if (!o->late)
		answer(o);
}

static void dropped(void *context)
{
	struct owner *o = context;

	must(o->at == IN_MESSAGE);
	buf_add_text(&o->told, "!");
	o->at = NO_MESSAGE;
}

/* Returns how many messages ended. It stops where so much is to be sent that nothing is taken. */
static unsigned hold(const struct smtp_server_rules *rules, struct span in, size_t most, bool late, struct buf *out, struct buf *told)
{
	struct owner o = { .late = late };
	struct smtp_server_owner table = { &o, NULL, begins, bytes, ends, dropped };

	o.server = smtp_server_begin(rules, &table, out);
	while (in.len > 0 && smtp_server_state(o.server) != SMTP_SERVER_ENDED) {
		size_t n = smtp_server_feed(o.server, (struct span){ in.at, in.len < most ? in.len : most });
		in = span_between(in.at + n, in.at + in.len);
		must(n > 0 || o.pending || out->len > SMTP_SERVER_UNSENT_MAX);
		if (o.pending)
			answer(&o);
		else if (n == 0)
			break;
	}
	smtp_server_free(o.server);
	must(o.at == NO_MESSAGE);
	*told = o.told;
	return o.ended;
}

static void must_be_replies(const struct buf *out)
{
	struct span rest = buf_span(out);

	while (rest.len > 0) {
		const char *lf = memchr(rest.at, '\n', rest.len);
		must(lf && lf - rest.at >= 5 && lf - rest.at < 512 && lf[-1] == '\r');
		must(rest.at[0] >= '2' && rest.at[0] <= '5' && (rest.at[3] == ' ' || rest.at[3] == '-'));
		for (const char *at = rest.at; at < lf - 1; at++)
			must(*at >= ' ' && *at <= '~');
		rest = span_between(lf + 1, rest.at + rest.len);
	}
}

static unsigned ends_in(struct span in)
{
	unsigned found = 0;

	for (const char *at = in.at; (at = memmem(at, (size_t)(in.at + in.len - at), "\r\n.\r\n", 5)); at += 3)
		found++;
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { LENIENT = 1, LATE = 2, CUT_SHIFT = 2 };

	if (size == 0)
		return 0;
	struct smtp_server_rules rules = { "host.example", 0, 10, data[0] & LENIENT ? SMTP_LINES_LENIENT : SMTP_LINES_STRICT };
	struct span in = { (const char *)data + 1, size - 1 };
	struct buf out = { 0 }, told = { 0 }, cut_out = { 0 }, cut_told = { 0 };
	unsigned ended = hold(&rules, in, size, false, &out, &told);
	hold(&rules, in, 1 + (size_t)(data[0] >> CUT_SHIFT), data[0] & LATE, &cut_out, &cut_told);
	must_be_replies(&out);
	must(out.len > SMTP_SERVER_UNSENT_MAX || (span_eq(buf_span(&out), buf_span(&cut_out)) && span_eq(buf_span(&told), buf_span(&cut_told))));
	must(rules.lines == SMTP_LINES_LENIENT || ended <= ends_in(in));
	buf_free(&out);
	buf_free(&told);
	buf_free(&cut_out);
	buf_free(&cut_told);
	return 0;
}
