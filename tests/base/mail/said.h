/* SPDX-License-Identifier: ISC */
/*
 * said - replies for tests: what begins with a code is a server's, judged as
 * where one is heard (base/mail/refusal.h); anything else is words of our own.
 */
#ifndef TESTS_BASE_MAIL_SAID_H
#define TESTS_BASE_MAIL_SAID_H

#include "base/mail/reply.h"

#include <stdio.h>
#include <stdlib.h>

#define SAID_RELAY "mx.example.net[127.0.0.1]:25"

__attribute__((unused)) static struct reply said_at(enum smtp_step step, enum fault_kind kind, const char *status, const char *text)
{
	struct reply r = { .kind = kind, .step = step };
	struct refusal_heard heard = { .step = step, .own_address = "192.0.2.1", .own_name = "", .server = "mx.example.net" };
	struct refusal_verdict verdict;
	char *rest;

	r.code = (unsigned)strtoul(text, &rest, 10);
	if (rest - text != 3 || (*rest && *rest != ' '))
		r.code = 0;
	snprintf(r.status, sizeof r.status, "%s", status);
	snprintf(r.text, sizeof r.text, "%s", r.code ? rest + (*rest != '\0') : text);
	snprintf(r.relay, sizeof r.relay, "%s", SAID_RELAY);
	snprintf(r.source, sizeof r.source, "192.0.2.1");
	heard.code = r.code;
	heard.text = span_of(r.text);
	refusal_classify(&heard, &verdict);
	if (r.code >= 400) {
		r.reason = verdict.reason;
		r.reach = verdict.reach;
		r.contradicts = verdict.contradicts;
	}
	return r;
}

__attribute__((unused)) static struct reply said(enum fault_kind kind, const char *status, const char *text)
{
	return said_at(STEP_RCPT, kind, status, text);
}

/* As reply_print has it; until the next call. */
__attribute__((unused)) static const char *said_line(const struct reply *r)
{
	static char line[REPLY_TEXT_MAX + REPLY_RELAY_MAX];
	struct buf out = { 0 };

	reply_print(r, &out);
	snprintf(line, sizeof line, "%s", buf_text(&out));
	buf_free(&out);
	return line;
}

#endif
