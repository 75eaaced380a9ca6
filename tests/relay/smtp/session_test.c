/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "tests/relay/session_lab.h"

#include <sys/wait.h>

static const char *const one[] = { "r1@example.org", NULL };
static const char *const two[] = { "r1@example.org", "r2@example.org", NULL };
static const char *const three[] = { "r1@example.org", "r2@example.org", "r3@example.org", NULL };

#define TEXT "From: a@example.net\r\nTo: b@example.org\r\nSubject: s\r\n\r\nhello\r\n"
#define FIELDS "DKIM-Signature: v=1; a=x;\r\n\tb=y\r\n"

#define MESSAGE .sender = "s@example.net", .fields = SPAN(FIELDS), .message = SPAN(TEXT)

static const struct lab_message to_one = { MESSAGE, .recipients = one };
static const struct lab_message to_two = { MESSAGE, .recipients = two };
static const struct lab_message to_three = { MESSAGE, .recipients = three };

static struct lab_session session(const struct lab_message *m, double scale)
{
	return (struct lab_session){
		.scale = scale, .hop = "mx", .domain = "hostile.test", .tls = TLS_MAY, .messages = m, .message_count = 1,
	};
}

/* Patience: long enough for a busy machine, or so short that a stall is soon over. */
enum { CALM, HASTY };
static const double scales[] = { 0.1, 0.002 };

static void check_exit(const struct lab_result *r, const char *name)
{
	bool smtp = WIFEXITED(r->smtp_status) && WEXITSTATUS(r->smtp_status) == 0;
	bool esmtp = WIFEXITED(r->esmtp_status) && WEXITSTATUS(r->esmtp_status) == 0;

	ok(smtp && esmtp, "%s: both processes end well (%#x, %#x)", name, (unsigned)r->smtp_status,
	   (unsigned)r->esmtp_status);
}

/* ---- every step, every misfortune ---- */

struct step_case {
	const char *name, *script;
	const struct lab_message *message;
	size_t repeat;
	int pace;
	const char *summary, *text;    /* text: in the first fault, be it an outcome's or the end's */
};

static const struct step_case steps[] = {
	{ "all is well", "", &to_one, 1, CALM, "done: =2.0.0", "250 2.0.0 queued as" },
	{ "three messages", "", &to_three, 3, CALM,
	  "done: =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "no extensions at all", "noword", &to_three, 2, CALM, "done: =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "no pipelining", "word SIZE", &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },

	/* the connection and the greeting */
	{ "closes at once", "on connect close", &to_one, 1, CALM, "no unreachable:", "connection closed at the greeting" },
	{ "resets at once", "on connect reset", &to_one, 1, CALM, "no unreachable:", NULL },
	{ "says nothing", "on connect stall", &to_one, 1, HASTY, "no unreachable:", "no reply in time at the greeting" },
	{ "drips a greeting", "on connect drip 0.005 220-x\\r\\n", &to_one, 1, HASTY, "no unreachable:", "no reply in time" },
	{ "greets with 421", "on connect reply 421 4.7.0 busy ; close", &to_one, 1, CALM, "no refused:", "421 4.7.0 busy" },
	{ "greets with 554", "on connect reply 554 5.7.1 go away", &to_one, 1, CALM, "no refused:", "554 5.7.1 go away" },
	{ "greets with 250", "on connect reply 250 hi", &to_one, 1, CALM, "no refused:", "250 hi" },
	{ "greets in several lines", "on connect raw 220-a\\r\\n220-b\\r\\n220 c\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "greets without text", "on connect raw 220\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "speaks HTTP", "on connect reply HTTP/1.1 400 Bad Request ; close", &to_one, 1, CALM, "no unreachable:",
	  "connection closed at the greeting; it sent a line that is not an SMTP reply: HTTP/1.1 400 Bad Request" },
	{ "speaks SSH, and waits", "on connect reply SSH-2.0-OpenSSH_9.2 ; stall", &to_one, 1, HASTY, "no unreachable:",
	  "no reply in time at the greeting; it sent a line that is not an SMTP reply: SSH-2.0-OpenSSH_9.2" },
	{ "greets with a line of 2 MB", "on connect long 2000000", &to_one, 1, CALM, "no unreachable:", "not an SMTP reply" },
	{ "greets twice", "on connect raw 220 a\\r\\n220 b\\r\\n", &to_one, 1, CALM, "no unreachable:", "more than it was asked" },
	{ "greets with NUL and 0xff", "on connect raw 220 \\x00\\xff\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },

	{ "closes with the greeting", "on connect fin", &to_one, 1, CALM, "no unreachable:", NULL },
	{ "greets, then 421", "on connect raw 220 a\\r\\n421 4.3.2 no\\r\\n", &to_one, 1, CALM, "no refused:", "421 4.3.2 no" },

	/* EHLO */
	{ "closes at EHLO", "on ehlo close", &to_one, 1, CALM, "no unreachable:", "connection closed at EHLO" },
	{ "stalls at EHLO", "on ehlo stall", &to_one, 1, HASTY, "no unreachable:", "no reply in time at EHLO" },
	{ "421 to EHLO", "on ehlo reply 421 bye", &to_one, 1, CALM, "no refused:", "421 bye" },
	{ "450 to EHLO", "on ehlo reply 450 4.3.2 later", &to_one, 1, CALM, "no refused:", "450 4.3.2 later" },
	{ "knows HELO only", "on ehlo reply 502 what", &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },
	{ "550 to EHLO and HELO", "on ehlo reply 550 no\non helo reply 550 5.7.1 no", &to_one, 1, CALM, "no refused:",
	  "550 5.7.1 no (in reply to EHLO)" },
	{ "EHLO lines without end", "on ehlo flood 100000", &to_one, 1, CALM, "no unreachable:", "not an SMTP reply" },
	{ "closes with the reply to EHLO", "on ehlo fin", &to_one, 1, CALM, "no unreachable:",
	  "connection closed right after the reply to EHLO" },
	{ "closes with the reply to HELO", "on ehlo reply 502 what\non helo fin", &to_one, 1, CALM, "no unreachable:",
	  "connection closed right after the reply to EHLO" },
	{ "421 in one breath with the reply to EHLO", "on ehlo raw 250 a\\r\\n421 4.3.2 no\\r\\n", &to_one, 1, CALM, "no refused:",
	  "421 4.3.2 no" },
	{ "421 to HELO", "on ehlo reply 502 what\non helo reply 421 4.3.2 no ; close", &to_one, 1, CALM, "no refused:", "421 4.3.2 no" },
	{ "354 to EHLO", "on ehlo reply 354 go", &to_one, 1, CALM, "no refused:", "354 go" },

	/* MAIL */
	{ "450 to MAIL", "on mail reply 450 4.1.8 no", &to_two, 1, CALM, "done: T4.1.8,T4.1.8", "(in reply to MAIL FROM)" },
	{ "550 to MAIL", "on mail reply 550 5.7.1 no", &to_two, 1, CALM, "done: P5.7.1,P5.7.1", "550 5.7.1 no" },
	{ "550 to the second MAIL of three", "on mail:2 reply 550 5.7.1 no", &to_one, 3, CALM, "done: =2.0.0 P5.7.1 =2.0.0",
	  NULL },
	{ "421 to MAIL", "on mail reply 421 4.7.0 too many ; close", &to_one, 1, CALM, "lost: T4.7.0", "421 4.7.0 too many" },
	{ "421 to the second MAIL", "on mail:2 reply 421 4.7.0 enough ; close", &to_one, 3, CALM, "lost: =2.0.0 T4.7.0", NULL },
	{ "closes at MAIL", "on mail close", &to_one, 1, CALM, "lost: T4.4.2", "before the reply to MAIL FROM" },
	{ "resets at MAIL", "on mail reset", &to_one, 1, CALM, "lost: T4.4.2", NULL },
	{ "stalls at MAIL", "on mail stall", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time to MAIL FROM" },
	{ "354 to MAIL", "on mail reply 354 go", &to_one, 1, CALM, "lost: T4.5.0", "not an answer to it" },
	{ "garbage to MAIL", "on mail reply \\xff\\xfe", &to_one, 1, CALM, "lost: T4.5.0", "not an answer to it" },
	{ "garbage to MAIL without pipelining", "noword\non mail reply \\xff\\xfe", &to_one, 1, HASTY, "lost: T4.4.2",
	  "no reply in time to MAIL FROM; it sent a line that is not an SMTP reply" },
	{ "999 to MAIL", "on mail reply 999 x", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "a line of 1 MB to MAIL", "on mail long 1000000", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "a line of 2 MB to MAIL", "on mail long 2000000", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "250 without text to MAIL", "on mail raw 250\\r\\n", &to_one, 2, CALM, "done: =2.0.0 =2.0.0", NULL },
	{ "bare LF to MAIL", "on mail raw 250 ok\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "a long reply to MAIL", "on mail flood 500", &to_one, 2, CALM, "done: =2.0.0 =2.0.0", NULL },
	{ "drips a reply to MAIL", "on mail drip 0.01 250-x\\r\\n", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time" },
	{ "three replies to MAIL", "on mail many 3", &to_one, 1, CALM, "lost: T4.5.0",
	  "250 in reply to DATA, which is not an answer" },
	{ "three replies to MAIL without pipelining", "noword\non mail many 3", &to_one, 1, CALM, "lost: T4.5.0",
	  "nothing had been asked" },
	{ "550 to MAIL without pipelining", "noword\non mail:1 reply 550 5.7.1 no", &to_two, 2, CALM,
	  "done: P5.7.1,P5.7.1 =2.0.0,=2.0.0", "(in reply to MAIL FROM)" },

	/* MAIL is refused while RCPT and DATA are on their way: its verdict is all that counts */
	{ "MAIL refused, DATA 503", "on mail:1 reply 450 4.1.8 no\non data:1 reply 503 5.5.1 MAIL first", &to_two, 2, CALM,
	  "done: T4.1.8,T4.1.8 =2.0.0,=2.0.0", "(in reply to MAIL FROM)" },
	{ "MAIL refused, DATA 354", "on mail:1 reply 550 5.7.1 no\non data:1 reply 354 go", &to_two, 2, CALM,
	  "done: P5.7.1,P5.7.1 =2.0.0,=2.0.0", "(in reply to MAIL FROM)" },
	{ "MAIL refused, RCPT refused otherwise", "on mail reply 450 4.1.8 no\non rcpt reply 550 5.1.1 who", &to_two, 1,
	  CALM, "done: T4.1.8,T4.1.8", "(in reply to MAIL FROM)" },
	{ "MAIL refused, RCPT accepted", "on mail:1 reply 550 5.7.1 no\non rcpt reply 250 ok", &to_two, 2, CALM,
	  "done: P5.7.1,P5.7.1 =2.0.0,=2.0.0", NULL },
	{ "MAIL refused, all else accepted",
	  "on mail reply 550 5.7.1 no\non rcpt reply 250 ok\non data reply 354 go\non dot reply 250 ok", &to_two, 2, CALM,
	  "done: P5.7.1,P5.7.1 P5.7.1,P5.7.1", "(in reply to MAIL FROM)" },
	{ "MAIL refused and closed", "on mail reply 550 5.7.1 no ; close", &to_two, 1, CALM, "lost: P5.7.1,P5.7.1", NULL },
	{ "MAIL refused and silent", "on mail reply 550 5.7.1 no ; stall", &to_two, 1, HASTY, "lost: T4.7.1,T4.7.1", "550 5.7.1 no" },
	{ "MAIL refused and silent without pipelining", "noword\non mail reply 550 5.7.1 no ; stall", &to_two, 1, HASTY,
	  "done: P5.7.1,P5.7.1", NULL },
	{ "MAIL refused, 421 to RCPT", "on mail reply 550 5.7.1 no\non rcpt:1 reply 421 4.7.0 bye ; close", &to_two, 1,
	  CALM, "lost: P5.7.1,P5.7.1", NULL },
	{ "MAIL refused, 421 to DATA", "on mail reply 550 5.7.1 no\non data reply 421 4.7.0 bye ; close", &to_two, 1, CALM,
	  "lost: P5.7.1,P5.7.1", NULL },
	{ "MAIL refused, then 354 and 421 to the dot",
	  "on mail reply 550 5.7.1 no\non data reply 354 go\non dot reply 421 4.7.0 bye ; close", &to_two, 1, CALM,
	  "lost: P5.7.1,P5.7.1", NULL },
	{ "accepts MAIL and closes", "on mail normal ; close", &to_two, 1, CALM, "lost: T4.4.2,T4.4.2",
	  "before the reply to RCPT TO" },
	{ "no reply to MAIL, and goes on", "on mail mute", &to_two, 1, CALM, "lost: T4.5.0,T4.5.0", "not an answer to it" },

	/* a reply is left out, so the others seem to be to other commands: none of them is final */
	{ "MAIL's reply left out, RCPT refused", "on mail mute\non rcpt:1 reply 550 5.1.1 who", &to_two, 1, CALM,
	  "lost: T4.1.1,T4.1.1", "550 5.1.1 who" },
	{ "MAIL's reply left out, all refused", "on mail mute\non rcpt reply 550 5.1.1 who", &to_two, 1, HASTY,
	  "lost: T4.1.1,T4.1.1", NULL },
	{ "RCPT's reply left out, the next refused", "on rcpt:1 mute\non rcpt:2 reply 550 5.1.1 who", &to_three, 1, CALM,
	  "lost: T4.1.1,T4.5.0,T4.5.0", "550 5.1.1 who" },
	{ "drops what came with MAIL", "on mail normal ; drop", &to_two, 1, HASTY, "lost: T4.4.2,T4.4.2", "no reply in time to RCPT TO" },
	{ "drops what came with RCPT", "on rcpt:1 reply 550 5.1.1 who ; drop", &to_two, 1, HASTY, "lost: T4.1.1,T4.4.2", NULL },

	/* RCPT */
	{ "550 to all RCPT", "on rcpt reply 550 5.1.1 who", &to_two, 2, CALM, "done: P5.1.1,P5.1.1 P5.1.1,P5.1.1",
	  "(in reply to RCPT TO)" },
	{ "450 to all RCPT", "on rcpt reply 450 4.2.0 grey", &to_one, 3, CALM, "done: T4.2.0 T4.2.0 T4.2.0", NULL },
	{ "550 to the second of three", "on rcpt:2 reply 550 5.1.1 who", &to_three, 2, CALM,
	  "done: =2.0.0,P5.1.1,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "mixed RCPT without pipelining", "noword\non rcpt:1 reply 450 later\non rcpt:3 reply 550 who", &to_three, 1, CALM,
	  "done: T4.2.0,=2.0.0,P5.0.0", NULL },
	{ "too many recipients as 552", "on rcpt:3 reply 552 5.5.3 too many", &to_three, 1, CALM, "done: =2.0.0,=2.0.0,T4.5.3",
	  NULL },
	{ "too many recipients as 552 without a status", "on rcpt:3 reply 552 Too many recipients", &to_three, 1, CALM,
	  "done: =2.0.0,=2.0.0,T4.5.3", NULL },
	{ "too many recipients as 550, without pipelining", "noword\non rcpt:3 reply 550 Too many recipients", &to_three, 1, CALM,
	  "done: =2.0.0,=2.0.0,T4.5.3", NULL },
	{ "LIMITS: fewer recipients than there are", "word PIPELINING\nword LIMITS RCPTMAX=2", &to_three, 2, CALM,
	  "done: =2.0.0,=2.0.0,T4.5.3 =2.0.0,=2.0.0,T4.5.3", NULL },
	{ "too many recipients without a status", "on rcpt:3 reply 452 too many", &to_three, 1, CALM,
	  "done: =2.0.0,=2.0.0,T4.5.3", NULL },
	{ "no storage, without a recipient taken", "on rcpt reply 452 no storage", &to_two, 1, CALM, "done: T4.3.1,T4.3.1", NULL },
	{ "421 to the second RCPT", "on rcpt:2 reply 421 4.3.2 bye ; close", &to_three, 1, CALM, "lost: T4.3.2,T4.3.2,T4.3.2",
	  NULL },
	{ "550, then 421 to RCPT", "on rcpt:1 reply 550 5.1.1 who\non rcpt:2 reply 421 4.3.2 bye ; close", &to_three, 1, CALM,
	  "lost: P5.1.1,T4.3.2,T4.3.2", NULL },
	{ "closes at the second RCPT", "on rcpt:2 close", &to_three, 1, CALM, "lost: T4.4.2,T4.4.2,T4.4.2",
	  "before the reply to RCPT TO" },
	{ "stalls at RCPT", "on rcpt stall", &to_three, 1, HASTY, "lost: T4.4.2,T4.4.2,T4.4.2", "no reply in time to RCPT TO" },
	{ "garbage to RCPT", "on rcpt:2 reply ok", &to_three, 1, CALM, "lost: T4.5.0,T4.5.0,T4.5.0", NULL },
	{ "too many replies to RCPT", "on rcpt:2 many 9", &to_two, 1, CALM, "lost: T4.5.0,T4.5.0", NULL },

	{ "two replies to MAIL, and the second recipient is not known", "on mail many 2\non rcpt:2 reply 550 5.1.1 who", &to_two, 1, CALM,
	  "lost: T4.1.1,T4.1.1", NULL },
	{ "two replies to MAIL, and the first of three is not known", "on mail many 2\non rcpt:1 reply 550 5.1.1 who\non rcpt:3 reply 550 5.1.1 who",
	  &to_three, 1, CALM, "lost: T4.1.1,T4.1.1,T4.1.1", NULL },
	{ "the second recipient is not known, and DATA is refused", "on rcpt:2 reply 550 5.1.1 who\non data reply 554 5.6.0 no", &to_two, 2, CALM,
	  "done: P5.6.0,P5.1.1 P5.6.0,P5.6.0", NULL },
	{ "the same, and it closes", "on rcpt:2 reply 550 5.1.1 who\non data reply 554 5.6.0 no ; close", &to_two, 1, CALM,
	  "lost: P5.6.0,P5.1.1", NULL },

	/* DATA */
	{ "451 to DATA", "on data reply 451 4.3.0 disk", &to_two, 2, CALM, "done: T4.3.0,T4.3.0 T4.3.0,T4.3.0", "(in reply to DATA)" },
	{ "554 to the first DATA", "on data:1 reply 554 5.6.0 no", &to_one, 3, CALM, "done: P5.6.0 =2.0.0 =2.0.0", NULL },
	{ "250 to DATA", "on data reply 250 ok", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "421 to DATA", "on data reply 421 bye", &to_one, 1, CALM, "lost: T4.3.2", NULL },
	{ "closes at DATA", "on data close", &to_two, 1, CALM, "lost: T4.4.2,T4.4.2", "before the reply to DATA" },
	{ "stalls at DATA", "on data stall", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time to DATA" },
	{ "354 without a recipient", "on rcpt reply 550 5.1.1 who\non data reply 354 go", &to_two, 2, CALM,
	  "done: P5.1.1,P5.1.1 P5.1.1,P5.1.1", NULL },
	{ "354 and 250 without a recipient", "on rcpt reply 450 4.2.0 grey\non data reply 354 go\non dot reply 250 ok", &to_two,
	  2, CALM, "done: T4.2.0,T4.2.0 T4.2.0,T4.2.0", NULL },

	/* the dot */
	{ "451 to the dot", "on dot reply 451 4.3.0 later", &to_two, 2, CALM, "done: T4.3.0,T4.3.0 T4.3.0,T4.3.0",
	  "(in reply to end of DATA)" },
	{ "550 to the first dot", "on dot:1 reply 550 5.7.1 spam", &to_one, 3, CALM, "done: P5.7.1 =2.0.0 =2.0.0", NULL },
	{ "a refused RCPT stays refused", "on rcpt:1 reply 450 4.2.1 later\non dot reply 550 5.7.1 spam", &to_two, 1, CALM,
	  "done: T4.2.1,P5.7.1", NULL },
	{ "760 KB to the dot", "on dot flood 20000", &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },
	{ "421 to the dot", "on dot reply 421 4.3.2 bye ; close", &to_one, 1, CALM, "lost: T4.3.2", NULL },
	{ "closes behind the dot", "on dot close", &to_two, 1, CALM, "lost: T4.4.2?,T4.4.2?", "before the reply to end of DATA" },
	{ "resets behind the dot", "on dot reset", &to_one, 1, CALM, "lost: T4.4.2?", NULL },
	{ "stalls behind the dot", "on dot stall", &to_one, 1, HASTY, "lost: T4.4.2?", "no reply in time to end of DATA" },
	{ "garbage to the dot", "on dot reply delivered", &to_one, 1, HASTY, "lost: T4.4.2?", "not an SMTP reply: delivered" },
	{ "354 to the dot", "on dot reply 354 more", &to_one, 1, CALM, "lost: T4.5.0?", NULL },
	{ "a refused RCPT is certain behind the dot", "on rcpt:1 reply 550 5.1.1 who\non dot close", &to_two, 1, CALM,
	  "lost: P5.1.1,T4.4.2?", NULL },
	{ "several lines to the dot", "on dot raw 250-2.0.0 a\\r\\n250 2.0.0 b\\r\\n", &to_one, 1, CALM, "done: =2.0.0",
	  "250 2.0.0 a 2.0.0 b" },

	/* lines that are no reply, and what stands for the blank behind the code */
	{ "a stray line before the greeting", "on connect raw \\r\\nwarning\\r\\n ; normal", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "stray lines behind the greeting", "on connect raw 220 a\\r\\n\\r\\nwarning\\r\\nwarn", &to_one, 1, CALM,
	  "no unreachable:", "more than it was asked" },
	{ "whole stray lines behind the greeting", "on connect raw 220 a\\r\\n\\r\\nwarning\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "a stray line in EHLO's reply", "on ehlo raw 250-a\\r\\n\\r\\n250-PIPELINING\\r\\n250 SIZE\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "stray lines at each step", "on mail raw \\r\\n ; normal\non rcpt raw x\\r\\n ; normal ; raw \\r\\n\non data raw a: b\\r\\n ; normal",
	  &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },
	{ "a blank line before the reply to the dot", "on dot raw \\r\\n250 2.0.0 ok\\r\\n", &to_one, 2, CALM, "done: =2.0.0 =2.0.0",
	  "250 2.0.0 ok" },
	{ "a scanner's warning before it", "on dot raw clamdscan: warning\\r\\n250 2.0.0 ok\\r\\n", &to_one, 2, CALM,
	  "done: =2.0.0 =2.0.0", "250 2.0.0 ok" },
	{ "and behind it", "on dot raw 250 2.0.0 ok\\r\\nclamdscan: warning\\r\\n", &to_one, 2, CALM, "done: =2.0.0 =2.0.0",
	  "250 2.0.0 ok" },
	{ "a tab behind the code", "on mail raw 250\\x09ok\\r\\n\non dot raw 250\\x09ok\\r\\n", &to_one, 2, CALM, "done: =2.0.0 =2.0.0", "250 ok" },
	{ "a hundred stray lines", "on dot strays 50 ; normal ; strays 50", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "more than a hundred", "on dot strays 101 ; normal", &to_one, 1, CALM, "lost: T4.5.0?", "not an SMTP reply" },
	{ "more than a hundred in all", "on mail strays 30 ; normal", &to_one, 4, CALM, "lost: =2.0.0 =2.0.0 =2.0.0 T4.5.0", NULL },

	/* between messages, and the end */
	{ "closes behind the first message", "on dot normal ; close", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "421 in one breath with the first 250", "on dot raw 250 2.0.0 ok\\r\\n421 4.4.2 enough\\r\\n ; close", &to_one, 1, CALM,
	  "lost: =2.0.0", NULL },
	{ "refuses RSET", "on data reply 451 4.3.0 disk\non rset reply 500 no", &to_one, 1, CALM, "lost: T4.3.0", NULL },
	{ "closes at RSET", "on data reply 451 4.3.0 disk\non rset close", &to_one, 2, CALM, "lost: T4.3.0", NULL },
	{ "says nothing to QUIT", "on quit stall", &to_one, 1, HASTY, "done: =2.0.0", NULL },
	{ "closes at QUIT", "on quit close", &to_one, 1, CALM, "done: =2.0.0", NULL },
};

static const char *first_text(const struct lab_result *r)
{
	if (r->outcome_count > 0 && r->outcomes[0].recipient_count > 0)
		return said_line(&r->outcomes[0].recipients[0].reply);
	return r->ended ? said_line(&r->end.reply) : "";
}

static void check_run(const struct lab_session *s, const char *name, const char *summary, const char *text)
{
	struct lab_result r;
	struct buf got = { 0 };

	lab_run(s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), summary, "%s", name);
	if (text && !ok(strstr(first_text(&r), text) != NULL, "%s: the fault says \"%s\"", name, text))
		fprintf(stderr, "# it says: %s\n", first_text(&r));
	check_exit(&r, name);
	buf_free(&got);
	lab_result_free(&r);
}

static void every_step(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		const struct step_case *c = &steps[i];
		struct lab_session s = session(c->message, scales[c->pace]);

		s.repeat = c->repeat;
		lab_script(c->script);
		check_run(&s, c->name, c->summary, c->text);
	}
}

/* ---- the wire ---- */

#define HOSTILE_HEADER \
	"Return-Path: <x@example.net>\r\nOriginal-Recipient: rfc822;a\r\nOriginal-From: b\r\nDate : Tue, 1 Jan 2030 00:00:00 +0000\r\n" \
	"Date: Tue, 1 Jan 2030 00:00:00 +0000\r\nDate: again\r\nFrom: a@example.net\r\nFrom: b@example.net\r\n" \
	"Resent-Reply-To: c\r\nMessage-Id: <1@x>\r\nmessage-id:<2@x>\r\nSubject:\r\n folded\r\n\tmore \r\nBcc: d\r\n" \
	"Sender: e\r\nX:\r\n"

#define WIRE(bytes) { .sender = "s@example.net", .recipients = one, .fields = SPAN(FIELDS), .message = SPAN(bytes) }

static const struct lab_message wires[] = {
	WIRE(TEXT),
	WIRE(HOSTILE_HEADER "\r\nbody\r\n"),
	WIRE(HOSTILE_HEADER),
	WIRE("\r\nno header\r\n"),
	WIRE("no header at all\r\n"),
	WIRE("\r\n"),
	WIRE(""),
	{ .sender = "", .recipients = one, .message = SPAN("") },
	{ .sender = "", .recipients = one, .message = SPAN(TEXT) },
	WIRE("A: b\r\n\r\n.\r\n"),
	WIRE("A: b\r\n\r\n..\r\n...\r\n.a\r\nb.\r\n"),
	WIRE(".a: b\r\n.\r\n"),
	WIRE("A: b\r\n\r\n\r\n\r\n\r\n"),
	WIRE("A: b\r\n\r\na\0b\r\n\0\r\n"),
	WIRE("A: b\r\n\r\n\xff\xfe\x80 \t\x01\x7f\r\n"),
	WIRE("A: b\r\n\r\nMAIL FROM:<x>\r\nQUIT\r\n"),
	WIRE(" folded first line\r\nA: b\r\n\r\nx\r\n"),
	WIRE("Date: -\r\nFrom: -\r\nMessage-Id: -\r\n\r\nx\r\n"),
	WIRE("A: b\r\n\r\nFrom me\r\n>From you\r\nend of line \r\n"),
};

static void wires_equal(const char *what, const struct lab_message *m, size_t count)
{
	int connection = lab_connections();
	struct buf got = { 0 }, want = { 0 }, how = { 0 };

	lab_await_end(connection, &how);
	for (size_t i = 0; i < count; i++) {
		char name[32];
		snprintf(name, sizeof name, "%zu.data", i + 1);
		lab_read(connection, name, &got);
		buf_clear(&want);
		lab_wire_form(&m[i], &want);
		if (got.len < 4096)
			is_span(buf_span(&got), buf_span(&want), "%s %zu: the wire equals fields and message", what, i);
		else
			ok(span_eq(buf_span(&got), buf_span(&want)), "%s %zu: the wire equals fields and message", what, i);
	}
	buf_free(&got);
	buf_free(&want);
	buf_free(&how);
}

static void hostile_messages(void)
{
	enum { COUNT = sizeof wires / sizeof wires[0] };
	struct lab_message copy[COUNT];
	struct lab_session s = session(wires, scales[CALM]);

	for (int round = 0; round < 3; round++) {
		struct lab_result r;
		struct buf got = { 0 };

		lab_script(round == 1 ? "noword" : "");
		memcpy(copy, wires, sizeof wires);
		for (size_t i = 0; i < COUNT; i++)
			copy[i].as_file = round == 2;
		s.messages = copy;
		s.message_count = COUNT;
		lab_run(&s, &r);
		is_int(r.outcome_count, COUNT, "round %d: an outcome for each", round);
		lab_summary(&r, &got);
		ok(strchr(buf_text(&got), 'T') == NULL && strchr(buf_text(&got), 'P') == NULL, "round %d: all delivered", round);
		check_exit(&r, "hostile messages");
		wires_equal(round == 1 ? "without pipelining" : round == 2 ? "from a file" : "inline", wires, COUNT);
		lab_result_free(&r);
		buf_free(&got);
	}
}

/* Some MB with every kind of line, and one very long one. */
static void add_big(struct buf *b, int lines)
{
	buf_add_text(b, "From: a@example.net\r\n\r\n");
	for (int i = 0; i < lines; i++)
		buf_printf(b, "%s%d%.*s\r\n", i % 7 == 0 ? "." : "", i, i % 90,
		           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(b, 'y');
	buf_add_text(b, "\r\n.\r\n");
}

static void big_messages(void)
{
	struct buf big = { 0 };
	add_big(&big, 40000);
	struct lab_message m[] = {
		{ .sender = "s@example.net", .recipients = two, .fields = SPAN(FIELDS), .message = buf_span(&big), .as_file = true },
		{ .sender = "s@example.net", .recipients = two, .message = buf_span(&big), .as_file = true },
	};
	struct lab_session s = session(m, scales[CALM]);

	lab_script("");
	s.message_count = 2;
	check_run(&s, "a big message from a file", "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL);
	wires_equal("big", m, 2);

	/* More than the kernel takes in our place: the dot is still here when the session ends in the middle. */
	s.message_count = 1;
	add_big(&big, 400000);
	m[0].message = buf_span(&big);
	check_run(&s, "a message that is larger than the memory that both may have", "done: =2.0.0,=2.0.0", NULL);
	lab_script("on body close");
	check_run(&s, "closes during the message", "lost: T4.4.2,T4.4.2", NULL);
	lab_script("on body reset");
	check_run(&s, "resets during the message", "lost: T4.4.2,T4.4.2", NULL);
	lab_script("on body reply 552 5.3.4 too big ; sleep 0.2 ; close");
	check_run(&s, "refuses during the message", "lost: P5.3.4,P5.3.4", "552 5.3.4 too big");
	lab_script("on body reply 421 4.3.2 going down ; sleep 0.2 ; close");
	check_run(&s, "421 during the message", "lost: T4.3.2,T4.3.2", "421 4.3.2 going down");
	/* Making the file takes its time, and the session waits only so long for work. */
	s.scale = 0.01;
	lab_script("on body:2 sleep 5");
	check_run(&s, "takes no more of the message", "lost: T4.4.2,T4.4.2", "too long to take the message");
	buf_free(&big);
}

/* What is not in normal form is our own fault and does not reach the wire. */
static void not_normal(void)
{
	static const struct lab_message bad[] = {
		WIRE("A: b\r\n\r\nbare\nlf\r\n"), WIRE("A: b\r\n\r\nbare\rcr\r\n"), WIRE("A: b\r\n\r\n\n.\r\n"),
		WIRE("A: b\r\n\r\nx\r\r\n"), WIRE("A: b\r\n\r\nno end"), WIRE("A: b\r\n\r\nno end\r"), WIRE("A: b\n.\nB: c\r\n"),
	};

	lab_script("");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct lab_session s = session(&bad[i], scales[CALM]);
		struct buf how = { 0 }, data = { 0 };

		check_run(&s, "a message with bare CR or LF", "lost: T4.3.0", "bare CR or LF");
		lab_await_end(lab_connections(), &how);
		ok(!lab_exists(lab_connections(), "1.data"), "no dot was sent (%s)", buf_text(&how));
		buf_free(&how);
		buf_free(&data);
	}
}

/* ---- the envelope ---- */

struct envelope_case {
	const char *name, *script;
	struct lab_message message;
	const char *summary, *has, *has_not;    /* in what the server was told */
};

static const char *const odd[] = { "\"a b\"@example.org", "a'b=c+d@[192.0.2.1]", NULL };
static const char *const with_crlf[] = { "r1@example.org", "x@example.org>\r\nRCPT TO:<y@example.org", NULL };
static const char *const with_more[] = { "r1@example.org> NOTIFY=NEVER", "r1@example.org", NULL };
static const char *const in_utf8[] = { "r1@example.org", "\xc3\xa9@example.org", NULL };
static char long_address[1200];
static const char *const too_long[] = { "r1@example.org", long_address, NULL };

static const struct envelope_case envelopes[] = {
	{ "SIZE is of fields and message", "", { MESSAGE, .recipients = one }, "done: =2.0.0",
	  "MAIL FROM:<s@example.net> SIZE=94\r\n", "BODY" },
	{ "8BITMIME", "", { MESSAGE, .recipients = one, .eight_bit = true }, "done: =2.0.0", " BODY=8BITMIME", NULL },
	{ "no 8BITMIME: as it is", "word SIZE", { MESSAGE, .recipients = one, .eight_bit = true }, "done: =2.0.0", "SIZE=94\r\n",
	  "BODY" },
	{ "DSN", "", { MESSAGE, .recipients = one, .ret = DSN_RET_HEADERS, .envid = "e+1 x", .orcpt = "rfc822;a+2Bb@c",
	               .notify = NOTIFY_FAILURE | NOTIFY_DELAY }, "done: =2.0.0",
	  " RET=HDRS ENVID=e+2B1+20x\r\nRCPT TO:<r1@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@c\r\n", NULL },
	{ "DSN not offered", "word SIZE", { MESSAGE, .recipients = one, .ret = DSN_RET_FULL, .envid = "e", .orcpt = "rfc822;a",
	                                    .notify = NOTIFY_NEVER }, "done: =2.0.0", "RCPT TO:<r1@example.org>\r\n", "RET=" },
	{ "NOTIFY=NEVER", "", { MESSAGE, .recipients = one, .notify = NOTIFY_NEVER }, "done: =2.0.0", " NOTIFY=NEVER\r\n", NULL },
	{ "the null sender", "", { .sender = "", .recipients = one, .message = SPAN(TEXT) }, "done: =2.0.0", "MAIL FROM:<> SIZE", NULL },
	{ "odd addresses", "", { MESSAGE, .recipients = odd }, "done: =2.0.0,=2.0.0", "RCPT TO:<\"a b\"@example.org>\r\n", NULL },
	{ "CRLF in an address", "", { MESSAGE, .recipients = with_crlf }, "done: =2.0.0,P5.1.3", "RCPT TO:<r1@example.org>", "y@example" },
	{ "parameters in an address", "", { MESSAGE, .recipients = with_more }, "done: P5.1.3,=2.0.0", NULL, "NOTIFY" },
	{ "CRLF in the sender", "", { .sender = "a@b\r\nQUIT", .recipients = two, .message = SPAN(TEXT) }, "done: P5.1.7,P5.1.7", NULL,
	  "MAIL" },
	{ "a long address", "", { MESSAGE, .recipients = too_long }, "done: =2.0.0,P5.1.3", NULL, "xxxx" },
	{ "too big for the server", "word SIZE 93", { MESSAGE, .recipients = two }, "done: P5.3.4,P5.3.4", NULL, "MAIL" },
	{ "just not too big", "word SIZE 94", { MESSAGE, .recipients = one }, "done: =2.0.0", "MAIL", NULL },
	{ "SMTPUTF8 offered", "word SMTPUTF8\nword 8BITMIME", { MESSAGE, .recipients = in_utf8, .utf8 = true, .eight_bit = true },
	  "done: =2.0.0,=2.0.0", " SMTPUTF8\r\n", NULL },
	{ "SMTPUTF8 not offered", "", { MESSAGE, .recipients = in_utf8, .utf8 = true }, "done: P5.6.7,P5.6.7", NULL, "MAIL" },
	{ "one address needs SMTPUTF8", "", { MESSAGE, .recipients = in_utf8 }, "done: =2.0.0,P5.6.7", NULL, "SMTPUTF8" },
	{ "STARTTLS in what libesmtp sees", "word STARTTLS\nword CHUNKING\nword BINARYMIME\nword XUSR\nword ETRN\nword AUTH PLAIN\n"
	  "on starttls reply 454 no", { MESSAGE, .recipients = three }, "done: =2.0.0,=2.0.0,=2.0.0", "DATA", "BDAT" },
};

static void envelopes_are_right(void)
{
	struct buf told = { 0 }, how = { 0 };

	memset(long_address, 'x', sizeof long_address - 1);
	memcpy(long_address + 1100, "@example.org", 13);
	for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0]; i++) {
		const struct envelope_case *c = &envelopes[i];
		struct lab_session s = session(&c->message, scales[CALM]);

		lab_script(c->script);
		check_run(&s, c->name, c->summary, NULL);
		lab_await_end(lab_connections(), &how);
		lab_read(lab_connections(), "commands", &told);
		if (c->has && !ok(strstr(buf_text(&told), c->has) != NULL, "%s: says %s", c->name, c->has))
			tap_quote("said", buf_span(&told));
		if (c->has_not && !ok(strstr(buf_text(&told), c->has_not) == NULL, "%s: does not say %s", c->name, c->has_not))
			tap_quote("said", buf_span(&told));
	}
	buf_free(&told);
	buf_free(&how);
}

/* ---- TLS and AUTH ---- */

/* Certificates in the lab's folder: a CA, and what it and others signed. */
static void make_certificates(void)
{
	static const char script[] =
		". tests/lab/certificates.sh && cd \"$1\" && exec 2>openssl.log && key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
		"openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=ca -days 30 || exit 1\n"
		"sign() { openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1 &&\n"
		"  printf 'subjectAltName=%s\\n' \"$2\" >$1.ext &&\n"
		"  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $1.crt -extfile $1.ext $3; }\n"
		"sign good DNS:hostile.test '-days 30' && sign wrong DNS:other.test '-days 30' &&\n"
		"sign expired DNS:hostile.test \"$(certificate_expired)\" && sign byip IP:127.0.0.1 '-days 30' &&\n"
		"sign wild 'DNS:*.hostile.test' '-days 30' &&\n"
		"openssl req -x509 $key -keyout self.key -out self.crt -subj /CN=hostile.test -days 30 -addext subjectAltName=DNS:hostile.test\n";
	struct buf command = { 0 };

	lab_write("certificates.sh", span_of(script));
	buf_printf(&command, "sh %s/certificates.sh %s", lab_dir, lab_dir);
	if (system(buf_text(&command)) != 0)
		lab_bail("openssl makes no certificates");
	buf_free(&command);
}

struct secure_case {
	const char *name, *script;
	enum tls_level tls;
	bool implicit;
	const char *user, *password, *domain;
	const char *token_command, *password_command, *mechanisms, *secrets[3];
	int pace;
	const char *summary, *text;
	const char *description;     /* in READY's tls; "" for none */
	const char *has, *has_not;   /* in what the server was told */
};

#define VERIFIED "verified"
#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X189 X63 X63 X63

static const struct secure_case secures[] = {
	{ "may, offered", "cert good", TLS_MAY, .summary = "done: =2.0.0", .description = "TLSv1.3 with cipher ", .has = "STARTTLS\r\n(SNI hostile.test)\nEHLO" },
	{ "may, not offered", "", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "none, offered", "cert good", TLS_NONE, .summary = "done: =2.0.0", .description = "", .has_not = "STARTTLS" },
	{ "may, a self-signed certificate", "cert self", TLS_MAY, .summary = "done: =2.0.0", .description = "TLSv1.3" },
	{ "may, STARTTLS refused", "cert good\non starttls reply 454 4.7.0 no", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, a broken handshake: in clear", "cert good\non tls:1 sleep 0.05 ; raw nonsense\\r\\n ; close", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, a stalled handshake: in clear", "cert good\non tls:1 stall", TLS_MAY, .pace = HASTY, .summary = "done: =2.0.0", .description = "" },
	{ "may, STARTTLS refused and closed: in clear on a new connection", "cert good\non starttls fin 454 4.3.0 TLS not available", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, STARTTLS refused, and closed a little later", "cert good\non starttls reply 454 4.3.0 TLS not available ; sleep 0.1 ; close", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, STARTTLS refused for good and closed", "cert good\non starttls reply 554 5.3.0 never ; close", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, STARTTLS refused, and a stray line", "cert good\non starttls raw 454 4.3.0 no\\r\\nwarning\\r\\n", TLS_MAY, .summary = "done: =2.0.0", .description = "" },
	{ "may, a stray line behind the reply to STARTTLS", "cert good\non starttls raw 220 go\\r\\nwarning\\r\\n", TLS_MAY, .summary = "no tls:", .text = "more than it was asked", .has_not = "MAIL" },
	{ "may, 421 to STARTTLS", "cert good\non starttls fin 421 4.7.0 TLS not available", TLS_MAY, .summary = "no refused:", .text = "said: 421 4.7.0 TLS not available (in reply to STARTTLS)", .has_not = "MAIL" },
	{ "encrypt, 421 to STARTTLS", "cert good\non starttls reply 421 4.7.0 TLS not available ; close", TLS_ENCRYPT, .summary = "no refused:", .text = "421 4.7.0 TLS not available", .has_not = "MAIL" },
	{ "may, closes with the second reply to EHLO", "cert good\non ehlo:2 fin", TLS_MAY, .summary = "no unreachable:",
	  .text = "right after the reply to EHLO", .has_not = "MAIL" },
	{ "may, TLS that is too old, and mail in clear is refused", "cert good\ntls10\non mail reply 530 5.7.0 Must issue a STARTTLS command first", TLS_MAY, .summary = "done: T4.7.5", .text = "in clear it says: 530 5.7.0 Must issue", .description = "" },
	{ "the failed handshake is named first", "cert good\ntls10\non rcpt reply 530 5.7.0 Must issue a STARTTLS command first", TLS_MAY, .summary = "done: T4.7.5", .text = ": TLS handshake failed: ", .description = "" },
	{ "other refusals of mail in clear are what they are", "cert good\ntls10\non mail reply 550 5.7.1 no", TLS_MAY, .summary = "done: P5.7.1", .text = "550 5.7.1 no", .description = "" },
	{ "may, STARTTLS refused, and mail in clear is, too", "cert good\non starttls reply 454 4.3.0 not now\non mail reply 530 5.7.0 Must issue a STARTTLS command first", TLS_MAY, .summary = "done: T4.7.5", .text = "refuses STARTTLS: 454 4.3.0 not now; in clear it says: 530", .description = "" },
	{ "no STARTTLS, and mail in clear is refused", "on mail reply 530 5.7.0 Must issue a STARTTLS command first", TLS_MAY, .summary = "done: P5.7.0", .description = "" },
	{ "encrypt, offered", "cert self", TLS_ENCRYPT, .summary = "done: =2.0.0", .description = "TLSv1.3" },
	{ "encrypt, not offered", "", TLS_ENCRYPT, .summary = "no tls:", .text = "does not offer STARTTLS", .has_not = "MAIL" },
	{ "encrypt, refused", "cert good\non starttls reply 454 4.7.0 no", TLS_ENCRYPT, .summary = "no tls:", .text = "454 4.7.0 no", .has_not = "MAIL" },
	{ "encrypt, a broken handshake", "cert good\non tls sleep 0.05 ; raw nonsense\\r\\n ; close", TLS_ENCRYPT, .summary = "no tls:", .text = "handshake", .has_not = "MAIL" },
	{ "encrypt, and only HELO", "on ehlo reply 502 no", TLS_ENCRYPT, .summary = "no refused:", .has_not = "HELO" },
	{ "verify, good", "cert good", TLS_VERIFY, .summary = "done: =2.0.0", .description = VERIFIED },
	{ "verify, a wildcard", "cert wild", TLS_VERIFY, .domain = "mx.hostile.test", .summary = "done: =2.0.0", .description = VERIFIED },
	{ "verify, the wrong name", "cert wrong", TLS_VERIFY, .summary = "no tls:", .text = "hostname mismatch", .has_not = "MAIL" },
	{ "verify, expired", "cert expired", TLS_VERIFY, .summary = "no tls:", .text = "certificate has expired", .has_not = "MAIL" },
	{ "verify, self-signed", "cert self", TLS_VERIFY, .summary = "no tls:", .text = "self-signed", .has_not = "MAIL" },
	{ "verify, by address", "cert byip", TLS_VERIFY, .domain = "127.0.0.1", .summary = "done: =2.0.0", .description = VERIFIED, .has = "STARTTLS\r\n(SNI None)" },
	{ "verify, not offered", "", TLS_VERIFY, .summary = "no tls:", .has_not = "MAIL" },
	{ "implicit, verify", "cert good\nimplicit", TLS_VERIFY, true, .summary = "done: =2.0.0", .description = VERIFIED, .has_not = "STARTTLS" },
	{ "implicit, the wrong name", "cert wrong\nimplicit", TLS_VERIFY, true, .summary = "no tls:", .text = "hostname mismatch" },
	{ "implicit, but the server speaks in clear", "cert good", TLS_VERIFY, true, .summary = "no tls:", .text = "wrong version number" },
	{ "implicit, stalled", "cert good\nimplicit\non tls stall", TLS_VERIFY, true, .pace = HASTY, .summary = "no tls:", .text = "did not finish in time" },

	/* CVE-2011-0411 and its kin */
	{ "plain text before TLS", "cert good\non starttls raw 220 go\\r\\n250-evil\\r\\n250 SIZE 1\\r\\n ; normal", TLS_VERIFY,
	  .summary = "no tls:", .text = "more than it was asked", .has_not = "MAIL" },
	{ "plain text before TLS, with may", "cert good\non starttls raw 220 go\\r\\n250 evil\\r\\n", TLS_MAY,
	  .summary = "no tls:", .text = "more than it was asked", .has_not = "MAIL" },
	{ "words of EHLO before TLS do not count", "cert good\nword SIZE 10\non ehlo:2 reply 250 hostile.test", TLS_VERIFY,
	  .summary = "done: =2.0.0", .description = VERIFIED },
	{ "no EHLO behind TLS", "cert good\non ehlo:2 reply 550 no", TLS_VERIFY, .summary = "no refused:", .has_not = "MAIL" },
	{ "closes behind TLS", "cert good\non ehlo:2 close", TLS_VERIFY, .summary = "no unreachable:", .has_not = "MAIL" },
	{ "closes behind the dot in TLS", "cert good\non dot close", TLS_VERIFY, .summary = "lost: T4.4.2?" },
	{ "resets at RCPT in TLS", "cert good\non rcpt reset", TLS_VERIFY, .summary = "lost: T4.4.2" },

	{ "AUTH PLAIN", "cert good\nauth PLAIN u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH PLAIN AHUAcA==\r\nMAIL" },
	{ "AUTH LOGIN", "cert good\nauth LOGIN u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH LOGIN\r\ndQ==\r\ncA==\r\nMAIL" },
	{ "AUTH LOGIN, prompts that are no base64", "cert good\nauth LOGIN u p\non challenge:1 reply 334 Username:\non challenge:2 reply 334 ***", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH LOGIN\r\ndQ==\r\ncA==\r\nMAIL" },
	{ "AUTH LOGIN, prompts without a word", "cert good\nauth LOGIN u p\non challenge:1 raw 334\\r\\n\non challenge:2 raw 334 \\r\\n", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH LOGIN\r\ndQ==\r\ncA==\r\nMAIL" },
	{ "AUTH LOGIN, the same prompt twice", "cert good\nauth LOGIN u p\non challenge:2 reply 334 VXNlcm5hbWU6", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0" },
	{ "AUTH LOGIN, asked a third time", "cert good\nauth LOGIN u p\non auth:1 reply 334 VXNlcm5hbWU6", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .has = "\r\ncA==\r\n*", .has_not = "MAIL" },
	{ "AUTH LOGIN, the wrong password", "cert good\nauth LOGIN u p", TLS_VERIFY, .user = "u", .password = "q", .summary = "no auth:", .text = "535 5.7.8 wrong", .has_not = "MAIL" },
	{ "AUTH LOGIN from a command", "cert good\nauth LOGIN u p", TLS_VERIFY, .user = "u", .password_command = "x", .secrets = { "o", "p" }, .summary = "done: =2.0.0" },
	{ "AUTH PLAIN before LOGIN", "cert good\nauth LOGIN,PLAIN u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH PLAIN" },
	{ "AUTH, implicit TLS", "cert good\nimplicit\nauth PLAIN u p", TLS_VERIFY, true, "u", "p", .summary = "done: =2.0.0" },
	{ "AUTH, the wrong password", "cert good\nauth PLAIN u p", TLS_VERIFY, .user = "u", .password = "q", .summary = "no auth:", .text = "535 5.7.8 wrong", .has_not = "MAIL" },
	{ "AUTH LOGIN, the wrong user", "cert good\nauth LOGIN u p", TLS_VERIFY, .user = "v", .password = "p", .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH not offered", "cert good", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .text = "offers none", .has_not = "MAIL" },
	{ "AUTH by what we do not know", "cert good\nauth GSSAPI,X-OLD u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .text = "GSSAPI", .has_not = "MAIL" },
	{ "AUTH, a server that repeats the line", "cert good\nauth PLAIN u p\non auth reply 501 5.5.4 syntax error: AUTH PLAIN AHUAcGFzcw==", TLS_VERIFY, .user = "u", .password = "pass", .summary = "no auth:", .text = "syntax error: AUTH PLAIN ************ (in", .has_not = "MAIL" },
	{ "AUTH, a server that repeats the line and nothing else", "cert good\nauth PLAIN u p\non auth reply AUTH PLAIN AHUAcGFzcw== ; close", TLS_VERIFY, .user = "u", .password = "pass", .summary = "no auth:", .text = "not an SMTP reply: AUTH PLAIN ************", .has_not = "MAIL" },
	{ "AUTH, a server that repeats the line where it is cut", "cert good\nauth PLAIN u p\non auth drip 0 " X189 " AHUAcGFzcw==\\r\\n", TLS_VERIFY, .user = "u", .password = "pass", .summary = "no auth:", .text = " *********", .has_not = "MAIL" },
	{ "AUTH LOGIN, a server that repeats the password", "cert good\nauth LOGIN u p\non auth reply 535 5.7.8 not cGFzcw==", TLS_VERIFY, .user = "u", .password = "pass", .summary = "no auth:", .text = "535 5.7.8 not ********", .has_not = "MAIL" },
	{ "AUTH, closes with the last reply", "cert good\nauth PLAIN u p\non auth fin", TLS_VERIFY, .user = "u", .password = "p",
	  .summary = "no unreachable:", .text = "connection closed right after the reply to AUTH", .has_not = "MAIL" },
	{ "AUTH in clear, closes with the last reply", "auth PLAIN u p\non auth fin", TLS_NONE, .user = "u", .password = "p",
	  .summary = "no unreachable:", .text = "connection closed right after the reply to AUTH", .has_not = "MAIL" },
	{ "AUTH, 421", "cert good\nauth PLAIN u p\non auth reply 421 4.7.0 too many logins ; close", TLS_VERIFY, .user = "u", .password = "p", .summary = "no refused:", .text = "421 4.7.0 too many", .has_not = "MAIL" },
	{ "AUTH, a temporary failure", "cert good\nauth PLAIN u p\non auth reply 454 4.7.0 later", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .text = "454 4.7.0", .has_not = "MAIL" },
	{ "AUTH, the first mechanism is not wanted", "cert good\nauth PLAIN,LOGIN u p\non auth:1 reply 534 5.7.9 too weak", TLS_VERIFY, .user = "u", .password = "p",
	  .summary = "done: =2.0.0", .has = "AUTH LOGIN" },
	{ "AUTH, challenges without end", "cert good\nauth PLAIN u p\non auth reply 334 x", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH SCRAM accepted without proof", "cert good\nauth SCRAM-SHA-256 u p\non sasl reply 235 fine", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:",
	  .text = "did not prove", .has_not = "MAIL" },
	{ "AUTH SCRAM-SHA-256", "cert good\nauth PLAIN,LOGIN,SCRAM-SHA-1,SCRAM-SHA-256 u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0",
	  .has = "AUTH SCRAM-SHA-256 " },
	{ "AUTH SCRAM-SHA-1", "cert good\nauth PLAIN,SCRAM-SHA-1 u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-1 " },
	{ "AUTH SCRAM-SHA-256, the wrong password", "cert good\nauth SCRAM-SHA-256 u p", TLS_VERIFY, .user = "u", .password = "q", .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH SCRAM, a server that does not know the password", "cert good\nauth SCRAM-SHA-256 u p\non auth reply 235 fine", TLS_VERIFY, .user = "u", .password = "q",
	  .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH CRAM-MD5 last in TLS", "cert good\nauth CRAM-MD5,PLAIN u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH PLAIN " },
	{ "AUTH CRAM-MD5 before PLAIN in clear", "auth PLAIN,CRAM-MD5 u p", TLS_NONE, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH CRAM-MD5\r\n" },
	{ "AUTH SCRAM-SHA-256-PLUS bound by tls-exporter", "cert good\nauth PLAIN,LOGIN,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-1-PLUS,SCRAM-SHA-256-PLUS u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-256-PLUS cD10bHMtZXhwb3J0ZXIs" },
	{ "AUTH SCRAM-SHA-256-PLUS bound by tls-unique", "cert good\ntls12\nauth PLAIN,LOGIN,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-1-PLUS,SCRAM-SHA-256-PLUS u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-256-PLUS cD10bHMtdW5pcXVlL" },
	{ "AUTH SCRAM-SHA-1-PLUS", "cert good\nauth SCRAM-SHA-1,SCRAM-SHA-1-PLUS u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-1-PLUS " },
	{ "AUTH SCRAM-SHA-256 before SCRAM-SHA-1-PLUS", "cert good\nauth SCRAM-SHA-256,SCRAM-SHA-1-PLUS u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-256 " },
	{ "AUTH -PLUS, the wrong password", "cert good\nauth SCRAM-SHA-256-PLUS u p", TLS_VERIFY, .user = "u", .password = "q", .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH -PLUS is not for clear text", "auth SCRAM-SHA-256-PLUS,PLAIN u p", TLS_NONE, .user = "u", .password = "p", .summary = "done: =2.0.0", .has = "AUTH PLAIN " },
	{ "AUTH only by mechanisms that may be", "cert good\nauth PLAIN,LOGIN,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-1-PLUS,SCRAM-SHA-256-PLUS u p", TLS_VERIFY, .user = "u", .password = "p", .mechanisms = "LOGIN scram-sha-1", .summary = "done: =2.0.0", .has = "AUTH SCRAM-SHA-1 " },
	{ "AUTH by none that may be", "cert good\nauth PLAIN u p", TLS_VERIFY, .user = "u", .password = "p", .mechanisms = "SCRAM-SHA-256", .summary = "no auth:", .text = "no AUTH mechanism in common", .has_not = "AUTH" },
	{ "AUTH XOAUTH2", "cert good\nauth PLAIN,XOAUTH2 u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t" }, .summary = "done: =2.0.0", .has = "AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHQBAQ==\r\nMAIL" },
	{ "AUTH OAUTHBEARER before XOAUTH2", "cert good\nauth XOAUTH2,OAUTHBEARER u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t" }, .summary = "done: =2.0.0", .has = "AUTH OAUTHBEARER bixhPXUsAWhvc3Q9aG9zdGlsZS50ZXN0AXBvcnQ9NTg3AWF1dGg9QmVhcmVyIHQBAQ==\r\nMAIL" },
	{ "AUTH OAUTHBEARER, a user with a comma and an equals sign", "cert good\nauth OAUTHBEARER a=2Cb=3Dc t", TLS_VERIFY, .user = "a,b=c", .token_command = "x", .secrets = { "t" }, .summary = "done: =2.0.0" },
	{ "AUTH XOAUTH2, a token that has expired, then a good one", "cert good\nauth XOAUTH2 u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "old", "t" }, .summary = "done: =2.0.0", .has = "\r\n\r\nAUTH XOAUTH2 " },
	{ "AUTH XOAUTH2, two refused", "cert good\nauth XOAUTH2 u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "old", "older", "t" }, .summary = "no auth:", .text = "schemes", .has_not = "MAIL" },
	{ "AUTH OAUTHBEARER, a token that has expired, then a good one", "cert good\nauth OAUTHBEARER u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "old", "t" }, .summary = "done: =2.0.0", .has = "\r\nAQ==\r\nAUTH OAUTHBEARER " },
	{ "AUTH OAUTHBEARER, two refused", "cert good\nauth OAUTHBEARER u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "old", "older", "t" }, .summary = "no auth:", .text = "schemes", .has_not = "MAIL" },
	{ "AUTH XOAUTH2 closes", "cert good\nauth XOAUTH2 u t\non auth close", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t", "t" }, .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH XOAUTH2, errors without end", "cert good\nauth XOAUTH2 u t\non auth raw 334 e30=\r\n", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t", "t" }, .pace = HASTY, .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH XOAUTH2, an error that is no base64", "cert good\nauth XOAUTH2 u t\non sasl reply 334 ***", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t", "t" }, .summary = "no auth:", .has_not = "MAIL" },
	{ "a token is no password", "cert good\nauth PLAIN,LOGIN,CRAM-MD5 u t", TLS_VERIFY, .user = "u", .token_command = "x", .secrets = { "t" }, .summary = "no auth:", .text = "for a token", .has_not = "AUTH" },
	{ "a password is no token", "cert good\nauth XOAUTH2,OAUTHBEARER u p", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .text = "no AUTH mechanism in common", .has_not = "AUTH" },
	{ "no token in clear", "auth XOAUTH2 u t", TLS_MAY, .user = "u", .token_command = "x", .secrets = { "t" }, .summary = "no auth:", .text = "not sent in clear", .has_not = "AUTH" },
	{ "a command that fails", "auth PLAIN u p", TLS_NONE, .user = "u", .password_command = "x", .secrets = { "!it has failed" }, .summary = "no auth:", .text = "it has failed" },
	{ "a password from a command", "auth PLAIN u p", TLS_NONE, .user = "u", .password_command = "x", .secrets = { "p" }, .summary = "done: =2.0.0" },
	{ "a password from a command, refused, then changed", "auth PLAIN u p", TLS_NONE, .user = "u", .password_command = "x", .secrets = { "o", "p" }, .summary = "done: =2.0.0" },
	{ "a command that fails once its password is refused", "auth PLAIN u p", TLS_NONE, .user = "u", .password_command = "x", .secrets = { "o", "!gone" }, .summary = "no auth:", .text = "gone", .has_not = "MAIL" },
	{ "a password that is not there", "auth PLAIN u p", TLS_NONE, .user = "u", .summary = "no auth:", .text = "no password is known" },
	{ "a temporary failure asks no command again", "auth PLAIN u p\non auth reply 454 4.7.0 later", TLS_NONE, .user = "u", .password_command = "x", .secrets = { "p", "p" }, .summary = "no auth:", .text = "454", .has_not = "MAIL" },
	{ "AUTH closes", "cert good\nauth PLAIN u p\non auth close", TLS_VERIFY, .user = "u", .password = "p", .summary = "no auth:", .has_not = "MAIL" },
	{ "AUTH, no TLS where it may be: no password", "auth PLAIN u p", TLS_MAY, .user = "u", .password = "p", .summary = "no auth:", .text = "not sent in clear", .has_not = "AUTH" },
	{ "AUTH in clear where the owner said so", "auth PLAIN u p", TLS_NONE, .user = "u", .password = "p", .summary = "done: =2.0.0" },
	{ "AUTH and only HELO", "on ehlo reply 502 no", TLS_NONE, .user = "u", .password = "p", .summary = "no refused:", .has_not = "MAIL" },
};

static void check_secure(const struct secure_case *c, const struct lab_session *s, enum fault_kind kind)
{
	struct lab_result r;
	struct buf got = { 0 }, told = { 0 };

	lab_run(s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), c->summary, "%s", c->name);
	const char *said = first_text(&r);
	if (c->text && !ok(strstr(said, c->text) != NULL, "%s: the fault says \"%s\"", c->name, c->text))
		fprintf(stderr, "# it says: %s\n", said);
	if (r.ended && r.end.scope != SESSION_DONE)
		is_int(r.end.reply.kind, kind, "%s: temporary or not", c->name);
	const char *tls = r.ready ? r.ready_frame.tls : "";
	if (c->description && !ok(c->description[0] ? strstr(tls, c->description) != NULL : !tls[0], "%s: described", c->name))
		fprintf(stderr, "# as: %s\n", tls);
	check_exit(&r, c->name);
	lab_await_end(lab_connections(), &told);
	lab_read(lab_connections(), "commands", &told);
	if (c->has && !ok(strstr(buf_text(&told), c->has) != NULL, "%s: says %s", c->name, c->has))
		tap_quote("said", buf_span(&told));
	if (c->has_not && !ok(strstr(buf_text(&told), c->has_not) == NULL, "%s: does not say %s", c->name, c->has_not))
		tap_quote("said", buf_span(&told));
	buf_free(&got);
	buf_free(&told);
	lab_result_free(&r);
}

static void tls_and_auth(void)
{
	struct buf ca = { 0 };

	make_certificates();
	lab_path(&ca, "ca.crt");
	for (size_t i = 0; i < sizeof secures / sizeof secures[0]; i++) {
		const struct secure_case *c = &secures[i];
		struct lab_session s = session(&to_one, scales[c->pace]);

		s.hop = "isp";
		s.tls = c->tls;
		s.implicit = c->implicit;
		s.ca_file = buf_text(&ca);
		s.user = c->user;
		s.password = c->password;
		s.token_command = c->token_command;
		s.password_command = c->password_command;
		s.mechanisms = c->mechanisms;
		memcpy(s.secrets, c->secrets, sizeof s.secrets);
		s.domain = c->domain ? c->domain : "hostile.test";
		lab_script(c->script);
		check_secure(c, &s, FAULT_TEMPORARY);
	}
	struct lab_session s = session(&to_one, scales[CALM]);
	s.tls = TLS_VERIFY;
	s.ca_file = "/nonexistent/ca.pem";
	check_run(&s, "a ca_file that is not there", "no tls:", "cannot read certificates from ca_file /nonexistent/ca.pem");
	buf_free(&ca);
}

/* ---- what messages need ---- */

/* One server is the host of both addresses. */
struct need_case {
	const char *name, *script;
	uint8_t needs;
	const char *hop;
	enum tls_level tls;
	bool mx_secure, two, first;  /* two addresses; only the first connection misbehaves */
	const char *domain;          /* NULL: as the host */
	const char *summary, *text;
	enum fault_kind kind;        /* of the session's end */
	const char *has, *has_not;
};

#define WITH_TLS "word REQUIRETLS\nword SMTPUTF8\n"
#define SAID "REQUIRETLS\r\nRCPT"

static const struct need_case need_cases[] = {
	{ "SMTPUTF8, the host has it", "word SMTPUTF8", NEED_UTF8, "mx", TLS_NONE, .summary = "done: =2.0.0" },
	{ "SMTPUTF8, the second host has it", "on ehlo reply 250 hostile.test\nword SMTPUTF8", NEED_UTF8, "mx", TLS_NONE, .two = true, .first = true,
	  .summary = "done: =2.0.0" },
	{ "SMTPUTF8, no host has it", "", NEED_UTF8, "mx", TLS_NONE, .two = true, .summary = "no unmet:", .text = "needs SMTPUTF8",
	  .kind = FAULT_PERMANENT, .has = "QUIT", .has_not = "MAIL" },
	{ "SMTPUTF8, one host has not and one does not answer", "on connect close", NEED_UTF8, "mx", TLS_NONE, .two = true, .first = true,
	  .summary = "no unmet:", .text = "needs SMTPUTF8", .kind = FAULT_TEMPORARY },
	{ "SMTPUTF8, no host answers", "on connect close", NEED_UTF8, "mx", TLS_NONE, .two = true, .summary = "no unreachable:",
	  .kind = FAULT_TEMPORARY },

	{ "REQUIRETLS, all is there", WITH_TLS "cert good", NEED_TLS, "mx", TLS_MAY, .mx_secure = true, .summary = "done: =2.0.0", .has = SAID },
	{ "REQUIRETLS at a smarthost", WITH_TLS "cert good", NEED_TLS, "isp", TLS_MAY, .summary = "done: =2.0.0", .has = SAID },
	{ "REQUIRETLS at a smarthost that is not verified otherwise", WITH_TLS "cert good", NEED_TLS, "isp", TLS_ENCRYPT, .summary = "done: =2.0.0",
	  .has = SAID },
	{ "REQUIRETLS although tls is none", WITH_TLS "cert good", NEED_TLS, "isp", TLS_NONE, .summary = "done: =2.0.0", .has = SAID },
	{ "REQUIRETLS, nobody vouches for the MX", WITH_TLS "cert good", NEED_TLS, "mx", TLS_MAY, .summary = "no unmet:",
	  .text = "neither DNSSEC nor MTA-STS", .kind = FAULT_PERMANENT },
	{ "REQUIRETLS, and mx_tls = verify does not do", WITH_TLS "cert good", NEED_TLS, "mx", TLS_VERIFY, .summary = "no unmet:",
	  .text = "neither DNSSEC nor MTA-STS", .kind = FAULT_PERMANENT },
	{ "REQUIRETLS, no STARTTLS", WITH_TLS, NEED_TLS, "mx", TLS_MAY, .mx_secure = true, .summary = "no tls:", .text = "does not offer STARTTLS",
	  .kind = FAULT_TEMPORARY, .has_not = "MAIL" },
	{ "REQUIRETLS, the wrong name", WITH_TLS "cert wrong", NEED_TLS, "mx", TLS_MAY, .mx_secure = true, .summary = "no tls:",
	  .text = "(requiretls)", .kind = FAULT_TEMPORARY, .has_not = "MAIL" },
	{ "REQUIRETLS, the certificate names the domain and not the host", WITH_TLS "cert wrong", NEED_TLS, "mx", TLS_MAY, .mx_secure = true,
	  .domain = "other.test", .summary = "no tls:", .text = "(requiretls)", .kind = FAULT_TEMPORARY, .has_not = "MAIL" },
	{ "REQUIRETLS, not offered", "cert good", NEED_TLS, "mx", TLS_MAY, .mx_secure = true, .summary = "no unmet:", .text = "does not offer",
	  .kind = FAULT_PERMANENT, .has_not = "MAIL" },
	{ "REQUIRETLS, offered before TLS only", WITH_TLS "cert good\non ehlo:2 reply 250 hostile.test", NEED_TLS, "mx", TLS_MAY, .mx_secure = true,
	  .summary = "no unmet:", .text = "does not offer", .kind = FAULT_PERMANENT, .has_not = "MAIL" },
	{ "REQUIRETLS, the second host offers it", "on ehlo reply 250-hostile.test\\r\\n250 STARTTLS\ncert good\n" WITH_TLS, NEED_TLS, "mx",
	  TLS_MAY, .mx_secure = true, .two = true, .first = true, .summary = "done: =2.0.0", .has = SAID },
	{ "REQUIRETLS and SMTPUTF8", WITH_TLS "cert good", NEED_TLS | NEED_UTF8, "mx", TLS_MAY, .mx_secure = true, .summary = "done: =2.0.0",
	  .has = SAID },
};

static void needs(void)
{
	struct buf ca = { 0 };

	lab_path(&ca, "ca.crt");
	for (size_t i = 0; i < sizeof need_cases / sizeof need_cases[0]; i++) {
		const struct need_case *c = &need_cases[i];
		const struct secure_case as = { .name = c->name, .summary = c->summary, .text = c->text, .has = c->has, .has_not = c->has_not };
		const struct lab_message m = { MESSAGE, .recipients = one, .require_tls = c->needs & NEED_TLS };
		const struct target evidence = { .mx_secure = c->mx_secure };
		struct lab_session s = session(&m, scales[CALM]);
		s.hop = c->hop;
		s.tls = c->tls;
		s.needs = c->needs;
		s.host = s.domain;
		s.domain = c->domain ? c->domain : s.domain;
		s.ca_file = buf_text(&ca);
		s.evidence = &evidence;
		s.addresses = c->two ? "127.0.0.1 127.0.0.1" : NULL;
		struct buf script = { 0 };
		if (c->first)
			buf_printf(&script, "first %d\n", lab_connections() + 1);
		buf_add_text(&script, c->script);
		lab_script(buf_text(&script));
		buf_free(&script);
		check_secure(&as, &s, c->kind);
	}
	buf_free(&ca);
}

/* ---- round trips (RFC 2920 section 3.1) ---- */

/* Blank: together in one write; line: after a reply. */
static const struct group_case {
	const char *name, *script;
	size_t repeat;
	const char *groups;
} group_cases[] = {
	{ "pipelining", "", 2, "EHLO\nMAIL RCPT RCPT DATA\nMAIL RCPT RCPT DATA\nQUIT\n" },
	{ "no pipelining", "word SIZE", 1, "EHLO\nMAIL\nRCPT\nRCPT\nDATA\nQUIT\n" },
	{ "only HELO", "on ehlo reply 502 no", 1, "EHLO\nHELO\nMAIL\nRCPT\nRCPT\nDATA\nQUIT\n" },
	{ "MAIL refused", "on mail:1 reply 550 no", 2, "EHLO\nMAIL RCPT RCPT DATA\nRSET\nMAIL RCPT RCPT DATA\nQUIT\n" },
	{ "all refused, and yet 354", "on mail reply 550 no\non data reply 354 go", 1,
	  "EHLO\nMAIL RCPT RCPT DATA\n.\nRSET\nQUIT\n" },
	{ "recipients taken without a sender, and 354",
	  "on mail reply 550 no\non rcpt reply 250 ok\non data reply 354 go", 1,
	  "EHLO\nMAIL RCPT RCPT DATA\n.\nRSET\nQUIT\n" },
};

static void groups_are_as_large_as_may_be(void)
{
	for (size_t i = 0; i < sizeof group_cases / sizeof group_cases[0]; i++) {
		const struct group_case *c = &group_cases[i];
		struct lab_session s = session(&to_two, scales[CALM]);
		struct lab_result r;
		struct buf got = { 0 };

		s.repeat = c->repeat;
		lab_script(c->script);
		lab_run(&s, &r);
		lab_await_end(lab_connections(), &got);
		lab_read(lab_connections(), "groups", &got);
		is_text(buf_text(&got), c->groups, "%s: what is said together", c->name);
		buf_free(&got);
		lab_result_free(&r);
	}
}

/* ---- all recipients or none ---- */

#define TO_ALL MESSAGE, .whole = true

static const struct lab_message all_of_one = { TO_ALL, .recipients = one };
static const struct lab_message all_of_three = { TO_ALL, .recipients = three };

static const struct whole_case {
	const char *name, *script;
	const struct lab_message *message;
	int pace;
	const char *summary, *groups;
} whole_cases[] = {
	{ "whole, and all are taken", "", &all_of_three, CALM, "done: =2.0.0,=2.0.0,=2.0.0", "EHLO\nMAIL RCPT RCPT RCPT\nDATA\nQUIT\n" },
	{ "whole, without pipelining", "noword", &all_of_three, CALM, "done: =2.0.0,=2.0.0,=2.0.0",
	  "EHLO\nMAIL\nRCPT\nRCPT\nRCPT\nDATA\nQUIT\n" },
	{ "whole, the second refused", "on rcpt:2 reply 550 5.1.1 who", &all_of_three, CALM, "done: T4.5.0,P5.1.1,T4.5.0",
	  "EHLO\nMAIL RCPT RCPT RCPT\nRSET\nQUIT\n" },
	{ "whole, the last put off, without pipelining", "noword\non rcpt:3 reply 450 4.2.0 later", &all_of_three, CALM,
	  "done: T4.5.0,T4.5.0,T4.2.0", "EHLO\nMAIL\nRCPT\nRCPT\nRCPT\nRSET\nQUIT\n" },
	{ "whole, all refused", "on rcpt reply 550 5.1.1 who", &all_of_three, CALM, "done: P5.1.1,P5.1.1,P5.1.1",
	  "EHLO\nMAIL RCPT RCPT RCPT\nRSET\nQUIT\n" },
	{ "whole, all refused, without pipelining", "noword\non rcpt reply 550 5.1.1 who", &all_of_three, CALM,
	  "done: P5.1.1,P5.1.1,P5.1.1", "EHLO\nMAIL\nRCPT\nRCPT\nRCPT\nRSET\nQUIT\n" },
	{ "whole, MAIL refused", "on mail reply 550 5.7.1 no", &all_of_three, CALM, "done: P5.7.1,P5.7.1,P5.7.1",
	  "EHLO\nMAIL RCPT RCPT RCPT\nRSET\nQUIT\n" },
	{ "whole, MAIL refused and RCPT taken", "on mail reply 550 5.7.1 no\non rcpt reply 250 ok", &all_of_one, CALM, "done: P5.7.1",
	  "EHLO\nMAIL RCPT\nRSET\nQUIT\n" },
	{ "whole, DATA refused", "on data reply 451 4.3.0 not now", &all_of_one, CALM, "done: T4.3.0",
	  "EHLO\nMAIL RCPT\nDATA\nRSET\nQUIT\n" },
	{ "whole, the dot refused", "on dot reply 554 5.6.0 spam", &all_of_one, CALM, "done: P5.6.0", "EHLO\nMAIL RCPT\nDATA\nRSET\nQUIT\n" },
	{ "whole, more than its LIMITS", "word LIMITS RCPTMAX=2", &all_of_three, CALM, "done: T4.5.0,T4.5.0,T4.5.3", "EHLO\nQUIT\n" },
	{ "whole, 421 to the second", "on rcpt:2 reply 421 4.7.0 bye ; close", &all_of_three, CALM, "lost: T4.7.0,T4.7.0,T4.7.0",
	  "EHLO\nMAIL RCPT RCPT\n" },
	{ "whole, closes at the third", "on rcpt:3 close", &all_of_three, CALM, "lost: T4.4.2,T4.4.2,T4.4.2",
	  "EHLO\nMAIL RCPT RCPT RCPT\n" },
	{ "whole, silent at the third", "on rcpt:3 stall", &all_of_three, HASTY, "lost: T4.4.2,T4.4.2,T4.4.2",
	  "EHLO\nMAIL RCPT RCPT RCPT\n" },
	{ "whole, a reply too many", "on rcpt:3 many 2", &all_of_three, CALM, "lost: T4.5.0,T4.5.0,T4.5.0",
	  "EHLO\nMAIL RCPT RCPT RCPT\n" },
};

static void all_or_none(void)
{
	for (size_t i = 0; i < sizeof whole_cases / sizeof whole_cases[0]; i++) {
		const struct whole_case *c = &whole_cases[i];
		struct lab_session s = session(c->message, scales[c->pace]);
		struct buf got = { 0 };

		lab_script(c->script);
		check_run(&s, c->name, c->summary, NULL);
		lab_await_end(lab_connections(), &got);
		lab_read(lab_connections(), "groups", &got);
		is_text(buf_text(&got), c->groups, "%s: what is said together", c->name);
		buf_free(&got);
	}
}

/* Far more than fits the buffers of both ends: neither waits for the other for ever. */
static void a_thousand_recipients(void)
{
	enum { COUNT = 1000 };
	static char addresses[COUNT][300];
	const char *recipients[COUNT + 1] = { NULL };
	struct lab_message m = { MESSAGE, .recipients = recipients };
	struct lab_session s = session(&m, scales[CALM]);
	struct buf want = { 0 };

	buf_add_text(&want, "done:");
	for (int i = 0; i < COUNT; i++) {
		snprintf(addresses[i], sizeof addresses[i], "r%d%050d@%060d.%060d.example.org", i, 0, 0, 0);
		recipients[i] = addresses[i];
		buf_printf(&want, "%c=2.0.0", i ? ',' : ' ');
	}
	lab_script("on rcpt flood 20");
	check_run(&s, "a thousand recipients, and long replies", buf_text(&want), NULL);
	buf_free(&want);
}

/* ---- what a session learns, and what it is told ---- */

static void pipelining_that_is_not_kept(void)
{
	static const struct {
		const char *name, *script;
		bool step_by_step, broken;
		const char *groups;
	} rows[] = {
		{ "dropped", "on mail normal ; drop", false, true, "EHLO\nMAIL\n" },
		{ "step by step", "on mail normal ; drop", true, false, "EHLO\nMAIL\nRCPT\nRCPT\nDATA\nQUIT\n" },
		{ "silent behind the dot", "on dot stall", false, false, "EHLO\nMAIL RCPT RCPT DATA\n" },
		{ "closes at RCPT", "on rcpt:2 close", false, false, "EHLO\nMAIL RCPT RCPT\n" },
		{ "dropped, and closed by the server after a while", "on mail normal ; drop ; sleep 0.3 ; reply 421 4.4.2 idle ; close", false, true,
		  "EHLO\nMAIL\n" },
		{ "not offered", "noword\non mail stall", false, false, "EHLO\nMAIL\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lab_session s = session(&to_two, scales[HASTY]);
		struct lab_result r;
		struct buf got = { 0 };

		s.step_by_step = rows[i].step_by_step;
		lab_script(rows[i].script);
		lab_run(&s, &r);
		is_int(r.end.pipelining_broken, rows[i].broken, "%s: PIPELINING is broken or not", rows[i].name);
		is_int(r.end.scope, rows[i].step_by_step ? SESSION_DONE : SESSION_LOST, "%s: how it ended", rows[i].name);
		lab_await_end(lab_connections(), &got);
		lab_read(lab_connections(), "groups", &got);
		is_text(buf_text(&got), rows[i].groups, "%s: what is said together", rows[i].name);
		buf_free(&got);
		lab_result_free(&r);
	}
}

static void limits_are_learnt(void)
{
	static const struct {
		const char *name, *script;
		uint32_t rcpt_max, learnt;   /* in READY; at the end */
		const char *summary;
		size_t repeat;
	} rows[] = {
		{ "none", "", 0, 0, "done: =2.0.0,=2.0.0,=2.0.0", 1 },
		{ "RCPTMAX", "word PIPELINING\nword LIMITS RCPTMAX=2", 2, 0, "done: =2.0.0,=2.0.0,T4.5.3", 1 },
		{ "MAILMAX", "word LIMITS MAILMAX=2", 0, 0, "done: =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0", 3 },
		{ "RCPTDOMAINMAX", "word LIMITS RCPTDOMAINMAX=1", 0, 0, "done: =2.0.0,=2.0.0,=2.0.0", 3 },
		{ "421 at the third RCPT", "on rcpt:3 reply 421 4.7.0 too many ; close", 0, 2, "lost: T4.7.0,T4.7.0,T4.7.0", 1 },
		{ "421 at the first RCPT", "on rcpt:1 reply 421 4.7.0 too many ; close", 0, 0, "lost: T4.7.0,T4.7.0,T4.7.0", 1 },
		{ "one was refused before", "noword\non rcpt:1 reply 550 5.1.1 who\non rcpt:3 reply 421 4.7.0 too many ; close", 0, 1,
		  "lost: P5.1.1,T4.7.0,T4.7.0", 1 },
		{ "421 at DATA", "on data reply 421 4.7.0 no ; close", 0, 0, "lost: T4.7.0,T4.7.0,T4.7.0", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lab_session s = session(&to_three, scales[CALM]);
		struct lab_result r;
		struct buf got = { 0 };

		s.repeat = rows[i].repeat;
		lab_script(rows[i].script);
		lab_run(&s, &r);
		lab_summary(&r, &got);
		is_text(buf_text(&got), rows[i].summary, "%s", rows[i].name);
		is_int(r.ready_frame.rcpt_max, rows[i].rcpt_max, "%s: recipients of LIMITS", rows[i].name);
		is_int(r.end.rcpt_max, rows[i].learnt, "%s: recipients learnt", rows[i].name);
		if (rows[i].rcpt_max)
			is_int(reply_about(&r.outcomes[0].recipients[2].reply), REFUSAL_RECIPIENTS, "%s: the rest is for another transaction", rows[i].name);
		is_text(r.ready_frame.host, "hostile.test", "%s: with which host", rows[i].name);
		is_text(r.ready_frame.source, "127.0.0.1", "%s: from which address", rows[i].name);
		is_int(r.ready_frame.connections + r.end.connections, 2, "%s: one connection", rows[i].name);
		buf_free(&got);
		lab_result_free(&r);
	}
}

/* Of IPv4, all of 127.0.0.0/8 is ours: dialled from 127.0.0.1 where no source is set. */
static void own_addresses_that_are_refused(void)
{
	static const struct {
		const char *name, *addresses, *source, *refused, *summary, *text;
		bool none_left;
		int connections;
	} rows[] = {
		{ "another than ours", "127.0.0.1", NULL, "127.0.0.7 ::1", "done: =2.0.0", NULL, false, 1 },
		{ "the kernel's choice", "127.0.0.1", NULL, "127.0.0.7 127.0.0.1", "no unreachable:",
		  "no address is left to send to hostile.test from; refused there: 127.0.0.1", true, 0 },
		{ "another source is set", "127.0.0.1", "127.0.0.9", "127.0.0.1", "done: =2.0.0", NULL, false, 1 },
		{ "the source that is set", "127.0.0.1", "127.0.0.9", "127.0.0.9", "no unreachable:", "refused there: 127.0.0.9", true, 0 },
		{ "one family, and the other is dead", "::1 127.0.0.1", NULL, "127.0.0.1", "no unreachable:",
		  "refused there: 127.0.0.1; hostile.test[::1]", true, 0 },
		{ "one family, and the other is refused, too", "::1 127.0.0.1/::1", NULL, "127.0.0.1 ::1", "no unreachable:",
		  "refused there: ::1, 127.0.0.1", true, 0 },
	};

	lab_script("");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lab_session s = session(&to_one, scales[CALM]);
		struct lab_result r;
		struct buf got = { 0 };
		int before = lab_connections();

		s.addresses = rows[i].addresses;
		s.source = rows[i].source;
		s.refused = rows[i].refused;
		lab_run(&s, &r);
		lab_summary(&r, &got);
		is_text(buf_text(&got), rows[i].summary, "refused: %s", rows[i].name);
		if (rows[i].text && !ok(strstr(said_line(&r.end.reply), rows[i].text) != NULL, "%s: says why", rows[i].name))
			fprintf(stderr, "# it says: %s\n", said_line(&r.end.reply));
		is_int(r.end.none_left, rows[i].none_left, "%s: none is left or not", rows[i].name);
		is_int(lab_connections() - before, rows[i].connections, "%s: connections", rows[i].name);
		is_int(r.end.connections, rows[i].connections, "%s: and it says so", rows[i].name);
		if (r.ready)
			is_text(r.ready_frame.source, rows[i].source ? rows[i].source : "127.0.0.1", "%s: sent from", rows[i].name);
		buf_free(&got);
		lab_result_free(&r);
	}
}

static void connections_are_bounded(void)
{
	static const struct {
		const char *name, *script;
		uint32_t most;
		int connections;
		const char *summary;
	} rows[] = {
		{ "closes at once", "on connect close", 0, 5, "no unreachable:" },
		{ "closes with the reply to EHLO", "on ehlo fin", 0, 5, "no unreachable:" },
		{ "two are allowed", "on ehlo fin", 2, 2, "no unreachable:" },
		{ "closes with the last reply to AUTH", "auth PLAIN u p\non auth fin", 0, 5, "no unreachable:" },
		{ "tries in clear count", "cert good\non tls close\non mail reply 421 4.3.2 no ; close", 0, 2, "lost: T4.3.2" },
		{ "no try in clear is left", "cert good\non tls close", 1, 1, "no tls:" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lab_session s = session(&to_one, scales[CALM]);
		struct lab_result r;
		struct buf got = { 0 };
		int before = lab_connections();

		if (strstr(rows[i].script, "auth")) {
			s.hop = "isp";
			s.user = "u";
			s.password = "p";
			s.tls = TLS_NONE;
		}
		s.addresses = "127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1/127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1";
		s.connections_max = rows[i].most;
		lab_script(rows[i].script);
		lab_run(&s, &r);
		lab_summary(&r, &got);
		is_text(buf_text(&got), rows[i].summary, "connections: %s", rows[i].name);
		is_int(lab_connections() - before, rows[i].connections, "%s: connections", rows[i].name);
		is_int(r.end.connections, rows[i].connections, "%s: and it says so", rows[i].name);
		buf_free(&got);
		lab_result_free(&r);
	}
}

/* 45 s for a greeting where another host waits, 5 min for the last: here 225 ms and 1.5 s. */
static void hosts_that_greet_late(void)
{
	static const struct {
		const char *name, *addresses, *script;
		bool only_first;     /* connection misbehaves so */
		const char *summary;
		int connections, least_ms, most_ms;
	} rows[] = {
		{ "one host, late", "127.0.0.1", "on connect sleep 0.7 ; normal", false, "done: =2.0.0", 1, 700, 20000 },
		{ "one host, too late", "127.0.0.1", "on connect stall", false, "no unreachable:", 1, 1500, 20000 },
		{ "the next is taken", "127.0.0.1/127.0.0.1", "on connect stall", true, "done: =2.0.0", 2, 225, 1450 },
		{ "the next is dead, and the first greets late", "127.0.0.1/127.0.0.2", "on connect sleep 0.7 ; normal", false, "done: =2.0.0", 1, 700,
		  20000 },
		{ "the next is dead, and the first never greets", "127.0.0.1/127.0.0.2", "on connect stall", false, "no unreachable:", 1, 1500,
		  20000 },
		{ "the next refuses, and the first greets late", "127.0.0.1/127.0.0.1", "on connect sleep 0.7 ; normal\nlater on connect reply 554 no",
		  true, "done: =2.0.0", 2, 700, 20000 },
		{ "the last gets its time, too", "127.0.0.1/127.0.0.1", "on connect stall\nlater on connect sleep 0.7 ; normal",
		  true, "done: =2.0.0", 2, 925, 20000 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct lab_session s = session(&to_one, 0.005);
		struct lab_result r;
		struct buf got = { 0 }, script = { 0 };
		int before = lab_connections();

		s.addresses = rows[i].addresses;
		if (rows[i].only_first)
			buf_printf(&script, "first %d\n", before + 1);
		buf_add_text(&script, rows[i].script);
		lab_script(buf_text(&script));
		lab_run(&s, &r);
		lab_summary(&r, &got);
		is_text(buf_text(&got), rows[i].summary, "greets late: %s", rows[i].name);
		is_int(lab_connections() - before, rows[i].connections, "%s: connections", rows[i].name);
		ok(r.ms >= rows[i].least_ms && r.ms < rows[i].most_ms, "%s: in time (%d ms)", rows[i].name, (int)r.ms);
		check_exit(&r, rows[i].name);
		buf_free(&got);
		buf_free(&script);
		lab_result_free(&r);
	}
}

/* ---- addresses ---- */

static void many_addresses(void)
{
	struct lab_session s = session(&to_one, scales[CALM]);

	lab_script("");
	s.addresses = "127.0.0.2 ::1 127.0.0.1";
	check_run(&s, "two dead addresses, then one that lives", "done: =2.0.0", NULL);
	s.addresses = "127.0.0.2 ::1";
	check_run(&s, "dead addresses only", "no unreachable:", "cannot connect: Connection refused");
	s.addresses = "127.0.0.1 127.0.0.1";
	lab_script("on connect reply 421 4.3.2 no");
	check_run(&s, "refused at each address", "no refused:", "421 4.3.2 no");
	/* An account gets locked by asking again. */
	s.hop = "isp";
	s.user = "u";
	s.password = "p";
	s.tls = TLS_NONE;
	lab_script("auth PLAIN u q");
	int before = lab_connections();
	check_run(&s, "a refused password is not tried elsewhere", "no auth:", "535");
	is_int(lab_connections(), before + 1, "one connection");
}

/* Half a record's header can be read for as long as the server wants, and says nothing. */
static void half_a_record(void)
{
	enum { ASLEEP_MS = 3000 };
	struct lab_session s = session(&to_two, scales[CALM]);
	struct lab_result r;
	struct buf got = { 0 };

	s.tls = TLS_ENCRYPT;
	lab_script("cert good\non dot below \\x17\\x03\\x03 ; sleep 3 ; close");
	lab_run(&s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), "lost: T4.4.2?,T4.4.2?", "half a record");
	ok(r.cpu_ms < ASLEEP_MS / 3, "is waited for asleep (%.0f ms of CPU)", r.cpu_ms);
	lab_result_free(&r);
	buf_free(&got);
}

/* ---- our own misfortunes ---- */

static void check_unseen(const char *name)
{
	struct buf how = { 0 };

	lab_await_end(lab_connections(), &how);
	ok(how.len > 0, "%s: the connection ended: %s", name, buf_text(&how));
	buf_free(&how);
}

static void misfortunes(void)
{
	struct lab_session s = session(&to_two, scales[CALM]);
	struct lab_result r;
	struct buf got = { 0 };

	/* libesmtp's process dies while MAIL waits for its reply. */
	s.kill_library_at_deliver = true;
	s.kill_library_ms = 100;
	lab_script("on mail sleep 0.3 ; normal");
	lab_run(&s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), "lost: T4.3.0,T4.3.0", "esmtp dies at MAIL");
	ok(WIFEXITED(r.smtp_status) && WEXITSTATUS(r.smtp_status) == 0, "smtp ends well");
	lab_result_free(&r);

	/* Behind the dot the server's word still counts. */
	lab_script("on dot sleep 0.3 ; normal");
	lab_run(&s, &r);
	buf_clear(&got);
	lab_summary(&r, &got);
	is_text(buf_text(&got), "lost: =2.0.0,=2.0.0", "esmtp dies behind the dot");
	lab_result_free(&r);

	/* The queue dies before the dot: the server must not get one. */
	s.kill_library_at_deliver = false;
	s.close_queue_at_deliver = true;
	s.close_queue_ms = 100;
	lab_script("on data sleep 0.3 ; normal");
	lab_run(&s, &r);
	check_unseen("the queue dies before the dot");
	ok(!lab_exists(lab_connections(), "1.data"), "no dot was sent");
	check_exit(&r, "the queue dies before the dot");
	lab_result_free(&r);

	s.scale = scales[HASTY];
	lab_script("on connect stall");
	lab_run(&s, &r);
	is_int(r.outcome_count, 0, "nothing delivered while the greeting does not come");
	lab_result_free(&r);
	buf_free(&got);
}

static void commits_bound_repeats(void)
{
	struct lab_session s = session(&to_one, 0.002);
	struct lab_result r;

	lab_script("");
	s.repeat = 10;
	s.never_commit = true;
	lab_run(&s, &r);
	is_int(r.outcome_count, UNCOMMITTED_MAX, "no more than 4 are sent while none is committed");
	is_int(r.end.scope, SESSION_DONE, "and then the session ends politely");
	check_exit(&r, "never committed");
	lab_result_free(&r);
}

static void long_sessions(void)
{
	struct lab_session s = session(&to_one, scales[CALM]);
	struct lab_result r;

	lab_script("");
	s.repeat = 150;
	lab_run(&s, &r);
	is_int(r.outcome_count, 100, "a session with an MX takes 100 messages");
	is_int(r.end.scope, SESSION_DONE, "and ends by itself");
	ok(r.most_uncommitted <= UNCOMMITTED_MAX, "never more than 4 uncommitted");
	ok(r.outcomes[0].setup_ms < 10000 && r.outcomes[1].setup_ms == 0, "only the first tells of the set-up");
	lab_result_free(&r);

	s.hop = "isp";
	s.messages_per_session = 7;
	lab_run(&s, &r);
	is_int(r.outcome_count, 7, "one with a smarthost as many as it is set to");
	is_int(r.end.scope, SESSION_DONE, "and ends by itself, too");
	lab_result_free(&r);
	s.messages_per_session = 0;

	/* Past libesmtp's own session limit, and past what descriptors there are. */
	struct lab_message from_file = to_one;
	from_file.as_file = true;
	s.messages = &from_file;
	s.hop = "isp";
	s.repeat = 450;
	lab_run(&s, &r);
	is_int(r.outcome_count, 450, "450 messages in one session with a smarthost");
	is_int(r.end.scope, SESSION_DONE, "politely");
	check_exit(&r, "long session");
	lab_result_free(&r);

	s.repeat = 1;
	s.endless = true;
	s.scale = 0.002;
	lab_run(&s, &r);
	is_int(r.end.scope, SESSION_DONE, "a session without work ends by itself");
	lab_result_free(&r);
}

/* How fast, for a person: session_test bench COUNT PORT (0: the hostile server itself). */
static int bench(size_t count, uint16_t port)
{
	struct buf body = { 0 };
	buf_add_text(&body, "From: a@example.net\r\nTo: b@example.org\r\nSubject: s\r\n\r\n");
	while (body.len < 2048)
		buf_add_text(&body, "0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
	struct lab_message m = { .sender = "s@example.net", .recipients = one, .fields = SPAN(FIELDS), .message = buf_span(&body) };
	struct lab_session s = session(&m, 1);
	struct lab_result r;

	lab_script("");
	s.hop = "isp";
	s.port = port;
	s.repeat = count;
	lab_run(&s, &r);
	printf("%zu messages in %lld ms: %.0f/s, %.3f ms of CPU a message (smtp and esmtp)\n", r.outcome_count,
	       (long long)r.ms, (double)r.outcome_count * 1000 / (double)r.ms, r.cpu_ms / (double)r.outcome_count);
	lab_result_free(&r);
	buf_free(&body);
	return 0;
}

int main(int argc, char **argv)
{
	tap_plan(1198);
	lab_open();
	if (argc == 4 && strcmp(argv[1], "bench") == 0) {
		int result = bench((size_t)atoi(argv[2]), (uint16_t)atoi(argv[3]));
		lab_close();
		return result;
	}
	every_step();
	hostile_messages();
	big_messages();
	not_normal();
	envelopes_are_right();
	tls_and_auth();
	needs();
	groups_are_as_large_as_may_be();
	all_or_none();
	a_thousand_recipients();
	pipelining_that_is_not_kept();
	limits_are_learnt();
	own_addresses_that_are_refused();
	connections_are_bounded();
	hosts_that_greet_late();
	many_addresses();
	half_a_record();
	misfortunes();
	commits_bound_repeats();
	long_sessions();
	lab_close();
	return tap_done();
}
