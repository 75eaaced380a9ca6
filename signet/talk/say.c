/* SPDX-License-Identifier: ISC */
#include "signet/talk/say.h"

#include "base/escape.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

void say(const char *format, ...)
{
	struct buf text = { 0 }, shown = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	escape_for_terminal(&shown, buf_span(&text));
	if (puts(buf_text(&shown)) == EOF)
		complain_end_if_unread(errno);
	buf_free(&text);
	buf_free(&shown);
}

void say_lines(struct span text)
{
	while (text.len > 0) {
		struct span line = span_cut(&text, '\n');
		say("  %.*s", (int)line.len, line.at);
	}
}

const char *say_time(int64_t when_s, char out[SAY_TIME_BYTES])
{
	time_t when = (time_t)when_s;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(out, SAY_TIME_BYTES, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(out, SAY_TIME_BYTES, "(no time)");
	return out;
}
