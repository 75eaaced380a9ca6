/* SPDX-License-Identifier: ISC */
/* Whole messages: verification ends in results, and so does signing them. */
#include "sign/sign.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sign_key *key, *rsa;

static void look_up(void *context, struct key_lookup *lookups, size_t count)
{
	struct buf text = { 0 };

	(void)context;
	for (size_t i = 0; i < count; i++) {
		char first = lookups[i].name[0];
		if (first == 'x')
			fault_set(&lookups[i].fault, FAULT_TEMPORARY, "4.4.3", "no answer");
		buf_clear(&text);
		sign_key_record(first == 'd' ? rsa : key, SIGN_DKIM, &text);
		if (first == 'm')
			text_list_add(&lookups[i].records, SPAN("v=DKIM1\\; p=AAAA"));
		text_list_add(&lookups[i].records, buf_span(&text));
	}
	buf_free(&text);
}

static void check(struct span message, bool obsolete)
{
	struct verify_options options = { .lookup = look_up, .now_s = 1700000000, .obsolete = obsolete };
	struct verifier *v = verifier_new(&options);
	struct buf out = { 0 };

	if (verifier_feed(v, message, NULL) == 0 && verifier_finish(v, NULL) == 0) {
		verifier_results_field(v, "mx.example", NULL, 0, &out);
		for (size_t i = 0; i < out.len; i++)
			if ((unsigned char)out.at[i] >= 0x7f)
				abort();
		if (verifier_count(v) > SIGN_SIGNATURES_MAX + 1)
			abort();
	}
	buf_free(&out);
	verifier_free(v);
}

/* What could be signed verifies, in whatever pieces it comes. */
static void check_signed(struct span message)
{
	size_t cut = message.len / 3;
	enum canon domainkeys = message.len % 3 ? CANON_NOFWS : CANON_SIMPLE;
	struct sign_options options[] = {
		{ .key = key, .domain = "example.org", .selector = "s", .header = message.len % 2, .body = message.len / 2 % 2,
		  .now_s = 1700000000, .expires_s = -1 },
		{ .scheme = SIGN_DOMAINKEYS, .key = rsa, .domain = "example.org", .selector = "d", .header = domainkeys,
		  .body = domainkeys },
	};
	struct verify_options verify = { .lookup = look_up, .now_s = 1700000000 };
	struct signer *s = signer_new(options, 2, NULL);
	struct verifier *v = verifier_new(&verify);
	struct buf fields = { 0 };

	if (signer_feed(s, span_between(message.at, message.at + cut), NULL) == 0 &&
	    signer_feed(s, span_between(message.at + cut, message.at + message.len), NULL) == 0 &&
	    signer_finish(s, &fields, NULL) == 0) {
		size_t made = signer_left_out(s, 1) ? 1 : 2;
		verifier_feed(v, buf_span(&fields), NULL);
		verifier_feed(v, message, NULL);
		verifier_finish(v, NULL);
		for (size_t i = 0; i < made; i++)
			if (verifier_count(v) < made || verifier_signature(v, i)->result != VERIFY_PASS)
				abort();
	}
	buf_free(&fields);
	signer_free(s);
	verifier_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = { (const char *)data, size };

	if (key == NULL) {
		key = sign_key_generate(KEY_ED25519, 0, NULL);
		rsa = sign_key_generate(KEY_RSA, 1024, NULL);
	}
	check(message, false);
	check(message, true);
	check_signed(message);
	return 0;
}
