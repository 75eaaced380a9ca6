/* SPDX-License-Identifier: ISC */
#include "base/mail/heard.h"

#include <stdio.h>

/*
 * RFC 3463 codes for replies that carry none; a code not listed is N.0.0. A
 * bare 552 is not: servers say it of mailboxes, of sizes and of too many recipients.
 */
static const struct {
	unsigned code;
	const char *status;
} plain_codes[] = {
	{ 421, "4.3.2" }, { 450, "4.2.0" }, { 451, "4.3.0" }, { 452, "4.3.1" }, { 454, "4.7.0" },
	{ 500, "5.5.2" }, { 501, "5.5.4" }, { 502, "5.5.1" }, { 503, "5.5.1" }, { 504, "5.5.4" },
	{ 521, "5.3.2" }, { 530, "5.7.0" }, { 534, "5.7.9" }, { 535, "5.7.8" }, { 538, "5.7.11" },
	{ 551, "5.1.6" }, { 553, "5.1.3" }, { 555, "5.5.4" }, { 556, "5.1.10" },
};

/* A dot, and one to three digits after it, off the front. */
static bool take_number(struct span *s)
{
	size_t n = 1;

	if (s->len == 0 || *s->at != '.')
		return false;
	while (n < s->len && n <= 3 && byte_is_digit(s->at[n]))
		n++;
	s->at += n;
	s->len -= n;
	return n > 1;
}

/* "5.1.1" at the front of the text (RFC 2034), when its class is the reply's. */
static bool status_in_text(unsigned code, struct span text, char status[FAULT_STATUS_MAX])
{
	struct span rest = text;

	if (text.len == 0 || text.at[0] - '0' != (int)code / 100)
		return false;
	rest.at++;
	rest.len--;
	if (!take_number(&rest) || !take_number(&rest))
		return false;
	if (rest.len > 0 && *rest.at != ' ' && *rest.at != '\n' && *rest.at != '\t')
		return false;
	snprintf(status, FAULT_STATUS_MAX, "%.*s", (int)(rest.at - text.at), text.at);
	return true;
}

const struct known_refusal *heard_reply(unsigned code, struct span text, const struct hearing *at, enum smtp_step step,
                                        struct reply *out)
{
	static const enum fault_kind kinds[] = { [4] = FAULT_TEMPORARY, [5] = FAULT_PERMANENT };
	size_t len = text.len < REPLY_TEXT_MAX ? text.len : REPLY_TEXT_MAX - 1;
	struct refusal_verdict verdict;

	*out = (struct reply){ .kind = kinds[code / 100], .code = code, .step = step };
	out->status_made = !status_in_text(code, text, out->status);
	if (out->status_made) {
		snprintf(out->status, sizeof out->status, "%c.0.0", (char)('0' + code / 100));
		for (size_t i = 0; i < sizeof plain_codes / sizeof plain_codes[0]; i++)
			if (plain_codes[i].code == code)
				snprintf(out->status, sizeof out->status, "%s", plain_codes[i].status);
	}
	snprintf(out->source, sizeof out->source, "%s", at->own_address);
	snprintf(out->relay, sizeof out->relay, "%s", at->relay);
	for (size_t i = 0; i < len; i++)
		out->text[i] = text.at[i] ? text.at[i] : ' ';
	if (out->kind == FAULT_NONE)
		return NULL;
	struct refusal_heard heard = {
		.code = out->code, .text = text, .step = step, .own_address = at->own_address,
		.own_name = at->own_name, .server = at->server, .smarthost = at->smarthost, .has_login = at->has_login,
	};
	refusal_classify(&heard, &verdict);
	out->reason = verdict.reason;
	out->reach = verdict.reach;
	out->contradicts = verdict.contradicts;
	/* A smarthost that refuses for lack of a login, or by its limit, judges us, not the message, which waits and never bounces. */
	enum refusal about = reply_about(out);
	if (at->smarthost && (about == REFUSAL_CONFIGURATION || about == REFUSAL_RATE))
		out->kind = FAULT_TEMPORARY;
	return verdict.row;
}
