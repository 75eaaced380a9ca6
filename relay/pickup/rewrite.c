/* SPDX-License-Identifier: ISC */
#include "relay/pickup/rewrite.h"

#include "base/mail/encoded_word.h"
#include "base/mail/field_words.h"
#include "base/utf8.h"
#include "relay/pickup/made.h"
#include "relay/route/sender.h"

void rewrite_address(const struct settings *s, struct span address, enum rewrite_as as, struct buf *out)
{
	if (as != REWRITE_QUALIFY) {
		sender_rewrite(s, address, out);
		return;
	}
	buf_add_span(out, address);
	if (address_domain(address).len == 0)
		buf_printf(out, "@%s", s->domain);
}

char *rewrite_text(const struct settings *s, const char *address, enum rewrite_as as)
{
	struct buf out = { 0 };

	if (address[0])
		rewrite_address(s, span_of(address), as, &out);
	return buf_take(&out);
}

void rewrite_add_host(const struct settings *s, struct buf *out)
{
	struct span rest = span_of(s->hostname);
	struct span label = span_cut(&rest, '.');

	if (s->host_in_name)
		buf_printf(out, " on %.*s", (int)label.len, label.at);
}

/* What stands before the address, its display name with the host in it; then changed. before ends where the address begins. */
static void add_named(const struct settings *s, const struct address *a, struct span before, struct span changed, struct buf *out)
{
	const char *bracket = a->bracket_at;
	struct span name = bracket ? span_between(before.at, bracket) : before;
	bool has_name = bracket && a->display.len > 0 && a->display.at[0] != '(';     /* a comment is not a name */

	while (has_name && name.len > 0 && byte_is_white(name.at[name.len - 1]))
		name.len--;
	buf_add_span(out, name);
	if (!has_name) {
		struct buf local = { 0 };
		buf_add_span(&local, address_local(span_of(a->address)));
		if (name.len > 0 && !byte_is_white(name.at[name.len - 1]))
			buf_add_byte(out, ' ');
		made_name(buf_text(&local), out);
		buf_free(&local);
	}
	struct buf host = { 0 };
	rewrite_add_host(s, &host);
	if (!has_name || !span_ends_nocase(name, buf_span(&host)))     /* it has been here before */
		buf_add_span(out, buf_span(&host));
	buf_free(&host);
	buf_add_byte(out, ' ');
	buf_add_span(out, bracket ? span_between(bracket, before.at + before.len) : SPAN("<"));
	buf_add_span(out, changed);
	if (bracket == NULL)
		buf_add_byte(out, '>');
}

/*
 * The display name before that address, where what is in it belongs in quotes: specials, but for the dot, which
 * everyone reads (RFC 5322 section 4.1). Without a semicolon in the field a colon is not that of a group.
 */
static struct span loose_name(const struct address *a, struct span before, bool has_group)
{
	const char *bracket = a->bracket_at;
	struct span name = bracket == NULL ? (struct span){ 0 } :
	                   has_group       ? a->display : span_trim(span_between(before.at, bracket));
	bool loose = false;

	if (name.len == 0 || !utf8_is_ascii(name) || memmem(name.at, name.len, "=?", 2))
		return (struct span){ 0 };
	for (size_t i = 0; i < name.len; i++) {
		if (memchr("\"(\\\0,<>\r", name.at[i], 8))
			return (struct span){ 0 };
		loose |= memchr("[]@:;", name.at[i], 5) != NULL;
	}
	return loose ? name : (struct span){ 0 };
}

/* An encoded word; what no phrase may have in it becomes =XX (RFC 2047 section 5). */
static void add_encoded_word(struct span word, struct buf *out)
{
	size_t marks = 0;     /* its text is behind the third, =?utf-8?q? */

	for (size_t i = 0; i < word.len; i++) {
		if (marks > 2 && memchr("(),:;<>@[]\"\\", word.at[i], 12))
			buf_printf(out, "=%02X", (unsigned char)word.at[i]);
		else
			buf_add_byte(out, word.at[i]);
		marks += word.at[i] == '?';
	}
}

/* What stands before an address in brackets, with names that others can read. */
static void add_phrases(struct span before, struct buf *out)
{
	bool begins = true;

	for (size_t i = 0; i < before.len;) {
		struct span rest = span_between(before.at + i, before.at + before.len);
		size_t word = begins ? encoded_word_length(rest) : 0;
		size_t closed = word == 0 && (rest.at[0] == '"' || rest.at[0] == '(') ? field_skip_closed(rest, 0) : 0;
		size_t len = word > 0 ? word : closed > 0 ? closed : 1;
		rest.len = len;
		if (word > 0)
			add_encoded_word(rest, out);
		else
			buf_add_span(out, rest);
		begins = word == 0 && (byte_is_white(rest.at[0]) || memchr(",:;>", rest.at[0], 4));
		i += len;
	}
}

void rewrite_list(const struct settings *s, struct span value, enum address_separators separators, enum rewrite_as as,
                  struct buf *out)
{
	struct address_list list = { 0 };
	const char *done = value.at;
	bool has_group = value.len > 0 && memchr(value.at, ';', value.len);
	bool fine = address_list_read(value, separators, &list, NULL) == 0;     /* what cannot be read stays as it is */

	for (size_t i = 0; fine && i < list.count && out->len <= REWRITE_MAX; i++) {
		const struct address *a = &list.items[i];
		if (a->comma_at) {
			buf_add_span(out, span_between(done, a->comma_at));
			buf_add_byte(out, ',');
			done = a->comma_at;
		}
		struct span before = span_between(done, a->spec.at), address = span_of(a->address);
		struct buf changed = { 0 };
		if (address.len)
			rewrite_address(s, address, as, &changed);
		/* What may be read and not be written (RFC 5322 section 4.4): routes, quoted-pairs outside quotes, a dot at the end. */
		bool is_loose = address.len > 0 && (a->spec.at[0] == '@' || a->spec.at[a->spec.len - 1] == '.' ||
		                                    (memchr(a->spec.at, '\\', a->spec.len) && !span_eq(a->spec, address)));
		bool stays = address.len == 0 || (span_eq(buf_span(&changed), address) && !is_loose);
		struct span becomes = stays ? a->spec : buf_span(&changed);
		if (as == REWRITE_AUTHOR && s->host_in_name && address.len > 0 && sender_is_account(s, address)) {
			add_named(s, a, before, becomes, out);
		} else {
			struct span name = loose_name(a, before, has_group || i > 0);
			if (name.len > 0) {
				buf_add_span(out, span_between(before.at, name.at));
				buf_add_quoted(out, name);
				before = span_between(name.at + name.len, a->spec.at);
			}
			if (a->bracket_at)
				add_phrases(before, out);
			else
				buf_add_span(out, before);
			buf_add_span(out, becomes);
		}
		buf_free(&changed);
		done = a->spec.at + a->spec.len;
	}
	buf_add_span(out, span_between(done, value.at + value.len));
	address_list_free(&list);
}
