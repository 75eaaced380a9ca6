/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal.h"

#include "base/mail/refusal_reasons.h"
#include "base/mail/refusal_shapes.h"
#include "base/mail/refusal_table.h"

#include <string.h>

/* ---- names ---- */

const char *smtp_step_name(enum smtp_step step)
{
	static const char *const names[STEP_COUNT] = {
		[STEP_NONE] = "", [STEP_CONNECTION] = "the connection", [STEP_HELO] = "EHLO", [STEP_STARTTLS] = "STARTTLS",
		[STEP_AUTH] = "AUTH", [STEP_MAIL] = "MAIL FROM", [STEP_RCPT] = "RCPT TO", [STEP_DATA] = "DATA",
		[STEP_MESSAGE] = "the message", [STEP_DOT] = "end of DATA", [STEP_RSET] = "RSET", [STEP_QUIT] = "QUIT",
	};

	return (unsigned)step < STEP_COUNT ? names[step] : "";
}

const char *refusal_name(enum refusal about)
{
	static const char *const names[REFUSAL_COUNT] = {
		[REFUSAL_UNKNOWN] = "unknown", [REFUSAL_ADDRESS] = "address", [REFUSAL_AUTHENTICATION] = "authentication",
		[REFUSAL_SENDER] = "sender", [REFUSAL_SENDER_DOMAIN] = "sender-domain", [REFUSAL_CONTENT] = "content",
		[REFUSAL_RATE] = "rate", [REFUSAL_GREYLISTING] = "greylisting", [REFUSAL_RELAY] = "relay",
		[REFUSAL_USER] = "user", [REFUSAL_QUOTA] = "quota", [REFUSAL_TLS] = "tls", [REFUSAL_SIZE] = "size",
		[REFUSAL_LOOP] = "loop", [REFUSAL_RECIPIENTS] = "recipients", [REFUSAL_PROTOCOL] = "protocol",
		[REFUSAL_CONFIGURATION] = "configuration",
	};

	return (unsigned)about < REFUSAL_COUNT ? names[about] : names[REFUSAL_UNKNOWN];
}

const struct refusal_reason *refusal_reason_named(const char *name)
{
	for (size_t i = 0; name && i < refusal_reasons_rows; i++)
		if (strcmp(refusal_reasons[i].name, name) == 0)
			return &refusal_reasons[i];
	return &refusal_reasons[0];
}

/* ---- whom it concerns ---- */

/* Ends of the names of hosts that take mail for many organisations, each of which makes rules of its own. */
static const struct { const char *ends, *source; } shared_hosts[] = {
	{ ".protection.outlook.com", "https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains" },
	{ ".mx.microsoft", "https://learn.microsoft.com/purview/how-smtp-dane-works" },
	{ ".google.com", "https://support.google.com/a/answer/174125" },
	{ ".googlemail.com", "https://support.google.com/a/answer/174125" },
	{ ".mimecast.com", "https://community.mimecast.com (inbound MX records)" },
	{ ".mimecast.co.za", "https://community.mimecast.com (inbound MX records)" },
	{ ".pphosted.com", "https://www.proofpoint.com" },
	{ ".ppe-hosted.com", "https://help.proofpoint.com (MX records)" },
	{ ".messagelabs.com", "https://knowledge.broadcom.com (Email Security.cloud, MX records)" },
	{ ".barracudanetworks.com", "https://campus.barracuda.com (MX records)" },
	{ ".iphmx.com", "https://www.cisco.com (Secure Email Cloud Gateway)" },
	{ ".hornetsecurity.com", "https://support.hornetsecurity.com (MX records)" },
	{ ".antispameurope.com", "https://support.hornetsecurity.com (MX records)" },
	{ ".trendmicro.com", "https://docs.trendmicro.com (Email Security, MX records)" },
	{ ".trendmicro.eu", "https://docs.trendmicro.com (Email Security, MX records)" },
	{ ".mailcontrol.com", "https://support.forcepoint.com (Email Security Cloud)" },
	{ ".fireeyecloud.com", "https://docs.trellix.com (Email Security Cloud)" },
	{ ".sophos.com", "https://docs.sophos.com (Email, MX records)" },
};

/* Free text for one recipient, from a host of many organisations, is that of one. A smarthost speaks for itself. */
static enum refusal_reach reach_of(const struct refusal_heard *heard, const struct refusal_text *t, bool known,
                                   const struct refusal_reason *reason)
{
	if (heard->smarthost)
		return REACH_SITE;
	if (reason->reach == REACH_DOMAIN || refusal_text_has(t, "transport.rules"))
		return REACH_DOMAIN;
	bool is_shared = false;
	for (size_t i = 0; heard->server && i < sizeof shared_hosts / sizeof shared_hosts[0]; i++)
		is_shared |= span_ends_nocase(span_of(heard->server), span_of(shared_hosts[i].ends));
	return !known && heard->step >= STEP_RCPT && is_shared ? REACH_DOMAIN : REACH_SITE;
}

/* ---- what it is about ---- */

/* known: it is the table (*by) or the status that says so, not free text. NULL: nothing. */
static const char *reason_for(const struct refusal_heard *heard, const struct refusal_text *t, uint64_t words,
                              bool *known, const struct known_refusal **by)
{
	const char *reason = refusal_shape_first(words, heard, t);
	const struct known_refusal *row;

	if (reason)
		return reason;
	/* The reply of another server, which this one had asked about the mailbox: what it says of a host is not about us. */
	if (refusal_text_has(t, "address: host *said: "))
		return (words & MAILBOX) && heard->code >= 500 ? "no-mailbox" : "unknown";
	if ((row = refusal_table_find(heard->code, t)) != NULL) {
		*known = true;
		*by = row;
		return row->reason;
	}
	if ((reason = refusal_shape_behind_check(heard, t)) != NULL)
		return reason;
	if ((reason = refusal_shape(words, heard, t)) != NULL)
		return reason;
	/* A server that got no answer about our name may say so by the status of a name that is wrong. */
	reason = refusal_status_says(t->status, heard->code);
	if (reason && !((words & NO_ANSWER) && strcmp(reason, "no-ptr") == 0)) {
		*known = true;
		return reason;
	}
	return refusal_shape_last(words, heard, t);
}

/* What a smarthost says of our account with it, or of there being none; NULL: nothing. */
static const char *reason_of_account(const struct refusal_heard *heard, uint64_t words, enum refusal about)
{
	bool of_login = heard->code == 530 || heard->code == 535;

	if (!heard->smarthost || about == REFUSAL_TLS)
		return NULL;
	if (heard->has_login)
		return of_login ? "login-refused" : NULL;
	return of_login || about == REFUSAL_RELAY || (words & LOGIN) ? "login-missing" : NULL;
}

void refusal_classify(const struct refusal_heard *heard, struct refusal_verdict *out)
{
	struct refusal_text t;
	bool known = false;

	*out = (struct refusal_verdict){ .reason = refusal_reason_named("unknown") };
	if (heard->code < 400 || heard->code > 599)
		return;
	refusal_text_read(heard, &t);
	uint64_t words = refusal_words_in(&t);
	out->reason = refusal_reason_named(reason_for(heard, &t, words, &known, &out->row));
	const char *account = reason_of_account(heard, words, out->reason->about);
	if (account) {
		out->reason = refusal_reason_named(account);
		out->row = NULL;
	}
	if (out->reason->about == REFUSAL_ADDRESS)
		out->reach = reach_of(heard, &t, known, out->reason);
	out->contradicts = heard->code >= 500 && (words & (GREYLISTING | LATER)) != 0;
}
