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

/* Names and what stands between them, with encoded words that others can read. */
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

/* A name in which there is what belongs in quotes: specials, but for the dot, which everyone reads (RFC 5322 section 4.1). */
static bool needs_quotes(struct span name)
{
	bool loose = false;

	if (!utf8_is_ascii(name) || (name.len > 0 && memmem(name.at, name.len, "=?", 2)))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (memchr("\"(\\\0<>\r", name.at[i], 7))
			return false;
		loose |= memchr("[]@:;,", name.at[i], 6) != NULL;
	}
	return loose;
}

static void add_name(struct span name, struct buf *out)
{
	if (needs_quotes(name))
		buf_add_quoted(out, name);
	else
		add_phrases(name, out);
}

/* Where the name begins that ends there. Without a semicolon in the field a colon is not that of a group. */
static const char *name_start(const struct address *a, struct span before, bool has_group, const char *end)
{
	const char *at = before.at;

	if (has_group)
		return a->bracket_at && a->display.len > 0 ? a->display.at : end;
	while (at < end && byte_is_white(*at))
		at++;
	return at;
}

/* Where what ends there has no blanks behind it. */
static const char *before_blanks(const char *begin, const char *end)
{
	while (end > begin && byte_is_white(end[-1]))
		end--;
	return end;
}

/* What stands before the address, its display name with the host in it; then changed. before ends where the address begins. */
static void add_named(const struct settings *s, const struct address *a, struct span before, bool has_group, struct span changed,
                      struct buf *out)
{
	const char *bracket = a->bracket_at, *end = before.at + before.len;
	bool has_name = bracket && a->display.len > 0 && a->display.at[0] != '(';     /* a comment is not a name */
	const char *behind = bracket ? bracket : end;

	if (has_name)
		behind = before_blanks(before.at, behind);
	const char *start = has_group && !has_name ? behind : name_start(a, before, has_group, behind);
	struct buf name = { 0 }, host = { 0 };
	add_phrases(span_between(before.at, start), out);
	buf_add_span(&name, span_between(start, behind));
	if (!has_name) {
		struct buf local = { 0 };
		buf_add_span(&local, address_local(span_of(a->address)));
		if (behind > before.at && !byte_is_white(behind[-1]))
			buf_add_byte(behind > start ? &name : out, ' ');
		made_name(buf_text(&local), &name);
		buf_free(&local);
	}
	rewrite_add_host(s, &host);
	if (!has_name || !span_ends_nocase(buf_span(&name), buf_span(&host)))     /* it has been here before */
		buf_add_span(&name, buf_span(&host));
	add_name(buf_span(&name), out);
	buf_add_byte(out, ' ');
	buf_add_span(out, bracket ? span_between(bracket, end) : SPAN("<"));
	buf_add_span(out, changed);
	if (bracket == NULL)
		buf_add_byte(out, '>');
	buf_free(&name);
	buf_free(&host);
}

/* What stands before an address in brackets, as others can read it. */
static void add_named_before(const struct address *a, struct span before, bool has_group, struct buf *out)
{
	const char *behind = before_blanks(before.at, a->bracket_at);
	const char *start = name_start(a, before, has_group, behind);
	add_phrases(span_between(before.at, start), out);
	add_name(span_between(start, behind), out);
	buf_add_span(out, span_between(behind, a->spec.at));
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
		bool in_group = has_group || i > 0;
		struct span before = span_between(done, a->spec.at), address = span_of(a->address);
		struct buf changed = { 0 };
		if (address.len)
			rewrite_address(s, address, as, &changed);
		/*
		 * What may be read and not be written (RFC 5322 section 4.4): routes, quoted-pairs outside quotes, a dot at the
		 * end; and a whole address in quotes.
		 */
		bool is_loose = address.len > 0 && (a->spec.at[0] == '@' || a->spec.at[a->spec.len - 1] == '.' ||
		                                    (a->spec.at[0] == '"' && address_domain(a->spec).len == 0 && address_domain(address).len > 0) ||
		                                    (memchr(a->spec.at, '\\', a->spec.len) && !span_eq(a->spec, address)));
		bool stays = address.len == 0 || (span_eq(buf_span(&changed), address) && !is_loose);
		struct span becomes = stays ? a->spec : buf_span(&changed);
		if (as == REWRITE_AUTHOR && s->host_in_name && address.len > 0 && sender_is_account(s, address)) {
			add_named(s, a, before, in_group, becomes, out);
		} else {
			if (a->bracket_at)
				add_named_before(a, before, in_group, out);
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
