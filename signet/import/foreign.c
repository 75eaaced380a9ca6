/* SPDX-License-Identifier: ISC */
#include "signet/import/foreign.h"

#include <stdlib.h>

static const struct syntax {
	const char *separators;     /* the first of them ends the key; NULL: there is no key */
	bool goes_on;               /* a line that begins with a blank belongs to the one before */
	bool comments_anywhere;
	const char *quotes;         /* around a whole value */
	bool bare_key;              /* a line that is a key alone counts */
} syntaxes[] = {
	[FOREIGN_MAIN_CF] = { "=", .goes_on = true },
	[FOREIGN_MAP] = { " \t", .goes_on = true, .bare_key = true },
	[FOREIGN_MASTER_CF] = { NULL, .goes_on = true },
	[FOREIGN_MSMTP] = { " \t", .quotes = "\"", .bare_key = true },
	[FOREIGN_DMA] = { " \t", .comments_anywhere = true, .bare_key = true },
	[FOREIGN_SSMTP] = { "=", .comments_anywhere = true },
	[FOREIGN_SHELL] = { "=", .quotes = "'\"" },
	[FOREIGN_COLON] = { ":", 0 },
	[FOREIGN_LINE] = { NULL, 0 },
};

static void add_item(struct foreign_items *out, struct span key, struct span value, unsigned line)
{
	if (out->count % 64 == 0)
		out->items = mem_resize(out->items, out->count + 64, sizeof *out->items);
	out->items[out->count++] = (struct foreign_item){ mem_text_span(key.len ? key : SPAN("")), mem_text_span(value.len ? value : SPAN("")), line };
}

static struct span without_quotes(struct span value, const char *quotes)
{
	bool quoted = quotes && value.len >= 2 && strchr(quotes, value.at[0]) && value.at[value.len - 1] == value.at[0];

	return quoted ? (struct span){ value.at + 1, value.len - 2 } : value;
}

static void take_line(const struct syntax *x, struct span text, unsigned line, struct foreign_items *out)
{
	struct span key = text;
	size_t end = 0;

	if (x->separators == NULL) {
		add_item(out, SPAN(""), text, line);
		return;
	}
	while (end < text.len && strchr(x->separators, text.at[end]) == NULL)
		end++;
	if (end == text.len && !x->bare_key)
		return;
	key.len = end;
	key = span_trim(key);
	struct span value = end < text.len ? span_trim(span_between(text.at + end + 1, text.at + text.len)) : SPAN("");
	if (key.len > 0)
		add_item(out, key, without_quotes(value, x->quotes), line);
}

void foreign_parse(struct span text, enum foreign_syntax syntax, struct foreign_items *out)
{
	const struct syntax *x = &syntaxes[syntax];
	struct buf whole = { 0 };
	unsigned line = 0, began = 0;

	for (struct span rest = text; rest.at && out->count < FOREIGN_ITEMS_MAX;) {
		struct span physical = span_cut(&rest, '\n');
		const char *zero = physical.len > 0 ? memchr(physical.at, '\0', physical.len) : NULL;
		line++;
		if (zero)
			physical.len = (size_t)(zero - physical.at);
		struct span shown = x->comments_anywhere ? physical : span_trim(physical);
		if (x->comments_anywhere)
			shown = span_trim(span_cut(&physical, '#'));
		if (shown.len == 0 || shown.at[0] == '#')
			continue;
		bool more = x->goes_on && whole.len > 0 && byte_is_blank(physical.at[0]);
		if (!more && whole.len > 0) {
			take_line(x, buf_span(&whole), began, out);
			buf_clear(&whole);
		}
		if (!more)
			began = line;
		else
			buf_add_byte(&whole, ' ');
		buf_add_span(&whole, shown);
	}
	if (whole.len > 0 && out->count < FOREIGN_ITEMS_MAX)
		take_line(x, buf_span(&whole), began, out);
	if (whole.at)
		explicit_bzero(whole.at, whole.cap);
	buf_free(&whole);
}

void foreign_items_free(struct foreign_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		explicit_bzero(items->items[i].value, strlen(items->items[i].value));
		free(items->items[i].key);
		free(items->items[i].value);
	}
	free(items->items);
	*items = (struct foreign_items){ 0 };
}

const struct foreign_item *foreign_find(const struct foreign_items *items, const char *key)
{
	for (size_t i = items->count; i-- > 0;)
		if (span_eq_nocase(span_of(items->items[i].key), span_of(key)))
			return &items->items[i];
	return NULL;
}

const char *foreign_value(const struct foreign_items *items, const char *key)
{
	const struct foreign_item *item = foreign_find(items, key);

	return item ? item->value : "";
}

void foreign_words(struct span text, struct text_list *out)
{
	struct buf word = { 0 };
	bool any = false;
	char quote = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '\0')
			break;
		if (c == '\\' && quote != '\'' && i + 1 < text.len && text.at[i + 1]) {
			buf_add_byte(&word, text.at[++i]);
			any = true;
		} else if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
			any = true;
		} else if (!quote && byte_is_white(c)) {
			if (any)
				text_list_add(out, span_of(buf_text(&word)));
			buf_clear(&word);
			any = false;
		} else {
			buf_add_byte(&word, c);
			any = true;
		}
	}
	if (any)
		text_list_add(out, span_of(buf_text(&word)));
	if (word.at)
		explicit_bzero(word.at, word.cap);
	buf_free(&word);
}

void foreign_pieces(struct span text, const char *separators, struct text_list *out)
{
	for (size_t i = 0, from = 0; text.len > 0 && i <= text.len; i++) {
		if (i < text.len && text.at[i] && strchr(separators, text.at[i]) == NULL)
			continue;
		struct span piece = span_trim(span_between(text.at + from, text.at + i));
		if (piece.len > 0)
			text_list_add(out, piece);
		from = i + 1;
		if (i < text.len && text.at[i] == '\0')
			break;
	}
}

bool foreign_is_yes(const char *value)
{
	return value[0] != '\0' && (strchr("yYtT1", value[0]) != NULL || span_eq_nocase(span_of(value), SPAN("on")));
}
