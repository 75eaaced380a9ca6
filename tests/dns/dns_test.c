/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/dns_anchor.h"

#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static const struct responder_row zone[] = {
	{ "example", "TXT", "apex" },
	{ "a.example", "A", "192.0.2.1" },
	{ "a.example", "A", "192.0.2.2" },
	{ "six.example", "AAAA", "2001:db8::1" },
	{ "alias.example", "CNAME", "Alias2.example" },
	{ "alias2.example", "CNAME", "a.example" },
	{ "dangling.example", "CNAME", "gone.example" },
	{ "broken.example", "RCODE", "2" },
	{ "refused.example", "RCODE", "5" },
	{ "silent.example", "SILENT", "" },
	{ "garbage.example", "GARBAGE", "" },
	{ "mx.example", "MX", "10 a.example" },
	{ "txt.example", "TXT", "hello" },
	{ "lab.test", "A", "192.0.2.7" },
	{ "1.2.0.10.in-addr.arpa", "TXT", "private" },
};

static struct responder server;

static void settings_for(struct settings *s, bool stub)
{
	settings_defaults(s);
	free(s->trust_anchor_file);
	s->trust_anchor_file = mem_text("/dev/null");
	s->time_scale = 0.1;
	struct text_list servers = { .items = mem_alloc(sizeof(char *)), .count = 1 };
	servers.items[0] = mem_text(server.server);
	if (stub) {
		s->stub_zones = mem_alloc(sizeof *s->stub_zones);
		s->stub_zone_count = 1;
		s->stub_zones[0] = (struct stub_zone){ mem_text("example"), servers };
	} else {
		s->forwarders = servers;
	}
}

static const struct {
	const char *name;
	enum dns_type type;
	size_t records;
	bool nxdomain;
	const char *status;     /* "" for an answer */
	const char *canonical;
} questions[] = {
	{ "a.example", DNS_A, 2, false, "", "a.example" },
	{ "A.Example.", DNS_A, 2, false, "", "a.example" },
	{ "a.example", DNS_AAAA, 0, false, "", "a.example" },
	{ "six.example", DNS_AAAA, 1, false, "", "six.example" },
	{ "alias.example", DNS_A, 2, false, "", "a.example" },
	{ "mx.example", DNS_MX, 1, false, "", "mx.example" },
	{ "txt.example", DNS_TXT, 1, false, "", "txt.example" },
	{ "gone.example", DNS_A, 0, true, "", "gone.example" },
	{ "dangling.example", DNS_A, 0, true, "", NULL },
	{ "broken.example", DNS_A, 0, false, "4.4.3", "broken.example" },
	{ "refused.example", DNS_A, 0, false, "4.4.3", "refused.example" },
	{ "garbage.example", DNS_A, 0, false, "4.4.3", "garbage.example" },
	{ "silent.example", DNS_A, 0, false, "4.4.3", "silent.example" },
	{ "no name", DNS_A, 0, false, "5.1.2", "no name" },
	{ "", DNS_A, 0, false, "5.1.2", "" },
	{ "b\303\274cher.example", DNS_A, 0, false, "5.1.2", "b\303\274cher.example" },
};

static void ask_all(struct dns *d, const char *how)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		struct dns_answer a;
		dns_ask(d, questions[i].name, questions[i].type, &a);
		is_text(a.fault.status, questions[i].status, "%s: %s: %s", how, questions[i].name, a.fault.text);
		is_int(a.count, questions[i].records, "%s: %s: records", how, questions[i].name);
		ok(a.nxdomain == questions[i].nxdomain, "%s: %s: NXDOMAIN or not", how, questions[i].name);
		ok(!a.secure, "%s: %s: unsigned", how, questions[i].name);
		if (questions[i].canonical)
			is_text(a.canonical, questions[i].canonical, "%s: %s: canonical name", how, questions[i].name);
		dns_answer_free(&a);
	}
}

static void answers(bool stub)
{
	struct settings s;
	struct fault f = { 0 };

	settings_for(&s, stub);
	struct dns *d = dns_new(&s, &f);
	ok(d != NULL, "%s: a resolver: %s", stub ? "stub zone" : "forwarder", f.text);
	if (d)
		ask_all(d, stub ? "stub zone" : "forwarder");
	dns_free(d);
	settings_free(&s);
}

/* What libunbound would answer by itself is asked nevertheless. */
static void built_in_zones(void)
{
	struct settings s;
	struct fault f = { 0 };
	struct dns_answer a;
	struct buf text = { 0 };

	settings_for(&s, false);
	struct dns *d = dns_new(&s, &f);
	dns_ask(d, "lab.test", DNS_A, &a);
	is_int(a.count, 1, "a name under test. is asked");
	dns_answer_free(&a);
	dns_ask(d, "1.2.0.10.in-addr.arpa", DNS_TXT, &a);
	is_int(a.count, 1, "a private address's name is asked");
	ok(a.count == 1 && dns_read_txt(a.records[0], &text), "and can be read");
	is_text(buf_text(&text), "private", "as it was said");
	buf_free(&text);
	dns_answer_free(&a);
	dns_free(d);
	settings_free(&s);
}

struct tally {
	int answers, faults;
	struct dns *again;
};

static void count(void *context, struct dns_answer *a)
{
	struct tally *t = context;

	t->answers++;
	t->faults += a->fault.kind != FAULT_NONE;
	if (t->again && a->fault.kind == FAULT_NONE) {
		struct fault f;
		if (dns_start(t->again, "six.example", DNS_AAAA, count, t, &f) == 0)
			t->again = NULL;
	}
	dns_answer_free(a);
}

static void turn(struct dns *d, struct tally *t, int want, int64_t deadline_ms)
{
	while (t->answers < want && clock_wait_ms(deadline_ms) > 0) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, clock_wait_ms(deadline_ms)) > 0)
			dns_process(d);
	}
}

static void many_at_once(void)
{
	struct settings s;
	struct fault f = { 0 };
	struct tally t = { 0 };

	settings_for(&s, false);
	struct dns *d = dns_new(&s, &f);
	int64_t start_ms = clock_boot_ms();
	for (int i = 0; i < 300; i++) {
		char name[40];
		snprintf(name, sizeof name, i % 3 ? "gone%d.example" : "x%d.silent.example", i);
		dns_start(d, name, DNS_A, count, &t, &f);
	}
	dns_start(d, "silent.example", DNS_A, count, &t, &f);
	t.again = d;
	dns_start(d, "a.example", DNS_A, count, &t, &f);
	turn(d, &t, 303, start_ms + 10000);
	is_int(t.answers, 303, "every question is answered, one asked within a callback, too");
	is_int(t.faults, 1, "one in silence");
	ok(clock_boot_ms() - start_ms < 5000, "within the patience given");

	t = (struct tally){ 0 };
	dns_start(d, "silent.example", DNS_A, count, &t, &f);
	dns_start(d, "broken.example", DNS_A, count, &t, &f);
	dns_free(d);
	is_int(t.faults, 2, "questions open at the end get a fault");
	settings_free(&s);
}

static void bad_settings(void)
{
	struct settings s;
	struct fault f = { 0 };

	settings_for(&s, false);
	free(s.forwarders.items[0]);
	s.forwarders.items[0] = mem_text("not-an-address");
	ok(dns_new(&s, &f) == NULL && strstr(f.text, "not-an-address"), "a forwarder that is none: %s", f.text);
	settings_free(&s);

	settings_for(&s, false);
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/nonexistent/key");
	ok(dns_new(&s, &f) == NULL && strstr(f.text, "/nonexistent/key"), "a trust anchor that is not there: %s", f.text);
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("GNUmakefile");
	ok(dns_new(&s, &f) == NULL, "a trust anchor file of something else: %s", f.text);
	settings_free(&s);
}

/* A network of our own with nothing but loopback; false where that is not allowed. */
static bool leave_the_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	close(fd);
	return up;
}

static char *file_with(const char *text)
{
	static char path[] = "/tmp/dns-test-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(1);
	close(fd);
	return path;
}

/*
 * The forwarder hands out no signatures although there is a trust anchor, and
 * the root is out of reach: after looking around, mail goes on.
 */
static int without_signatures(void)
{
	struct settings s;
	struct fault f = { 0 };
	struct dns_answer a;
	int good = 0;

	if (!leave_the_network())
		return 77;
	server = responder_start(zone, sizeof zone / sizeof zone[0]);
	settings_for(&s, false);
	s.time_scale = 1;
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text(file_with("; ours\n. IN DS 20326 8 2 (\n"
	    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D ) ; one\n"));
	struct dns *d = dns_new(&s, &f);
	unlink(s.trust_anchor_file);
	if (d == NULL)
		return 1;
	dns_ask(d, "a.example", DNS_A, &a);
	good += a.count == 2 && !a.secure;
	dns_answer_free(&a);
	dns_ask(d, "gone.example", DNS_A, &a);
	good += a.nxdomain && !a.secure;
	dns_answer_free(&a);
	dns_free(d);
	settings_free(&s);
	responder_stop(&server);
	return good == 2 ? 0 : 1;
}

static void looking_again(void)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		exit(without_signatures());
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		tap_skip("forwarders without signatures", "no namespaces here");
	else
		is_int(status, 0, "forwarders without signatures");
}

/* Of a server that knows no root, and of one that is not there. Keys and signatures: tests/e2e/86-fixes.sh. */
static void root_keys(void)
{
	struct settings s;
	struct buf message = { 0 };
	struct fault f = { 0 };

	settings_for(&s, false);
	is_int(dns_root_keys(&s, 2500, &message, &f), 0, "the root's keys: a message %s", f.text);
	ok(message.len > 12, "whatever is in it");
	buf_clear(&message);
	free(s.forwarders.items[0]);
	s.forwarders.items[0] = mem_text("127.0.0.1@1");
	int64_t began_ms = clock_boot_ms();
	is_int(dns_root_keys(&s, 2500, &message, &f), -1, "nobody answers: %s", f.text);
	is_text(f.status, "4.4.3", "which may pass");
	ok(clock_boot_ms() - began_ms < 20000 && message.len == 0, "and has an end");
	buf_free(&message);
	settings_free(&s);
}

static void anchors(void)
{
	struct text_list records = { 0 };

	dns_anchor_records(SPAN("$TTL 60\n; none\n. DS 1 8 2 00\r\n. DNSKEY 257 3 8 ( AA ; a part\n BB )\n\n. DS 2 8 2 (\n 01\n"), &records);
	is_int(records.count, 2, "records of a trust anchor file; what is not ended is none");
	is_text(records.count > 0 ? records.items[0] : "", ". DS 1 8 2 00", "one line");
	is_text(records.count > 1 ? records.items[1] : "", ". DNSKEY 257 3 8   AA   BB", "several");
	text_list_free(&records);
}

int main(void)
{
	tap_plan(180);
	server = responder_start(zone, sizeof zone / sizeof zone[0]);
	answers(false);
	answers(true);
	built_in_zones();
	many_at_once();
	bad_settings();
	looking_again();
	root_keys();
	anchors();
	responder_stop(&server);
	return tap_done();
}
