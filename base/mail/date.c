/* SPDX-License-Identifier: ISC */
#include "base/mail/date.h"

#include <time.h>

void date_print(int64_t wall_ms, enum date_zone zone, struct buf *out)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm broken_down;
	char text[64];

	if (zone == DATE_LOCAL)
		localtime_r(&seconds, &broken_down);
	else
		gmtime_r(&seconds, &broken_down);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &broken_down);
	buf_add_text(out, text);
}

/* One of the names of three letters. */
static bool is_named(struct span word, const char *names)
{
	for (; word.len == 3 && *names; names += 3)
		if (span_eq_nocase(word, (struct span){ names, 3 }))
			return true;
	return false;
}

bool date_is_weekday(struct span word)
{
	return is_named(word, "SunMonTueWedThuFriSat");
}

bool date_is_month(struct span word)
{
	return is_named(word, "JanFebMarAprMayJunJulAugSepOctNovDec");
}

bool date_is_shaped(struct span word, const char *shape)
{
	size_t i = 0;

	for (; i < word.len && shape[i]; i++)
		if (shape[i] == '9' ? word.at[i] < '0' || word.at[i] > '9' : word.at[i] != shape[i])
			return false;
	return i == word.len && shape[i] == '\0';
}

static bool is_shaped_as_one(struct span word, const char *const *shapes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (date_is_shaped(word, shapes[i]))
			return true;
	return false;
}

#define IS_SHAPED_AS_ONE(word, shapes) is_shaped_as_one(word, shapes, sizeof (shapes) / sizeof (shapes)[0])

/* "+0100", or the letters of an obsolete one. */
static bool is_zone(struct span word)
{
	static const char *const numbers[] = { "+9999", "-9999" };
	size_t letters = 0;

	while (letters < word.len && byte_lower(word.at[letters]) >= 'a' && byte_lower(word.at[letters]) <= 'z')
		letters++;
	return (letters > 0 && letters < 6 && letters == word.len) || IS_SHAPED_AS_ONE(word, numbers);
}

static void drop_blanks_at_end(struct buf *out)
{
	while (out->len > 0 && byte_is_white(out->at[out->len - 1]))
		out->len--;
}

/* Without comments and blanks around colons, and with blanks around each comma. */
static void plain_words(struct span value, struct buf *out)
{
	size_t depth = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		bool behind_colon = out->len > 0 && out->at[out->len - 1] == ':';
		if (c == '\\' && depth > 0) {
			i++;
		} else if (c == '(') {
			depth++;
		} else if (depth == 0 && byte_is_white(c) && behind_colon) {
			continue;
		} else if (depth == 0 && c == ',') {
			buf_add_text(out, " , ");
		} else if (depth == 0) {
			if (c == ':')
				drop_blanks_at_end(out);
			buf_add_byte(out, c);
		}
		if (c == ')' && depth > 0 && --depth == 0 && !behind_colon)
			buf_add_byte(out, ' ');
	}
}

bool date_is_valid(struct span value)
{
	static const char *const days[] = { "9", "99" }, *const years[] = { "99", "999", "9999" };
	static const char *const times[] = { "99:99", "99:99:99", "9:99", "9:99:99" };
	struct buf text = { 0 };

	plain_words(value, &text);
	struct span rest = text.len > 0 ? buf_span(&text) : SPAN(""), day = span_word(&rest);
	if (date_is_weekday(day) && span_eq(span_word(&rest), SPAN(",")))
		day = span_word(&rest);
	struct span month = span_word(&rest), year = span_word(&rest), time = span_word(&rest), zone = span_word(&rest);
	bool valid = IS_SHAPED_AS_ONE(day, days) && date_is_month(month) && IS_SHAPED_AS_ONE(year, years) &&
	             IS_SHAPED_AS_ONE(time, times) && is_zone(zone) && span_word(&rest).len == 0;
	buf_free(&text);
	return valid;
}
