/* SPDX-License-Identifier: ISC */
/*
 * bounce - a disposable role: one job in, the report as a submission out.
 *
 * It reads what strangers wrote (the mail, servers' replies), so it has
 * neither files nor network, and lives for one report.
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/utf8.h"
#include "relay/bounce/bounce_report.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/template.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

/* What a report cannot hold need not be read, but for one byte, which tells that there is more. */
enum { JOB_DEADLINE_MS = 60 * 1000, READ_MAX = REPORT_MAX + 1 };

static void fill_random(void *bytes, size_t len)
{
	if (getrandom(bytes, len, 0) != (ssize_t)len)
		abort();
}

/* The message: inline, or in fd from its start. True when that is all of it. */
static bool read_message(const struct bounce_job *job, int fd, struct buf *out)
{
	int64_t deadline = clock_boot_ms() + JOB_DEADLINE_MS;

	if (fd < 0) {
		buf_add_span(out, job->message);
		return true;
	}
	lseek(fd, 0, SEEK_SET);
	buf_reserve(out, READ_MAX);
	while (out->len < READ_MAX) {
		ssize_t n = io_read(fd, out->at + out->len, READ_MAX - out->len, deadline);
		if (n < 0)
			log_line(LOG_LEVEL_WARNING, "%s: cannot read the message: %s", job->queue_id, strerror(errno));
		if (n <= 0)
			return n == 0;
		out->len += (size_t)n;
	}
	return false;
}

static void add_random_hex(struct buf *out)
{
	unsigned char bytes[16];

	fill_random(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static void make_submission(const struct bounce_job *job, struct span message, bool whole, const struct settings *s,
                            struct submission *out)
{
	struct buf id = { 0 }, text = { 0 }, boundary = { 0 };

	add_random_hex(&id);
	buf_printf(&id, "@%s", s->domain);
	add_random_hex(&boundary);
	struct bounce_report_context c = { .hostname = s->hostname, .domain = s->domain, .message_id = buf_text(&id),
	                            .boundary = buf_text(&boundary), .now_ms = clock_wall_ms() };
	bool eight_bit = bounce_report_write(job, message, whole, &c, &text);
	buf_free(&boundary);
	*out = (struct submission){
		.uid = (uint32_t)getuid(),
		.sender = mem_text(""),
		.envid = mem_text(""),
		.eight_bit = eight_bit,
		.utf8 = !utf8_is_ascii(span_of(job->sender)),
		.from_domain = mem_text(s->domain),
		.message_id = buf_take(&id),
		.program = mem_text("bounce"),
		.arrival_ms = c.now_ms,
		.size_bytes = text.len,
		.held = mem_text(""),
		.recipients = mem_alloc(sizeof *out->recipients),
		.recipient_count = 1,
		.body_file = mem_text(""),
	};
	fill_random(out->id, sizeof out->id);
	/* RFC 3461 section 6.1 has no report about a report */
	out->recipients[0] = (struct submission_recipient){ .address = mem_text(job->sender),
		.original = mem_text(job->sender), .notify = NOTIFY_NEVER, .orcpt = mem_text("") };
	out->message.len = text.len;
	out->message.at = buf_take(&text);
}

static int bounce_message(struct role_start *start, struct frame *frame)
{
	struct bounce_job job;
	struct buf message = { 0 }, payload = { 0 };
	struct submission submission;

	if (frame->type != FRAME_BOUNCE || bounce_job_decode(frame->payload, &job) < 0) {
		log_line(LOG_LEVEL_ERROR, "the queue sent something that is not a job");
		return EX_PROTOCOL;
	}
	if (job.sender[0] == '\0') {
		log_line(LOG_LEVEL_ERROR, "%s: has no sender to tell", job.queue_id);
		bounce_job_free(&job);
		return EX_DATAERR;
	}
	bool whole = read_message(&job, frame->fd, &message);
	make_submission(&job, buf_span(&message), whole, &start->settings, &submission);
	pack_u64(&payload, job.ticket);
	submission_encode(&submission, &payload);
	int result = channel_send(start->queue, FRAME_BOUNCED, buf_span(&payload), -1);
	buf_free(&payload);
	free((char *)(uintptr_t)submission.message.at);
	submission_free(&submission);
	buf_free(&message);
	bounce_job_free(&job);
	return result == 0 ? EX_OK : EX_TEMPFAIL;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	struct frame frame = { .fd = -1 };
	struct fault f = { 0 };

	(void)argc;
	role_begin(ROLE_BOUNCE, argv, NULL, NULL, &start);
	if (confine(ROLE_BOUNCE, CONFINE_COPIES, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return EX_TEMPFAIL;
	}
	template_serve(argv, TEMPLATE_CONFINES, false, NULL, NULL, &start);
	if (channel_receive(start.queue, &frame, clock_boot_ms() + JOB_DEADLINE_MS) != 1)
		template_copy_end(EX_TEMPFAIL);
	int code = bounce_message(&start, &frame);
	io_close(&frame.fd);
	template_copy_end(code);
}
