/* SPDX-License-Identifier: ISC */
/*
 * The trust anchor file, and what the name servers say of the root's keys. The bytes up to the first NUL are the file, the rest the
 * message, and the RDATA of a key and of a signature.
 */
#include "dns/dns_anchor.h"
#include "trust/root_key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void judge(const struct text_list *records, const struct root_keys *heard)
{
	struct root_key_judgement j;

	root_key_judge(records, heard, &j);
	bool has_anchor = j.verdict != ROOT_KEY_NONE && j.verdict != ROOT_KEY_ELSEWHERE && j.verdict != ROOT_KEY_BROKEN;
	if ((heard == NULL) != (j.verdict == ROOT_KEY_UNHEARD) && has_anchor)
		abort();
	if ((has_anchor && j.held.len == 0) || (j.newest && j.outdated))
		abort();
	if (j.verdict == ROOT_KEY_CURRENT && (heard->count == 0 || j.lacking.len > 0))
		abort();
	root_key_judgement_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span rest = { (const char *)bytes, len }, text = span_cut(&rest, '\0');
	struct text_list records = { 0 };
	struct root_keys heard = { 0 }, bare = { 0 };
	struct fault f = { 0 };

	dns_anchor_records(text, &records);
	judge(&records, NULL);
	if (root_keys_read(rest, &heard, &f) == 0)
		judge(&records, &heard);
	root_keys_add(&bare, rest);
	root_keys_add_signature(&bare, rest);
	judge(&records, &bare);
	root_keys_free(&heard);
	root_keys_free(&bare);
	text_list_free(&records);
	return 0;
}
