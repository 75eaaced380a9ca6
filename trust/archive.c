/* SPDX-License-Identifier: ISC */
#include "trust/archive.h"

#include <stdint.h>
#include <zlib.h>

enum { STEP_BYTES = 64 * 1024, ZIP_END_BYTES = 22, ZIP_COMMENT_MAX = 65535, ZIP_CENTRAL_BYTES = 46, ZIP_LOCAL_BYTES = 30 };
enum { GZIP_AUTOMATIC = 15 + 16, RAW_DEFLATE = -15 };

static int broken(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "%s", what);
}

static int too_large(struct fault *f)
{
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "it unpacks into more than %d MiB, or %d times what it is: no report does",
	                 ARCHIVE_BYTES_MAX / 1024 / 1024, ARCHIVE_RATIO_MAX);
}

static bool is_gzip(struct span s)
{
	return s.len >= 2 && s.at[0] == '\x1f' && s.at[1] == '\x8b';
}

static bool is_zip(struct span s)
{
	return s.len >= 4 && memcmp(s.at, "PK", 2) == 0 && (memcmp(s.at + 2, "\3\4", 2) == 0 || memcmp(s.at + 2, "\5\6", 2) == 0);
}

bool archive_is(struct span bytes)
{
	return is_gzip(bytes) || is_zip(bytes);
}

/* ---- inflating ---- */

/* One stream, which ends in `in` or is damaged; *in is moved behind it. *left: how many more bytes there may be. */
static int inflate_stream(struct span *in, int window, size_t *left, struct buf *out, struct fault *f)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in->at, .avail_in = (uInt)in->len };
	size_t packed = in->len, begin = out->len;
	int result = 0, state = Z_OK;

	if (inflateInit2(&z, window) != Z_OK)
		return broken(f, "it cannot be unpacked: zlib does not begin");
	while (state == Z_OK && result == 0) {
		buf_reserve(out, STEP_BYTES);
		z.next_out = (Bytef *)out->at + out->len;
		z.avail_out = STEP_BYTES;
		state = inflate(&z, Z_NO_FLUSH);
		size_t made = STEP_BYTES - z.avail_out, all = out->len + made - begin;
		out->len += made;
		if (made > *left || (all > ARCHIVE_RATIO_FROM && all / ARCHIVE_RATIO_MAX > packed))
			result = too_large(f);
		else if (state != Z_OK && state != Z_STREAM_END)
			result = broken(f, state == Z_BUF_ERROR ? "it is cut off: a part of it is missing" : "it is damaged: it does not unpack");
		*left -= made < *left ? made : *left;
	}
	*in = (struct span){ in->at + (in->len - z.avail_in), z.avail_in };
	inflateEnd(&z);
	return result;
}

static int hand_on(struct span content, archive_take *take, void *context, struct fault *f)
{
	if (archive_is(content))
		return broken(f, "it holds another archive: unpack it first, if you know who sent it");
	return take(context, content, f);
}

static int read_gzip(struct span bytes, archive_take *take, void *context, struct fault *f)
{
	size_t left = ARCHIVE_BYTES_MAX;
	struct buf out = { 0 };
	int result = 0;

	/* Streams in a row are one file (RFC 1952 section 2.2); what follows them is padding. */
	for (size_t n = 0; result == 0 && is_gzip(bytes); n++)
		result = n == ARCHIVE_MEMBERS_MAX ? too_large(f) : inflate_stream(&bytes, GZIP_AUTOMATIC, &left, &out, f);
	if (result == 0)
		result = hand_on(buf_span(&out), take, context, f);
	buf_free(&out);
	return result;
}

/* ---- zip (APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16) ---- */

static uint32_t number_at(struct span s, size_t at, size_t bytes)
{
	uint32_t n = 0;

	for (size_t i = bytes; i-- > 0;)
		n = n << 8 | (unsigned char)s.at[at + i];
	return n;
}

struct zip_member {
	unsigned flags, method;
	uint32_t check, packed, unpacked, local;
};

static int read_member(struct span zip, const struct zip_member *m, size_t *left, archive_take *take, void *context, struct fault *f)
{
	struct buf out = { 0 };
	int result = 0;

	if (m->flags & 1)
		return broken(f, "it is encrypted: unpack it with its password first");
	if (m->local > zip.len || zip.len - m->local < ZIP_LOCAL_BYTES || memcmp(zip.at + m->local, "PK\3\4", 4) != 0)
		return broken(f, "it is damaged: its directory names a file that is not there");
	size_t at = m->local + ZIP_LOCAL_BYTES + number_at(zip, m->local + 26, 2) + number_at(zip, m->local + 28, 2);
	if (at > zip.len || m->packed > zip.len - at)
		return broken(f, "it is cut off: a part of it is missing");
	struct span packed = { zip.at + at, m->packed };
	if (m->method == 0) {
		if (packed.len > *left)
			return too_large(f);
		*left -= packed.len;
		buf_add_span(&out, packed);
	} else if (m->method == 8) {
		result = inflate_stream(&packed, RAW_DEFLATE, left, &out, f);
	} else {
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it is packed by method %u, which is not known here: unpack it first", m->method);
	}
	if (result == 0 && (uint32_t)crc32(0, (const Bytef *)buf_text(&out), (uInt)out.len) != m->check)
		result = broken(f, "it is damaged: its checksum is another");
	if (result == 0)
		result = hand_on(buf_span(&out), take, context, f);
	buf_free(&out);
	return result;
}

static int read_zip(struct span zip, archive_take *take, void *context, struct fault *f)
{
	size_t end = 0, left = ARCHIVE_BYTES_MAX;

	for (size_t back = ZIP_END_BYTES; end == 0 && back <= zip.len && back <= ZIP_END_BYTES + ZIP_COMMENT_MAX; back++)
		if (memcmp(zip.at + zip.len - back, "PK\5\6", 4) == 0)
			end = zip.len - back + 1;
	if (end-- == 0)
		return broken(f, "it is cut off: the end of the zip file is missing");
	unsigned count = number_at(zip, end + 10, 2);
	size_t at = number_at(zip, end + 16, 4);
	if (count > ARCHIVE_MEMBERS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it holds %u files: a report is one, and more than %d are not looked at", count,
		                 ARCHIVE_MEMBERS_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (at > zip.len || zip.len - at < ZIP_CENTRAL_BYTES || memcmp(zip.at + at, "PK\1\2", 4) != 0)
			return broken(f, "it is damaged: its directory cannot be read");
		struct zip_member m = {
			.flags = number_at(zip, at + 8, 2), .method = number_at(zip, at + 10, 2), .check = number_at(zip, at + 16, 4),
			.packed = number_at(zip, at + 20, 4), .unpacked = number_at(zip, at + 24, 4), .local = number_at(zip, at + 42, 4),
		};
		size_t name = number_at(zip, at + 28, 2);
		bool is_folder = name > 0 && at + ZIP_CENTRAL_BYTES + name <= zip.len && zip.at[at + ZIP_CENTRAL_BYTES + name - 1] == '/';
		if (m.unpacked > ARCHIVE_BYTES_MAX)
			return too_large(f);
		if (!is_folder && read_member(zip, &m, &left, take, context, f) < 0)
			return -1;
		at += ZIP_CENTRAL_BYTES + name + number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
	}
	return count > 0 ? 0 : broken(f, "it is an empty zip file");
}

int archive_read(struct span bytes, archive_take *take, void *context, struct fault *f)
{
	if (bytes.len > UINT32_MAX / 2)
		return too_large(f);
	if (is_gzip(bytes))
		return read_gzip(bytes, take, context, f);
	return is_zip(bytes) ? read_zip(bytes, take, context, f) : take(context, bytes, f);
}
