/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_plain.h"

#include <string.h>

/* Gmail begins each reply with our address, whatever it is about: "[192.0.2.1      15] ". */
static bool begins_with_our_address(const struct refusal_text *t)
{
	static const char *const about_it[] = { "is ", "has been", "block", "list", "black", "found", "reject" };
	const char *close;

	if (t->len < 3 || t->text[0] != '[' || t->text[1] != OUR_ADDRESS_MARK[0] || !(close = memchr(t->text, ']', t->len)))
		return false;
	struct span rest = span_trim(span_between(close + 1, t->text + t->len));
	for (size_t i = 0; i < sizeof about_it / sizeof about_it[0]; i++)
		if (span_starts_nocase(rest, span_of(about_it[i])))
			return false;
	return true;
}

/* "mx1.example.org ..": a server that begins so names itself, and its name says nothing. A name alone is that of a list. */
static void drop_own_name(struct refusal_text *t)
{
	size_t end = 0, dots = 0;
	bool more = false;

	for (; end < t->len && refusal_is_name_byte(t->text[end]); end++)
		dots += t->text[end] == '.' && end + 1 < t->len && refusal_is_name_byte(t->text[end + 1]);
	for (size_t i = end; i < t->len; i++)
		more |= byte_is_letter_or_digit(t->text[i]) || (unsigned char)t->text[i] >= 0x80;
	if (more && dots >= 2 && (t->text[end] == ' ' || t->text[end] == ':'))
		memset(t->text, ' ', end);
}

/* Whether a word that announces a host ends there: a list's name comes after others. */
static bool announces_host(struct span before)
{
	static const char *const words[] = { "host", "from", "client", "server", "relay", "mta", "for" };

	before = span_trim(before);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_ends_nocase(before, span_of(words[i])))
			return true;
	return false;
}

/* Where a host's name and the blank after it begin, which end at len: "host mail.example.org [192.0.2.1]". */
static size_t name_before(const struct refusal_text *t, size_t len)
{
	size_t end = len > 0 && t->text[len - 1] == ' ' ? len - 1 : len, at = end;
	bool dotted = false;

	while (at > 0 && refusal_is_name_byte(t->text[at - 1]))
		dotted |= t->text[--at] == '.';
	struct span name = { t->text + at, end - at };
	bool is_name = (dotted && name.at[name.len - 1] != '.') || span_eq(name, SPAN("unknown"));
	return is_name && announces_host((struct span){ t->text, at }) ? at : len;
}

/* "[192.0.2.1]" as "192.0.2.1", so that words stand beside it; "host mail.example.org [192.0.2.1]" as "host 192.0.2.1". */
static void drop_brackets(struct refusal_text *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		char c = t->text[i], next = i + 1 < t->len ? t->text[i + 1] : ' ', last = kept > 0 ? t->text[kept - 1] : ' ';
		bool opens = (c == '[' || c == '(') && next == OUR_ADDRESS_MARK[0];
		bool closes = (c == ']' || c == ')') && last == OUR_ADDRESS_MARK[0];
		if (opens)
			kept = name_before(t, kept);
		else if (!closes)
			t->text[kept++] = c;
	}
	t->len = kept;
}

/* "host", "from mail.example.org [": what may stand before our address in a note of who asks. */
static bool is_label(struct span s)
{
	struct span rest = span_trim(s), word = span_cut(&rest, ' ');

	if (rest.at) {
		struct span name = span_cut(&rest, ' ');
		if (rest.at && !span_eq(rest, SPAN("[")))
			return false;
		for (size_t i = 0; i < name.len; i++)
			if (!refusal_is_name_byte(name.at[i]))
				return false;
		return memchr(name.at, '.', name.len) != NULL;
	}
	for (size_t i = 0; i < word.len; i++)
		if (!byte_is_letter_or_digit(word.at[i]) && !(i + 1 == word.len && (word.at[i] == ':' || word.at[i] == '=')))
			return false;
	return word.len > 0;
}

/* "(host 192.0.2.1)", "[ip=192.0.2.1]": notes of who asks stand there whatever the reply is about; their words go. */
static void drop_labels(struct refusal_text *t)
{
	size_t opened = 0;

	for (size_t i = 0; i + 1 < t->len; i++) {
		char c = t->text[i], next = t->text[i + 1];
		bool is_inner = c == '[' && opened > 0 && t->text[i - 1] == ' ' && next == OUR_ADDRESS_MARK[0];
		if ((c == '(' || c == '[') && !is_inner)
			opened = i + 1;
		else if (c == OUR_ADDRESS_MARK[0] && opened > 0 && (next == ')' || next == ']') &&
		         is_label((struct span){ t->text + opened, i - opened }))
			memset(t->text + opened, ' ', i - opened);
		else if (c == ')' || c == ']')
			opened = 0;
	}
}

/* "Hi 192.0.2.1, ..": said to whoever comes. */
static void drop_greeting(struct refusal_text *t)
{
	static const char *const words[] = { "hi ", "hello ", "dear " };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t len = strlen(words[i]);
		if (t->len > len && memcmp(t->text, words[i], len) == 0 && t->text[len] == OUR_ADDRESS_MARK[0])
			t->text[len] = ' ';
	}
}

/* An address in a link, or "ip" there, says what the page is about; the words of its path say nothing. */
static void drop_links(struct refusal_text *t)
{
	bool in_link = false, in_path = false;

	for (size_t i = 0; i < t->len; i++) {
		char *at = &t->text[i], next = i + 1 < t->len ? at[1] : ' ';
		in_path = *at != ' ' && (in_path || (in_link && *at == '/' && next != '/' && at[-1] != '/'));
		in_link = *at == '/' || (in_link && *at != ' ');
		if (!in_link)
			continue;
		if (*at == OUR_ADDRESS_MARK[0] || (in_path && byte_is_letter_or_digit(*at)))
			*at = '?';
		if (i + 3 < t->len && !byte_is_letter_or_digit(at[0]) && at[1] == 'i' && at[2] == 'p' && !byte_is_letter_or_digit(at[3]))
			at[1] = at[2] = '?';
	}
}

static bool is_one_of(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

/* ".. Your IP: 192.0.2.1." at the end notes who asks, too; its words go. */
static void drop_last_label(struct refusal_text *t)
{
	size_t end = t->len, colon, at;

	while (end > 0 && is_one_of(t->text[end - 1], " .])"))
		end--;
	if (end == 0 || t->text[--end] != OUR_ADDRESS_MARK[0])
		return;
	colon = end > 0 && t->text[end - 1] == ' ' ? end - 1 : end;
	if (colon == 0 || !is_one_of(t->text[colon - 1], ":="))
		return;
	for (at = colon - 1; at > 0 && (byte_is_letter_or_digit(t->text[at - 1]) || is_one_of(t->text[at - 1], " '")); at--)
		;
	if (at > 0 && is_one_of(t->text[at - 1], ".;,-(["))
		memset(t->text + at, ' ', end - at);
}

void refusal_plain(const struct refusal_text *t, struct refusal_text *out)
{
	static const char note[] = " ip: " OUR_ADDRESS_MARK "]", footer[] = "provide the following information";
	char *at;

	*out = *t;
	drop_own_name(out);
	if (begins_with_our_address(out))
		out->text[1] = ' ';
	if ((at = memmem(out->text, out->len, note, strlen(note))) != NULL)
		memset(at, ' ', strlen(note) - 1);
	if ((at = memmem(out->text, out->len, footer, strlen(footer))) != NULL)
		out->len = (size_t)(at - out->text);
	drop_links(out);
	drop_labels(out);
	drop_last_label(out);
	drop_brackets(out);
	drop_greeting(out);
	refusal_text_changed(out);
}

bool refusal_plain_behind_check(const struct refusal_text *t, struct refusal_text *out)
{
	static const char *const checks[] = { "address rejected: ", "command rejected: ", "host rejected: " };

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		const char *at = memmem(t->text, t->len, checks[i], strlen(checks[i]));
		if (!at)
			continue;
		at += strlen(checks[i]);
		*out = *t;
		out->len = (size_t)(t->text + t->len - at);
		memcpy(out->text, at, out->len);
		refusal_text_changed(out);
		return true;
	}
	return false;
}
