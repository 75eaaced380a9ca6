/* SPDX-License-Identifier: ISC */
/*
 * tap - the Test Anything Protocol for unit tests: begin main with
 * tap_plan(COUNT), call ok and its kin, and end with "return tap_done();". Why
 * a test failed goes to stderr, which prove lets through.
 *
 * The plan says how many tests there are going to be, rows of tables included.
 * A test that is not made, a row that is lost or a loop that ends early is a
 * failure for that reason.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/span.h"

/* How many rows a table has, for a plan that rests on what is found when it runs. */
#define TAP_ROWS(table) ((int)(sizeof (table) / sizeof (table)[0]))

static int tap_planned, tap_count, tap_failed;

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, want, ...) \
	tap_is_span(span_of(got), span_of(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_span(got, want, ...) tap_is_span((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) \
	tap_is_int((long long)(got), (long long)(want), __FILE__, __LINE__, __VA_ARGS__)

static void tap_plan(int count)
{
	tap_planned = count;
	printf("1..%d\n", count);
	fflush(stdout);
}

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

/* A test of the plan that cannot be made here. */
__attribute__((unused))
static void tap_skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, name, why);
	fflush(stdout);
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

/* What this process has used of the processors, in ms: for what must not take long, however busy the machine is. */
__attribute__((unused))
static long long tap_cpu_ms(void)
{
	return (long long)clock() * 1000 / CLOCKS_PER_SEC;
}

__attribute__((unused))
static int tap_done(void)
{
	if (tap_count != tap_planned)
		fprintf(stderr, "# tap_plan states %d tests, %d were made\n", tap_planned, tap_count);
	return tap_failed > 0 || tap_count != tap_planned;
}

#endif
