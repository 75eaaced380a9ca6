#include "tests/relay/role_start.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/message.h"
#include "base/pack.h"
#include "relay/protocol.h"

static struct bounce_recipient recipient = {
	.address = "bob@example.net", .original = "bob@example.net", .orcpt = "", .relay = "",
	.fault = { FAULT_PERMANENT, "5.1.2", "the domain example.net does not exist" },
};

static void put_job(struct started_role *r, const char *sender, struct span message, int fd)
{
	struct bounce_job job = {
		.ticket = 77, .queue_id = "Q1", .sender = mem_text(sender), .envid = "", .arrival_ms = 1795470000000,
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

	if (channel_receive(r->queue, &frame, clock_boot_ms() + 10000) != 1 || frame.type != FRAME_BOUNCED)
		return false;
	struct unpack u = unpack_from(frame.payload);
	*ticket = unpack_u64(&u);
	return submission_decode(span_between(u.at, u.end), out) == 0;
}

static bool message_holds(struct span message, const char *text)
{
	return memmem(message.at, message.len, text, strlen(text)) != NULL;
}

static void bounces(const char *path, const struct settings *s, const char *how, struct span message, int fd)
{
	struct started_role r = role_start_program(path, s);
	struct submission got = { 0 };
	uint64_t ticket = 0;
	struct field field;

	put_job(&r, "alice@example.org", message, fd);
	if (ok(receive(&r, &got, &ticket), "%s: an answer, confined", how)) {
		is_int(ticket, 77, "%s: with the ticket", how);
		is_text(got.sender, "", "%s: the null sender", how);
		is_text(got.from_domain, "example.org", "%s: whose signature", how);
		is_int(got.recipient_count, 1, "%s: one recipient", how);
		is_text(got.recipients[0].address, "alice@example.org", "%s: the sender of the mail", how);
		is_int(got.recipients[0].notify, NOTIFY_NEVER, "%s: no report about the report", how);
		is_int(got.size_bytes, got.message.len, "%s: its size", how);
		ok(message_find_field(got.message, SPAN("Message-ID"), 0, &field) &&
		   strstr(got.message_id, "@web1.example.org"), "%s: a Message-ID", how);
		ok(message_holds(got.message, "\r\nSubject: Lunch\r\n"), "%s: the mail's header is there", how);
		ok(!message_holds(got.message, "secret"), "%s: its body is not", how);
		submission_free(&got);
	}
	is_int(role_wait(&r), 0, "%s: it ends well", how);
}

static int file_with(struct span message)
{
	char path[] = "/tmp/bounce-test-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	if (write(fd, message.at, message.len) != (ssize_t)message.len)
		exit(1);
	return fd;
}

static void refusals(const char *path, const struct settings *s)
{
	struct started_role r = role_start_program(path, s);
	put_job(&r, "", SPAN(""), -1);
	is_int(role_wait(&r), 65, "nobody to tell: EX_DATAERR");
	r = role_start_program(path, s);
	channel_send(r.queue, FRAME_BOUNCE, SPAN("\1\2\3"), -1);
	is_int(role_wait(&r), 76, "a malformed job: EX_PROTOCOL");
	r = role_start_program(path, s);
	channel_free(r.queue);
	r.queue = NULL;
	is_int(role_wait(&r), 75, "no job: EX_TEMPFAIL");
}

int main(void)
{
	struct settings s;
	char path[300];
	struct span message = SPAN("Subject: Lunch\r\nFrom: alice@example.org\r\n\r\nsecret\r\n");
	struct buf large = { 0 };

	if (!role_program("bounce", path, sizeof path))
		return 0;
	settings_defaults(&s);
	free(s.log);
	free(s.hostname);
	free(s.domain);
	s.log = mem_text("stderr");
	s.hostname = mem_text("web1.example.org");
	s.domain = mem_text("example.org");
	bounces(path, &s, "inline", message, -1);
	buf_add_span(&large, message);
	for (int i = 0; i < 20000; i++)
		buf_add_text(&large, "secret\r\n");
	bounces(path, &s, "by descriptor", SPAN(""), file_with(buf_span(&large)));
	refusals(path, &s);
	buf_free(&large);
	settings_free(&s);
	return tap_done();
}
