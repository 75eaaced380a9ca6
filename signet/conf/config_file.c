/* SPDX-License-Identifier: ISC */
#include "signet/conf/config_file.h"

#include "base/conf/config.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, NEW_FILE_MODE = 0644 };

struct edited {
	char *path;            /* behind all links */
	bool is_new;
	struct stat before;
	struct buf text, part; /* the new text, and the name of the file it is first written to */
};

static int file_failed(struct fault *f, const char *path, const char *what)
{
	int error = errno;

	fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(error));
	return fault_of_file(f, error, EX_IOERR);
}

int config_file_read(const char *path, struct buf *out, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	int result = fd < 0 || io_read_file(fd, out, FILE_BYTES_MAX) < 0 ? file_failed(f, path, "cannot be read") : 0;
	io_close(&fd);
	return result;
}

/* Owner and mode first: only those who could read the old file may read the new one. */
static int write_new(struct edited *e, struct fault *f)
{
	const char *part = buf_text(&e->part);
	int fd;

	unlink(part);   /* of one that was killed */
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return file_failed(f, part, "cannot be written");
	bool is_owned = e->is_new ? fchmod(fd, NEW_FILE_MODE) == 0
	                          : fchown(fd, e->before.st_uid, e->before.st_gid) == 0 && fchmod(fd, e->before.st_mode & 07777) == 0;
	int result = is_owned && io_write_all(fd, e->text.at, e->text.len, IO_FOREVER) == 0 && fsync(fd) == 0
	             ? 0 : file_failed(f, part, "cannot be written");
	close(fd);
	return result;
}

/* Names all faults, since the file that has them is gone by the time they are read. */
static int refuse_faulty(const struct edited *e, const char *part, struct fault *f)
{
	struct buf faults = { 0 }, text = { 0 };

	config_check(part, &faults);
	for (struct span rest = buf_span(&faults); rest.len > 0;) {
		struct span line = span_cut(&rest, '\n');
		size_t own = span_starts_nocase(line, span_of(part)) && line.len > strlen(part) ? strlen(part) + 1 : 0;
		buf_printf(&text, "%s%s", text.len > 0 ? "; " : "", own > 0 && own < line.len && byte_is_digit(line.at[own]) ? "line " : "");
		buf_add_span(&text, span_trim((struct span){ line.at + own, line.len - own }));
	}
	fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s stays as it was, since it would have a fault then: %s", e->path, buf_text(&text));
	buf_free(&faults);
	buf_free(&text);
	return -1;
}

/* Does not trust our own reading of the text: the configuration's reader reads both files. */
static int compare_settings(const struct edited *e, const struct config_change *c, const char *part, struct fault *f)
{
	struct settings was, is;
	struct buf packed_was = { 0 }, packed_is = { 0 };

	if (e->is_new)
		settings_defaults(&was);
	else if (config_load(e->path, &was, f) < 0)
		return -1;
	if (config_load(part, &is, f) < 0) {
		settings_free(&was);
		return refuse_faulty(e, part, f);
	}
	bool same = c->take_out(c->how, &was, &is);
	settings_pack(&was, &packed_was);
	settings_pack(&is, &packed_is);
	same = same && span_eq(buf_span(&packed_was), buf_span(&packed_is));
	buf_free(&packed_was);
	buf_free(&packed_is);
	settings_free(&was);
	settings_free(&is);
	return same ? 0 : fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: to change its text would change other settings too",
	                            e->path);
}

static int put_in_place(struct edited *e, struct fault *f)
{
	struct stat now;
	bool is_there = stat(e->path, &now) == 0;
	bool is_unchanged = e->is_new ? !is_there && errno == ENOENT
	                              : is_there && now.st_ino == e->before.st_ino && now.st_dev == e->before.st_dev &&
	                                now.st_size == e->before.st_size && now.st_mtim.tv_sec == e->before.st_mtim.tv_sec &&
	                                now.st_mtim.tv_nsec == e->before.st_mtim.tv_nsec;

	if (!is_unchanged)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "%.300s: somebody else changed it just now; try again", e->path);
	if (rename(buf_text(&e->part), e->path) < 0 || io_sync_folder(dirname(e->path)) < 0)
		return file_failed(f, e->path, "cannot be replaced");
	return 0;
}

int config_file_change(const char *path, const struct config_change *c, struct fault *f)
{
	struct edited e = { .path = realpath(path, NULL) };

	if (e.path == NULL && errno == ENOENT && c->may_make)
		e.path = mem_text(path);
	if (e.path == NULL)
		return file_failed(f, path, "cannot be read");
	buf_printf(&e.part, "%s.new", e.path);
	struct buf old = { 0 };
	e.is_new = stat(e.path, &e.before) < 0;
	int result = e.is_new && !c->may_make ? file_failed(f, e.path, "cannot be read") : config_file_read(e.path, &old, f);
	if (result == 0 && (result = c->text(c->how, buf_span(&old), &e.text, f)) < 0)
		fault_prefix(f, "%.300s", e.path);
	buf_free(&old);
	if (result == 0)
		result = write_new(&e, f);
	if (result == 0)
		result = compare_settings(&e, c, buf_text(&e.part), f);
	if (result == 0 && !c->only_tried)
		result = put_in_place(&e, f);
	if (result < 0 || c->only_tried)
		unlink(buf_text(&e.part));
	free(e.path);
	buf_free(&e.text);
	buf_free(&e.part);
	return result;
}
