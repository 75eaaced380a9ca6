/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_shapes.h"

#include "base/mail/refusal_plain.h"

#include <stdio.h>

/* ---- shapes ---- */

struct shape {
	uint64_t all, any, none;  /* groups; any: one of them, 0 for whatever */
	const char *reason;
	char class;               /* '4', '5', or 0 for both */
	bool at_greeting;         /* only there: the server knows nothing but our address */
};

#define ABOUT_THE_MAIL (SENDER | CONTENT | SPAM | VIRUS | LINK | HELO | AUTHENTICATION)
#define ABOUT_THE_MAILBOX (MAILBOX | CLOSED | FULL)
#define NO_GUEST (RELAY | LOGIN | TLS)
#define TOO_MUCH (TOO_LARGE | LOOP | RECIPIENTS)
#define ANOTHER (ABOUT_THE_MAIL | ABOUT_THE_MAILBOX | NO_GUEST | NOT_OURS | A_DOMAIN | RECIPIENT | ANOTHER_TOPIC)

static const struct shape first_shapes[] = {
	{ .all = GREYLISTING, .reason = "greylisting" },
	{ .all = MAILBOX | THREAT, .reason = "no-mailbox", .class = '5' },
	{ .all = FULL | THREAT, .reason = "mailbox-full" },
	{ .all = RATE | ALLOWANCE, .none = REPUTATION | LIST | PTR | DYNAMIC | AUTHENTICATION | CONTENT | SPAM,
	  .reason = "sending-limit" },
	{ .all = RATE, .none = REPUTATION | LIST | PTR | DYNAMIC | AUTHENTICATION | CONTENT | SPAM | FULL,
	  .reason = "rate" },
};

static const struct shape address_shapes[] = {
	{ .all = LOOKUP, .none = NOT_OURS | ABOUT_THE_MAILBOX | (ABOUT_THE_MAIL & ~HELO), .reason = "listed" },
	{ .all = PTR, .none = AUTHENTICATION | SENDER | CONTENT | NOT_OURS | NO_ANSWER, .reason = "no-ptr" },
	{ .all = PTR | OUR_HOST, .none = NO_ANSWER, .reason = "no-ptr" },
	{ .all = DYNAMIC | OUR_HOST, .none = SENDER | CONTENT | LINK | NO_GUEST, .reason = "dynamic" },
	{ .all = RANGE | OUR_MARK, .none = SENDER | CONTENT | LINK | NO_GUEST | NOT_OURS, .reason = "dynamic" },
	{ .all = RANGE, .any = DENIED | LIST, .none = ABOUT_THE_MAIL | ABOUT_THE_MAILBOX | NO_GUEST | NOT_OURS,
	  .reason = "dynamic" },
	{ .all = COUNTRY, .any = DENIED | LISTED, .none = SENDER | LINK | CONTENT | ANOTHER_TOPIC, .reason = "country" },
	{ .all = REPUTATION | OUR_HOST, .none = SENDER | CONTENT | LINK | VIRUS, .reason = "distrusted" },
	{ .all = REPUTATION | OUR_MARK, .none = SENDER | CONTENT | LINK | VIRUS | A_DOMAIN | LATER, .reason = "distrusted" },
	{ .all = SENDERS_IP, .any = LISTED | LIST, .none = ABOUT_THE_MAIL & ~SENDER, .reason = "listed" },
	{ .all = OUR_HOST | LISTED, .none = ABOUT_THE_MAIL | CLOSED | NO_GUEST | TOO_MUCH, .reason = "listed" },
	{ .all = OUR_HOST | SENDS_SPAM, .none = (ABOUT_THE_MAIL & ~SPAM) | NOT_OURS | A_DOMAIN, .reason = "distrusted" },
	{ .all = OUR_HOST | HABIT, .none = SENDER | SPAM | LINK | HELO | AUTHENTICATION, .reason = "refused-host" },
	{ .all = HABIT | LISTED, .none = ABOUT_THE_MAIL | RECIPIENT, .reason = "listed" },
};

static const struct shape shapes[] = {
	/* ---- the address, by names of lists or a word beside it ---- */
	{ .all = OUR_MARK | LISTED, .none = ANOTHER | FILTERED | VAGUE, .reason = "listed" },
	{ .all = OUR_HOST | LIST, .none = ABOUT_THE_MAIL, .reason = "listed" },
	{ .all = OUR_MARK | LIST, .none = ANOTHER | FILTERED | VAGUE | LATER, .reason = "listed" },
	{ .all = LIST | LISTED, .none = (ABOUT_THE_MAIL & ~SPAM) | MAILBOX | FULL | NOT_OURS | A_DOMAIN, .reason = "listed" },
	{ .all = LIST | DENIED, .none = ABOUT_THE_MAIL | ABOUT_THE_MAILBOX | NO_GUEST | NOT_OURS | A_DOMAIN, .reason = "listed" },
	{ .all = CLIENT_REJECTED, .none = NO_GUEST | SYNTAX, .reason = "refused-host", .class = '5' },
	{ .all = CLIENT_REJECTED, .none = NO_GUEST | SYNTAX | LATER, .reason = "refused-host", .class = '4' },
	{ .all = OUR_MARK | UNRESOLVED, .none = ANOTHER, .reason = "no-ptr" },

	/* ---- the mail and its sender ---- */
	{ .all = VIRUS, .none = SPAM, .reason = "virus", .class = '5' },
	{ .all = LINK, .any = DENIED | LISTED, .reason = "link" },
	{ .all = SENDER | SYNTAX, .reason = "protocol", .class = '5' },
	{ .all = SENDER | NOT_FOUND, .reason = "sender-domain" },
	{ .all = HELO, .any = DENIED | NOT_FOUND, .reason = "helo" },

	/* ---- the recipient, and how much ---- */
	{ .all = LOGIN, .reason = "login-wanted" },
	{ .all = RELAY, .reason = "relay" },
	{ .all = LOOP, .reason = "loop" },
	{ .all = FULL, .reason = "mailbox-full" },
	{ .all = TOO_LARGE, .reason = "size" },
	{ .all = RECIPIENTS, .reason = "recipients" },
	{ .all = MAILBOX, .none = SENDER, .reason = "no-mailbox", .class = '5' },
	{ .all = CLOSED, .none = SENDER, .reason = "mailbox-closed", .class = '5' },
	{ .all = SPAM, .reason = "spam", .class = '5' },
	{ .all = SENDER | REPUTATION, .reason = "domain-distrusted" },
	{ .all = SENDER, .any = DENIED | LISTED | SENDS_SPAM, .reason = "sender-refused" },
	{ .all = MAILBOX, .reason = "no-mailbox", .class = '5' },
	{ .all = CLOSED, .reason = "mailbox-closed", .class = '5' },
	{ .all = CONTENT, .reason = "content", .class = '5' },
	{ .all = TLS, .reason = "tls" },
	{ .all = RATE, .reason = "rate" },
	{ .all = SYNTAX, .reason = "protocol", .class = '5' },
};

/* Where neither another word nor the status says what it is about. */
static const struct shape last_shapes[] = {
	{ .all = OUR_HOST | DENIED, .none = ANOTHER, .reason = "refused-host", .class = '5' },
	{ .all = OUR_HOST | DENIED, .none = ANOTHER | LATER, .reason = "refused-host", .class = '4' },
	{ .all = A_DOMAIN | LISTED, .none = OUR_HOST | OUR_MARK, .reason = "sender-refused", .class = '5' },
	{ .all = FILTERED | DENIED, .reason = "spam", .class = '5' },
	{ .all = LIST, .none = ANOTHER | VAGUE | LATER, .reason = "listed", .class = '5' },
	{ .any = DENIED | LISTED | REPUTATION, .none = LATER, .reason = "refused-host", .class = '5', .at_greeting = true },
};

/* As one does who has heard more than an address. */
static bool speaks_of_mail(const struct refusal_text *t)
{
	static const char *const words[] = { "message", "sender", "recipient", "mailbox", "\buser", NULL };

	return refusal_says_one_of(t, words);
}

/* At the greeting only 554 is said to a client; 521 says that the server takes no mail at all (RFC 7504). */
static bool shape_fits(const struct shape *s, uint64_t in, const struct refusal_heard *heard, const struct refusal_text *t)
{
	if (s->class && heard->code / 100 != (unsigned)(s->class - '0'))
		return false;
	if (s->at_greeting && (heard->step != STEP_CONNECTION || heard->code != 554 || speaks_of_mail(t)))
		return false;
	return (in & s->all) == s->all && (s->any == 0 || (in & s->any) != 0) && (in & s->none) == 0;
}

static const char *first_that_fits(const struct shape *of, size_t rows, uint64_t in, const struct refusal_heard *heard,
                                   const struct refusal_text *t)
{
	for (size_t i = 0; i < rows; i++)
		if (shape_fits(&of[i], in, heard, t))
			return of[i].reason;
	return NULL;
}

#define FIRST_THAT_FITS(of, words, heard, t) first_that_fits(of, sizeof of / sizeof of[0], words, heard, t)

const char *refusal_shape_first(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t)
{
	return FIRST_THAT_FITS(first_shapes, words, heard, t);
}

/* What such words do not say of our host, the check in front may. */
const char *refusal_shape_behind_check(const struct refusal_heard *heard, const struct refusal_text *t)
{
	struct refusal_text behind;
	uint64_t words = refusal_plain_behind_check(t, &behind) ? refusal_words_in(&behind) : 0;

	return words & (OUR_HOST | PTR | RANGE) ? FIRST_THAT_FITS(address_shapes, words, heard, &behind) : NULL;
}

const char *refusal_shape(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t)
{
	const char *reason = FIRST_THAT_FITS(address_shapes, words, heard, t);

	return reason ? reason : FIRST_THAT_FITS(shapes, words, heard, t);
}

const char *refusal_shape_last(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t)
{
	return FIRST_THAT_FITS(last_shapes, words, heard, t);
}

/* ---- the status ---- */

/* RFC 3463 section 3 and the registry of RFC 5248; those that mean nothing certain are left out. */
const char *refusal_status_says(const char *status, unsigned code)
{
	static const struct { const char *code, *status, *reason; } rows[] = {
		{ "5##", "5.1.1", "no-mailbox" }, { "5##", "5.1.6", "mailbox-closed" }, { "", "#.1.8", "sender-domain" },
		{ "5##", "5.1.10", "no-mailbox" }, { "5##", "5.2.1", "mailbox-closed" }, { "", "#.2.2", "mailbox-full" },
		{ "", "#.2.3", "size" }, { "", "#.3.4", "size" }, { "", "#.4.6", "loop" }, { "", "#.5.3", "recipients" },
		{ "5##", "5.5.1", "protocol" }, { "5##", "5.5.2", "protocol" }, { "5##", "5.5.4", "protocol" },
		{ "5##", "5.6.0", "form" }, { "", "#.7.10", "tls" }, { "", "#.7.11", "tls" }, { "", "#.7.20", "dkim" },
		{ "", "#.7.21", "dkim" }, { "", "#.7.22", "dkim" }, { "", "#.7.23", "spf" }, { "", "#.7.24", "spf" },
		{ "", "#.7.25", "no-ptr" }, { "", "#.7.26", "unproved" }, { "", "#.7.27", "sender-domain" },
		{ "523", "", "tls" }, { "538", "", "tls" }, { "530", "", "login-wanted" }, { "500", "", "protocol" },
		{ "502", "", "protocol" }, { "503", "", "protocol" }, { "504", "", "protocol" },
	};
	char digits[4];

	snprintf(digits, sizeof digits, "%03u", code % 1000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (refusal_code_fits(rows[i].code, digits) && refusal_code_fits(rows[i].status, status))
			return rows[i].reason;
	return NULL;
}
