/* SPDX-License-Identifier: ISC */
#include "relay/local/maildir.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int maildir_make(const char *path, struct fault *f)
{
	static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
	struct buf folder = { 0 };
	int result = 0;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && result == 0; i++) {
		buf_clear(&folder);
		buf_printf(&folder, "%s%s", path, parts[i]);
		if (mkdir(buf_text(&folder), 0700) < 0 && errno != EEXIST)
			result = letter_failed(buf_text(&folder), "cannot be made", f);
	}
	buf_free(&folder);
	return result;
}

/* A file of that name, whatever flags a reader put behind it (":2,S"). */
static bool folder_has(int parent, const char *folder, const char *name)
{
	int fd = openat(parent, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	size_t len = strlen(name);
	bool found = false;

	if (list == NULL) {
		io_close(&fd);
		return false;
	}
	for (struct dirent *e = readdir(list); e && !found; e = readdir(list))
		found = strncmp(e->d_name, name, len) == 0 && (e->d_name[len] == '\0' || e->d_name[len] == ':');
	closedir(list);
	return found;
}

int maildir_deliver(const char *path, const char *name, struct letter *l, bool again, struct fault *f)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1, new = -1, result = 0;
	char from[300], to[300];

	if (folder < 0)
		return letter_failed(path, "cannot be opened", f);
	snprintf(from, sizeof from, "tmp/%.250s", name);
	snprintf(to, sizeof to, "new/%.250s", name);
	if (again && (folder_has(folder, "cur", name) || folder_has(folder, "new", name)))
		goto out;
	fd = openat(folder, from, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		result = letter_failed(path, "no file can be made in tmp", f);
	else
		result = letter_write(l, LETTER_MAILDIR, fd, path, f);
	if (result == 0 && fsync(fd) < 0)
		result = letter_failed(path, "cannot be synced", f);
	if (result == 0 && renameat(folder, from, folder, to) < 0)
		result = letter_failed(path, "cannot be moved from tmp to new", f);
	else if (result < 0 && fd >= 0)
		unlinkat(folder, from, 0);
	if (result == 0 && ((new = openat(folder, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fsync(new) < 0))
		result = letter_failed(path, "cannot be synced", f);
out:
	io_close(&new);
	io_close(&fd);
	io_close(&folder);
	return result;
}
