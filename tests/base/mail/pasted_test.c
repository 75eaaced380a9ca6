/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/pasted.h"
#include "base/mail/refusal_reasons.h"

#include <time.h>

static const struct hearing ours = { .relay = "", .server = "", .own_address = "", .own_name = "mail.example.net" };

/* Of each reply: code, status, reason, and what is known: relay, step, recipient. */
static const struct {
	const char *name, *text, *replies;
} rows[] = {
	{ "as it was said", "550 5.7.25 The IP address sending this message does not have a PTR record setup\n",
	  "550 5.7.25 no-ptr | | | |The IP address sending this message does not have a PTR record setup\n" },
	{ "without an end of line", "550 5.1.1 No such user", "550 5.1.1 no-mailbox | | | |No such user\n" },
	{ "in several lines",
	  "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders to "
	  "authenticate with either SPF or DKIM.\n550 5.7.26 For instructions go elsewhere\n",
	  "550 5.7.26 unproved | | | |This mail has been blocked because the sender is unauthenticated.\\5.7.26 Gmail requires all "
	  "senders to authenticate with either SPF or DKIM.\\5.7.26 For instructions go elsewhere\n" },
	{ "joined into one",
	  "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to "
	  "authenticate. 550 5.7.26 For instructions",
	  "550 5.7.26 unproved | | | |This mail has been blocked because the sender is unauthenticated.\\5.7.26 Gmail requires all "
	  "senders to authenticate.\\5.7.26 For instructions\n" },
	{ "broken at a blank", "> 421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily\n> deferred due to unexpected volume\n\nHi!\n",
	  "421 4.7.0 distrusted | | | |[TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume\n" },
	{ "the code left out", "5.7.26 This mail has been blocked because the sender is unauthenticated\n",
	  "550 5.7.26 unproved | | | |This mail has been blocked because the sender is unauthenticated\n" },
	{ "two replies", "550 5.1.1 No such user\n421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to complaints\n",
	  "550 5.1.1 no-mailbox | | | |No such user\n421 4.7.0 distrusted | | | |[TSS04] Messages from 192.0.2.25 temporarily "
	  "deferred due to complaints\n" },
	{ "the same reply twice", "550 5.1.1 No such user\n550 5.1.1 No such user\n", "550 5.1.1 no-mailbox | | | |No such user\n" },
	{ "a success", "250 2.0.0 Ok: queued as 1234", "250 2.0.0 none | | | |Ok: queued as 1234\n" },
	{ "a number in a text is not a success", "We had\n250 guests\n", "" },
	{ "nor one of a refusal in the middle of a line", "There were about 550 people.\n", "" },
	{ "Postfix's log",
	  "Nov 30 11:00:01 mail postfix/smtp[123]: 4ABC: to=<bob@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, "
	  "delays=0/0/1/0, dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.9] said: 550 5.7.1 Client host [192.0.2.25] "
	  "blocked using zen.spamhaus.org (in reply to RCPT TO command))\nNov 30 next line\n",
	  "550 5.7.1 listed |mx.example.org[192.0.2.9]:25|RCPT TO|bob@example.org|Client host [192.0.2.25] blocked using "
	  "zen.spamhaus.org\n" },
	{ "a greeting in Postfix's log",
	  "postfix/smtp[1]: 4ABC: to=<bob@example.org>, relay=none, delay=1, dsn=4.0.0, status=deferred (host "
	  "mx.example.org[192.0.2.9] refused to talk to me: 554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using "
	  "zen.spamhaus.org)",
	  "554 5.7.1 listed |mx.example.org[192.0.2.9]|the connection|bob@example.org|Service unavailable; Client host "
	  "[192.0.2.25] blocked using zen.spamhaus.org\n" },
	{ "no reply in Postfix's log",
	  "postfix/smtp[1]: 4ABC: to=<bob@example.org>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to "
	  "mx.example.org[192.0.2.9]:25: Connection timed out)",
	  "0 4.4.1 none | | |bob@example.org|connect to mx.example.org[192.0.2.9]:25: Connection timed out\n" },
	{ "what was delivered says nothing",
	  "postfix/smtp[1]: 4ABC: to=<bob@example.org>, relay=mx.example.org[192.0.2.9]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)", "" },
	{ "Signet's log",
	  "2026-11-30 signet/smtp[9]: 1A: to=<bob@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, dsn=5.7.27, "
	  "status=bounced (mx.example.org[192.0.2.9]:25 said: 550 5.7.27 SPF check failed (in reply to end of DATA))",
	  "550 5.7.27 spf |mx.example.org[192.0.2.9]:25|end of DATA|bob@example.org|SPF check failed\n" },
	{ "Exim's log",
	  "2026-11-30 11:00:01 1abc-00 ** bob@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.9] X=TLS1.3: SMTP error "
	  "from remote mail server after RCPT TO:<bob@example.org>: 550 5.1.1 No such user here",
	  "550 5.1.1 no-mailbox |mx.example.org|RCPT TO|bob@example.org|No such user here\n" },
	{ "Postfix's bounce",
	  "I'm sorry to have to inform you that your message could not\nbe delivered.\n\n<bob@example.org>: host "
	  "mx.example.org[192.0.2.9] said: 550 5.1.1\n    <bob@example.org>: Recipient address rejected: User unknown (in\n    reply "
	  "to RCPT TO command)\n",
	  "550 5.1.1 no-mailbox |mx.example.org[192.0.2.9]|RCPT TO|bob@example.org|<bob@example.org>: Recipient address rejected: "
	  "User unknown\n" },
	{ "Exim's bounce",
	  "  bob@example.org\n    host mx.example.org [192.0.2.9]\n    SMTP error from remote mail server after RCPT "
	  "TO:<bob@example.org>:\n    550 5.1.1 No such user\n",
	  "550 5.1.1 no-mailbox |mx.example.org|RCPT TO|bob@example.org|No such user\n" },
	{ "Sendmail's bounce",
	  "   ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n>>> RCPT To:<bob@example.org>\n<<< 550 "
	  "5.1.1 No such user\n550 5.1.1 <bob@example.org>... User unknown\n",
	  "550 5.1.1 no-mailbox |mx.example.org|RCPT TO|bob@example.org|No such user\n550 5.1.1 no-mailbox |mx.example.org|RCPT TO"
	  "|bob@example.org|<bob@example.org>... User unknown\n" },
	{ "qmail's bounce",
	  "Hi. This is the qmail-send program at example.net.\n\n<bob@example.org>:\n192.0.2.9 does not like recipient.\nRemote host "
	  "said: 550 5.1.1 No such user\nGiving up on 192.0.2.9.\n",
	  "550 5.1.1 no-mailbox | | |bob@example.org|No such user\n" },
	{ "Exchange's bounce", "mx.example.org\nRemote Server returned '550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't "
	  "sent. Please contact your Internet service provider since part of their network is on our block list (S3140).'\n",
	  "550 5.7.1 listed-outlook | | | |Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet "
	  "service provider since part of their network is on our block list (S3140).\n" },
	{ "Gmail's bounce", "The response from the remote server was:\n554 5.7.1 Client host [192.0.2.25] blocked using "
	  "zen.spamhaus.org\n\n", "554 5.7.1 listed | | | |Client host [192.0.2.25] blocked using zen.spamhaus.org\n" },
	{ "Exim's bounce of old, its reply in several lines",
	  "  bob@example.org\n    SMTP error from remote mail server after RCPT TO:<bob@example.org>:\n    host "
	  "mx.example.org [192.0.2.9]: 550-5.1.1 The account that you tried to\n    550-5.1.1 reach does not "
	  "exist.\n    550 5.1.1 Please try again.\n",
	  "550 5.1.1 no-mailbox |mx.example.org|RCPT TO|bob@example.org|The account that you tried to\\5.1.1 reach "
	  "does not exist.\\5.1.1 Please try again.\n" },
	{ "Exim's log, its reply in several lines",
	  "2026-11-30 11:00:01 1abc-00 ** bob@example.org R=dnslookup T=remote_smtp: SMTP error from remote mail "
	  "server after RCPT TO:<bob@example.org>: host mx.example.org [192.0.2.9]: 550-5.1.1 No such "
	  "user,\\n550-5.1.1 nor has\\n550 5.1.1 there been one\n",
	  "550 5.1.1 no-mailbox |mx.example.org|RCPT TO|bob@example.org|No such user,\\5.1.1 nor has\\5.1.1 there "
	  "been one\n" },
	{ "a reason in Sendmail's bounce, and its own last words",
	  "<bob@example.org>\n    (reason: 550 5.7.1 Client host [192.0.2.25] blocked using zen.spamhaus.org)\n\n  "
	  " ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n>>> DATA\n<<< 550 "
	  "5.7.1 Client host [192.0.2.25] blocked using zen.spamhaus.org\n554 5.0.0 Service unavailable\n",
	  "550 5.7.1 listed | | | |Client host [192.0.2.25] blocked using zen.spamhaus.org\n550 5.7.1 listed "
	  "|mx.example.org|DATA| |Client host [192.0.2.25] blocked using zen.spamhaus.org\n" },
	{ "Sendmail's log",
	  "Sep  3 12:00:00 mail sm-mta[1]: k83A: to=<bob@example.org>, delay=00:00:01, mailer=esmtp, pri=120000, "
	  "relay=mx.example.org. [192.0.2.9], dsn=5.7.1, stat=Service unavailable; client [192.0.2.25] blocked "
	  "using zen.spamhaus.org\n",
	  "550 5.7.1 listed |mx.example.org| |bob@example.org|Service unavailable; client [192.0.2.25] blocked "
	  "using zen.spamhaus.org\n" },
	{ "a reply in Sendmail's log",
	  "k83A: to=<bob@example.org>, delay=00:00:01, relay=mx.example.org. [192.0.2.9], dsn=4.7.0, "
	  "stat=Deferred: 421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to complaints\n",
	  "421 4.7.0 distrusted |mx.example.org| |bob@example.org|[TSS04] Messages from 192.0.2.25 temporarily "
	  "deferred due to complaints\n" },
	{ "what Sendmail sent says nothing",
	  "k83A: to=<bob@example.org>, delay=00:00:01, relay=mx.example.org. [192.0.2.9], dsn=2.0.0, stat=Sent "
	  "(Ok)\n",
	  "" },
	{ "qmail's log",
	  "@4000 delivery 5: failure: "
	  "192.0.2.9_does_not_like_recipient./Remote_host_said:_550_5.7.1_Client_host_[192.0.2.25]_blocked_using_zen.spamhaus.org/Giving_up_on_192.0.2.9./\n",
	  "550 5.7.1 listed | | | |Client host [192.0.2.25] blocked using zen.spamhaus.org\n" },
	{ "qmail's own words",
	  "<bob@example.org>:\nSorry, I couldn't find any host named example.org. (#5.1.2)\n",
	  "0 5.1.2 none | | |bob@example.org|Sorry, I couldn't find any host named example.org.\n" },
	{ "qmail's bounce and what it copies",
	  "<bob@example.org>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 5.1.1 No such "
	  "user\nGiving up on 192.0.2.9.\n\n--- Below this line is a copy of the message.\n\nSubject: why: 550 "
	  "reasons\n",
	  "550 5.1.1 no-mailbox | | |bob@example.org|No such user\n" },
	{ "Exchange's bounce, its own reply",
	  "Generating server: ex.example.org\n\nbob@example.org\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found "
	  "##\n",
	  "550 5.1.1 no-mailbox | | | |RESOLVER.ADR.RecipNotFound; not found ##\n" },
	{ "Yahoo's bounce",
	  "<bob@example.org>:\n554: 5.7.1 <bob@example.org>: Relay access denied\n\n--- Below this line is a copy "
	  "of the message.\n",
	  "554 5.7.1 relay | | |bob@example.org|<bob@example.org>: Relay access denied\n" },
	{ "Oracle's bounce",
	  "  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 5.1.1 unknown or illegal "
	  "alias: bob@example.org\n  Remote system: dns;mx.example.org (TCP|192.0.2.25|41044|192.0.2.9|25)\n",
	  "550 5.1.1 no-mailbox | | | |unknown or illegal alias: bob@example.org\n" },
	{ "MDaemon's bounce",
	  " Mon 2026-11-30 16:11:36: --> RCPT To:<bob@example.org>\n Mon 2026-11-30 16:11:37: <-- 550 5.1.1 No "
	  "such user\n Mon 2026-11-30 16:11:37: --> QUIT\n",
	  "550 5.1.1 no-mailbox | |RCPT TO|bob@example.org|No such user\n" },
	{ "Courier's bounce",
	  "<bob@example.org>:\n     mx.example.org [192.0.2.9]:\n >>> RCPT TO:<bob@example.org>\n <<< 550-5.7.1 "
	  "Client host [192.0.2.25]\n <<< 550 5.7.1 blocked using zen.spamhaus.org\n\n",
	  "550 5.7.1 listed | |RCPT TO|bob@example.org|Client host [192.0.2.25]\\5.7.1 blocked using "
	  "zen.spamhaus.org\n" },
	{ "Outlook's window",
	  "The message could not be sent. Protocol: SMTP, Server Response: '550 <bob@example.org>... Relaying "
	  "denied', Port: 25, Secure (SSL): No, Server Error: 550, Error Number: 0x800CCC79\n",
	  "550 5.0.0 relay | | | |<bob@example.org>... Relaying denied\n" },
	{ "Thunderbird's window",
	  "An error occurred while sending mail. The mail server responded:  5.7.1 <bob@example.org>: Relay access "
	  "denied.\n",
	  "550 5.7.1 relay | | | |<bob@example.org>: Relay access denied.\n" },
	{ "nothing of the kind", "Dear Sir or Madam,\n\nI would like to know why 5.5 is not 6.\n", "" },
	{ "nothing at all", "", "" },
};

static void print(const struct pasted *p, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct reply *r = &p->items[i].reply;
		const char *text = r->text;
		size_t status = strlen(r->status);
		if (strncmp(text, r->status, status) == 0 && text[status] == ' ')
			text += status + 1;
		buf_printf(out, "%u %s %s |%s|%s|%s|", r->code, r->status, r->reason ? r->reason->name : "none", r->relay[0] ? r->relay : " ",
		           r->step ? smtp_step_name(r->step) : " ", p->items[i].recipient[0] ? p->items[i].recipient : " ");
		for (; *text; text++)
			buf_add_byte(out, *text == '\n' ? '\\' : *text);
		buf_add_byte(out, '\n');
	}
}

static void replies(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pasted p = { 0 };
		struct buf out = { 0 };

		pasted_read(span_of(rows[i].text), &ours, &p);
		print(&p, &out);
		is_text(buf_text(&out), rows[i].replies, "%s", rows[i].name);
		pasted_free(&p);
		buf_free(&out);
	}
}

static const char report[] =
	"Reporting-MTA: dns; mail.example.net\r\n\r\n"
	"Final-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.7.1\r\nRemote-MTA: dns; mx.example.org\r\n"
	"Diagnostic-Code: smtp; 550 5.7.1 Client host [192.0.2.25]\r\n blocked using zen.spamhaus.org\r\n\r\n"
	"Final-Recipient: rfc822; eve@example.org\r\nAction: failed\r\nStatus: 5.4.4 (no host)\r\n\r\n"
	"Final-Recipient: rfc822; tom@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n";

static void rest(void)
{
	struct pasted p = { 0 };
	struct buf out = { 0 };

	ok(pasted_read_status(span_of(report), &ours, &p), "a delivery report");
	print(&p, &out);
	is_text(buf_text(&out), "550 5.7.1 listed |mx.example.org| |bob@example.org|Client host [192.0.2.25] blocked using "
	        "zen.spamhaus.org\n0 5.4.4 none | | |eve@example.org|the report gives no reason\n", "of those who got nothing");
	is_text(p.items[0].reply.source, "192.0.2.25", "the address that it is about");
	ok(p.items[0].row && strcmp(p.items[0].row->reason, "listed") == 0, "and the row of the table that says so");
	pasted_free(&p);
	ok(!pasted_read_status(SPAN("nothing of the kind"), &ours, &p), "one that is not");
	pasted_read(SPAN("550 5.1.1 No such user\n550 5.1.1 No such user\n"), &ours, &p);
	is_int(p.items[0].times, 2, "how often it was said");
	pasted_free(&p);

	buf_clear(&out);
	for (int i = 0; i < 200; i++)
		buf_printf(&out, "550 5.1.1 No such user %d\n", i);
	pasted_read(buf_span(&out), &ours, &p);
	ok(p.count == PASTED_MAX && p.cut, "no more than may be");
	pasted_free(&p);

	buf_clear(&out);
	for (int i = 0; i < 100000; i++)
		buf_add_text(&out, "550-5.7.1 host said: 550 (: 550 ");
	pasted_read(buf_span(&out), &ours, &p);
	ok(p.count >= 1, "one long line");
	pasted_free(&p);
	buf_free(&out);
}

/* Long texts that say the same again and again: what was read before a line is not read again for it. In seconds of the processor. */
static const struct { const char *line, *said; } floods[] = {
	{ "550 5.7.1 no\n", "550 5.7.1 unknown | | | |no\n" },
	{ "host mx.example.net said: 550 5.7.1 no\n", "550 5.7.1 unknown |mx.example.net| | |no\n" },
	{ "x (#5.1.1)\n", "0 5.1.1 none | | | |x\n" },
	{ "dsn=4.4.1, status=deferred (x)\n", "0 4.4.1 none | | | |x\n" },
};

static void flood(const char *line, const char *said)
{
#ifdef SANITIZE
	enum { BYTES = 4 * 1024 * 1024, MOST_S = 80 };
#else
	enum { BYTES = 4 * 1024 * 1024, MOST_S = 4 };
#endif
	struct pasted p = { 0 };
	struct buf text = { 0 }, out = { 0 };

	while (text.len < BYTES)
		buf_add_text(&text, line);
	clock_t begun = clock();
	pasted_read(buf_span(&text), &ours, &p);
	double took_s = (double)(clock() - begun) / CLOCKS_PER_SEC;
	print(&p, &out);
	is_text(buf_text(&out), said, "%zu times %.20s", text.len / strlen(line), line);
	is_int(p.count ? p.items[0].times : 0, text.len / strlen(line), "are counted");
	ok(took_s < MOST_S, "in time: %.1f s", took_s);
	pasted_free(&p);
	buf_free(&text);
	buf_free(&out);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 8 + 3 * TAP_ROWS(floods));
	replies();
	rest();
	for (size_t i = 0; i < TAP_ROWS(floods); i++)
		flood(floods[i].line, floods[i].said);
	return tap_done();
}
