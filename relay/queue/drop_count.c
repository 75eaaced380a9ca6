/* SPDX-License-Identifier: ISC */
#include "relay/queue/drop_count.h"

#include "base/span.h"

#include <dirent.h>

struct drop_count drop_count(const char *folder)
{
	struct drop_count n = { 0 };
	DIR *names = opendir(folder);
	struct dirent *entry;

	for (size_t i = 0; names && i < DROP_COUNT_MAX && (entry = readdir(names)) != NULL; i++) {
		struct span name = span_of(entry->d_name);
		if (name.at[0] == '.')
			continue;
		if (span_ends_nocase(name, SPAN(".bad")))
			n.bad++;
		else if (span_ends_nocase(name, SPAN(".tmp")))
			n.unfinished++;
		else
			n.waiting++;
	}
	if (names)
		closedir(names);
	return n;
}
