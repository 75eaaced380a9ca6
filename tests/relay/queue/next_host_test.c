/* SPDX-License-Identifier: ISC */
/* After which answers the next host of a list is asked, and which of them are that host's own trouble. */
#include "tests/tap.h"

#include "relay/queue/next_host.h"

static const struct {
	const char *name;
	struct reply reply;
	bool unknown;
	bool leads, sick;
} rows[] = {
	{ "taken", { .code = 250, .step = STEP_DOT }, false, false, false },
	{ "refused", { .kind = FAULT_PERMANENT, .code = 550, .step = STEP_RCPT }, false, false, false },
	{ "trouble at RCPT", { .kind = FAULT_TEMPORARY, .code = 451, .step = STEP_RCPT }, false, true, false },
	{ "trouble at MAIL", { .kind = FAULT_TEMPORARY, .code = 451, .step = STEP_MAIL }, false, true, true },
	{ "trouble at the dot", { .kind = FAULT_TEMPORARY, .code = 451, .step = STEP_DOT }, false, true, false },
	{ "421 at the dot", { .kind = FAULT_TEMPORARY, .code = 421, .step = STEP_DOT }, false, true, true },
	{ "lost before the dot", { .kind = FAULT_TEMPORARY, .step = STEP_DATA }, false, true, true },
	{ "lost behind the dot", { .kind = FAULT_TEMPORARY, .step = STEP_DOT }, true, false, true },
};

/* A temporary word about each class. */
static const struct {
	const char *reason;
	bool leads;
} classes[] = {
	{ "unknown", true }, { "protocol", true }, { "greylisting", false }, { "rate", false }, { "listed", false },
	{ "no-ptr", false }, { "spf", false }, { "content", false }, { "mailbox-full", false }, { "sender-refused", false },
};

int main(void)
{
	tap_plan(36);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct recipient_outcome o = { .reply = rows[i].reply, .unknown = rows[i].unknown };
		is_int(next_host_is_asked(&o), rows[i].leads, "%s: the next host is asked, or not", rows[i].name);
		is_int(next_host_comes_first(&o.reply), rows[i].sick, "%s: it is the host's trouble, or not", rows[i].name);
	}
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		const struct refusal_reason *reason = refusal_reason_named(classes[i].reason);
		struct recipient_outcome o = { .reply = { .kind = FAULT_TEMPORARY, .code = 451, .step = STEP_RCPT, .reason = reason } };
		is_text(reason->name, classes[i].reason, "there is such a reason");
		is_int(next_host_is_asked(&o), classes[i].leads, "%s: the next host is asked, or not", classes[i].reason);
	}
	return tap_done();
}
