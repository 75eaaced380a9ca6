/* SPDX-License-Identifier: ISC */
/*
 * mail - what the tests of signing and verifying share: one call signs, one
 * call verifies against records in memory.
 */
#ifndef TESTS_SIGN_MAIL_H
#define TESTS_SIGN_MAIL_H

#include "sign/sign.h"

#include <stdlib.h>

struct mail_record {
	const char *name, *text;   /* text NULL: trouble */
};

struct mail_zone {
	const struct mail_record *records;
	size_t count;
};

static void mail_lookup(void *context, struct key_lookup *lookups, size_t count)
{
	const struct mail_zone *zone = context;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < zone->count; j++) {
			if (strcasecmp(zone->records[j].name, lookups[i].name) != 0)
				continue;
			if (zone->records[j].text)
				text_list_add(&lookups[i].records, span_of(zone->records[j].text));
			else
				fault_set(&lookups[i].fault, FAULT_TEMPORARY, "4.4.3", "trouble");
		}
}

/* To be freed. NULL when the message is refused. cut: where the message is cut in two. */
static struct verifier *mail_verify(struct span message, size_t cut, const struct mail_zone *zone, int64_t now_s,
                                    bool obsolete)
{
	struct verify_options options = {
		.lookup = mail_lookup, .context = (void *)(uintptr_t)zone, .now_s = now_s, .obsolete = obsolete,
	};
	struct verifier *v = verifier_new(&options);

	if (verifier_feed(v, span_between(message.at, message.at + cut), NULL) == 0 &&
	    verifier_feed(v, span_between(message.at + cut, message.at + message.len), NULL) == 0 &&
	    verifier_finish(v, NULL) == 0)
		return v;
	verifier_free(v);
	return NULL;
}

/* "pass,fail", in a static place. */
__attribute__((unused))
static const char *mail_results(struct span message, size_t cut, const struct mail_zone *zone, int64_t now_s,
                                bool obsolete)
{
	static char text[2000];
	struct verifier *v = mail_verify(message, cut, zone, now_s, obsolete);

	text[0] = '\0';
	if (v == NULL)
		return "refused";
	for (size_t i = 0; i < verifier_count(v); i++) {
		strcat(text, i ? "," : "");
		strcat(text, verify_result_name(verifier_signature(v, i)->result));
	}
	if (verifier_count(v) == 0)
		strcat(text, "none");
	verifier_free(v);
	return text;
}

/* The message with its signatures before it; 0 or -1 as signer_finish. */
__attribute__((unused))
static int mail_sign(struct span message, size_t cut, const struct sign_options *options, size_t count, struct buf *out,
                     struct fault *f)
{
	struct signer *s = signer_new(options, count, f);
	int result = -1;

	if (s && signer_feed(s, span_between(message.at, message.at + cut), f) == 0 &&
	    signer_feed(s, span_between(message.at + cut, message.at + message.len), f) == 0)
		result = signer_finish(s, out, f);
	if (result == 0)
		buf_add_span(out, message);
	signer_free(s);
	return result;
}

#endif
