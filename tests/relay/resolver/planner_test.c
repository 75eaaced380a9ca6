/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "relay/protocol.h"
#include "relay/resolver/planner.h"

#include <poll.h>
#include <stdlib.h>

static const struct responder_row zone[] = {
	{ "plain.example", "MX", "10 a.example" },
	{ "a.example", "A", "192.0.2.1" },
	{ "null.example", "MX", "0 " },
	{ "silent.example", "SILENT", "" },
	{ "_submission._tcp.pool.example", "SRV", "10 3 587 a.example" },
	{ "sts.example", "MX", "10 a.example" },
	{ "_mta-sts.sts.example", "TXT", "v=STSv1; id=5;" },
	{ "mta-sts.sts.example", "CNAME", "policies.example" },
	{ "policies.example", "A", "192.0.2.7" },
	{ "policies.example", "AAAA", "2001:db8::7" },
	{ "twice.example", "MX", "10 a.example" },
	{ "_mta-sts.twice.example", "TXT", "v=STSv1; id=5" },
	{ "_mta-sts.twice.example", "TXT", "v=STSv1; id=6" },
	{ "lame.example", "MX", "10 a.example" },
	{ "_mta-sts.lame.example", "SILENT", "" },
};

struct desk {
	struct settings settings;
	struct dns *dns;
	struct planner *planner;
	struct channel *ours, *asker;
};

static void open_desk(struct desk *d, const char *server)
{
	int fds[2];
	struct fault f;

	settings_defaults(&d->settings);
	text_list_add(&d->settings.mx_allow, SPAN("192.0.2.0/24"));    /* the machine that runs this may lie there */
	free(d->settings.trust_anchor_file);
	d->settings.trust_anchor_file = mem_text("/dev/null");
	d->settings.time_scale = 0.1;
	free(d->settings.hostname);
	d->settings.hostname = mem_text("mail.own.example");
	text_list_add(&d->settings.forwarders, span_of(server));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		exit(1);
	d->ours = channel_new(fds[0]);
	d->asker = channel_new(fds[1]);
	d->dns = dns_new(&d->settings, &f);
	d->planner = planner_new(d->dns, &d->settings, d->ours);
}

static void close_desk(struct desk *d)
{
	dns_free(d->dns);
	planner_free(d->planner);
	channel_free(d->ours);
	channel_free(d->asker);
	settings_free(&d->settings);
}

static void put_job_behind(struct desk *d, uint64_t ticket, enum plan_kind kind, const char *name, const char *proxy)
{
	struct plan_job job = { .ticket = ticket, .kind = kind, .name = mem_text(name), .proxy = mem_text(proxy) };
	struct buf payload = { 0 };

	plan_job_encode(&job, &payload);
	channel_put(d->asker, FRAME_PLAN, buf_span(&payload), -1);
	buf_free(&payload);
	plan_job_free(&job);
}

static void put_job(struct desk *d, uint64_t ticket, enum plan_kind kind, const char *name)
{
	put_job_behind(d, ticket, kind, name, "");
}

/* Turns until that many plans have come; fills those below 10 by ticket. Returns how many came. */
static int turn(struct desk *d, struct plan plans[10], int want)
{
	int64_t deadline_ms = clock_boot_ms() + 30000;
	int came = 0;
	struct frame frame;

	while (came < want && clock_wait_ms(deadline_ms) > 0) {
		struct pollfd p = { .fd = dns_fd(d->dns), .events = POLLIN };
		channel_flush(d->asker);
		if (planner_has_room(d->planner))
			channel_fill(d->ours);
		if (planner_take(d->planner) < 0)
			return -1;
		if (poll(&p, 1, 20) > 0)
			dns_process(d->dns);
		channel_flush(d->ours);
		channel_fill(d->asker);
		while (channel_next(d->asker, &frame)) {
			struct plan plan;
			if (frame.type != FRAME_PLANNED || plan_decode(frame.payload, &plan) < 0)
				return -1;
			came++;
			if (plan.ticket < 10)
				plans[plan.ticket] = plan;
			else
				plan_free(&plan);
		}
	}
	return came;
}

static void answers(const char *server)
{
	struct desk d;
	struct plan plans[10] = { 0 };

	open_desk(&d, server);
	put_job(&d, 1, PLAN_MX, "plain.example");
	put_job(&d, 2, PLAN_MX, "Plain.Example");
	put_job(&d, 3, PLAN_MX, "null.example");
	put_job(&d, 4, PLAN_MX, "silent.example");
	put_job(&d, 5, PLAN_HOST, "a.example");
	put_job(&d, 6, PLAN_MX, "[192.0.2.9]");
	put_job(&d, 7, PLAN_MX, "gone.example");
	put_job(&d, 8, PLAN_SRV, "pool.example");
	put_job(&d, 9, PLAN_LIST, "a.example:2525 weight=4,[2001:db8::1]");
	is_int(turn(&d, plans, 9), 9, "every job is answered");
	is_text(plans[1].target_count ? plans[1].targets[0].host : "", "a.example", "a plan");
	is_text(plans[2].target_count ? plans[2].targets[0].host : "", "a.example", "the same for who shared it");
	is_text(plans[3].fault.status, "5.1.10", "a null MX");
	is_text(plans[4].fault.status, "4.4.3", "silence");
	is_int(plans[5].target_count, 1, "a host");
	is_int(plans[6].target_count, 1, "an address literal");
	is_text(plans[7].fault.status, "5.1.2", "no such domain");
	ok(plans[7].unconfirmed, "not yet to be believed");
	ok(plans[8].target_count == 1 && plans[8].targets[0].port == 587 && plans[8].targets[0].weight == 3 &&
	   !plans[8].targets[0].host_is_known, "a pool by SRV, whose member lies elsewhere");
	ok(plans[9].target_count == 2 && plans[9].targets[0].host_is_known && plans[9].targets[1].host_is_known,
	   "a pool by list, whose members the owner knows");
	ok(planner_is_idle(d.planner), "nothing is left");
	for (int i = 0; i < 10; i++)
		plan_free(&plans[i]);
	close_desk(&d);
}

static bool is_behind(const struct plan *p, size_t addresses)
{
	bool all = p->target_count > 0;

	for (size_t i = 0; i < p->target_count; i++)
		all = all && p->targets[i].proxy_count == 2 && p->targets[i].proxies[0].bytes[3] == 7 && p->targets[i].address_count == addresses;
	return all;
}

static void proxies(const char *server)
{
	struct desk d;
	struct plan plans[10] = { 0 };

	open_desk(&d, server);
	put_job_behind(&d, 1, PLAN_MX, "plain.example", "policies.example");
	put_job_behind(&d, 2, PLAN_HOST, "hidden.example", "policies.example");
	put_job_behind(&d, 3, PLAN_LIST, "hidden.example:465 weight=2,192.0.2.9", "policies.example");
	put_job_behind(&d, 4, PLAN_SRV, "pool.example", "policies.example");
	put_job_behind(&d, 5, PLAN_MX, "plain.example", "gone.example");
	put_job_behind(&d, 6, PLAN_HOST, "hidden.example", "192.0.2.5");
	put_job(&d, 7, PLAN_MX, "plain.example");
	put_job_behind(&d, 8, PLAN_MX, "null.example", "gone.example");
	is_int(turn(&d, plans, 8), 8, "every job is answered");
	ok(is_behind(&plans[1], 1), "MX hosts have their addresses, and those of the proxy");
	ok(is_behind(&plans[2], 0) && strcmp(plans[2].targets[0].host, "hidden.example") == 0, "a name that the proxy looks up");
	ok(is_behind(&plans[3], 0) && plans[3].target_count == 2 && plans[3].targets[0].port == 465 && plans[3].targets[0].implicit_tls &&
	   plans[3].targets[0].weight == 2 && strcmp(plans[3].targets[1].host, "192.0.2.9") == 0, "a list of them");
	ok(is_behind(&plans[4], 1), "a pool whose members the DNS says");
	ok(plans[5].target_count == 0 && plans[5].fault.kind == FAULT_TEMPORARY && strstr(plans[5].fault.text, "the proxy gone.example has no address"),
	   "a proxy without an address is a temporary fault, and no way past it");
	ok(plans[6].target_count == 1 && plans[6].targets[0].proxy_count == 1, "a proxy by its address");
	ok(plans[7].target_count == 1 && plans[7].targets[0].proxy_count == 0, "who has none shares no look-up with who has");
	is_text(plans[8].fault.status, "5.1.10", "what the domain says of itself comes first");
	for (int i = 0; i < 10; i++)
		plan_free(&plans[i]);
	close_desk(&d);
}

#define POLICY "version: STSv1\nmode: enforce\nmax_age: 86400\nmx: "

static const struct {
	const char *name, *domain;
	const char *id, *policy; /* known */
	bool fresh, unwanted;
	const char *fetch;       /* the id to be fetched */
	size_t addresses;
	enum sts_mode mode;
	bool listed;
} policy_rows[] = {
	{ "nothing known: to be fetched", "sts.example", "", "", false, false, "5", 2, STS_NONE, false },
	{ "known", "sts.example", "5", POLICY "a.example\n", true, false, "", 0, STS_ENFORCE, true },
	{ "known, and names others", "sts.example", "5", POLICY "b.example\n", true, false, "", 0, STS_ENFORCE, false },
	{ "known for long: holds, and to be fetched", "sts.example", "5", POLICY "a.example\n", false, false, "5", 2, STS_ENFORCE, true },
	{ "another is known", "sts.example", "4", POLICY "*.example\n", true, false, "5", 2, STS_ENFORCE, true },
	{ "two records are none", "twice.example", "", "", false, false, "", 0, STS_NONE, false },
	{ "none any more: what is known holds", "twice.example", "4", POLICY "a.example\n", true, false, "", 0, STS_ENFORCE, true },
	{ "no answer: what is known holds", "lame.example", "4", POLICY "a.example\n", true, false, "", 0, STS_ENFORCE, true },
	{ "no answer, nothing known", "lame.example", "", "", false, false, "", 0, STS_NONE, false },
	{ "not wanted", "sts.example", "5", POLICY "a.example\n", true, true, "", 0, STS_NONE, false },
};

static void policies(const char *server)
{
	struct desk d;

	open_desk(&d, server);
	for (size_t i = 0; i < sizeof policy_rows / sizeof policy_rows[0]; i++) {
		struct plan plans[10] = { 0 };
		struct plan_job job = { .ticket = 1, .kind = PLAN_MX, .name = (char *)(uintptr_t)policy_rows[i].domain };
		struct buf payload = { 0 };
		job.sts = (struct sts_known){ !policy_rows[i].unwanted, (char *)(uintptr_t)policy_rows[i].id,
		                              (char *)(uintptr_t)policy_rows[i].policy, policy_rows[i].fresh, (char *)"" };
		plan_job_encode(&job, &payload);
		channel_put(d.asker, FRAME_PLAN, buf_span(&payload), -1);
		buf_free(&payload);
		is_int(turn(&d, plans, 1), 1, "policy: %s: an answer", policy_rows[i].name);
		is_text(plans[1].sts_id, policy_rows[i].fetch, "policy: %s: to be fetched", policy_rows[i].name);
		is_int(plans[1].sts_address_count, policy_rows[i].addresses, "policy: %s: from there", policy_rows[i].name);
		const struct target *t = plans[1].target_count == 1 ? plans[1].targets : NULL;
		ok(t && t->sts == policy_rows[i].mode && t->sts_listed == policy_rows[i].listed, "policy: %s: the host", policy_rows[i].name);
		plan_free(&plans[1]);
	}
	close_desk(&d);
}

static void many(const char *server)
{
	struct desk d;
	struct plan plans[10] = { 0 };

	open_desk(&d, server);
	for (uint64_t i = 0; i < 3000; i++) {
		char name[32];
		snprintf(name, sizeof name, "gone%d.example", (int)(i % 40));
		put_job(&d, 100 + i, PLAN_MX, i % 2 ? name : "silent.example");
	}
	channel_flush(d.asker);
	channel_fill(d.ours);
	planner_take(d.planner);
	ok(!planner_has_room(d.planner), "there is an end of what it takes at once");
	is_int(turn(&d, plans, 3000), 3000, "and all is answered in the end");
	put_job(&d, 1, PLAN_MX, "silent.example");
	is_int(turn(&d, plans, 0), 0, "one more");
	channel_flush(d.asker);
	channel_fill(d.ours);
	planner_take(d.planner);
	close_desk(&d);
	ok(1, "it may be closed while one is open");
}

static void malformed(const char *server)
{
	struct desk d;

	open_desk(&d, server);
	channel_put(d.asker, FRAME_PLAN, SPAN("\0\0\0"), -1);
	channel_flush(d.asker);
	channel_fill(d.ours);
	is_int(planner_take(d.planner), -1, "a malformed job is refused");
	close_desk(&d);
	open_desk(&d, server);
	channel_put(d.asker, FRAME_SIGN, SPAN(""), -1);
	channel_flush(d.asker);
	channel_fill(d.ours);
	is_int(planner_take(d.planner), -1, "so is what is no job of ours");
	close_desk(&d);
}

int main(void)
{
	struct responder server = responder_start(zone, sizeof zone / sizeof zone[0]);

	tap_plan(67);
	answers(server.server);
	proxies(server.server);
	policies(server.server);
	many(server.server);
	malformed(server.server);
	responder_stop(&server);
	return tap_done();
}
