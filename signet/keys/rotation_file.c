/* SPDX-License-Identifier: ISC */
#include "signet/keys/rotation_file.h"

#include "base/io.h"
#include "base/secret.h"
#include "signet/keys/keyfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { STATE_BYTES_MAX = 1024 * 1024 };

#define SUFFIX ".rotation"

static int rotation_failed(struct fault *f, const char *path, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(errno));
}

void rotation_folder(const char *key_file, struct buf *out)
{
	char *copy = mem_text(key_file);

	buf_add_text(out, key_file[0] == '/' ? dirname(copy) : KEYFILE_FOLDER);
	free(copy);
}

void rotation_path(const struct rotation *r, struct buf *out)
{
	rotation_folder(r->parts[0].old_file, out);
	buf_printf(out, "/%s._domainkey.%s" SUFFIX, r->parts[0].old_selector, r->parts[0].domain);
}

/* ---- reading ---- */

static int read_one(const char *path, struct rotation_list *out, struct fault *f)
{
	struct buf text = { 0 };
	struct rotation r = { 0 };
	int result = secret_read(path, STATE_BYTES_MAX, &text, f);

	if (result == 0 && (result = rotation_decode(buf_span(&text), &r, f)) < 0)
		fault_prefix(f, "%s", path);
	buf_free(&text);
	if (result < 0)
		return -1;
	out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
	out->items[out->count++] = r;
	return 0;
}

static int read_folder(const char *folder, struct rotation_list *out, struct fault *f)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int result = 0;

	while (dir && result == 0 && (entry = readdir(dir)) != NULL) {
		struct buf path = { 0 };
		if (!span_ends_nocase(span_of(entry->d_name), SPAN(SUFFIX)))
			continue;
		buf_printf(&path, "%s/%s", folder, entry->d_name);
		result = read_one(buf_text(&path), out, f);
		buf_free(&path);
	}
	if (dir)
		closedir(dir);
	return result;
}

static void add_folder(struct text_list *list, const char *key_file)
{
	struct buf folder = { 0 };
	bool known = false;

	rotation_folder(key_file, &folder);
	for (size_t i = 0; i < list->count; i++)
		known |= strcmp(list->items[i], buf_text(&folder)) == 0;
	if (!known)
		text_list_add(list, buf_span(&folder));
	buf_free(&folder);
}

int rotation_list_read(const struct settings *s, struct rotation_list *out, struct fault *f)
{
	struct text_list folders = { 0 };
	int result = 0;

	*out = (struct rotation_list){ 0 };
	add_folder(&folders, "");
	for (size_t i = 0; i < s->dkim_count; i++) {
		add_folder(&folders, s->dkim[i].file);
		add_folder(&folders, s->dkim[i].domainkeys_file);
	}
	for (size_t i = 0; i < folders.count && result == 0; i++)
		result = read_folder(folders.items[i], out, f);
	text_list_free(&folders);
	if (result < 0)
		rotation_list_free(out);
	return result;
}

void rotation_list_free(struct rotation_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		rotation_free(&list->items[i]);
	free(list->items);
	*list = (struct rotation_list){ 0 };
}

/* ---- writing ---- */

static int write_file(const char *path, struct span text, struct fault *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return rotation_failed(f, path, "cannot write the rotation's state");
	int result = io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 ? -1 : 0;
	if (result < 0)
		rotation_failed(f, path, "cannot write the rotation's state");
	close(fd);
	return result;
}

static int sync_folder(const struct rotation *r, struct fault *f)
{
	struct buf folder = { 0 };

	rotation_folder(r->parts[0].old_file, &folder);
	int result = io_sync_folder(buf_text(&folder));
	if (result < 0)
		rotation_failed(f, buf_text(&folder), "cannot sync the folder");
	buf_free(&folder);
	return result;
}

/* Under the lock, so that the name of what is not yet whole may be a fixed one: a killed signet leaves it to the next. */
int rotation_store(const struct rotation *r, struct fault *f)
{
	struct buf path = { 0 }, part = { 0 }, text = { 0 };

	rotation_path(r, &path);
	buf_printf(&part, "%s.part", buf_text(&path));
	rotation_encode(r, &text);
	int result = write_file(buf_text(&part), buf_span(&text), f);
	if (result == 0 && rename(buf_text(&part), buf_text(&path)) < 0)
		result = rotation_failed(f, buf_text(&path), "cannot name the rotation's state");
	if (result == 0)
		result = sync_folder(r, f);
	buf_free(&path);
	buf_free(&part);
	buf_free(&text);
	return result;
}

int rotation_forget(const struct rotation *r, struct fault *f)
{
	struct buf path = { 0 };

	rotation_path(r, &path);
	int result = unlink(buf_text(&path)) < 0 && errno != ENOENT ? rotation_failed(f, buf_text(&path), "cannot remove it") : 0;
	buf_free(&path);
	return result < 0 ? -1 : sync_folder(r, f);
}

int rotation_lock(const char *folder, struct fault *f)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return rotation_failed(f, folder, "cannot open the folder");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	fault_set(f, FAULT_TEMPORARY, "4.3.2", "%.300s: another signet is at work in this folder; try again", folder);
	close(fd);
	return -1;
}
