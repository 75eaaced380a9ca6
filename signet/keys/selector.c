/* SPDX-License-Identifier: ISC */
#include "signet/keys/selector.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { LETTERS = 26 };

static void add_letters(unsigned n, struct buf *out)
{
	if (n >= LETTERS)
		add_letters(n / LETTERS - 1, out);
	buf_add_byte(out, (char)('a' + n % LETTERS));
}

void selector_of_year(int year, unsigned n, struct buf *out)
{
	buf_printf(out, "s%d", year);
	add_letters(n, out);
}

int selector_year(int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	return gmtime_r(&now, &tm) ? tm.tm_year + 1900 : 1970;
}

void selector_path(const char *folder, const char *selector, struct buf *out)
{
	buf_printf(out, "%s/%s.pem", folder, selector);
}

#define MARK "_domainkey"

int selector_check(const char *domain, const char *selector, struct fault *f)
{
	const char *in_domain = strcasestr(domain, MARK), *in_selector = strcasestr(selector, MARK);

	if (selector[0] == '-')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "\"%.100s\" cannot be a selector: no name begins with \"-\"; if it is an "
		                 "option, the selector before it is missing", selector);
	if (in_selector)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "\"%.200s\" is more than a selector, which is what comes before "
		                 "." MARK ": %.*s", selector, (int)strcspn(selector, "."), in_selector == selector ? "(nothing)" : selector);
	if (in_domain)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "\"%.200s\" is more than a domain, which is what comes after "
		                 MARK ".: %.200s", domain, in_domain[sizeof MARK - 1] == '.' ? in_domain + sizeof MARK : "(nothing)");
	return 0;
}

static bool is_configured(const struct settings *s, const char *selector)
{
	for (size_t i = 0; i < s->dkim_count; i++)
		if (strcmp(s->dkim[i].selector, selector) == 0 || strcmp(s->dkim[i].domainkeys_selector, selector) == 0)
			return true;
	return false;
}

static bool is_file(const char *folder, const char *selector)
{
	struct buf path = { 0 };
	struct stat st;

	selector_path(folder, selector, &path);
	bool there = lstat(buf_text(&path), &st) == 0;
	buf_free(&path);
	return there;
}

void selector_first_free(int year, const struct settings *s, const char *folder, struct buf *out)
{
	const size_t start = out->len;

	for (unsigned n = 0; ; n++) {
		selector_of_year(year, n, out);
		if (!is_configured(s, buf_text(out) + start) && !is_file(folder, buf_text(out) + start))
			return;
		out->len = start;
	}
}

/* The number behind the last one of the year that the configuration has; those that count on one year's keys are few. */
static unsigned number_behind(int year, const struct settings *s)
{
	enum { NUMBERS = LETTERS * (LETTERS + 1) };     /* of one letter and of two */
	unsigned behind = 0;

	for (unsigned n = 0; n < NUMBERS; n++) {
		struct buf name = { 0 };
		selector_of_year(year, n, &name);
		behind = is_configured(s, buf_text(&name)) ? n + 1 : behind;
		buf_free(&name);
	}
	return behind;
}

void selector_next(int year, const struct settings *s, const char *folder, const char *const *taken, size_t count, struct buf *out)
{
	const size_t start = out->len;

	for (unsigned n = number_behind(year, s); ; n++) {
		bool is_taken = false;
		selector_of_year(year, n, out);
		for (size_t i = 0; i < count; i++)
			is_taken |= strcmp(taken[i], buf_text(out) + start) == 0;
		if (!is_taken && !is_configured(s, buf_text(out) + start) && !is_file(folder, buf_text(out) + start))
			return;
		out->len = start;
	}
}
