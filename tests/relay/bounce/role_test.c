/* SPDX-License-Identifier: ISC */
#include "tests/relay/role_start.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/mail/message.h"
#include "base/pack.h"
#include "relay/protocol.h"

static struct bounce_recipient recipient = {
	.address = "bob@example.net", .original = "bob@example.net", .orcpt = "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.2", .text = "the domain example.net does not exist" },
};

static void put_job(struct started_role *r, const char *sender, enum dsn_ret ret, struct span message, int fd)
{
	struct bounce_job job = {
		.ticket = 77, .queue_id = "Q1", .sender = mem_text(sender), .envid = "", .ret = ret, .arrival_ms = 1795470000000,
		.recipients = &recipient, .recipient_count = 1, .message = message,
	};
	struct buf payload = { 0 };

	bounce_job_encode(&job, &payload);
	channel_send(r->queue, FRAME_BOUNCE, buf_span(&payload), fd);
	buf_free(&payload);
	free(job.sender);
}

static bool receive(struct started_role *r, struct submission *out, uint64_t *ticket)
{
	struct frame frame;

	if (channel_receive(r->queue, &frame, clock_boot_ms() + 30000) != 1 || frame.type != FRAME_BOUNCED)
		return false;
	struct unpack u = unpack_from(frame.payload);
	*ticket = unpack_u64(&u);
	return submission_decode(span_between(u.at, u.end), out) == 0;
}

static bool message_holds(struct span message, const char *text)
{
	return memmem(message.at, message.len, text, strlen(text)) != NULL;
}

static const struct way {
	const char *name;
	enum dsn_ret ret;
	const char *body;
	int times;
	bool by_descriptor, comes_back, eight_bit;
} ways[] = {
	{ "inline", DSN_RET_UNSET, "secret\r\n", 1, false, true, false },
	{ "inline, RET=HDRS", DSN_RET_HEADERS, "secret\r\n", 1, false, false, false },
	{ "inline, 8-bit", DSN_RET_FULL, "secret \303\274\r\n", 1, false, true, true },
	{ "by descriptor", DSN_RET_FULL, "secret\r\n", 1000, true, true, false },
	{ "by descriptor, too large", DSN_RET_FULL, "secret\r\n", 20000, true, false, false },
};

static int file_with(struct span message)
{
	char path[] = "/tmp/bounce-test-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	if (write(fd, message.at, message.len) != (ssize_t)message.len)
		exit(1);
	return fd;
}

static void put_way(struct started_role *r, const struct way *w)
{
	struct buf message = { 0 };

	buf_add_text(&message, "Subject: Lunch\r\nFrom: alice@example.org\r\n\r\n");
	for (int i = 0; i < w->times; i++)
		buf_add_text(&message, w->body);
	if (w->by_descriptor)
		put_job(r, "alice@example.org", w->ret, SPAN(""), file_with(buf_span(&message)));
	else
		put_job(r, "alice@example.org", w->ret, buf_span(&message), -1);
	buf_free(&message);
}

static void bounces(const char *path, const struct settings *s, const struct way *w)
{
	const char *how = w->name;
	struct started_role r = role_start_copy(path, ROLE_BOUNCE, s);
	struct submission got = { 0 };
	uint64_t ticket = 0;
	struct field field;

	put_way(&r, w);
	if (ok(receive(&r, &got, &ticket), "%s: an answer, confined", how)) {
		is_int(ticket, 77, "%s: with the ticket", how);
		is_text(got.sender, "", "%s: the null sender", how);
		is_text(got.from_domain, "example.org", "%s: whose signature", how);
		is_int(got.recipient_count, 1, "%s: one recipient", how);
		is_text(got.recipients[0].address, "alice@example.org", "%s: the sender of the mail", how);
		is_int(got.recipients[0].notify, NOTIFY_NEVER, "%s: no report about the report", how);
		is_int(got.size_bytes, got.message.len, "%s: its size", how);
		ok(message_find_field(got.message, SPAN("Message-ID"), 0, &field) &&
		   strstr(got.message_id, "@example.org"), "%s: a Message-ID, at domain", how);
		ok(message_holds(got.message, "\r\nSubject: Lunch\r\n"), "%s: the mail's header is there", how);
		is_int(message_holds(got.message, "secret"), w->comes_back, "%s: its body too, or not", how);
		is_int(got.eight_bit, w->eight_bit, "%s: 8-bit or not", how);
		submission_free(&got);
	}
	is_int(role_wait(&r), 0, "%s: it ends well", how);
}

static void refusals(const char *path, const struct settings *s)
{
	struct started_role r = role_start_copy(path, ROLE_BOUNCE, s);
	put_job(&r, "", DSN_RET_UNSET, SPAN(""), -1);
	is_int(role_wait(&r), 65, "nobody to tell: EX_DATAERR");
	r = role_start_copy(path, ROLE_BOUNCE, s);
	channel_send(r.queue, FRAME_BOUNCE, SPAN("\1\2\3"), -1);
	is_int(role_wait(&r), 76, "a malformed job: EX_PROTOCOL");
	r = role_start_copy(path, ROLE_BOUNCE, s);
	channel_free(r.queue);
	r.queue = NULL;
	is_int(role_wait(&r), 75, "no job: EX_TEMPFAIL");
}

int main(void)
{
	struct settings s;
	char path[300];

	if (!role_program("bounce", path, sizeof path))
		return 0;
	tap_plan(68);
	settings_defaults(&s);
	free(s.log);
	free(s.hostname);
	free(s.domain);
	s.log = mem_text("stderr");
	s.hostname = mem_text("web1.example.org");
	s.domain = mem_text("example.org");
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		bounces(path, &s, &ways[i]);
	refusals(path, &s);
	settings_free(&s);
	return tap_done();
}
