/* SPDX-License-Identifier: ISC */
#include "relay/route/aliases.h"

#include "base/escape.h"
#include "base/io.h"
#include "base/mail/address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A clock's tick: what was written again in the same one has the same times. */
enum { TICK_MS = 50 };

/* What changes with a file. error is that of stat(2), and all else is 0 then. */
struct stamp {
	int error;
	dev_t device;
	ino_t inode;
	off_t bytes;
	struct timespec written, changed;
};

struct part {                     /* a file, or a list */
	char *path;
	bool is_list;
	struct stamp stamp;           /* of what was opened, before it was read; of the name where that failed */
	bool is_fresh;                /* it may have been written in the tick in which it was read */
	int error;                    /* of reading; 0: file holds it */
	bool is_kept;                 /* file holds what the list was before its name was given to another one */
	struct alias_file file;
};

struct parts {
	struct part *items;
	size_t count;
};

struct aliases {
	const struct text_list *files;
	struct part *parts;           /* those of files first, in their order */
	size_t count;
	size_t bytes;
	bool has_read;
	aliases_open *open_file;      /* NULL: open(2) */
	void *open_context;
	struct alias_source source;
};

/* ---- stamps ---- */

static struct stamp stamp_by(const struct stat *st)
{
	return (struct stamp){ 0, st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

static struct stamp stamp_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? (struct stamp){ .error = errno } : stamp_by(&st);
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_within_tick(struct timespec changed)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t ms = (now.tv_sec - changed.tv_sec) * INT64_C(1000) + (now.tv_nsec - changed.tv_nsec) / 1000000;
	return ms < TICK_MS && ms > -TICK_MS;
}

static bool has_changed(const struct part *p)
{
	struct stamp now = stamp_of(p->path), was = p->stamp;

	return p->is_fresh || now.error != was.error || now.device != was.device || now.inode != was.inode || now.bytes != was.bytes ||
	       !is_same_time(now.written, was.written) || !is_same_time(now.changed, was.changed);
}

/* ---- reading ---- */

/* The files are read before all lists: how many parts there are is the index of the next file. */
static int open_part(const struct aliases *a, const char *path, bool is_list)
{
	if (a->open_file && !is_list)
		return a->open_file(a->open_context, a->count);
	return io_open(path);
}

/* errno, or 0. An opener may give the file of before, and then the name is looked at again. */
static int read_text(int fd, size_t most, struct stamp *stamp, struct buf *out)
{
	struct stat st = { 0 };
	int error = 0;

	if (fd < 0)
		return errno;
	if (io_check_regular(fd, &st) < 0)
		error = errno;
	if (error == 0 || error == EINVAL)
		*stamp = stamp_by(&st);
	if (error == 0 && io_read_file(fd, out, most) < 0)
		error = errno;
	io_close(&fd);
	return error;
}

static struct part *find_list(const struct aliases *a, const char *path)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->parts[i].is_list && strcmp(a->parts[i].path, path) == 0)
			return &a->parts[i];
	return NULL;
}

/*
 * Landlock grants a list that lies among other files, not its name: what has the name now may be read by the user's rights, and yet not by this
 * role until it is started again. Until then the list is what it was, as nobody's mail is to come back because of an editor.
 */
static void keep_list(struct part *p, struct parts *before)
{
	if (p->error != EACCES || !p->is_list || access(p->path, R_OK) < 0)
		return;
	for (size_t i = 0; i < before->count && !p->is_kept; i++) {
		struct part *old = &before->items[i];
		if (!old->is_list || strcmp(old->path, p->path) != 0 || (old->error && !old->is_kept))
			continue;
		p->file = old->file;
		p->is_kept = true;
		old->file = (struct alias_file){ 0 };
	}
}

static void read_part(struct aliases *a, const char *path, bool is_list, struct parts *before)
{
	struct part p = { .path = mem_text(path), .is_list = is_list, .stamp = stamp_of(path) };
	struct buf text = { 0 };

	p.error = p.stamp.error ? p.stamp.error : read_text(open_part(a, path, is_list), ALIASES_BYTES_MAX - a->bytes, &p.stamp, &text);
	if (p.error == 0 && is_list)
		alias_list_read(buf_span(&text), &p.file);
	else if (p.error == 0)
		alias_file_read(buf_span(&text), &p.file);
	keep_list(&p, before);
	p.is_fresh = p.stamp.error == 0 && is_within_tick(p.stamp.changed);
	a->bytes += text.len;
	buf_free(&text);
	a->parts = mem_resize(a->parts, a->count + 1, sizeof *a->parts);
	a->parts[a->count++] = p;
}

/* A list that is read here is looked through later, in its turn. */
static void read_lists_of(struct aliases *a, size_t index, struct parts *before)
{
	for (size_t i = 0; i < a->parts[index].file.count; i++)
		for (size_t k = 0; k < a->parts[index].file.items[i].count; k++) {
			const struct alias_member *m = &a->parts[index].file.items[i].members[k];
			if (m->kind == ALIAS_INCLUDE && find_list(a, m->text) == NULL && a->count < a->files->count + ALIASES_FILES_MAX)
				read_part(a, m->text, true, before);
		}
}

static void free_parts(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++) {
		alias_file_free(&p->items[i].file);
		free(p->items[i].path);
	}
	free(p->items);
}

bool aliases_refresh(struct aliases *a)
{
	bool changed = !a->has_read;

	for (size_t i = 0; i < a->count && !changed; i++)
		changed = has_changed(&a->parts[i]);
	if (!changed)
		return false;
	struct parts before = { a->parts, a->count };
	a->parts = NULL;
	a->count = a->bytes = 0;
	for (size_t i = 0; i < before.count; i++)
		if (!before.items[i].is_list)
			alias_file_free(&before.items[i].file);     /* lists alone may be kept, and files may be large */
	for (size_t i = 0; i < a->files->count; i++)
		read_part(a, a->files->items[i], false, &before);
	for (size_t i = 0; i < a->count; i++)
		read_lists_of(a, i, &before);
	free_parts(&before);
	a->has_read = true;
	return true;
}

/* ---- asking ---- */

static struct alias_place find(void *context, struct span name)
{
	const struct aliases *a = context;

	for (size_t i = 0; i < a->files->count && i < a->count; i++) {
		const struct alias *found = alias_find(&a->parts[i].file, name);
		if (found)
			return (struct alias_place){ a->parts[i].path, found };
	}
	return (struct alias_place){ 0 };
}

static struct span folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct span){ path, slash == path ? 1 : (size_t)(slash - path) };
}

/* Its folder has files that roles must not read. */
static bool lies_among_others(const char *path)
{
	static const char *const folders[] = { "/", "/etc", "/etc/signet" };

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		if (span_eq(folder_of(path), span_of(folders[i])))
			return true;
	return false;
}

#define MUST_BE_READABLE "; it must be readable by the user that signetd's roles run as"

/* How to fix that a part cannot be read. */
static const char *hint_for(const struct part *p)
{
	if (p->error != EACCES)
		return "";
	if (p->is_kept)
		return "; it has been replaced, and what it was before counts until: systemctl reload signetd (move it to a folder of lists, such as "
		       "/etc/mail, and a change of it is seen at once)";
	if (!p->is_list)
		return MUST_BE_READABLE;
	if (lies_among_others(p->path))
		return MUST_BE_READABLE ", and is read again after: systemctl reload signetd (in a folder of lists, such as /etc/mail, a change of it is "
		       "seen at once)";
	return MUST_BE_READABLE ", and the first list of a folder is read after: systemctl reload signetd";
}

static const struct alias *list(void *context, const char *path, struct fault *f)
{
	const struct part *p = find_list(context, path);

	if (p && (p->error == 0 || p->is_kept))
		return &p->file.items[0];
	if (p)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%s%s", io_error_text(p->error), hint_for(p));
	else
		fault_set(f, FAULT_PERMANENT, "4.3.5", "there are more than %d lists", ALIASES_FILES_MAX);
	return NULL;
}

struct aliases *aliases_new(const struct text_list *files)
{
	struct aliases *a = mem_alloc(sizeof *a);

	a->files = files;
	a->source = (struct alias_source){ a, find, list };
	return a;
}

void aliases_open_by(struct aliases *a, aliases_open *open_file, void *context)
{
	a->open_file = open_file;
	a->open_context = context;
}

void aliases_free(struct aliases *a)
{
	if (a == NULL)
		return;
	free_parts(&(struct parts){ a->parts, a->count });
	free(a);
}

const struct alias_source *aliases_source(struct aliases *a)
{
	return &a->source;
}

size_t aliases_print_faults(const struct aliases *a, struct buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct part *p = &a->parts[i];
		if (p->error && (p->is_list || p->error != ENOENT)) {
			escape(out, span_of(p->path));
			buf_printf(out, ": %s%s\n", io_error_text(p->error), hint_for(p));
			count++;
		}
		for (size_t k = 0; k < p->file.fault_count && k < ALIAS_FAULTS_SHOWN; k++) {
			escape(out, span_of(p->path));
			buf_printf(out, ":%u: %s\n", p->file.faults[k].line, p->file.faults[k].text);
		}
		if (p->file.fault_count > ALIAS_FAULTS_SHOWN) {
			escape(out, span_of(p->path));
			buf_printf(out, ": and %zu more faults\n", p->file.fault_count - ALIAS_FAULTS_SHOWN);
		}
		count += p->file.fault_count;
	}
	return count;
}

size_t aliases_print_loops(struct aliases *a, const struct settings *s, struct buf *out)
{
	struct alias_rules rules = { .settings = s, .source = &a->source };
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < a->parts[i].file.count && !a->parts[i].is_list; k++) {
			const struct alias *item = &a->parts[i].file.items[k];
			struct alias_expansion e = { 0 };
			if (address_check(span_of(item->name), NULL) == 0)
				alias_expand(&rules, span_of(item->name), 0, &e);
			if (e.count == 1 && e.items[0].verdict == ALIAS_REFUSED && e.items[0].is_loop) {
				escape(out, span_of(a->parts[i].path));
				buf_printf(out, ":%u: \"%s\": the alias leads back to itself and to nobody else\n", item->line, item->name);
				count++;
			}
			alias_expansion_free(&e);
		}
	return count;
}

void aliases_places(const struct aliases *a, struct text_list *out)
{
	for (size_t i = 0; i < a->count; i++) {
		bool is_alone = lies_among_others(a->parts[i].path), is_there = is_alone && !a->parts[i].is_list;
		struct span place = is_alone ? span_of(a->parts[i].path) : folder_of(a->parts[i].path);
		for (size_t k = 0; k < out->count; k++)
			is_there |= span_eq(span_of(out->items[k]), place);
		if (!is_there)
			text_list_add(out, place);
	}
}
