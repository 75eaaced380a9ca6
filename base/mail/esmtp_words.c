/* SPDX-License-Identifier: ISC */
#include "base/mail/esmtp_words.h"

#include "base/mail/xtext.h"
#include "base/utf8.h"

enum { ENVID_MAX = 100, ORCPT_MAX = 500 };

struct word {
	const char *text;
	int value;
};

static const struct word notify_words[] = {
	{ "NEVER", NOTIFY_NEVER }, { "SUCCESS", NOTIFY_SUCCESS }, { "FAILURE", NOTIFY_FAILURE }, { "DELAY", NOTIFY_DELAY },
};
static const struct word ret_words[] = { { "FULL", DSN_RET_FULL }, { "HDRS", DSN_RET_HEADERS } };
static const struct word body_words[] = { { "7BIT", BODY_7BIT }, { "8BITMIME", BODY_8BITMIME } };

#define LOOK_UP(words, text) look_up(words, sizeof (words) / sizeof (words)[0], text)

/* 0 when there is no such word. */
static int look_up(const struct word *words, size_t count, struct span text)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq_nocase(text, span_of(words[i].text)))
			return words[i].value;
	return 0;
}

bool esmtp_words_notify(struct span value, uint8_t *out)
{
	unsigned set = 0;

	while (value.at) {
		unsigned bit = (unsigned)LOOK_UP(notify_words, span_cut(&value, ','));
		if (bit == 0 || (bit == NOTIFY_NEVER && (set != 0 || value.at)))
			return false;
		set |= bit;
	}
	*out = (uint8_t)set;
	return set != 0;
}

bool esmtp_words_ret(struct span value, enum dsn_ret *out)
{
	*out = (enum dsn_ret)LOOK_UP(ret_words, value);
	return *out != DSN_RET_UNSET;
}

bool esmtp_words_body(struct span value, enum body_type *out)
{
	*out = (enum body_type)LOOK_UP(body_words, value);
	return *out != BODY_UNSET;
}

bool esmtp_words_envid(struct span value)
{
	return value.len > 0 && value.len <= ENVID_MAX && xtext_is_valid(value);
}

/* RFC 6533 section 3: as utf-8-addr-unitext or in ASCII already. */
static bool add_unitext(struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t n = utf8_length(text);
		struct span character = { text.at, n };
		if (n == 0 || (n == 1 && (text.at[0] <= ' ' || text.at[0] > '~')))
			return false;
		if (n == 1)
			buf_add_byte(out, text.at[0]);
		else
			buf_printf(out, "\\x{%02X}", (unsigned)utf8_code(character));
		text = span_between(text.at + n, text.at + text.len);
	}
	return true;
}

bool esmtp_words_orcpt(struct span value, struct buf *out)
{
	struct span rest = value, type = span_cut(&rest, ';');
	size_t before = out->len;

	if (type.len == 0 || rest.len == 0)
		return false;
	for (size_t i = 0; i < type.len; i++)
		if (!byte_is_letter_or_digit(type.at[i]) && type.at[i] != '-')
			return false;
	buf_add_span(out, type);
	buf_add_byte(out, ';');
	if (span_eq_nocase(type, SPAN("utf-8"))) {
		if (!add_unitext(rest, out))
			return false;
	} else if (xtext_is_valid(rest)) {
		buf_add_span(out, rest);
	} else {
		return false;
	}
	return out->len - before <= ORCPT_MAX;
}
