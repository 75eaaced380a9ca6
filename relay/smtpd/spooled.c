/* SPDX-License-Identifier: ISC */
#include "relay/smtpd/spooled.h"

#include "base/io.h"
#include "base/unnamed_file.h"

#include <errno.h>
#include <unistd.h>

static int file_failed(const struct spooled *m, struct fault *f)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

	return fault_set(f, FAULT_TEMPORARY, full ? "4.3.1" : "4.3.0", "the message cannot be kept in a file in %s: %s; try again later",
	                 m->folder, strerror(errno));
}

int spooled_add(struct spooled *m, struct span bytes, struct fault *f)
{
	if (m->memory.len + bytes.len > SPOOLED_MEMORY_MAX) {
		/* What is in memory moves to the file. */
		if (m->file < 0 && (m->file = unnamed_file_in(m->folder)) < 0)
			return file_failed(m, f);
		for (size_t done = 0; done < m->memory.len;) {
			ssize_t n = pwrite(m->file, m->memory.at + done, m->memory.len - done, (off_t)(m->in_file + done));
			if (n > 0)
				done += (size_t)n;
			else if (n == 0 || errno != EINTR)
				return file_failed(m, f);
		}
		m->in_file += m->memory.len;
		buf_clear(&m->memory);
	}
	buf_add_span(&m->memory, bytes);
	return 0;
}

uint64_t spooled_bytes(const struct spooled *m)
{
	return m->in_file + m->memory.len;
}

int spooled_part(const struct spooled *m, uint64_t offset, char *scratch, size_t len, struct span *out, struct fault *f)
{
	*out = (struct span){ scratch, 0 };
	if (offset >= m->in_file) {
		size_t at = (size_t)(offset - m->in_file);
		if (at < m->memory.len)
			*out = (struct span){ m->memory.at + at, m->memory.len - at };
		return 0;
	}
	if (m->in_file - offset < len)
		len = (size_t)(m->in_file - offset);
	ssize_t n;
	do
		n = pread(m->file, scratch, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the message cannot be read back from its file in %s: %s; try again later",
		                 m->folder, n < 0 ? strerror(errno) : "it ends early");
	out->len = (size_t)n;
	return 0;
}

void spooled_free(struct spooled *m)
{
	buf_free(&m->memory);
	io_close(&m->file);
	*m = SPOOLED_EMPTY(m->folder);
}
