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
