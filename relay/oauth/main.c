/* SPDX-License-Identifier: ISC */
/*
 * oauth - a role that lives for one question: it exchanges a refresh token for an access token (RFC 6749 section 6) and
 * hands the answer to signetd.
 *
 * It reads what a stranger's web server says, so it has network and no files. It is executed, not copied from a
 * template: it is needed about once an hour, and looks up names by threads.
 */
#include "base/clock.h"
#include "base/conf/ca_bundle.h"
#include "base/conf/proxy_place.h"
#include "base/https.h"
#include "base/https_url.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/oauth.h"
#include "base/secret.h"
#include "dns/mx.h"
#include "relay/confine.h"
#include "relay/role.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>

enum { JOB_WAIT_MS = 10 * 1000, ASK_WAIT_MS = 25 * 1000, ASK_LEAST_MS = 500, ROOTS_MAX = 16 * 1024 * 1024, GOODBYE_MS = 10 * 1000 };

/* What is needed for every question, and why there is none of it. */
struct means {
	struct dns *dns;
	struct buf roots;
	struct fault fault;
};

static void prepare(const struct settings *s, struct means *m)
{
	if (https_prepare(&m->fault) < 0 || (m->dns = dns_new(s, &m->fault)) == NULL)
		return;
	const char *path = ca_bundle(s->ca_file, &m->fault);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (path && (fd < 0 || io_read_file(fd, &m->roots, ROOTS_MAX) < 0))
		fault_set(&m->fault, FAULT_TEMPORARY, "4.3.5", "cannot read certificates from ca_file %s: %s", path, strerror(errno));
	io_close(&fd);
}

/* As the system resolves it, hosts(5) included. */
static int find_addresses(struct dns *dns, struct span host, struct text_list *out, struct fault *f)
{
	char *name = mem_text_span(host);
	struct mx_plan plan;

	mx_plan_now(dns, PLAN_HOST, name, "", &plan);
	for (size_t i = 0; i < plan.count; i++)
		for (size_t a = 0; a < plan.targets[i].address_count; a++) {
			struct buf text = { 0 };
			ip_address_print(&plan.targets[i].addresses[a], &text);
			text_list_add(out, buf_span(&text));
			buf_free(&text);
		}
	if (out->count == 0)
		fault_set(f, FAULT_TEMPORARY, "4.4.3", "the token server %s has no address%s%s", name, plan.fault.text[0] ? ": " : "",
		          plan.fault.text);
	free(name);
	mx_plan_free(&plan);
	return out->count > 0 ? 0 : -1;
}

static void ask(const struct means *m, const struct settings *s, const struct refresh_job *job, struct oauth_answer *answer)
{
	struct oauth_client client = { .id = job->client_id, .secret = job->client_secret };
	struct text_list addresses = { 0 };
	struct https_answer page = { 0 };
	struct https_url url;
	struct buf form = { 0 }, proxy_name = { 0 };
	char *proxy_user = NULL, *proxy_password = NULL;
	struct proxy_place proxy;
	struct fault f = m->fault;

	oauth_ask_refresh(&client, job->refresh_token, &form);
	struct https_question what = {
		.url = job->endpoint, .addresses = &addresses, .form = buf_span(&form), .roots = buf_span(&m->roots),
		.bytes_max = OAUTH_ANSWER_MAX, .wait_ms = clock_scaled_ms(s->time_scale, ASK_WAIT_MS, ASK_LEAST_MS),
	};
	bool able = f.kind == FAULT_NONE;
	if (able && !https_url_read(span_of(job->endpoint), &url))
		able = fault_set(&f, FAULT_TEMPORARY, "4.3.5", "token_endpoint is not an https URL") == 0;
	/* Which looks up the server's name itself. */
	if (proxy_place_parse(span_of(job->proxy), &proxy)) {
		proxy_place_print(&proxy, "socks5h", &proxy_name);
		proxy_user = proxy.user.len > 0 ? mem_text_span(proxy.user) : NULL;
		proxy_password = mem_text_span(job->proxy_password);
		what.proxy = buf_text(&proxy_name);
		what.proxy_user = proxy_user;
		what.proxy_password = proxy_password;
		what.addresses = NULL;
	}
	if (able && (what.proxy || find_addresses(m->dns, url.host, &addresses, &f) == 0) && https_ask(&what, &page, &f) == 0)
		oauth_answer_read(OAUTH_ASKED_TOKENS, page.status, buf_span(&page.body), answer);
	else
		oauth_answer_none(&f, answer);
	https_answer_free(&page);
	text_list_free(&addresses);
	buf_free(&proxy_name);
	free(proxy_user);
	if (proxy_password)
		explicit_bzero(proxy_password, strlen(proxy_password));
	free(proxy_password);
	secret_free(&form);
}

static int serve(struct role_start *start, const struct means *m)
{
	struct frame frame = { .fd = -1 };
	struct refresh_job job;
	struct oauth_answer answer;
	struct buf payload = { 0 };

	if (channel_receive(start->parent, &frame, clock_boot_ms() + JOB_WAIT_MS) != 1)
		return EX_TEMPFAIL;
	io_close(&frame.fd);
	if (frame.type != FRAME_REFRESH || refresh_job_decode(frame.payload, &job) < 0)
		return EX_PROTOCOL;
	ask(m, &start->settings, &job, &answer);
	struct refreshed result = { .access_token = buf_span(&answer.access_token), .refresh_token = buf_span(&answer.refresh_token),
	                            .usable_s = oauth_usable_ms(answer.expires_s) / 1000 };
	if (oauth_judge(&answer, job.hop, &result.fault) < 0)
		result.access_token = result.refresh_token = (struct span){ 0 };
	buf_reserve(&payload, 2 * OAUTH_TOKEN_MAX + 4096);
	refreshed_encode(&result, &payload);
	int sent = channel_send(start->parent, FRAME_REFRESHED, buf_span(&payload), -1);
	/* signetd closes the channel once it has heard: whatever is reaped before has said all it had to. */
	while (sent == 0 && channel_receive(start->parent, &frame, clock_boot_ms() + GOODBYE_MS) == 1)
		io_close(&frame.fd);
	secret_free(&payload);
	oauth_answer_free(&answer);
	refresh_job_free(&job);
	return sent < 0 ? EX_TEMPFAIL : EX_OK;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct means means;
	struct fault f = { 0 };

	(void)argc;
	memory_expect_secrets();
	role_begin(ROLE_OAUTH, argv, NULL, NULL, &start);
	prepare(&start.settings, &means);
	/* A limit that is too low has been logged by signetd. */
	memory_lock_heap(&f);
	if (confine(ROLE_OAUTH, CONFINE_NETWORK | CONFINE_THREADS, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return EX_TEMPFAIL;
	}
	return serve(&start, &means);
}
