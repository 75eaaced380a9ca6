/* SPDX-License-Identifier: ISC */
#include "base/units.h"

#include <inttypes.h>

struct unit {
	const char *name;
	uint64_t factor;
};

enum { SIZES = 4, DURATIONS = 5 };

static const struct unit sizes[SIZES] = {
	{ "", 1 }, { "K", UINT64_C(1) << 10 }, { "M", MEBIBYTE }, { "G", GIBIBYTE },
};

static const struct unit durations[DURATIONS] = {
	{ "ms", 1 }, { "s", SECOND_MS }, { "m", MINUTE_MS }, { "h", HOUR_MS }, { "d", DAY_MS },
};

static bool parse_units(struct span text, const struct unit *units, size_t count, uint64_t *out)
{
	struct span digits = { text.at, 0 };
	unsigned long long number;

	if (text.len == 0)
		return false;
	while (digits.len < text.len && text.at[digits.len] >= '0' && text.at[digits.len] <= '9')
		digits.len++;
	struct span unit = { text.at + digits.len, text.len - digits.len };
	if (!span_number(digits, UINT64_MAX, &number))
		return false;
	*out = 0;
	if (number == 0 && unit.len == 0)
		return true;
	for (size_t i = 0; i < count; i++)
		if (span_eq_nocase(unit, span_of(units[i].name)))
			return !__builtin_mul_overflow(number, units[i].factor, out);
	return false;
}

bool units_size(struct span text, uint64_t *bytes)
{
	return parse_units(text, sizes, SIZES, bytes);
}

bool units_duration(struct span text, uint64_t *ms)
{
	return parse_units(text, durations, DURATIONS, ms);
}

static void print_units(int64_t ms, bool without_one, struct buf *out)
{
	size_t i = DURATIONS - 1;

	while (ms % (int64_t)durations[i].factor)
		i--;
	if (ms != (int64_t)durations[i].factor || !without_one)
		buf_printf(out, "%" PRId64, ms / (int64_t)durations[i].factor);
	buf_add_text(out, durations[i].name);
}

void units_print_duration(int64_t ms, struct buf *out)
{
	print_units(ms, false, out);
}

void units_print_window(int64_t ms, struct buf *out)
{
	print_units(ms, true, out);
}
