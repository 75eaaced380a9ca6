/* SPDX-License-Identifier: ISC */
/* Whatever /proc/PID/cgroup says: two short texts without odd bytes, and a name that root did not give begins with its user's manager. */
#include "relay/cgroup.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	if (strlen(text) > CGROUP_NAME_MAX)
		abort();
	if (strchr(text, '/') && strncmp(text, "user@", 5) != 0)
		abort();
	for (; *text; text++)
		if (!byte_is_letter_or_digit(*text) && !strchr(":-_.\\@?/", *text))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + !size);      /* of its own size, so that a byte read behind it is seen */
	struct cgroup c;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	cgroup_parse((struct span){ copy, size }, &c);
	check(c.unit);
	check(c.container);
	struct span owner = cgroup_owner(c.unit, c.container);
	if ((owner.len == 0) != (c.unit[0] == '\0' && c.container[0] == '\0') || memchr(owner.at, '/', owner.len))
		abort();
	free(copy);
	return 0;
}
