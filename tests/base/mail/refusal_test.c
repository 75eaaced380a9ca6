/* SPDX-License-Identifier: ISC */
/*
 * What servers said (tests/base/mail/refusal_replies.h, refusal_judged.h, refusal_blind.h) is about what it is about,
 * whoever hears it where; every row of the table and every reason is met.
 */
#include "base/mail/refusal.h"
#include "base/mail/refusal_reasons.h"
#include "base/mail/refusal_table.h"

#include "tests/base/mail/refusal_blind.h"
#include "tests/base/mail/refusal_judged.h"
#include "tests/base/mail/refusal_replies.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <time.h>

enum { ROWS_MAX = 600 };

static bool row_met[ROWS_MAX], reason_met[ROWS_MAX];

static struct refusal_verdict classify(const struct refusal_heard *heard)
{
	struct refusal_verdict v;

	refusal_classify(heard, &v);
	for (size_t i = 0; i < refusal_reasons_rows; i++)
		reason_met[i] |= v.reason == &refusal_reasons[i];
	return v;
}

static struct refusal_heard heard_at(unsigned code, const char *text, enum smtp_step step)
{
	return (struct refusal_heard){ .code = code, .text = span_of(text), .step = step, .own_address = "192.0.2.1",
	                               .own_name = "mail.example.org", .server = "mx.example.net" };
}

static void note_row(const struct refusal_heard *heard)
{
	struct refusal_text t;

	refusal_text_read(heard, &t);
	const struct known_refusal *row = refusal_table_find(heard->code, &t);
	if (row)
		row_met[row - refusal_table] = true;
}

/*
 * Known or not, our address is found by its words; what another host is told is
 * not ours. At the greeting only 554 may be about it without saying so.
 */
static void each_is_about(const struct said *said, size_t rows, const char *own)
{
	for (size_t i = 0; i < rows; i++) {
		struct refusal_heard heard = heard_at(said[i].code, said[i].text, STEP_RCPT);
		const char *const owns[] = { own, "", "10.0.0.5" };
		note_row(&heard);
		for (size_t k = 0; k < sizeof owns / sizeof owns[0]; k++) {
			heard.own_address = owns[k];
			struct refusal_verdict v = classify(&heard);
			is_text(refusal_name(v.reason->about), refusal_name(said[i].about), "%s: %u %.70s",
			        owns[k][0] ? owns[k] : "not known", said[i].code, said[i].text);
		}
		heard = heard_at(said[i].code, said[i].text, STEP_CONNECTION);
		struct refusal_verdict v = classify(&heard);
		bool greets = said[i].about == REFUSAL_UNKNOWN && said[i].code == 554;
		ok((v.reason->about == REFUSAL_ADDRESS) == (said[i].about == REFUSAL_ADDRESS) || greets,
		   "at the greeting too: %u %.60s", said[i].code, said[i].text);
	}
}

/* With our address beside them, these say that it is what they are about. */
static bool lacks_only_an_address(const char *text)
{
	static const char *const texts[] = {
		"Blocked", "sender reputation too low", "5.7.1 Message blocked due to sender reputation",
		"5.7.1 Message blocked by Barracuda Networks",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(text, texts[i]) == 0)
			return true;
	return false;
}

/* What a server notes for its own postmaster does not make a refusal one of our address. */
static void notes_say_nothing(const struct said *said, size_t rows)
{
	static const char *const notes[] = {
		"; time 12:00, client (192.0.2.1), server (mx.example.net)", " [192.0.2.1]", " (host 192.0.2.1)", "; ip=192.0.2.1",
		". Your IP: 192.0.2.1", " See http://www.example.net/error?ip=192.0.2.1",
		". Please provide the following information: blocked client (192.0.2.1)",
	};
	char text[REFUSAL_LOOKED_AT_MAX];

	for (size_t i = 0; i < rows; i++) {
		if (said[i].about == REFUSAL_ADDRESS || lacks_only_an_address(said[i].text))
			continue;
		for (size_t k = 0; k < sizeof notes / sizeof notes[0]; k++) {
			snprintf(text, sizeof text, "%s%s", said[i].text, notes[k]);
			struct refusal_heard heard = heard_at(said[i].code, text, STEP_RCPT);
			ok(classify(&heard).reason->about != REFUSAL_ADDRESS, "%s does not make it our address: %.50s", notes[k],
			   said[i].text);
		}
	}
}

#define ROWS(of) of, sizeof of / sizeof of[0]

/* ---- the tables ---- */

static void rows_are_sound(void)
{
	const struct known_refusal *row;

	for (size_t i = 0; (row = refusal_row(i)) != NULL; i++) {
		bool lower = true;
		for (const char *c = row->text; *c; c++)
			lower &= byte_lower(*c) == *c;
		ok(lower && (row->text[0] || row->status[0]), "can be found: %s", row->text);
		ok(row->source[0] && row->receiver[0], "who, where from: %s", row->text);
		ok(strcmp(refusal_reason_named(row->reason)->name, row->reason) == 0, "has a reason: %s", row->text);
		ok(row_met[i], "is met: \"%s\" %s", row->text, row->status);
	}
}

static void reasons_are_sound(void)
{
	for (size_t i = 0; i < refusal_reasons_rows; i++) {
		const struct refusal_reason *r = &refusal_reasons[i];
		bool word = r->name[0] >= 'a' && r->name[0] <= 'z';
		for (const char *c = r->name; *c; c++)
			word &= *c == '-' || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
		ok(word && refusal_reason_named(r->name) == r, "a name of its own: %s", r->name);
		ok(i == 0 || (r->means[strlen(r->means) - 1] == '.' && r->advice[strlen(r->advice) - 1] == '.'), "sentences: %s",
		   r->name);
		ok(r->reach == REACH_SITE || r->about == REFUSAL_ADDRESS, "reaches only where it is about the address: %s", r->name);
		ok(!r->is_allowance || r->about == REFUSAL_RATE, "an allowance is a rate: %s", r->name);
		ok(reason_met[i], "is met: %s", r->name);
	}
	is_text(refusal_reason_named("no such name")->name, "unknown", "a name that is not known");
	is_text(refusal_reason_named(NULL)->name, "unknown", "and none");
	is_text(refusal_reason_named("unknown")->means, "", "which says nothing");
	for (int i = 0; i < REFUSAL_COUNT; i++)
		for (int k = 0; k < i; k++)
			ok(strcmp(refusal_name((enum refusal)i), refusal_name((enum refusal)k)) != 0, "class %d is not class %d", i, k);
	is_text(smtp_step_name(STEP_CONNECTION), "the connection", "a step's name");
	is_text(smtp_step_name(STEP_RCPT), "RCPT TO", "another's");
	is_text(smtp_step_name(STEP_DOT), "end of DATA", "and the last before the end");
}

/* ---- our address ---- */

static void own_addresses(void)
{
	static const struct { const char *own; enum refusal about; const char *text; } rows[] = {
		{ "192.0.2.1", REFUSAL_ADDRESS, "192.0.2.1 is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "198.51.100.7 is listed" },
		{ "", REFUSAL_ADDRESS, "198.51.100.7 is listed" },
		{ "10.1.2.3", REFUSAL_ADDRESS, "198.51.100.7 is listed" },
		{ "10.1.2.3", REFUSAL_ADDRESS, "10.1.2.3 is listed" },
		{ "10.1.2.3", REFUSAL_UNKNOWN, "10.1.2.4 is listed" },
		{ "fd00::1", REFUSAL_ADDRESS, "[2001:db8::1] is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "127.0.0.2 is listed" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "1.2.0.192.bl.example.net is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "2.2.0.192.bl.example.net is listed" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "192.0.2.0/24 is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "198.51.100.0/24 is listed" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "listed: IP=192.0.2.1." },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "192.0.2.11 is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "x192.0.2.1 is listed" },
		{ "::ffff:192.0.2.1", REFUSAL_ADDRESS, "192.0.2.1 is listed" },
		{ "2001:db8::1", REFUSAL_ADDRESS, "2001:DB8:0:0:0:0:0:1 is listed" },
		{ "2001:db8::1", REFUSAL_ADDRESS, "[IPv6:2001:db8::1]: listed" },
		{ "2001:db8::1", REFUSAL_ADDRESS, "2001:db8::/64 is listed" },
		{ "2001:db8::1", REFUSAL_ADDRESS, "listed, 2001:db8::1." },
		{ "2001:db8::1", REFUSAL_UNKNOWN, "2001:db8:1::1 is listed" },
		{ "2001:db8::1", REFUSAL_ADDRESS,
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example.net is listed" },
		{ "2001:db8::1", REFUSAL_UNKNOWN,
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.2.0.0.2.bl.example.net is listed" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "see https://bl.example.net/?ip=192.0.2.1" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "see https://lists.example.net/lookup/192.0.2.1" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "see https://lists.example.net/lookup/198.51.100.7" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "see https://www.example.net/response_codes?ip=192.0.2.1" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "12:30:45 is listed" },
		{ "not an address", REFUSAL_ADDRESS, "192.0.2.1 is listed" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "Rejected: mail.example.org listed at bl.example.net" },
		{ "192.0.2.1", REFUSAL_ADDRESS, "MAIL.example.org is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "www.mail.example.org is listed" },
		{ "192.0.2.1", REFUSAL_UNKNOWN, "mail.example.org.example.net is listed" },
		{ "192.0.2.1", REFUSAL_SENDER, "The domain mail.example.org is listed" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct refusal_heard heard = heard_at(554, rows[i].text, STEP_RCPT);
		heard.own_address = rows[i].own;
		is_text(refusal_name(classify(&heard).reason->about), refusal_name(rows[i].about), "%s hears: %s", rows[i].own,
		        rows[i].text);
	}
}

/* ---- where it was said ---- */

static void steps(void)
{
	static const struct { enum smtp_step step; unsigned code; enum refusal about; const char *text; } rows[] = {
		{ STEP_CONNECTION, 554, REFUSAL_ADDRESS, "5.7.1 Access denied" },
		{ STEP_RCPT, 554, REFUSAL_UNKNOWN, "5.7.1 Access denied" },
		{ STEP_CONNECTION, 550, REFUSAL_UNKNOWN, "5.7.1 Access denied" },
		{ STEP_CONNECTION, 554, REFUSAL_ADDRESS, "Connection refused" },
		{ STEP_RCPT, 554, REFUSAL_UNKNOWN, "Connection refused" },
		{ STEP_CONNECTION, 554, REFUSAL_UNKNOWN, "No SMTP service here" },
		{ STEP_CONNECTION, 521, REFUSAL_UNKNOWN, "mx.example.net does not accept mail" },
		{ STEP_CONNECTION, 421, REFUSAL_UNKNOWN, "4.3.2 Access denied, come back later" },
		{ STEP_CONNECTION, 554, REFUSAL_UNKNOWN, "Refused for now, try again later" },
		{ STEP_RCPT, 550, REFUSAL_ADDRESS, "Mail from 192.0.2.1 rejected" },
		{ STEP_RCPT, 550, REFUSAL_USER, "Mail from 192.0.2.1 rejected: no such user" },
		{ STEP_RCPT, 450, REFUSAL_UNKNOWN, "Mail from 192.0.2.1 not accepted now, try again later" },
		{ STEP_RCPT, 552, REFUSAL_UNKNOWN, "" },
		{ STEP_RCPT, 554, REFUSAL_UNKNOWN, "5.2.252 SendAsDenied" },
		{ STEP_RCPT, 550, REFUSAL_UNKNOWN, "5.4.5 sorry" },
		{ STEP_RCPT, 550, REFUSAL_RATE, "5.4.5 Daily sending quota exceeded" },
		{ STEP_MAIL, 452, REFUSAL_RATE, "4.5.3 Your daily message limit is used up" },
		{ STEP_RCPT, 550, REFUSAL_UNKNOWN, "5.99.999 sorry" },
		{ STEP_RCPT, 550, REFUSAL_UNKNOWN, "4.2.2 sorry" },
		{ STEP_RCPT, 550, REFUSAL_QUOTA, "5.2.2 sorry" },
		{ STEP_RCPT, 550, REFUSAL_QUOTA, "sorry (#5.2.2)" },
		{ STEP_RCPT, 503, REFUSAL_PROTOCOL, "sorry" },
		{ STEP_RCPT, 501, REFUSAL_UNKNOWN, "sorry" },
		{ STEP_RCPT, 451, REFUSAL_UNKNOWN, "4.3.0 Error: the command is not implemented" },
		{ STEP_MAIL, 552, REFUSAL_SIZE, "5.3.4 sorry" },
		{ STEP_MAIL, 530, REFUSAL_RELAY, "sorry" },
		{ STEP_DOT, 554, REFUSAL_LOOP, "5.4.6 sorry" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct refusal_heard heard = heard_at(rows[i].code, rows[i].text, rows[i].step);
		is_text(refusal_name(classify(&heard).reason->about), refusal_name(rows[i].about), "%s: %u %s",
		        smtp_step_name(rows[i].step), rows[i].code, rows[i].text);
	}
}

/* ---- whom it concerns ---- */

static void reaches(void)
{
	static const struct { enum smtp_step step; const char *server; enum refusal_reach reach; unsigned code; const char *text; }
	rows[] = {
		{ STEP_RCPT, "us-smtp-inbound-1.mimecast.com", REACH_DOMAIN, 554,
		  "Host network, not allowed - https://community.mimecast.com/docs/DOC-1369#554" },
		{ STEP_RCPT, "aspmx.l.google.com", REACH_DOMAIN, 421, "4.7.0 IP not in whitelist for RCPT domain, closing connection." },
		{ STEP_RCPT, "mx.example.net", REACH_DOMAIN, 554, "5.7.1 <mail.example.org[192.0.2.1]>: Client host rejected: Access denied" },
		{ STEP_RCPT, "mx.example.net", REACH_DOMAIN, 550, "5.7.1 IP address blacklisted by recipient" },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_DOMAIN, 550, "5.7.507 Access denied, rejected by recipient" },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_DOMAIN, 550,
		  "5.7.513 Service unavailable, Client host [192.0.2.1] blocked by example.com using Customer Block list" },
		{ STEP_DOT, "x.mail.protection.outlook.com", REACH_DOMAIN, 550,
		  "5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy: your IP is blocked" },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_DOMAIN, 550, "5.7.1 we have blocked your IP" },
		{ STEP_RCPT, "X.MAIL.PROTECTION.OUTLOOK.COM", REACH_DOMAIN, 550, "5.7.1 we have blocked your IP" },
		{ STEP_CONNECTION, "x.mail.protection.outlook.com", REACH_SITE, 550, "5.7.1 we have blocked your IP" },
		{ STEP_RCPT, "mx.example.net", REACH_SITE, 550, "5.7.1 we have blocked your IP" },
		{ STEP_RCPT, "", REACH_SITE, 550, "5.7.1 we have blocked your IP" },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_SITE, 550,
		  "5.7.606 Access denied, banned sending IP [192.0.2.1]." },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_SITE, 550,
		  "5.7.510 Access denied, example.com does not accept email over IPv6" },
		{ STEP_DOT, "aspmx.l.google.com", REACH_SITE, 550,
		  "5.7.1 [2001:db8::1] Our system has detected that this message does not meet IPv6 sending guidelines" },
		{ STEP_RCPT, "x.mail.protection.outlook.com", REACH_SITE, 550, "5.7.25 sorry" },
		{ STEP_RCPT, "mx.example.net", REACH_SITE, 450, "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct refusal_heard heard = heard_at(rows[i].code, rows[i].text, rows[i].step);
		heard.server = rows[i].server;
		struct refusal_verdict v = classify(&heard);
		is_text(refusal_name(v.reason->about), "address", "%s: %s", rows[i].server, rows[i].text);
		is_int(v.reach, rows[i].reach, "and whom it concerns");
		heard.smarthost = heard.has_login = true;
		is_int(classify(&heard).reach, REACH_SITE, "a smarthost speaks for itself");
	}
}

static void smarthosts(void)
{
	static const struct { bool smarthost, has_login; enum refusal about; unsigned code; const char *text; } rows[] = {
		{ true, false, REFUSAL_CONFIGURATION, 530, "5.7.0 Authentication required" },
		{ true, false, REFUSAL_CONFIGURATION, 530, "" },
		{ true, false, REFUSAL_CONFIGURATION, 554, "5.7.1 <x@example.com>: Relay access denied" },
		{ true, false, REFUSAL_CONFIGURATION, 550, "5.7.1 RESOLVER.RST.AuthRequired; authentication required" },
		{ true, false, REFUSAL_CONFIGURATION, 550, "Please turn on SMTP Authentication in your mail client." },
		{ true, false, REFUSAL_TLS, 530, "5.7.0 Must issue a STARTTLS command first" },
		{ true, false, REFUSAL_USER, 550, "5.1.1 User unknown" },
		{ true, true, REFUSAL_RELAY, 554, "5.7.1 <x@example.com>: Relay access denied" },
		{ true, true, REFUSAL_CONFIGURATION, 530, "5.7.0 Authentication required" },
		{ true, true, REFUSAL_CONFIGURATION, 535, "5.7.1 password expired" },
		{ true, true, REFUSAL_TLS, 530, "5.7.0 Must issue a STARTTLS command first" },
		{ true, false, REFUSAL_CONFIGURATION, 535, "5.7.1 who are you" },
		{ false, false, REFUSAL_RELAY, 530, "5.7.0 Authentication required" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct refusal_heard heard = heard_at(rows[i].code, rows[i].text, STEP_RCPT);
		heard.smarthost = rows[i].smarthost;
		heard.has_login = rows[i].has_login;
		is_text(refusal_name(classify(&heard).reason->about), refusal_name(rows[i].about), "smarthost %d, login %d: %u %s",
		        rows[i].smarthost, rows[i].has_login, rows[i].code, rows[i].text);
	}
}

static void contradictions(void)
{
	static const struct { unsigned code; bool contradicts; const char *text; } rows[] = {
		{ 550, true, "Greylisted, please try again in 300 seconds" },
		{ 554, true, "5.7.1 Graylisted" },
		{ 550, true, "5.7.1 Service unavailable, try again later" },
		{ 550, true, "Service refuse. Veuillez essayer plus tard." },
		{ 554, true, "This mailbox is temporarily unavailable" },
		{ 450, false, "Greylisted, please try again in 300 seconds" },
		{ 550, false, "5.1.1 User unknown" },
		{ 553, false, "5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed." },
		{ 550, false, "<\"try again later\"@example.com>: no" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct refusal_heard heard = heard_at(rows[i].code, rows[i].text, STEP_RCPT);
		is_int(classify(&heard).contradicts, rows[i].contradicts, "contradicts itself: %u %s", rows[i].code, rows[i].text);
	}
}

/* ---- what others chose ---- */

static void hostile(void)
{
	static const struct { unsigned code; enum refusal about; const char *text; } rows[] = {
		{ 550, REFUSAL_USER, "5.1.1 <\"blocked using zen.spamhaus.org\"@example.com>: User unknown" },
		{ 550, REFUSAL_USER, "5.1.1 <\"your IP 192.0.2.1 is blocked\"@example.com>: User unknown" },
		{ 550, REFUSAL_USER, "5.1.1 \"your IP 192.0.2.1 is \\\"blocked\\\"\"@example.com: User unknown" },
		{ 550, REFUSAL_USER, "5.1.1 blocked.rbl.zen@dnsbl.example.com: User unknown" },
		{ 550, REFUSAL_UNKNOWN, "<your IP is blocked>" },
		{ 550, REFUSAL_UNKNOWN, "blocked@rbl.example.com rejected" },
		{ 554, REFUSAL_ADDRESS, "5.7.1 <mail.example.org[192.0.2.1]>: Client host rejected: blocked" },
		{ 550, REFUSAL_UNKNOWN, "<<<<<<<<" },
		{ 550, REFUSAL_UNKNOWN, "\"\"\"\"\"\"\"" },
		{ 550, REFUSAL_USER, "\033[31m5.1.1\033[0m\033 User\tunknown\r\n" },
		{ 550, REFUSAL_USER, "mx said: 550 user unknown (in reply to RCPT TO) said: 421 gone (in reply to the connection)" },
		{ 550, REFUSAL_USER, "550 550-5.1.1 550-5.1.1 550 user\n550-unknown" },
		{ 250, REFUSAL_UNKNOWN, "your IP is blocked" },
		{ 399, REFUSAL_UNKNOWN, "your IP is blocked" },
		{ 600, REFUSAL_UNKNOWN, "your IP is blocked" },
		{ 4294967295u, REFUSAL_UNKNOWN, "your IP is blocked" },
		{ 0, REFUSAL_UNKNOWN, "your IP is blocked" },
	};
	struct refusal_heard heard;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		heard = heard_at(rows[i].code, rows[i].text, STEP_RCPT);
		is_text(refusal_name(classify(&heard).reason->about), refusal_name(rows[i].about), "%u %s", rows[i].code, rows[i].text);
	}
	heard = heard_at(550, "example.org is listed", STEP_RCPT);
	heard.own_name = "example.org";
	is_text(classify(&heard).reason->name, "unknown", "a host's name that may be the sender's domain says nothing");
	heard = heard_at(550, "rbl.example.net: rejected", STEP_RCPT);
	heard.server = "RBL.example.net";
	is_text(classify(&heard).reason->name, "unknown", "the server's own name says nothing");
	heard = (struct refusal_heard){ .code = 550, .text = span_of("5.1.1 User unknown") };
	is_text(classify(&heard).reason->name, "no-mailbox", "what is not known may be NULL");
}

static void bounds(void)
{
	enum { LONG = 64 * 1024, ROUNDS = 200, MS_MAX = 200 };
	static const char *const fills[] = { "<", "\"", "\\", "1", "1.", "a:", "#5", "a@", "550-", " ", "\001", "\377", "(" };
	char *text = malloc(LONG);
	struct refusal_heard heard = heard_at(550, "", STEP_RCPT);
	struct timespec begin, end;

	for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++) {
		for (size_t at = 0; at < LONG; at++)
			text[at] = fills[i][at % strlen(fills[i])];
		heard.text = (struct span){ text, LONG };
		is_text(classify(&heard).reason->name, "unknown", "64 KB of fill %zu", i);
		memcpy(text + LONG - 20, " user unknown ", 14);
		is_text(classify(&heard).reason->name, "unknown", "what stands too far away is not looked at");
	}
	memset(text, 'x', LONG);
	memcpy(text, "user unknown ", 13);
	is_text(classify(&heard).reason->name, "no-mailbox", "what stands in front is");

	heard.text = span_of("5.7.1 Service unavailable; Something [x] happened that no row of the table has and that no shape fits, "
	                     "so that every one of them is asked, for as long as two hundred bytes of a text like this go on ...");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (int i = 0; i < ROUNDS; i++)
		classify(&heard);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	double ms = (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
	ok(ms < MS_MAX, "%d of them in %.1f ms of CPU", ROUNDS, ms);
	free(text);
}

int main(void)
{
	tap_plan(19205);
	each_is_about(ROWS(published), "192.0.2.25");
	each_is_about(ROWS(collected), "192.0.2.1");
	each_is_about(ROWS(gathered), "192.0.2.1");
	each_is_about(ROWS(judged), "192.0.2.1");
	each_is_about(ROWS(devised), "192.0.2.1");
	each_is_about(ROWS(labelled), "192.0.2.1");
	each_is_about(ROWS(worded), "192.0.2.1");
	notes_say_nothing(ROWS(published));
	notes_say_nothing(ROWS(collected));
	notes_say_nothing(ROWS(gathered));
	notes_say_nothing(ROWS(judged));
	notes_say_nothing(ROWS(devised));
	notes_say_nothing(ROWS(labelled));
	notes_say_nothing(ROWS(worded));
	own_addresses();
	steps();
	reaches();
	smarthosts();
	contradictions();
	hostile();
	bounds();
	rows_are_sound();
	reasons_are_sound();
	return tap_done();
}
