/* SPDX-License-Identifier: ISC */
/*
 * sts - a disposable role: fetches one MTA-STS policy (RFC 8461 section 3.3)
 * and hands it on in normal form.
 *
 * It reads what a stranger's web server says, so it has network and no files,
 * and lives for one policy.
 */
#include "base/conf/ca_bundle.h"
#include "base/clock.h"
#include "base/https.h"
#include "base/io.h"
#include "base/log.h"
#include "dns/dns.h"
#include "dns/sts.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { JOB_WAIT_MS = 60 * 1000, FETCH_WAIT_MS = 60 * 1000, FETCH_LEAST_MS = 500, ROOTS_MAX = 16 * 1024 * 1024 };

/* Of the addresses that the resolver found; without any there is nobody to ask. */
static int fetch_text(const struct sts_job *job, const char *host, struct span roots, int64_t wait_ms, struct https_answer *out,
                      struct fault *f)
{
	struct text_list addresses = { 0 };
	struct buf url = { 0 };

	for (size_t i = 0; i < job->address_count; i++) {
		struct buf one = { 0 };
		ip_address_print(&job->addresses[i], &one);
		text_list_add(&addresses, buf_span(&one));
		buf_free(&one);
	}
	buf_printf(&url, "https://%s/.well-known/mta-sts.txt", host);
	struct https_question what = { .url = buf_text(&url), .port = job->port, .addresses = &addresses, .roots = roots,
	                               .bytes_max = STS_POLICY_BYTES_MAX, .wait_ms = wait_ms };
	int result = https_ask(&what, out, f);
	if (result == 0 && out->status != 200)
		result = fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: the server answers %ld, and only 200 is accepted", what.url, out->status);
	/* A server that lets its users upload files must not speak for the domain through one (RFC 8461 section 3.3). */
	else if (result == 0 && strcmp(out->type, "text/plain") != 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: it is of type %.100s and not text/plain", what.url,
		                   out->type[0] ? out->type : "none");
	text_list_free(&addresses);
	buf_free(&url);
	return result;
}

/* Fills answer's policy and max_age_s, or its fault. */
static void fetch_policy(const struct settings *s, const struct sts_job *job, struct span roots, struct sts_fetched *answer)
{
	struct https_answer text = { 0 };
	struct buf host = { 0 }, printed = { 0 };
	struct sts_policy policy;

	buf_printf(&host, "mta-sts.%s", job->domain);
	const char *name = buf_text(&host);
	/* Nothing that would mean something else within a URL. */
	bool is_host = dns_name_is_valid(name) && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
	if (!is_host)
		fault_set(&answer->fault, FAULT_PERMANENT, "5.1.2", "\"%s\" is not a host", name);
	else if (fetch_text(job, name, roots, clock_scaled_ms(s->time_scale, FETCH_WAIT_MS, FETCH_LEAST_MS), &text, &answer->fault) == 0 &&
	         sts_policy_read(buf_span(&text.body), &policy, &answer->fault) == 0) {
		sts_policy_print(&policy, &printed);
		answer->policy = buf_take(&printed);
		answer->max_age_s = policy.max_age_s;
		sts_policy_free(&policy);
	}
	buf_free(&host);
	https_answer_free(&text);
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
	if (https_prepare(&unable) == 0) {
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
