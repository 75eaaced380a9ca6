/* SPDX-License-Identifier: ISC */
/*
 * Rewriting tables: lines "FROM TO", an empty line, and the value of an address field. Whatever
 * names and comments stand in the value (where it is UTF-8), it is read afterwards as it was before, with each address as the
 * table makes it; and an address that was valid leaves as a valid one, with a domain.
 * The first byte chooses the settings.
 */
#include "base/utf8.h"
#include "relay/pickup/rewrite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES_MAX = 8 };

static bool is_host(struct span domain)
{
	struct buf normal = { 0 };
	bool is = domain.len > 0 && domain_normalise(domain, &normal) == 0;

	buf_free(&normal);
	return is;
}

/* As the settings take it: an address, "@host" or, if may_be_user, "user@". */
static bool is_side(struct span text, bool may_be_user)
{
	if (text.len > 1 && text.at[0] == '@')
		return is_host((struct span){ text.at + 1, text.len - 1 });
	if (may_be_user && text.len > 1 && text.at[text.len - 1] == '@')
		return address_check((struct span){ text.at, text.len - 1 }, NULL) == 0;
	return address_domain(text).len > 0 && address_check(text, NULL) == 0;
}

static void add_rule(struct settings *s, struct span line)
{
	struct span from = span_cut(&line, ' ');

	if (s->rewrite_count == RULES_MAX || !is_side(from, true) || !is_side(line, false))
		return;
	s->rewrite[s->rewrite_count++] = (struct rewrite_rule){ strndup(from.at, from.len), strndup(line.at, line.len) };
}

/* In normal form, which a table need not give. */
static bool is_same(const char *address, const char *given)
{
	struct address_list list;
	bool is = address_list_read(span_of(given), ADDRESS_COMMAS, &list, NULL) == 0 &&
		strcmp(address, list.count ? list.items[0].address : "") == 0;

	address_list_free(&list);
	return is;
}

/* Each address of the value is, in the one that came of it, what the table makes of it. */
static void check(const struct settings *s, struct span value, enum address_separators separators, enum rewrite_as as)
{
	struct address_list before = { 0 }, after = { 0 };
	struct buf out = { 0 };

	rewrite_list(s, value, separators, as, &out);
	if (utf8_is_valid(value) && address_list_read(value, separators, &before, NULL) == 0 && out.len <= REWRITE_MAX) {
		if (address_list_read(buf_span(&out), separators, &after, NULL) < 0 || after.count != before.count)
			abort();
		for (size_t i = 0; i < before.count; i++) {
			const char *was = before.items[i].address;
			char *becomes = rewrite_text(s, was, as);
			if (!is_same(after.items[i].address, becomes))
				abort();
			if (was[0] && address_check(span_of(was), NULL) == 0 && address_domain(span_of(becomes)).len == 0)
				abort();
			free(becomes);
		}
	} else if (utf8_is_valid(value) && out.len <= REWRITE_MAX && before.count == 0 && !span_eq(buf_span(&out), value)) {
		abort();
	}
	address_list_free(&before);
	address_list_free(&after);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rewrite_rule rules[RULES_MAX];
	struct settings s = { .rewrite = rules, .hostname = (char *)(uintptr_t)"web1.example.org",
		.domain = (char *)(uintptr_t)"example.org", .from = (char *)(uintptr_t)"" };
	struct span rest = { (const char *)data + 1, size - 1 }, line;

	if (size == 0)
		return 0;
	if (data[0] & 1)
		s.from = (char *)(uintptr_t)"web1@example.org";
	s.host_in_name = data[0] & 2;
	while ((line = span_cut(&rest, '\n')).len > 0)
		add_rule(&s, line);
	if (rest.at == NULL)
		rest = SPAN("");
	for (enum rewrite_as as = REWRITE_QUALIFY; as <= REWRITE_AUTHOR; as++) {
		check(&s, rest, ADDRESS_COMMAS, as);
		check(&s, rest, ADDRESS_BLANKS_TOO, as);
	}
	for (size_t i = 0; i < s.rewrite_count; i++) {
		free(rules[i].from);
		free(rules[i].to);
	}
	return 0;
}
