/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "dns/mx.h"

#include <poll.h>
#include <stdlib.h>

static const struct responder_row zone[] = {
	{ "plain.example", "MX", "20 b.example" },
	{ "plain.example", "MX", "10 a.example" },
	{ "a.example", "A", "192.0.2.1" },
	{ "b.example", "A", "192.0.2.2" },
	{ "b.example", "A", "192.0.2.3" },
	{ "b.example", "AAAA", "2001:db8::2" },
	{ "self.example", "A", "192.0.2.9" },
	{ "alias.example", "CNAME", "plain.example" },
	{ "chained.example", "MX", "10 mxalias.example" },
	{ "mxalias.example", "CNAME", "a.example" },
	{ "null.example", "MX", "0 " },
	{ "nullish.example", "MX", "0 " },
	{ "nullish.example", "MX", "10 a.example" },
	{ "nothing.example", "TXT", "no mail" },
	{ "broken.example", "RCODE", "2" },
	{ "silent.example", "SILENT", "" },
	{ "garbage.example", "GARBAGE", "" },
	{ "half.example", "MX", "10 broken.example" },
	{ "half.example", "MX", "20 a.example" },
	{ "allbroken.example", "MX", "10 broken.example" },
	{ "allbroken.example", "MX", "10 gone.example" },
	{ "mxsilent.example", "MX", "10 silent.example" },
	{ "allgone.example", "MX", "10 gone.example" },
	{ "allgone.example", "MX", "10 gone2.example" },
	{ "address.example", "MX", "10 192.0.2.77" },
	{ "odd.example", "MX", "10 b\\d.example" },
	{ "odd.example", "MX", "20 a.example" },
	{ "backup.example", "MX", "10 a.example" },
	{ "backup.example", "MX", "20 mail.own.example" },
	{ "backup.example", "MX", "20 self.example" },
	{ "backup.example", "MX", "30 b.example" },
	{ "ours.example", "MX", "10 mail.own.example" },
	{ "ours.example", "MX", "20 a.example" },
	{ "mail.own.example", "A", "192.0.2.100" },
	{ "back.example", "MX", "10 127.0.0.1" },
	{ "back.example", "MX", "10 localhost.example" },
	{ "localhost.example", "A", "127.0.0.1" },
	{ "localhost.example", "AAAA", "::1" },
	{ "nowhere.example", "A", "0.0.0.0" },
	{ "partly.example", "MX", "10 localhost.example" },
	{ "partly.example", "MX", "20 a.example" },
	{ "dangling.example", "CNAME", "gone.example" },
	{ "four.example", "AAAA", "2001:db8::4" },
	{ "single", "A", "192.0.2.60" },
	{ "_submissions._tcp.pool.example", "SRV", "20 1 465 b.example" },
	{ "_submissions._tcp.pool.example", "SRV", "10 3 4650 smtp.pool.example" },
	{ "_submission._tcp.pool.example", "SRV", "1 1 587 a.example" },
	{ "smtp.pool.example", "A", "192.0.2.71" },
	{ "_submissions._tcp.old.example", "SRV", "0 0 0 " },
	{ "_submission._tcp.old.example", "SRV", "0 0 587 a.example" },
	{ "_submission._tcp.old.example", "SRV", "1 0 588 a.example" },
	{ "_submissions._tcp.none.example", "SRV", "0 0 0 " },
	{ "_submissions._tcp.lost.example", "SRV", "0 0 465 gone.example" },
	{ "_submissions._tcp.broken-pool.example", "RCODE", "2" },
};

static const struct {
	enum plan_kind kind;
	const char *name;
	const char *status;      /* "" for targets */
	enum fault_kind fault;
	bool unconfirmed;
	const char *targets;
} rows[] = {
	{ PLAN_MX, "plain.example", "", 0, false, "10 a.example 192.0.2.1; 20 b.example 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_MX, "Plain.Example.", "", 0, false, "10 a.example 192.0.2.1; 20 b.example 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_MX, "self.example", "", 0, false, "0 self.example 192.0.2.9" },
	{ PLAN_MX, "four.example", "", 0, false, "0 four.example 2001:db8::4" },
	{ PLAN_MX, "alias.example", "", 0, false, "10 a.example 192.0.2.1; 20 b.example 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_MX, "chained.example", "", 0, false, "10 mxalias.example 192.0.2.1" },
	{ PLAN_MX, "back.example", "5.4.6", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "nowhere.example", "5.4.6", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "partly.example", "", 0, false, "20 a.example 192.0.2.1" },
	{ PLAN_HOST, "localhost.example", "", 0, false, "0 localhost.example 127.0.0.1 ::1" },
	{ PLAN_MX, "null.example", "5.1.10", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "nullish.example", "", 0, false, "10 a.example 192.0.2.1" },
	{ PLAN_MX, "nothing.example", "5.1.2", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "gone.example", "5.1.2", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "dangling.example", "5.1.2", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "broken.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX, "silent.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX, "garbage.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX, "half.example", "", 0, false, "20 a.example 192.0.2.1" },
	{ PLAN_MX, "allbroken.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX, "mxsilent.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX, "allgone.example", "5.4.4", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "address.example", "5.4.4", FAULT_PERMANENT, true, "" },
	{ PLAN_MX, "odd.example", "", 0, false, "20 a.example 192.0.2.1" },
	{ PLAN_MX, "backup.example", "", 0, false, "10 a.example 192.0.2.1" },
	{ PLAN_MX, "ours.example", "5.4.6", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "mail.own.example", "5.4.6", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "[192.0.2.5]", "", 0, false, "0 [192.0.2.5] 192.0.2.5" },
	{ PLAN_MX, "[IPv6:2001:db8::5]", "", 0, false, "0 [ipv6:2001:db8::5] 2001:db8::5" },
	{ PLAN_MX, "[2001:db8::5]", "5.1.3", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "[IPv6:192.0.2.5]", "5.1.3", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "[127.0.0.1]", "5.4.6", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "[IPv6:::1]", "5.4.6", FAULT_PERMANENT, false, "" },
	{ PLAN_HOST, "[127.0.0.1]", "", 0, false, "0 [127.0.0.1] 127.0.0.1" },
	{ PLAN_MX, "[192.0.2.5", "5.1.3", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "[]", "5.1.3", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "no domain", "5.1.2", FAULT_PERMANENT, false, "" },
	{ PLAN_MX, "", "5.1.2", FAULT_PERMANENT, false, "" },
	{ PLAN_HOST, "b.example", "", 0, false, "0 b.example 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_HOST, "plain.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_HOST, "gone.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_HOST, "broken.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_HOST, "no host", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_HOST, "192.0.2.5", "", 0, false, "0 192.0.2.5 192.0.2.5" },
	{ PLAN_HOST, "2001:db8::5", "", 0, false, "0 2001:db8::5 2001:db8::5" },
	{ PLAN_HOST, "[2001:db8::5]", "", 0, false, "0 [2001:db8::5] 2001:db8::5" },
	{ PLAN_HOST, "[nonsense]", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_HOST, "mail.own.example", "", 0, false, "0 mail.own.example 192.0.2.100" },
	{ PLAN_SRV, "pool.example", "", 0, false, "10*3 smtp.pool.example:4650 tls known 192.0.2.71; "
	                                          "20*1 b.example:465 tls 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_SRV, "old.example", "", 0, false, "0 a.example:587 192.0.2.1; 1 a.example:588 192.0.2.1" },
	{ PLAN_SRV, "none.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_SRV, "lost.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_SRV, "broken-pool.example", "4.4.3", FAULT_TEMPORARY, false, "" },
	{ PLAN_SRV, "no pool", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX_POOL, "plain.example", "", 0, false, "10 a.example 192.0.2.1; 20 b.example 192.0.2.2 2001:db8::2 192.0.2.3" },
	{ PLAN_MX_POOL, "ours.example", "", 0, false, "10 mail.own.example 192.0.2.100; 20 a.example 192.0.2.1" },
	{ PLAN_MX_POOL, "self.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX_POOL, "null.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX_POOL, "gone.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_MX_POOL, "no pool", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_LIST, "192.0.2.8:465 weight=3", "", 0, false, "0*3 192.0.2.8:465 tls known 192.0.2.8" },
	{ PLAN_LIST, "a.example:2525", "", 0, false, "0*1 a.example:2525 known 192.0.2.1" },
	{ PLAN_LIST, "gone.example,[2001:db8::7]", "", 0, false, "0*1 2001:db8::7 known 2001:db8::7" },
	{ PLAN_LIST, "gone.example,gone2.example", "4.4.4", FAULT_TEMPORARY, false, "" },
	{ PLAN_LIST, "broken.example", "4.4.3", FAULT_TEMPORARY, false, "" },
};

static void describe(const struct mx_plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct target *t = &plan->targets[i];
		buf_printf(out, "%s%u", i ? "; " : "", t->preference);
		if (t->weight)
			buf_printf(out, "*%u", t->weight);
		buf_printf(out, " %s", t->host);
		if (t->port)
			buf_printf(out, ":%u", t->port);
		buf_printf(out, "%s%s", t->implicit_tls ? " tls" : "", t->host_is_known ? " known" : "");
		for (size_t k = 0; k < t->address_count; k++) {
			buf_add_byte(out, ' ');
			ip_address_print(&t->addresses[k], out);
		}
	}
}

/* The server turns the addresses of a host round, so either order of b.example's will do. */
static void either_order(struct buf *text)
{
	char *at = strstr(buf_text(text), "192.0.2.3 2001:db8::2 192.0.2.2");

	if (at)
		memcpy(at, "192.0.2.2 2001:db8::2 192.0.2.3", strlen("192.0.2.2 2001:db8::2 192.0.2.3"));
}

static void plans(struct dns *d)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mx_plan plan = { 0 };
		struct buf got = { 0 };
		mx_plan_now(d, rows[i].kind, rows[i].name, "Mail.Own.Example", &plan);
		describe(&plan, &got);
		either_order(&got);
		is_text(plan.fault.status, rows[i].status, "%s: %s", rows[i].name, plan.fault.text);
		is_int(plan.fault.kind, rows[i].fault, "%s: kind of fault", rows[i].name);
		ok(plan.unconfirmed == rows[i].unconfirmed, "%s: unconfirmed or not", rows[i].name);
		is_text(buf_text(&got), rows[i].targets, "%s: targets", rows[i].name);
		ok(plan.count == 0 || !plan.targets[0].secure, "%s: unsigned", rows[i].name);
		buf_free(&got);
		mx_plan_free(&plan);
	}
}

/* Records that name another host, whether mail gets there or not; nothing else is an MX elsewhere. */
static void elsewhere(struct dns *d)
{
	static const struct { const char *name; bool elsewhere; } names[] = {
		{ "plain.example", true }, { "alias.example", true }, { "backup.example", true }, { "allgone.example", true },
		{ "nullish.example", true }, { "self.example", false }, { "null.example", false }, { "nothing.example", false },
		{ "gone.example", false }, { "ours.example", false }, { "mail.own.example", false }, { "back.example", false },
		{ "[192.0.2.5]", false },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct mx_plan plan = { 0 };
		mx_plan_now(d, PLAN_MX, names[i].name, "mail.own.example", &plan);
		is_int(plan.mx_elsewhere, names[i].elsewhere, "%s: has an MX elsewhere, or not", names[i].name);
		mx_plan_free(&plan);
	}
}

/* Every machine's hosts file knows this one, and the test's server does not. */
static void hosts_file(struct dns *d)
{
	struct mx_plan plan;
	struct buf got = { 0 };

	mx_plan_now(d, PLAN_HOST, "localhost", "", &plan);
	describe(&plan, &got);
	ok(strstr(buf_text(&got), "0 localhost") && strstr(buf_text(&got), "127.0.0.1"), "hosts(5): %s", buf_text(&got));
	buf_free(&got);
	mx_plan_free(&plan);
}

struct tally {
	int plans, faults;
};

static void count(void *context, struct mx_plan *plan)
{
	struct tally *t = context;

	t->plans++;
	t->faults += plan->fault.kind != FAULT_NONE;
	mx_plan_free(plan);
}

static void many_at_once(struct dns *d)
{
	struct tally t = { 0 };
	struct fault f;
	int64_t deadline_ms = clock_boot_ms() + 10000;

	for (int i = 0; i < 200; i++)
		mx_plan_start(d, PLAN_MX, i % 2 ? "plain.example" : "mxsilent.example", "", count, &t, &f);
	while (t.plans < 200 && clock_wait_ms(deadline_ms) > 0) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, clock_wait_ms(deadline_ms)) > 0)
			dns_process(d);
	}
	is_int(t.plans, 200, "every plan is made");
	is_int(t.faults, 100, "half of them met silence");
	ok(clock_wait_ms(deadline_ms) > 6000, "without waiting for each other");
}

/* A domain with many hosts: bounded, and no target is lost to those without an address. */
static void big_domain(void)
{
	static struct responder_row big[2 * 60 + 1];
	static char names[60][32], values[60][32];
	struct settings s;
	struct fault f = { 0 };
	struct mx_plan plan;
	size_t n = 0;

	for (int i = 0; i < 60; i++) {
		snprintf(names[i], sizeof names[i], "h%d.big", i);
		snprintf(values[i], sizeof values[i], "%d h%d.big", i, i);
		big[n++] = (struct responder_row){ "big", "MX", values[i] };
		if (i != 5)
			big[n++] = (struct responder_row){ names[i], "A", "192.0.2.1" };
	}
	struct responder server = responder_start(big, n);
	settings_defaults(&s);
	text_list_add(&s.mx_allow, SPAN("192.0.2.0/24"));    /* the machine that runs this may lie there */
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	s.forwarders = (struct text_list){ .items = mem_alloc(sizeof(char *)), .count = 1 };
	s.forwarders.items[0] = mem_text(server.server);
	struct dns *d = dns_new(&s, &f);
	mx_plan_now(d, PLAN_MX, "big", "", &plan);
	is_int(plan.count, 50, "at most 50 targets");
	is_text(plan.count > 5 ? plan.targets[5].host : "", "h6.big", "in order, without the host that has no address");
	mx_plan_free(&plan);
	dns_free(d);
	settings_free(&s);
	responder_stop(&server);
}

/* Open plans end with a fault when the resolver does. */
static void ending(struct settings *s)
{
	struct tally t = { 0 };
	struct fault f;
	struct dns *d = dns_new(s, &f);

	mx_plan_start(d, PLAN_MX, "silent.example", "", count, &t, &f);
	mx_plan_start(d, PLAN_HOST, "silent.example", "", count, &t, &f);
	dns_free(d);
	is_int(t.faults, 2, "plans open at the end get a fault");
}

int main(void)
{
	struct responder server = responder_start(zone, sizeof zone / sizeof zone[0]);
	struct settings s;
	struct fault f = { 0 };

	tap_plan(345);
	settings_defaults(&s);
	text_list_add(&s.mx_allow, SPAN("192.0.2.0/24"));    /* the machine that runs this may lie there */
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	s.time_scale = 0.1;
	s.forwarders = (struct text_list){ .items = mem_alloc(sizeof(char *)), .count = 1 };
	s.forwarders.items[0] = mem_text(server.server);
	struct dns *d = dns_new(&s, &f);
	plans(d);
	elsewhere(d);
	hosts_file(d);
	many_at_once(d);
	dns_free(d);
	ending(&s);
	big_domain();
	settings_free(&s);
	responder_stop(&server);
	return tap_done();
}
