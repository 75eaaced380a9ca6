/* SPDX-License-Identifier: ISC */
/*
 * Any words, from any server, at any step: a reason is there, it has words
 * unless it is "unknown", and the same words mean the same again. What stands
 * in angle brackets alone means nothing, but for a link.
 */
#include "base/mail/refusal.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(const struct refusal_heard *heard, struct refusal_verdict *v)
{
	refusal_classify(heard, v);
	if (!v->reason || v->reason != refusal_reason_named(v->reason->name) || v->reason->about >= REFUSAL_COUNT)
		abort();
	if ((v->reason->about == REFUSAL_UNKNOWN) != (v->reason->means[0] == '\0'))
		abort();
	if (v->reach >= REACH_COUNT || (v->reach == REACH_DOMAIN && v->reason->about != REFUSAL_ADDRESS))
		abort();
	if (v->contradicts && heard->code < 500)
		abort();
}

/* With brackets around it, and none within; nor is it a link. */
static void check_in_brackets(struct refusal_heard heard)
{
	struct refusal_verdict v, empty;
	char *text = malloc(heard.text.len + 2);
	size_t len = 0;

	text[len++] = '<';
	for (size_t i = 0; i < heard.text.len && len < REFUSAL_LOOKED_AT_MAX - 2; i++)
		text[len++] = strchr("<>\":", heard.text.at[i]) ? ' ' : heard.text.at[i];
	text[len++] = '>';
	heard.text = (struct span){ text, len };
	check(&heard, &v);
	heard.text.len = 0;
	check(&heard, &empty);
	if (v.reason != empty.reason || v.contradicts)
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const owns[] = { "192.0.2.1", "", "10.0.0.1", "2001:db8::1" };
	static const char *const servers[] = { "mx.example.net", "", "aspmx.l.google.com", "x.mail.protection.outlook.com" };
	struct refusal_verdict v, again;

	if (len < 4)
		return 0;
	struct refusal_heard heard = {
		.code = 390 + bytes[0],
		.step = (enum smtp_step)(bytes[1] % STEP_COUNT),
		.own_address = owns[bytes[2] % 4],
		.own_name = "mail.example.org",
		.server = servers[bytes[2] / 4 % 4],
		.smarthost = bytes[2] & 16,
		.has_login = bytes[2] & 32,
		.text = { (const char *)bytes + 3, len - 3 },
	};
	check(&heard, &v);
	check(&heard, &again);
	if (v.reason != again.reason || v.reach != again.reach || v.contradicts != again.contradicts)
		abort();
	check_in_brackets(heard);
	return 0;
}
