/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/protocol.h"
#include "relay/smtp/ehlo.h"

static const struct {
	const char *text;
	uint32_t capabilities;
	uint64_t size;
	const char *auth;
} rows[] = {
	{ "mx.example.org", 0, 0, "" },
	{ "mx.example.org hello\nPIPELINING\nSIZE 1000\n8BITMIME", CAP_PIPELINING | CAP_SIZE | CAP_8BITMIME, 1000, "" },
	{ "PIPELINING", 0, 0, "" },
	{ "h\nsize\nstarttls\nDsn\nsmtputf8", CAP_SIZE | CAP_STARTTLS | CAP_DSN | CAP_SMTPUTF8, 0, "" },
	{ "h\nSIZE 99999999999999999999999", CAP_SIZE, 0, "" },
	{ "h\nSIZE x", CAP_SIZE, 0, "" },
	{ "h\nSIZE -1", CAP_SIZE, 0, "" },
	{ "h\nAUTH PLAIN login SCRAM-SHA-256", CAP_AUTH, 0, " PLAIN LOGIN SCRAM-SHA-256 " },
	{ "h\nAUTH=PLAIN LOGIN\nAUTH PLAIN", CAP_AUTH, 0, " PLAIN LOGIN PLAIN " },
	{ "h\nAUTH", CAP_AUTH, 0, "" },
	{ "h\nAUTH PL/AIN  \x01 LOGIN", CAP_AUTH, 0, " LOGIN " },
	{ "h\n\n \nREQUIRETLS \nX-SIZE 3\nSIZEX", CAP_REQUIRETLS, 0, "" },
	{ "h\nSIZE\t1000\t\n8BITMIME\t\nAUTH\tLOGIN \tPLAIN", CAP_SIZE | CAP_8BITMIME | CAP_AUTH, 1000, " LOGIN PLAIN " },
	{ "h\nSIZE=1000\nSIZE =\nDSN=", CAP_SIZE | CAP_DSN, 1000, "" },
	{ "h\nSIZE=1000\nAUTH=\tLOGIN", CAP_SIZE | CAP_AUTH, 1000, " LOGIN " },
	{ "", 0, 0, "" },
};

/* RFC 9422 */
static const struct {
	const char *text;
	uint32_t rcpt_max, mail_max, domain_max;
} limits[] = {
	{ "h\nSIZE 10", 0, 0, 0 },
	{ "h\nLIMITS RCPTMAX=100", 100, 0, 0 },
	{ "h\nLIMITS MAILMAX=20 RCPTMAX=50 RCPTDOMAINMAX=1", 50, 20, 1 },
	{ "h\nlimits rcptmax=1 X mailmax=2 RcptDomainMax=30", 1, 2, 30 },
	{ "h\nLIMITS\tMAILMAX=3\t RCPTMAX=4", 4, 3, 0 },
	{ "h\nLIMITS", 0, 0, 0 },
	{ "h\nLIMITS RCPTMAX= MAILMAX RCPTDOMAINMAX=a", 0, 0, 0 },
	{ "h\nLIMITS RCPTMAX=-1 MAILMAX=1x", 0, 0, 0 },
	{ "h\nLIMITS RCPTMAX=99999999999999 MAILMAX=7", 0, 7, 0 },
};

int main(void)
{
	struct ehlo e;

	tap_plan(77);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ehlo_parse(span_of(rows[i].text), &e);
		is_int(e.capabilities, rows[i].capabilities, "capabilities of: %s", rows[i].text);
		is_int(e.size_limit, rows[i].size, "size");
		is_text(e.auth, rows[i].auth, "auth");
	}
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		ehlo_parse(span_of(limits[i].text), &e);
		is_int(e.rcpt_max, limits[i].rcpt_max, "RCPTMAX of: %s", limits[i].text);
		is_int(e.mail_max, limits[i].mail_max, "MAILMAX of: %s", limits[i].text);
		is_int(e.domain_max, limits[i].domain_max, "RCPTDOMAINMAX of: %s", limits[i].text);
	}
	ehlo_parse(SPAN("h\nAUTH SCRAM-SHA-256-PLUS PLAIN"), &e);
	ok(ehlo_offers_auth(&e, "PLAIN"), "PLAIN is offered");
	ok(!ehlo_offers_auth(&e, "SCRAM-SHA-256"), "a mechanism is not its own prefix");
	return tap_done();
}
