/* SPDX-License-Identifier: ISC */
/*
 * What signet check reads of the DNS and of strangers' servers: TXT records, greetings, answers of blocklists, TLSA. The
 * bytes up to the first NUL are one text, the rest another.
 */
#include "trust/blocklist.h"
#include "trust/facts.h"
#include "trust/greet.h"
#include "trust/reverse.h"
#include "trust/spf_edit.h"
#include "trust/spf_record.h"
#include "trust/txt_damage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void damage(struct span expected, struct span published)
{
	struct buf said = { 0 };

	if (txt_damage_point(expected, published, &said) != (said.len > 0))
		abort();
	buf_clear(&said);
	if (txt_damage_point(published, published, &said) && !txt_damage_foreign(published, &said))
		abort();     /* a record differs from itself by what belongs into no record alone */
	buf_free(&said);
}

/* What is edited is sound, one record, and editing it again changes nothing. */
static void edit(const char *record)
{
	struct text_list records = { 0 }, none = { 0 }, again = { 0 };
	struct buf once = { 0 }, twice = { 0 };
	struct spf_record r = { 0 };

	if (!spf_is_record(span_of(record)))
		return;
	text_list_add(&records, span_of(record));
	spf_edit(&records, &none, &once);
	spf_record_parse(buf_span(&once), &r);
	if (!spf_is_record(buf_span(&once)) || r.error_count > 0)
		abort();
	text_list_add(&again, buf_span(&once));
	spf_edit(&again, &none, &twice);
	if (!span_eq(buf_span(&once), buf_span(&twice)))
		abort();
	spf_record_free(&r);
	text_list_free(&records);
	text_list_free(&again);
	buf_free(&once);
	buf_free(&twice);
}

static void txt(struct span rdata)
{
	struct facts facts = { 0 };
	struct fact *held = facts_find(&facts, FACT_SYSTEM, "example.org", DNS_TXT);
	struct fact_answer *a = fact_add(held, "");

	if (fact_add_txt(a, rdata) && (a->values.count != 1 || a->quoted.count != 1))
		abort();
	for (size_t i = 0; i < a->quoted.count; i++)
		for (const char *at = a->quoted.items[i]; *at; at++)
			if (*at < ' ' || *at > '~')
				abort();     /* it is printed to be copied */
	facts_free(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { (const char *)data, size }, rest = all, first = span_cut(&rest, '\0');
	char *text = mem_text_span(first);
	struct ip_address a;
	struct peer_chain chain = { 0 };
	const char *words;
	int64_t s;

	damage(first, rest);
	edit(text);
	txt(all);
	greet_read_address(all, 4, &a);
	greet_read_address(all, 6, &a);
	greet_read_time(all, &s);
	blocklist_read(blocklist_default(0), text, &words);
	name_looks_generic(text, &(struct ip_address){ 4, { 192, 0, 2, 1 } });
	peer_chain_fits(&chain, text);
	free(text);
	return 0;
}
