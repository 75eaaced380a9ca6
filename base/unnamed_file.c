#include "base/unnamed_file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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
