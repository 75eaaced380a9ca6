/* SPDX-License-Identifier: ISC */
#include "base/conf/config.h"

#include "base/conf/config_reader.h"
#include "base/conf/config_rules.h"

#include <stdlib.h>

const char *config_file(const char *given)
{
	const char *named = given ? given : secure_getenv("SIGNET_CONFIG");

	return named && named[0] != '\0' ? named : CONFIG_DEFAULT_FILE;
}

int config_load(const char *path, struct settings *out, struct fault *f)
{
	struct reader *r = reader_new(path, false);

	reader_read(r, &config_rules, out);
	int result = reader_fault(r, f);
	if (result < 0)
		settings_free(out);
	reader_free(r);
	return result;
}

int config_read_for_submission(const char *path, struct settings *out, struct fault *f)
{
	struct reader *r = reader_new(path, true);

	reader_read_early(r, out);
	int result = reader_fault(r, f);
	if (result < 0) {
		settings_free(out);
		settings_begin(out);
	}
	settings_complete(out);
	reader_free(r);
	return result;
}

size_t config_check(const char *path, struct buf *out)
{
	struct reader *r = reader_new(path, false);
	struct settings s;

	reader_read(r, &config_rules, &s);
	size_t count = reader_print(r, out);
	settings_free(&s);
	reader_free(r);
	return count;
}

size_t config_count(const char *path)
{
	struct reader *r = reader_new(path, false);
	size_t count = reader_count(r);

	reader_free(r);
	return count;
}
