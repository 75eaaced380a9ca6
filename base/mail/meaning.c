/* SPDX-License-Identifier: ISC */
#include "base/mail/meaning.h"

#include <string.h>

static const char check_address[] = "Check the address for typing errors, or ask the recipient in some other way.";
static const char check_domain[] = "Check the part after the @ for typing errors.";
static const char ask_admin[] = "Show this report to whoever runs the server that sent it; the reply above often holds a link "
                                "or a code that tells them what to fix.";
static const char show_owner[] = "Show this report to whoever runs the server that sent it.";
static const char later[] = "Send it again later.";
static const char later_or_else[] = "Send it again later, or reach the recipient in some other way.";
static const char send_less[] = "Send less at a time, or a link to what was attached.";
static const char simpler[] = "Send it in a simpler form, for instance without attachments.";
static const char fix_caller[] = "If you wrote it yourself, write it again; if a program did, show this report to whoever looks after "
                                 "that program.";
static const char members_only[] = "Ask the recipient, or whoever runs the list, to let you write to it.";

#define BY_ITS_RULES "The receiving server refuses the mail by its rules: it may distrust the server it came from, " \
	"the sender, or what the mail says."

/*
 * Subject and detail, without the class digit; a subject alone stands for X.n.0,
 * "other or undefined", and not for a detail without a row. Numbers are of RFC 3463, 5248, 6710, 7372 and 7505.
 */
static const struct {
	const char *status;
	struct meaning meaning;
} meanings[] = {
	{ "1.1", { "There is no such mailbox at that domain.", check_address, "", true } },
	{ "1.2", { "There is no such domain, or it takes no mail.", check_domain, "", true } },
	{ "1.3", { "The address is not written as an address must be.", check_address, "", true } },
	{ "1.4", { "The address fits more than one mailbox.", "Ask the recipient for an address that is theirs alone.", "", true } },
	{ "1.6", { "The mailbox has moved.", "Ask the recipient for the new address.", "", true } },
	{ "1.7", { "The receiving server does not accept your own address as a sender.", ask_admin, "", true } },
	{ "1.8", { "The receiving server does not accept your own address as a sender.", ask_admin, "", true } },
	{ "1.10", { "The domain says that it takes no mail at all.", check_address, "", true } },
	{ "1", { "The address cannot be delivered to.", check_address, "", true } },
	{ "2.1", { "The mailbox has been closed.", "Reach the recipient in some other way.", "", true } },
	{ "2.2", { "The recipient's mailbox is full.", later_or_else, "", true } },
	{ "2.3", { "The mail is larger than that mailbox takes.", send_less, "", true } },
	{ "2.4", { "The mailing list could not be expanded.", "Tell whoever runs the list.", "", true } },
	{ "2", { "The mailbox takes no mail at present.", "Reach the recipient in some other way.", "", true } },
	{ "3.1", { "The receiving mail system has no room left.", later_or_else, "", true } },
	{ "3.4", { "The mail is larger than the receiving server takes.", send_less, "", true } },
	{ "3", { "The receiving mail system has a fault of its own.", later, "", true } },
	{ "4.1", { "The receiving server could not be reached.", later_or_else, "", true } },
	{ "4.2", { "The connection to the receiving server broke.", later_or_else, "", true } },
	{ "4.3", { "The name servers that should know the domain gave no usable answer.",
	           "Check the part after the @; if it is right, send it again later.", "", true } },
	{ "4.4", { "No server was found that takes the mail.",
	           "Check the part after the @; if it is right, tell whoever runs this mail system.", "", true } },
	{ "4.6", { "The mail would have gone round in a circle.", ask_admin, "", true } },
	{ "4.7", { "It could not be delivered for so long that no more attempts are made.",
	           "Check the part after the @; if it is right, send it again later.", "", true } },
	{ "4", { "The receiving server could not be reached.", later_or_else, "", true } },
	{ "5.3", { "The receiving server does not take so many recipients at once.", "Send it to fewer at a time.", "", true } },
	{ "5", { "The two mail servers did not understand each other.", ask_admin, "", true } },
	{ "6.7", { "The address needs a receiving server that knows international mail addresses, and this one does not.",
	           "Ask the recipient for an address in plain letters.", "", true } },
	{ "6", { "The receiving server does not take a mail of this form or content.", simpler, "", true } },
	{ "7.1", { BY_ITS_RULES, ask_admin, "", true } },
	{ "7.2", { "You may not write to that mailing list.", members_only, "", true } },
	{ "7.8", { "This mail system's password for the next server was not accepted.", ask_admin, "", true } },
	{ "7.20", { "The mail had no DKIM signature that the receiving server accepts.", ask_admin, "", true } },
	{ "7.23", { "The sender's domain does not allow this host to send its mail (SPF).", ask_admin, "", true } },
	{ "7.25", { "The address of the host the mail came from has no matching name in the DNS (PTR).", ask_admin, "", true } },
	{ "7.26", { "Nothing proves that the mail is from its sender's domain (SPF, DKIM).", ask_admin, "", true } },
	{ "7.27", { "Your own address is at a domain that says it takes no mail.", ask_admin, "", true } },
	{ "7.28", { "The receiving server gets too much mail at once from here or for that mailbox.", later, "", true } },
	{ "7", { BY_ITS_RULES, ask_admin, "", true } },
};

/* What this host refused by itself, after it had taken it: no server is to be blamed for that. */
static const struct {
	const char *status;
	struct meaning meaning;
} refused_here[] = {
	{ "1.3", { "The address is not written as an address must be, so the mail was not sent to it.", check_address, "", true } },
	{ "1.7", { "The mail's sender is not written as an address must be.", fix_caller, "", true } },
	{ "3.4", { "The mail is larger than this mail system takes, and went to nobody.", send_less,
	           "The setting is size_limit.", true } },
	{ "4.6", { "The mail has gone round in a circle between servers, and went no further.", ask_admin, "", true } },
	{ "5.3", { "The mail is for more recipients than this mail system takes at once, and went to none of them.",
	           "Send it to fewer at a time.", "The setting is recipient_limit.", true } },
	{ "5.4", { "The mail does not name anybody to whom it should go.", fix_caller, "", true } },
	{ "6.0", { "The mail is not written as a mail must be, so servers would refuse it; it went to nobody.", fix_caller, "", true } },
};

static const struct meaning distrusted = {
	"The receiving server distrusts the server the mail came from, or its sender.", ask_admin, "", true
};
static const struct meaning unknown = { "The receiving server would not take it.", ask_admin, "", false };

/* What a sender can do, and whether what the table of replies advises is for the owner to do. */
static const struct { const char *advice; bool for_owner; } by_refusal[REFUSAL_COUNT] = {
	[REFUSAL_ADDRESS] = { show_owner, true },
	[REFUSAL_AUTHENTICATION] = { show_owner, true },
	[REFUSAL_SENDER] = { show_owner, true },
	[REFUSAL_CONTENT] = { simpler, false },
	[REFUSAL_RATE] = { later, false },
	[REFUSAL_GREYLISTING] = { later, false },
	[REFUSAL_RELAY] = { show_owner, true },
	[REFUSAL_USER] = { check_address, false },
	[REFUSAL_QUOTA] = { later_or_else, false },
	[REFUSAL_TLS] = { show_owner, true },
	[REFUSAL_SENDER_DOMAIN] = { show_owner, true },
	[REFUSAL_SIZE] = { send_less, false },
	[REFUSAL_LOOP] = { show_owner, true },
	[REFUSAL_RECIPIENTS] = { "Send it to fewer at a time.", false },
	[REFUSAL_PROTOCOL] = { show_owner, true },
	[REFUSAL_CONFIGURATION] = { show_owner, true },
};

static const struct meaning *find_meaning(const char *code, size_t len)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (strlen(meanings[i].status) == len && memcmp(meanings[i].status, code, len) == 0)
			return &meanings[i].meaning;
	return NULL;
}

/* By subject and detail; X.n.0 by its subject. NULL: nothing is known of it. */
static const struct meaning *by_status(const char *status)
{
	const char *subject = strchr(status, '.'), *detail = subject ? strchr(subject + 1, '.') : NULL;

	if (detail == NULL)
		return NULL;
	const struct meaning *m = find_meaning(subject + 1, strlen(subject + 1));
	return m || strcmp(detail, ".0") != 0 ? m : find_meaning(subject + 1, (size_t)(detail - subject - 1));
}

struct meaning meaning_of(const struct reply *r)
{
	enum refusal about = reply_about(r);
	const struct meaning *m = NULL;

	if (about != REFUSAL_UNKNOWN)
		return (struct meaning){
			r->reason->means, by_refusal[about].advice, by_refusal[about].for_owner ? r->reason->advice : "", true,
		};
	if (r->kind == FAULT_POLICY)
		return distrusted;
	/* Said by this host itself, not by a server. */
	bool is_ours = r->code == 0 && r->relay[0] == '\0' && r->kind == FAULT_PERMANENT && strncmp(r->status, "5.", 2) == 0;
	for (size_t i = 0; i < sizeof refused_here / sizeof refused_here[0] && is_ours && m == NULL; i++)
		if (strcmp(r->status + 2, refused_here[i].status) == 0)
			m = &refused_here[i].meaning;
	if (m == NULL && !r->status_made)
		m = by_status(r->status);
	return m ? *m : unknown;
}

const char *meaning_subject(enum refusal about)
{
	static const char *const subjects[REFUSAL_COUNT] = {
		[REFUSAL_UNKNOWN] = "", [REFUSAL_ADDRESS] = "this host's IP address",
		[REFUSAL_AUTHENTICATION] = "what proves that the mail is from its sender (SPF, DKIM, DMARC, HELO)",
		[REFUSAL_SENDER] = "the sender's address or domain", [REFUSAL_SENDER_DOMAIN] = "the sender's domain in the DNS",
		[REFUSAL_CONTENT] = "what the mail says, or how it is built", [REFUSAL_RATE] = "how much comes at a time",
		[REFUSAL_GREYLISTING] = "nothing: it is the first contact", [REFUSAL_RELAY] = "the way that the mail took",
		[REFUSAL_USER] = "the recipient's address", [REFUSAL_QUOTA] = "the recipient's mailbox",
		[REFUSAL_TLS] = "the encryption of the connection", [REFUSAL_SIZE] = "the size of the mail",
		[REFUSAL_LOOP] = "the way that the mail took", [REFUSAL_RECIPIENTS] = "how many recipients it has",
		[REFUSAL_PROTOCOL] = "the dialogue of the two servers", [REFUSAL_CONFIGURATION] = "the login with the smarthost",
	};

	return (unsigned)about < REFUSAL_COUNT ? subjects[about] : "";
}
