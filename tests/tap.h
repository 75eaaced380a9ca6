/*
 * tap - the Test Anything Protocol for unit tests: call ok and its kin, and
 * end main with "return tap_done();". Why a test failed goes to stderr, which
 * prove lets through.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdio.h>
#include <string.h>

#include "base/span.h"

static int tap_count, tap_failed;

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, want, ...) \
	tap_is_span(span_of(got), span_of(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_span(got, want, ...) tap_is_span((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) \
	tap_is_int((long long)(got), (long long)(want), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), unused))
static int tap_ok(int condition, const char *file, int line, const char *format, ...)
{
	char name[300];
	__builtin_va_list ap;

	__builtin_va_start(ap, format);
	vsnprintf(name, sizeof name, format, ap);
	__builtin_va_end(ap);
	for (char *c = name; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '#')
			*c = ' ';
	printf("%sok %d - %s\n", condition ? "" : "not ", ++tap_count, name);
	if (!condition) {
		tap_failed++;
		fprintf(stderr, "# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return condition;
}

static void tap_quote(const char *what, struct span s)
{
	fprintf(stderr, "# %s: \"", what);
	for (size_t i = 0; i < s.len && i < 400; i++) {
		unsigned char c = (unsigned char)s.at[i];
		fprintf(stderr, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	fprintf(stderr, "\"\n");
}

__attribute__((format(printf, 5, 6), unused))
static int tap_is_span(struct span got, struct span want, const char *file, int line, const char *format, ...)
{
	char name[300];
	__builtin_va_list ap;

	__builtin_va_start(ap, format);
	vsnprintf(name, sizeof name, format, ap);
	__builtin_va_end(ap);
	int same = span_eq(got, want);
	tap_ok(same, file, line, "%s", name);
	if (!same) {
		tap_quote("got ", got);
		tap_quote("want", want);
	}
	return same;
}

__attribute__((format(printf, 5, 6), unused))
static int tap_is_int(long long got, long long want, const char *file, int line, const char *format, ...)
{
	char name[300];
	__builtin_va_list ap;

	__builtin_va_start(ap, format);
	vsnprintf(name, sizeof name, format, ap);
	__builtin_va_end(ap);
	tap_ok(got == want, file, line, "%s", name);
	if (got != want)
		fprintf(stderr, "# got %lld, want %lld\n", got, want);
	return got == want;
}

__attribute__((unused))
static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
