/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/tls_report.h"

/* RFC 8460 appendix B, shortened, and with the array of hosts that others send. */
static const char whole[] =
	"{ \"organization-name\": \"Company-X\", \"date-range\": { \"start-datetime\": \"2026-11-29T00:00:00Z\", \"end-datetime\": "
	"\"2026-11-29T23:59:59Z\" }, \"contact-info\": \"sts@company-x.example\", \"report-id\": \"5065427c\", \"policies\": [ { "
	"\"policy\": { \"policy-type\": \"sts\", \"policy-string\": [\"version: STSv1\"], \"policy-domain\": \"example.org\", "
	"\"mx-host\": [\"*.mail.example.org\", \"mx2.example.org\"] }, \"summary\": { \"total-successful-session-count\": 5326, "
	"\"total-failure-session-count\": 303 }, \"failure-details\": [ { \"result-type\": \"certificate-expired\", \"sending-mta-ip\": "
	"\"2001:db8:abcd::1\", \"receiving-mx-hostname\": \"mx1.mail.example.org\", \"failed-session-count\": 100 }, { \"result-type\": "
	"\"starttls-not-supported\", \"failed-session-count\": 200, \"additional-information\": \"https://x.example\", "
	"\"failure-reason-code\": \"7\" }, { \"result-type\": \"made-up\", \"failed-session-count\": -3 } ] }, { \"policy\": { "
	"\"policy-type\": \"tlsa\", \"mx-host\": \"mx.example.org\" } } ] }";

static const struct { const char *name, *json, *why; } refused[] = {
	{ "nothing", "", "not JSON" },
	{ "text", "Dear Sir", "not JSON" },
	{ "cut off", "{ \"policies\": [ ", "cut off" },
	{ "something else", "{ \"policy\": 1 }", "not a TLS report" },
	{ "an array", "[]", "not an object" },
	{ "what follows it", "{ \"policies\": [] } x", "not JSON" },
	{ "no UTF-8", "{ \"policies\": [], \"a\": \"\xff\" }", "not JSON" },
	{ "a number that is too large", "{ \"policies\": [ 99999999999999999999999 ] }", "not JSON" },
};

int main(void)
{
	struct tls_report r;
	struct fault f = { 0 };
	struct buf deep = { 0 };

	tap_plan(9 + TAP_ROWS(refused) + 4);
	if (!ok(tls_report_read(span_of(whole), &r, &f) == 0, "a report: %s", f.text))
		return tap_done();
	ok(strcmp(r.org_name, "Company-X") == 0 && strcmp(r.id, "5065427c") == 0 && strcmp(r.begin, "2026-11-29T00:00:00Z") == 0, "whose");
	is_int(r.policy_count, 2, "its policies");
	ok(strcmp(r.policies[0].mx, "*.mail.example.org, mx2.example.org") == 0 && strcmp(r.policies[1].mx, "mx.example.org") == 0, "hosts, in either form");
	ok(r.policies[0].good == 5326 && r.policies[0].failed == 303 && r.policies[0].failure_count == 3, "how many");
	ok(r.policies[0].failures[0].sessions == 100 && strstr(r.policies[0].failures[0].means, "has expired"), "a failure, explained");
	is_text(r.policies[0].failures[1].more, "7; https://x.example", "what it adds");
	ok(r.policies[0].failures[2].means[0] == '\0' && r.policies[0].failures[2].sessions == 0, "a kind that is not known");
	ok(strcmp(tls_policy_words("sts"), "MTA-STS") == 0 && strcmp(tls_policy_words("x"), "x") == 0, "policies in words");
	tls_report_free(&r);

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		f = (struct fault){ 0 };
		bool fails = tls_report_read(span_of(refused[i].json), &r, &f) < 0;
		ok(fails && strstr(f.text, refused[i].why), "%s: %s", refused[i].name, f.text);
	}
	ok(tls_report_read(SPAN("{ \"policies\": [ 1, null, {}, { \"policy\": [], \"summary\": 3, \"failure-details\": [ [] ] } ] }"), &r, &f) == 0 &&
	   r.policy_count == 4, "members of other kinds are passed over");
	tls_report_free(&r);
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&deep, '[');
	ok(tls_report_read(buf_span(&deep), &r, &f) < 0 && strstr(f.text, "depth"), "depth: %s", f.text);
	buf_clear(&deep);
	for (size_t i = 0; i <= TLS_REPORT_BYTES_MAX; i++)
		buf_add_byte(&deep, ' ');
	ok(tls_report_read(buf_span(&deep), &r, &f) < 0 && strstr(f.text, "MiB"), "size: %s", f.text);
	buf_clear(&deep);
	buf_add_text(&deep, "{ \"policies\": [ 0");
	for (int i = 0; i < 1000; i++)
		buf_add_text(&deep, ", {}");
	buf_add_text(&deep, " ] }");
	ok(tls_report_read(buf_span(&deep), &r, &f) == 0 && r.policy_count == TLS_POLICIES_MAX, "no more policies than may be");
	tls_report_free(&r);
	buf_free(&deep);
	return tap_done();
}
