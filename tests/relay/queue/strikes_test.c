/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/queue/strikes.h"

/* What happened to messages, in order, and what is to be done with one then. */
static const struct {
	const char *name;
	const char *story;       /* "s1" the signer died with message 1, "m1" smtp; "S1", "M1" it came through; "f1" forgotten */
	uint64_t message;
	bool alone;              /* at the signer */
	enum strikes_verdict want;
} rows[] = {
	{ "nothing happened", "", 1, false, STRIKES_GO_ON },
	{ "one death", "s1", 1, false, STRIKES_GO_ON },
	{ "two", "s1 s1", 1, true, STRIKES_GO_ON },
	{ "two, and others came through", "s1 S2 s1 S3", 1, true, STRIKES_GO_ON },
	{ "three", "s1 s1 s1", 1, true, STRIKES_HOLD },
	{ "three, and another came through", "s1 s1 S2 s1", 1, true, STRIKES_HOLD },
	{ "what came through itself", "s1 s1 S1", 1, false, STRIKES_GO_ON },
	{ "what came through another role", "s1 s1 M1 s1", 1, true, STRIKES_HOLD },
	{ "deaths of two roles", "s1 s1 m1 s1", 1, false, STRIKES_GO_ON },
	{ "smtp's say nothing of the signer", "m1 m1", 1, false, STRIKES_GO_ON },
	{ "the owner released it", "s1 s1 s1 f1", 1, false, STRIKES_GO_ON },
	{ "and it begins from the first", "s1 s1 s1 f1 s1", 1, false, STRIKES_GO_ON },
	{ "two that kill it", "s1 s1 s1 s2 s2 s2", 2, true, STRIKES_HOLD },
	{ "three, and nothing came through: the role is broken", "s1 s1 s1 s2 s2 s2 s3 s3 s3", 3, true, STRIKES_WAIT },
	{ "three, and something did since", "s1 s1 s1 s2 s2 s2 s3 s3 S4 s3", 3, true, STRIKES_HOLD },
	{ "something before does not count", "S4 s1 s1 s1 s2 s2 s2 s3 s3 s3", 3, true, STRIKES_WAIT },
	{ "a dozen", "s1 s1 s1 s2 s2 s2 s3 s3 s3 s3 s3 s3 s3 s3 s3 s3 s3 s3", 3, true, STRIKES_HOLD },
};

static void tell(struct queue *q, const char *story)
{
	for (; *story; story++) {
		uint64_t message = (uint64_t)(story[1] - '0');
		enum role role = *story == 'm' || *story == 'M' ? ROLE_SMTP : ROLE_SIGNER;
		if (*story == 's' || *story == 'm')
			strikes_add(q, message, role);
		else if (*story == 'S' || *story == 'M')
			strikes_passed(q, message, role);
		else if (*story == 'f')
			strikes_forget(q, message);
		else
			continue;
		story++;
	}
}

int main(void)
{
	tap_plan(51);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct queue q = { 0 };
		struct fault why = { 0 };
		strikes_begin(&q);
		tell(&q, rows[i].story);
		is_int(strikes_wants_alone(&q, rows[i].message, ROLE_SIGNER), rows[i].alone, "%s: goes %salone", rows[i].name,
		       rows[i].alone ? "" : "not ");
		is_int(strikes_judge(&q, rows[i].message, &why), rows[i].want, "%s: %s", rows[i].name, why.text);
		for (uint64_t m = 1; m < 10; m++)
			strikes_forget(&q, m);
		is_int(strikes_count(&q), 0, "nothing is kept");
		strikes_end(&q);
	}
	return tap_done();
}
