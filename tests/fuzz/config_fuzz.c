/* SPDX-License-Identifier: ISC */
/*
 * Configuration files: any bytes end in settings or in faults; and config_check
 * finds one exactly where config_load does.
 */
#include "base/conf/config.h"
#include "base/conf/config_syntax.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the piece of a string that is never closed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void read_three_ways(const char *path)
{
	struct settings s;
	struct fault f;
	struct buf faults = { 0 };

	int result = config_load(path, &s, &f);
	if (result == 0)
		settings_free(&s);
	if ((config_check(path, &faults) == 0) != (result == 0))
		abort();
	config_read_for_submission(path, &s, &f);
	settings_free(&s);
	buf_free(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct buf why = { 0 };
	char path[64];

	config_syntax_explain(text, size > 0 ? data[0] : 1, size % 2, &why);
	config_syntax_open_comment(text);
	buf_free(&why);
	/* What an @include names is not ours to open here. */
	if (size > 0 && memmem(data, size, "@include", 8))
		return 0;
	int fd = memfd_create("config", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_three_ways(path);
	close(fd);
	return 0;
}
