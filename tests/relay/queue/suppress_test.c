/* SPDX-License-Identifier: ISC */
/* What counts as "no such mailbox", and until when. */
#include "relay/queue/suppress.h"

#include "tests/base/mail/said.h"
#include "tests/tap.h"

int main(void)
{
	static const struct { enum smtp_step step; enum fault_kind kind; const char *status, *text; bool alone, counts; } rows[] = {
		{ STEP_RCPT, FAULT_PERMANENT, "5.1.1", "550 no such user", false, true },
		{ STEP_RCPT, FAULT_PERMANENT, "5.1.1", "550 5.1.1 The email account that you tried to reach does not exist.", false, true },
		{ STEP_RCPT, FAULT_PERMANENT, "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", false, true },
		{ STEP_DOT, FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user", true, true },
		{ STEP_DOT, FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user", false, false },
		{ STEP_MAIL, FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user", true, false },
		{ STEP_RCPT, FAULT_TEMPORARY, "4.1.1", "450 4.1.1 no such user", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.1.1", "no such user", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.2.2", "552 5.2.2 mailbox full", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.3.4", "552 5.3.4 message too big", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.7.1", "550 5.7.1 rejected by policy", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.4.6", "554 5.4.6 too many hops", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.7.1", "554 5.7.1 Relay access denied", true, false },
		{ STEP_RCPT, FAULT_PERMANENT, "5.0.0", "550 no", true, false },
	};
	struct settings s;
	struct store_refused r = { .refused_ms = 5000 };

	tap_plan(sizeof rows / sizeof rows[0] + 6);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reply reply = said_at(rows[i].step, rows[i].kind, rows[i].status, rows[i].text);
		is_int(suppress_counts(&reply, rows[i].alone), rows[i].counts, "%s at step %d, %s", rows[i].text, (int)rows[i].step,
		       rows[i].alone ? "alone" : "beside others");
	}
	struct reply reply = said(FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user");
	reply.contradicts = true;
	is_int(suppress_counts(&reply, true), false, "one whose words say that it is temporary");
	reply.contradicts = false;
	reply_expire(&reply);
	is_int(suppress_counts(&reply, true), false, "one that was tried until its time was over");

	settings_defaults(&s);
	is_int(suppress_until(&s, &r), 0, "off by default");
	is_int(suppress_keeps_ms(&s), 30LL * 24 * 3600 * 1000, "and kept as long as the history");
	s.suppress_ms = 365LL * 24 * 3600 * 1000;
	is_int(suppress_until(&s, &r), 5000 + s.suppress_ms, "from the refusal on");
	is_int(suppress_keeps_ms(&s), s.suppress_ms, "kept as long as it counts");
	settings_free(&s);
	return tap_done();
}
