/* SPDX-License-Identifier: ISC */
#include "base/unnamed_file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int unnamed_file_in(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	struct buf name = { 0 };
	buf_printf(&name, "%s/signet-XXXXXX", folder);
	fd = mkostemp(name.at, O_CLOEXEC);
	if (fd >= 0)
		unlink(name.at);
	buf_free(&name);
	return fd;
}

int unnamed_file_in_memory(void)
{
	return memfd_create("message", MFD_CLOEXEC);
}

int unnamed_file(bool *in_memory)
{
	const char *const folders[] = { secure_getenv("TMPDIR"), "/var/tmp", "/tmp" };
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < sizeof folders / sizeof folders[0]; i++)
		if (folders[i] && folders[i][0])
			fd = unnamed_file_in(folders[i]);
	*in_memory = fd < 0;
	return fd >= 0 ? fd : unnamed_file_in_memory();
}
