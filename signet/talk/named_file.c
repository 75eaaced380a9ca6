/* SPDX-License-Identifier: ISC */
#include "signet/talk/named_file.h"

#include "base/io.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

static bool is_path(const char *path)
{
	return strncmp(path, SECRET_CREDENTIAL, sizeof SECRET_CREDENTIAL - 1) != 0 && strncmp(path, SECRET_ENVIRONMENT, sizeof SECRET_ENVIRONMENT - 1) != 0;
}

/* 0 or errno. */
static int try(const char *path)
{
	struct stat st;
	int fd = is_path(path) ? io_open_regular(path, &st) : -1, error = is_path(path) && fd < 0 ? errno : 0;

	io_close(&fd);
	return error;
}

int named_file_fault(const char *path, struct fault *f)
{
	int error = try(path);

	return error ? fault_of_file(f, error, EX_NOINPUT) : -1;
}

int named_file_check(const char *path, const char *what, const char *fix, struct fault *f)
{
	int error = try(path);

	if (error == 0)
		return 0;
	fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: %s cannot be read: %s; %s", path, what, io_error_text(error), fix);
	return fault_of_file(f, error, EX_NOINPUT);
}
