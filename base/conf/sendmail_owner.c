/* SPDX-License-Identifier: ISC */
#include "base/conf/sendmail_owner.h"

#include "base/conf/config.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Has the file at path in the folder (or AT_FDCWD) these bytes? One that cannot be read has not. */
static bool file_has(int folder, const char *path, struct span bytes)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool has = false;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		size_t size = (size_t)st.st_size;
		void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		has = map != MAP_FAILED && memmem(map, size, bytes.at, bytes.len);
		if (map != MAP_FAILED)
			munmap(map, size);
	}
	io_close(&fd);
	return has;
}

/* Appends the name of the package whose list has path; false: none has. A list begins with "/.", so each path follows a newline. */
static bool add_package(const char *path, const char *packages, struct buf *out)
{
	DIR *folder = opendir(packages);
	struct buf line = { 0 };
	bool found = false;

	buf_printf(&line, "\n%s\n", path);
	for (struct dirent *entry; !found && folder && (entry = readdir(folder));) {
		struct span name = span_of(entry->d_name);
		if (!span_ends_nocase(name, SPAN(".list")) || !file_has(dirfd(folder), entry->d_name, buf_span(&line)))
			continue;
		found = true;
		buf_add(out, entry->d_name, name.len - strlen(".list"));
	}
	if (folder)
		closedir(folder);
	buf_free(&line);
	return found;
}

bool sendmail_owner_is_us(const char *path, const char *packages, struct buf *out)
{
	char target[PATH_MAX];
	struct buf package = { 0 };

	/* Our own contains the path of its configuration. */
	if (file_has(AT_FDCWD, path, SPAN(CONFIG_DEFAULT_FILE)))
		return true;
	if (access(path, X_OK) < 0) {
		buf_printf(out, "%s: %s: programs that send mail look for it there; the package signet-mta brings it, or make install",
		           path, strerror(errno));
		return false;
	}
	if (realpath(path, target) == NULL)
		target[0] = '\0';
	buf_printf(out, "%s is another mail system's", path);
	if (add_package(path, packages, &package) || (target[0] && add_package(target, packages, &package)))
		buf_printf(out, ", of the package %s", buf_text(&package));
	else if (target[0] && strcmp(target, path) != 0)
		buf_printf(out, ", %s", target);
	buf_add_text(out, ": what programs send goes there and not to Signet, until the package signet-mta takes its place "
	                  "(or make install DIVERT=1)");
	buf_free(&package);
	return false;
}
