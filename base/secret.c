/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include "base/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_file(struct fault *f, const char *path, const char *why)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: %s", path, why);
}

static int check_file(const char *path, const struct stat *st, bool in_container, struct fault *f)
{
	if (!S_ISREG(st->st_mode))
		return refuse_file(f, path, "is not a regular file");
	if (in_container && st->st_uid != geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return fault_set(f, FAULT_PERMANENT, "4.3.5",
		                 "%.200s: belongs to another user (uid %lu), who can read it; fix it with: chown %s %.200s", path,
		                 (unsigned long)st->st_uid, geteuid() == 0 ? "root" : "\"$USER\"", path);
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return fault_set(f, FAULT_PERMANENT, "4.3.5",
		                 "%.200s: others can read or change it (mode %04o); fix it with: chmod 600 %.200s", path,
		                 (unsigned)(st->st_mode & 07777), path);
	return 0;
}

static int read_checked(int fd, const char *path, bool in_container, size_t max, struct buf *out, struct fault *f)
{
	struct stat st;
	size_t before = out->len;

	if (fstat(fd, &st) < 0)
		return refuse_file(f, path, strerror(errno));
	if (check_file(path, &st, in_container, f) < 0)
		return -1;
	buf_reserve(out, max + IO_STEP_BYTES);   /* one that grows leaves copies behind */
	if (io_read_file(fd, out, max) < 0) {
		out->len = before;
		return refuse_file(f, path, errno == EFBIG ? "is too large for what it should hold" : strerror(errno));
	}
	return 0;
}

static int read_path(const char *path, bool in_container, size_t max, struct buf *out, struct fault *f)
{
	int fd = io_open(path);

	if (fd < 0)
		return refuse_file(f, path, strerror(errno));
	int result = read_checked(fd, path, in_container, max, out, f);
	close(fd);
	return result;
}

static int read_variable(const char *path, const char *name, size_t max, struct buf *out, struct fault *f)
{
	const char *value = getenv(name);

	if (value == NULL)
		return refuse_file(f, path, "the environment has no such variable");
	if (strlen(value) > max)
		return refuse_file(f, path, "is too large for what it should hold");
	buf_reserve(out, max + IO_STEP_BYTES);
	buf_add_text(out, value);
	return 0;
}

static int read_secret(const char *path, bool in_container, size_t max, struct buf *out, struct fault *f)
{
	const size_t prefix = sizeof SECRET_CREDENTIAL - 1, variable = sizeof SECRET_ENVIRONMENT - 1;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf whole = { 0 };

	if (strncmp(path, SECRET_ENVIRONMENT, variable) == 0)
		return read_variable(path, path + variable, max, out, f);
	if (strncmp(path, SECRET_CREDENTIAL, prefix) != 0)
		return read_path(path, in_container, max, out, f);
	if (folder == NULL || folder[0] != '/')
		return refuse_file(f, path, "systemd gave us no credentials ($CREDENTIALS_DIRECTORY is not set); name it in the unit "
		                   "with LoadCredential=, or give the key's file by its path");
	buf_printf(&whole, "%s/%s", folder, path + prefix);
	int result = read_path(buf_text(&whole), in_container, max, out, f);
	buf_free(&whole);
	return result;
}

int secret_read(const char *path, size_t max, struct buf *out, struct fault *f)
{
	return read_secret(path, false, max, out, f);
}

int secret_read_in_container(const char *path, size_t max, struct buf *out, struct fault *f)
{
	return read_secret(path, true, max, out, f);
}

void secret_free(struct buf *b)
{
	if (b->at)
		explicit_bzero(b->at, b->cap);
	buf_free(b);
}
