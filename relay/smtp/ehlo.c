/* SPDX-License-Identifier: ISC */
#include "relay/smtp/ehlo.h"

#include "relay/protocol.h"

#include <stdio.h>

static void take_size(struct ehlo *e, struct span rest)
{
	unsigned long long limit;

	if (span_number(span_trim(rest), UINT64_MAX, &limit))
		e->size_limit = limit;
}

/* RFC 4422 section 3.1: letters, digits, '-' and '_', at most 20. What does not fit is not known. */
static void add_mechanism(struct ehlo *e, struct span word)
{
	char name[24] = "";
	size_t used = strlen(e->auth);

	if (word.len == 0 || word.len > 20 || used + word.len + 3 > sizeof e->auth)
		return;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		if (!byte_is_letter_or_digit(c) && c != '-' && c != '_')
			return;
		name[i] = c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
	}
	snprintf(e->auth + used, sizeof e->auth - used, "%s%s ", used ? "" : " ", name);
}

static void take_auth(struct ehlo *e, struct span rest)
{
	for (struct span word = span_word(&rest); word.len > 0; word = span_word(&rest))
		add_mechanism(e, word);
}

/* RFC 9422 section 3: NAME=VALUE; other names are not known. */
static void take_limits(struct ehlo *e, struct span rest)
{
	for (struct span value = span_word(&rest); value.len > 0; value = span_word(&rest)) {
		struct span name = span_cut(&value, '=');
		unsigned long long limit;
		if (value.at == NULL || !span_number(value, UINT32_MAX, &limit))
			continue;
		if (span_eq_nocase(name, SPAN("RCPTMAX")))
			e->rcpt_max = (uint32_t)limit;
		else if (span_eq_nocase(name, SPAN("MAILMAX")))
			e->mail_max = (uint32_t)limit;
		else if (span_eq_nocase(name, SPAN("RCPTDOMAINMAX")))
			e->domain_max = (uint32_t)limit;
	}
}

static const struct {
	struct span word;
	uint32_t capability;
	void (*take)(struct ehlo *e, struct span rest);
} words[] = {
	{ { "SIZE", 4 },        CAP_SIZE,        take_size },
	{ { "8BITMIME", 8 },    CAP_8BITMIME,    NULL },
	{ { "SMTPUTF8", 8 },    CAP_SMTPUTF8,    NULL },
	{ { "DSN", 3 },         CAP_DSN,         NULL },
	{ { "PIPELINING", 10 }, CAP_PIPELINING,  NULL },
	{ { "STARTTLS", 8 },    CAP_STARTTLS,    NULL },
	{ { "REQUIRETLS", 10 }, CAP_REQUIRETLS,  NULL },
	{ { "AUTH", 4 },        CAP_AUTH,        take_auth },
	{ { "LIMITS", 6 },      0,               take_limits },
};

void ehlo_parse(struct span text, struct ehlo *out)
{
	*out = (struct ehlo){ 0 };
	span_cut(&text, '\n');
	while (text.at) {
		struct span rest = span_trim(span_cut(&text, '\n'));
		struct span word = span_word(&rest);
		/* "AUTH=LOGIN PLAIN", from before RFC 2554. */
		if (span_starts_nocase(word, SPAN("AUTH="))) {
			out->capabilities |= CAP_AUTH;
			add_mechanism(out, (struct span){ word.at + 5, word.len - 5 });
			take_auth(out, rest);
			continue;
		}
		/* "SIZE=1000" in that manner. */
		struct span value = word;
		word = span_cut(&value, '=');
		if (value.at)
			rest = span_between(value.at, rest.at ? rest.at + rest.len : value.at + value.len);
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
			if (!span_eq_nocase(word, words[i].word))
				continue;
			out->capabilities |= words[i].capability;
			if (words[i].take)
				words[i].take(out, rest);
		}
	}
}

bool ehlo_offers_auth(const struct ehlo *e, const char *mechanism)
{
	char word[32];

	snprintf(word, sizeof word, " %s ", mechanism);
	return strstr(e->auth, word) != NULL;
}
