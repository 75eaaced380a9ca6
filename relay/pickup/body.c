/* SPDX-License-Identifier: ISC */
#include "relay/pickup/body.h"

#include "base/io.h"
#include "base/log.h"
#include "base/mail/recode.h"
#include "base/unnamed_file.h"
#include "relay/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_STEP = 256 * 1024 };

static int disk_fault(const struct body *b, struct fault *f, const char *what)
{
	const char *advice = errno == ENOSPC || errno == EDQUOT ? "; free some space in the spool"
	                 : errno == EROFS ? "; mount the spool's file system for writing" : "";

	if (b->folder < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.1", "cannot %s the message in a temporary file: %s; set TMPDIR to a folder with room "
		                 "for it", what, strerror(errno));
	return fault_set(f, FAULT_TEMPORARY, "4.3.1", "cannot %s the message in the spool: %s%s", what, strerror(errno), advice);
}

static int write_out(struct body *b, struct fault *f)
{
	if (io_write_all(b->fd, b->memory.at, b->memory.len, IO_FOREVER) < 0)
		return disk_fault(b, f, "write");
	checksum_add(&b->checksum, buf_span(&b->memory));
	buf_clear(&b->memory);
	return 0;
}

/*
 * Each attempt has a name of its own, so that a repeated submission never
 * touches the bytes of the one that is stored already.
 */
static int begin_file(struct body *b, int folder, const uint8_t id[RECORD_ID_BYTES], unsigned part, struct fault *f)
{
	struct buf name = { 0 };
	uint32_t random = 0;
	bool in_memory;

	b->folder = folder;
	if (folder < 0) {
		b->fd = unnamed_file(&in_memory);
		b->file = b->fd >= 0 ? mem_text("") : NULL;
		return b->file ? 0 : disk_fault(b, f, "create");
	}
	for (size_t i = 0; i < RECORD_ID_BYTES; i++)
		buf_printf(&name, "%02x", id[i]);
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		abort();
	buf_printf(&name, ".%u.%08x", part, random);
	b->fd = openat(folder, buf_text(&name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd < 0) {
		buf_free(&name);
		return disk_fault(b, f, "create");
	}
	b->file = buf_take(&name);
	return 0;
}

int body_add(struct body *b, int folder, const uint8_t id[RECORD_ID_BYTES], unsigned part, struct span bytes,
             struct fault *f)
{
	b->size_bytes += bytes.len;
	recode_look(&b->look, bytes);
	buf_add_span(&b->memory, bytes);
	if (b->file == NULL && b->size_bytes > MESSAGE_INLINE_MAX && begin_file(b, folder, id, part, f) < 0)
		return -1;
	return b->file && b->memory.len >= WRITE_STEP ? write_out(b, f) : 0;
}

/* ---- made fit ---- */

struct remake {
	struct body made;
	int folder;
	const uint8_t *id;
	unsigned part;
};

static int add_made(void *context, struct span piece, struct fault *f)
{
	struct remake *r = context;

	return body_add(&r->made, r->folder, r->id, r->part, piece, f);
}

int body_recode(struct body *b, int folder, const uint8_t id[RECORD_ID_BYTES], unsigned part, bool eight_bit_too,
                struct fault *f)
{
	struct remake r = { .folder = folder, .id = id, .part = part };
	struct span whole = buf_span(&b->memory);

	if (b->file) {
		if (write_out(b, f) < 0)
			return -1;
		void *map = mmap(NULL, (size_t)b->size_bytes, PROT_READ, MAP_PRIVATE, b->fd, 0);
		if (map == MAP_FAILED)
			return disk_fault(b, f, "read");
		whole = (struct span){ map, (size_t)b->size_bytes };
	}
	bool mapped = b->file != NULL;
	struct recode *plan = recode_plan(whole, eight_bit_too, f);
	int result = plan ? 0 : -1;
	if (plan && recode_is_needed(plan)) {
		result = recode_write(plan, add_made, &r, f);
		struct body other = result < 0 ? r.made : *b;
		if (result == 0)
			*b = r.made;
		r.made = other;
	}
	recode_free(plan);
	if (mapped)
		munmap((void *)(uintptr_t)whole.at, whole.len);
	body_free(&r.made, true);      /* the one that is not kept */
	return result;
}

/* ---- last ---- */

int body_sync(struct body *b, struct fault *f)
{
	struct stat st;

	if (b->file == NULL)
		return 0;
	if (write_out(b, f) < 0)
		return -1;
	if (b->folder < 0)
		return 0;
	/* A caller may have been slow enough for the queue to take its file for a leftover. */
	if (futimens(b->fd, NULL) < 0 || fstat(b->fd, &st) < 0 || st.st_nlink == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.1", "the message's file in the spool is gone; send it again");
	if (fsync(b->fd) < 0 || fsync(b->folder) < 0)
		return disk_fault(b, f, "sync");
	io_close(&b->fd);
	return 0;
}

void body_free(struct body *b, bool remove)
{
	if (b->file) {
		io_close(&b->fd);
		if (remove && b->folder >= 0 && unlinkat(b->folder, b->file, 0) < 0 && errno != ENOENT)
			log_line(LOG_LEVEL_WARNING, "cannot remove %s from the spool's body folder: %s", b->file, strerror(errno));
	}
	buf_free(&b->memory);
	free(b->file);
	*b = (struct body){ 0 };
}
