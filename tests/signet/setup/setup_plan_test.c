/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/setup/setup_look.h"

#include <stdlib.h>

/* What checks found, "ID STATE FAMILY; …", and what is recommended for it. */
static const struct {
	const char *checks, *refused_by;
	enum setup_via via;
	bool ipv4_alone;
	const char *reason;      /* part of it */
} rows[] = {
	{ "port25.open pass 4; ptr.forward pass 4; blocklist.address pass 4", "", SETUP_MX, false, "port 25 is open" },
	{ "port25.open fail 4; ptr.forward pass 4", "", SETUP_SMARTHOST, false, "port25.open fail 4" },
	{ "port25.open pass 4; ptr.exists fail 4", "", SETUP_SMARTHOST, false, "ptr.exists fail 4" },
	{ "port25.open pass 4; ptr.forward fail 4", "", SETUP_SMARTHOST, false, "ptr.forward fail 4" },
	{ "port25.open pass 4; ptr.generic warn 4", "", SETUP_SMARTHOST, false, "ptr.generic warn 4" },
	{ "port25.open pass 4; blocklist.policy warn 4", "", SETUP_SMARTHOST, false, "blocklist.policy warn 4" },
	{ "port25.open pass 4; blocklist.address fail 4", "", SETUP_MIX, false, "blocklist.address fail 4" },
	{ "port25.open pass 4; blocklist.address fail 4; blocklist.policy warn 4", "", SETUP_SMARTHOST, false, "blocklist.policy" },
	{ "port25.open pass 4", "mx:mx.example.net", SETUP_MIX, false, "mx:mx.example.net" },
	{ "port25.open pass 4; port25.open pass 6; ptr.exists fail 6", "", SETUP_MX, true, "ptr.exists fail 6" },
	{ "port25.open pass 4; ptr.exists fail 4; port25.open pass 6", "", SETUP_SMARTHOST, false, "ptr.exists fail 4" },
	{ "port25.open pass 6; ptr.forward pass 6", "", SETUP_MX, false, "port 25 is open" },
	{ "port25.open unknown 4", "", SETUP_UNDECIDED, false, "could not be found out" },
	{ "egress.address fail 0", "", SETUP_SMARTHOST, false, "egress.address fail 0" },
	{ "", "", SETUP_UNDECIDED, false, "could not be found out" },
};

static void add_checks(const char *text, struct findings *out)
{
	for (struct span rest = span_of(text); rest.at && rest.len > 0;) {
		struct span row = span_trim(span_cut(&rest, ';')), words = row;
		char *id = mem_text_span(span_cut(&words, ' '));
		struct span state = span_cut(&words, ' ');
		enum finding_state s = 0;
		while (!span_eq(state, span_of(finding_state_name(s))))
			s++;
		finding_add(out, id, s, "", (unsigned)(words.at[0] - '0'), "%.*s", (int)row.len, row.at);
		free(id);
	}
}

static struct setup_found found_with(const char *checks, const char *refused_by)
{
	struct setup_found f = {
		.hostname = { mem_text("mail.example.org"), mem_text("the PTR") }, .domain = { mem_text("example.org"), mem_text("the hostname") },
		.smarthost = { mem_text(""), mem_text("") }, .root = mem_text(""), .opendkim = mem_text(""),
	};

	add_checks(checks, &f.checks);
	if (refused_by[0])
		text_list_add(&f.refused_by, span_of(refused_by));
	return f;
}

/* Steps on one line: "name = value; … | key new …". */
static void print_steps(const struct setup_plan *p, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct setup_step *s = &p->items[i];
		if (s->kind == SETUP_SETTING)
			buf_printf(out, "%s = %s;", s->name, s->value);
		for (size_t k = 0; k < s->words.count; k++)
			buf_printf(out, "%s%s", k ? " " : "$ ", s->words.items[k]);
		buf_add_byte(out, '\n');
	}
}

#define NAMES "hostname = \"mail.example.org\";\ndomain = \"example.org\";\nroot = \"me@else.example\";\n"
#define KEY "$ key new --domain example.org --configure\n"

static void expect(const char *what, struct setup_found *found, const struct setup_answers *a, const char *want)
{
	struct setup_plan plan;
	struct fault f = { 0 };
	struct buf out = { 0 };

	bool planned = setup_make_plan(found, a, &plan, &f) == 0;
	if (planned)
		print_steps(&plan, &out);
	else
		buf_add_text(&out, f.text);
	bool unknown = planned && strstr(buf_text(&out), "smarthosts = ") && !strstr(buf_text(&out), "spf = ");
	is_int(plan.lacks.count, unknown, "spf is lacking where nothing says it");
	is_text(buf_text(&out), want, "%s", what);
	setup_plan_free(&plan);
	setup_found_free(found);
	buf_free(&out);
}

static void test_plans(void)
{
	const char *open = "port25.open pass 4", *shut = "port25.open fail 4";
	struct setup_answers a = { .root = "me@else.example" };
	struct setup_found found = found_with(open, "");

	expect("an empty configuration", &found, &a, NAMES "default_via = [ \"mx\" ];\n" KEY "$ dns\n");
	found = found_with(open, "");
	expect("nobody reads root's mail", &found, &(struct setup_answers){ 0 }, "no root is known for this host; say it with --root");
	found = found_with(open, "");
	found.runs = true;
	text_list_add(&found.addresses, SPAN("192.0.2.1"));
	expect("signetd runs, and there is a name server", &found, &(struct setup_answers){ .root = "me@else.example", .server = "127.0.0.2" },
	       NAMES "default_via = [ \"mx\" ];\n" KEY "$ reload\n$ dns --address 192.0.2.1 --publish --yes --server 127.0.0.2\n$ test me@else.example\n");
	found = found_with(open, "");
	found.has_hostname = found.has_domain = found.has_root = found.has_way = found.has_key = found.runs = true;
	text_list_add(&found.addresses, SPAN("192.0.2.1"));
	expect("all is there", &found, &a, "$ dns\n");
	found = found_with(open, "");
	found.has_hostname = found.has_domain = found.has_root = found.has_way = found.has_key = found.publishes = true;
	expect("and publish_command, or where updates go", &found, &a, "$ dns --publish --yes\n");
	found = found_with(shut, "");
	expect("a smarthost is wanted", &found, &a, "mail should go through a smarthost, as port25.open fail 4; say which with --smarthost "
	       "HOST[:PORT], or --via mx to send it straight all the same");
	found = found_with(shut, "");
	expect("but the owner says mx", &found, &(struct setup_answers){ .root = "me@else.example", .via = SETUP_MX },
	       NAMES "default_via = [ \"mx\" ];\n" KEY "$ dns\n");
	a.smarthost = "[2001:db8::1]:587";
	found = found_with(shut, "");
	text_list_add(&found.addresses, SPAN("192.0.2.1"));
	expect("one by address", &found, &a, NAMES "smarthosts = ( { name = \"isp\"; host = \"2001:db8::1\"; port = 587; } );\n"
	       "default_via = [ \"isp\" ];\n" KEY "$ dns\n");
	a.smarthost = "isp.example:25; user = 1";
	found = found_with(shut, "");
	expect("what is no port is quoted", &found, &a, NAMES "smarthosts = ( { name = \"isp\"; host = \"isp.example:25; user = 1\"; } );\n"
	       "default_via = [ \"isp\" ];\n" KEY "$ dns\n");
	a.smarthost = "smtp.isp.example";
	a.user = "m\"e";
	found = found_with(shut, "");
	expect("a user without a password", &found, &a, "--user and --password-file go together");
	a.password_file = "/etc/signet/isp.password";
	found = found_with(open, "mx:mx.example.net");
	expect("a mix", &found, &a, NAMES "smarthosts = ( { name = \"isp\"; host = \"smtp.isp.example\"; user = \"m\\\"e\"; password_file = "
	       "\"/etc/signet/isp.password\"; } );\nroutes = ( { to = [ \"mx:mx.example.net\" ]; via = [ \"isp\" ]; }, { to = [ \"*\" ]; via = "
	       "[ \"mx\", \"isp\" ]; } );\non_address_change = [ \"isp\" ];\n" KEY "$ dns\n");
	found = found_with(open, "");
	expect("a user, and no smarthost", &found, &a, "--user and --password-file are for a smarthost, and mail would go to none; say which with "
	       "--via mix or --via smarthost, and --smarthost HOST[:PORT]");
	found = found_with(shut, "");
	expect("a provider that is known", &found, &(struct setup_answers){ .root = "me@else.example", .smarthost = "[SMTP.fastmail.com]:465" },
	       NAMES "smarthosts = ( { name = \"isp\"; host = \"SMTP.fastmail.com\"; port = 465; spf = [ \"include:spf.messagingengine.com\" ]; } );\n"
	       "default_via = [ \"isp\" ];\n" KEY "$ dns\n");
	found = found_with(open, "");
	free(found.opendkim);
	found.opendkim = mem_text("/etc/opendkim.conf");
	expect("OpenDKIM", &found, &(struct setup_answers){ .root = "me@else.example" },
	       NAMES "default_via = [ \"mx\" ];\n$ key import --opendkim /etc/opendkim.conf --configure\n$ dns\n");
}

int main(void)
{
	tap_plan(3 * (int)(sizeof rows / sizeof rows[0]) + 2 * 14 + 2);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct setup_found found = found_with(rows[i].checks, rows[i].refused_by);
		struct buf reason = { 0 };
		bool ipv4_alone;
		is_int(setup_recommend(&found, &ipv4_alone, &reason), rows[i].via, "%s", rows[i].checks);
		is_int(ipv4_alone, rows[i].ipv4_alone, "by IPv4 alone");
		ok(strstr(buf_text(&reason), rows[i].reason) != NULL, "because %s", buf_text(&reason));
		buf_free(&reason);
		setup_found_free(&found);
	}
	test_plans();
	is_text(setup_domain_of("mail.example.org"), "example.org", "the domain of a host");
	is_text(setup_domain_of("example.org"), "example.org", "one that is a domain");
	return tap_done();
}
