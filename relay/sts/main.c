/*
 * sts - a disposable role: fetches one MTA-STS policy (RFC 8461 section 3.3)
 * and hands it on in normal form.
 *
 * It reads what a stranger's web server says, so it has network and no files,
 * and lives for one policy.
 */
#include "base/conf/ca_bundle.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "dns/dns.h"
#include "dns/sts.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/sts/fetch.h"
#include "relay/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { JOB_WAIT_MS = 60 * 1000, FETCH_WAIT_MS = 60 * 1000, FETCH_LEAST_MS = 500, ROOTS_MAX = 16 * 1024 * 1024 };

/* Fills answer's policy and max_age_s, or its fault. */
static void fetch_policy(const struct settings *s, const struct sts_job *job, struct span roots, struct sts_fetched *answer)
{
	struct buf host = { 0 }, text = { 0 }, printed = { 0 };
	struct sts_policy policy;

	buf_printf(&host, "mta-sts.%s", job->domain);
	struct fetch what = {
		.host = buf_text(&host), .path = "/.well-known/mta-sts.txt", .port = job->port, .addresses = job->addresses,
		.address_count = job->address_count, .roots = roots, .bytes_max = STS_POLICY_BYTES_MAX,
		.wait_ms = clock_scaled_ms(s->time_scale, FETCH_WAIT_MS, FETCH_LEAST_MS),
	};
	/* Nothing that would mean something else within a URL. */
	bool is_host = dns_name_is_valid(what.host) &&
	               what.host[strspn(what.host, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
	if (!is_host)
		fault_set(&answer->fault, FAULT_PERMANENT, "5.1.2", "\"%s\" is not a host", what.host);
	else if (fetch_text(&what, &text, &answer->fault) == 0 &&
	         sts_policy_read(buf_span(&text), &policy, &answer->fault) == 0) {
		sts_policy_print(&policy, &printed);
		answer->policy = buf_take(&printed);
		answer->max_age_s = policy.max_age_s;
		sts_policy_free(&policy);
	}
	buf_free(&host);
	buf_free(&text);
}

/* unable: why this host cannot fetch any; NONE: it can. */
static int serve_fetch(struct role_start *start, struct span roots, const struct fault *unable)
{
	struct frame frame = { .fd = -1 };
	struct sts_job job;
	struct buf payload = { 0 };

	if (channel_receive(start->queue, &frame, clock_boot_ms() + JOB_WAIT_MS) != 1)
		return EX_TEMPFAIL;
	io_close(&frame.fd);
	if (frame.type != FRAME_FETCH || sts_job_decode(frame.payload, &job) < 0)
		return EX_PROTOCOL;
	struct sts_fetched answer = { .ticket = job.ticket, .fault = *unable, .unable = unable->kind != FAULT_NONE };
	if (!answer.unable)
		fetch_policy(&start->settings, &job, roots, &answer);
	sts_fetched_encode(&answer, &payload);
	int result = channel_send(start->queue, FRAME_FETCHED, buf_span(&payload), -1);
	buf_free(&payload);
	sts_fetched_free(&answer);
	sts_job_free(&job);
	return result < 0 ? EX_TEMPFAIL : EX_OK;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct buf roots;
	struct fault unable = { 0 }, f = { 0 };

	(void)argc;
	role_begin(ROLE_STS, argv, NULL, NULL, &start);
	if (fetch_prepare(&unable) == 0) {
		const char *path = ca_bundle(start.settings.ca_file, &unable);
		int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (path && (fd < 0 || io_read_file(fd, &roots, ROOTS_MAX) < 0))
			fault_set(&unable, FAULT_TEMPORARY, "4.3.5", "cannot read certificates from ca_file %s: %s", path, strerror(errno));
		io_close(&fd);
	}
	if (confine(ROLE_STS, CONFINE_NETWORK | CONFINE_COPIES, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return EX_TEMPFAIL;
	}
	template_serve(argv, TEMPLATE_CONFINES, false, NULL, NULL, &start);
	template_copy_end(serve_fetch(&start, buf_span(&roots), &unable));
}
