/* SPDX-License-Identifier: ISC */
#include "base/oauth_saved.h"

#include "base/io.h"
#include "base/oauth.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "signet-oauth 1"

enum { FILE_MAX = OAUTH_TOKEN_MAX + 8 * 1024 };

void oauth_saved_free(struct oauth_saved *s)
{
	free(s->user);
	free(s->client_id);
	free(s->token_endpoint);
	secret_free(&s->refresh_token);
	*s = (struct oauth_saved){ 0 };
}

static void add_name(const char *hop, struct buf *out)
{
	for (const char *c = hop; *c; c++) {
		if (byte_is_letter_or_digit(*c) || *c == '-' || *c == '_' || (*c == '.' && c != hop))
			buf_add_byte(out, *c);
		else
			buf_printf(out, "%%%02X", (unsigned char)*c);
	}
}

void oauth_saved_path(const char *folder, const char *hop, struct buf *out)
{
	buf_printf(out, "%s/", folder);
	add_name(hop, out);
}

/* ---- reading ---- */

static const struct row {
	const char *key;
	size_t text_offset;       /* of a char * … */
	size_t number_offset;     /* … or of an int64_t */
} rows[] = {
	{ "user", offsetof(struct oauth_saved, user), 0 },
	{ "client_id", offsetof(struct oauth_saved, client_id), 0 },
	{ "token_endpoint", offsetof(struct oauth_saved, token_endpoint), 0 },
	{ "login_s", 0, offsetof(struct oauth_saved, login_s) },
	{ "changed_s", 0, offsetof(struct oauth_saved, changed_s) },
};

static void *member_of(struct oauth_saved *s, size_t offset)
{
	return (char *)s + offset;
}

static void read_line(struct span line, struct oauth_saved *out)
{
	struct span value = line, key = span_cut(&value, ' ');

	if (value.at == NULL)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned long long number;
		if (!span_eq(key, span_of(rows[i].key)))
			continue;
		if (rows[i].number_offset == 0) {
			char **text = member_of(out, rows[i].text_offset);
			free(*text);
			*text = mem_text_span(value);
		} else if (span_number(value, INT64_MAX, &number)) {
			*(int64_t *)member_of(out, rows[i].number_offset) = (int64_t)number;
		}
	}
	if (!span_eq(key, SPAN("refresh_token")))
		return;
	secret_free(&out->refresh_token);
	buf_reserve(&out->refresh_token, value.len + 1);
	buf_add_span(&out->refresh_token, value);
}

int oauth_saved_read(const char *folder, const char *hop, struct oauth_saved *out, struct fault *f)
{
	struct buf path = { 0 }, text = { 0 };
	int result = -1;

	*out = (struct oauth_saved){ 0 };
	oauth_saved_path(folder, hop, &path);
	bool absent = access(buf_text(&path), F_OK) < 0 && errno == ENOENT;
	if (absent) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "nobody has logged in yet; run: signet oauth login %s", hop);
	} else if (secret_read(buf_text(&path), FILE_MAX, &text, f) == 0) {
		struct span rest = buf_span(&text), first = span_cut(&rest, '\n');
		while (rest.at)
			read_line(span_cut(&rest, '\n'), out);
		bool whole = span_eq(first, SPAN(FIRST_LINE)) && out->user && out->client_id && out->token_endpoint &&
		             out->refresh_token.len > 0;
		result = whole ? 0 : fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s is not a login of this version; run: signet oauth login %s",
		                               buf_text(&path), hop);
	}
	if (result < 0)
		oauth_saved_free(out);
	secret_free(&text);
	buf_free(&path);
	return result;
}

/* ---- writing ---- */

static int write_failed(struct fault *f, const char *what, const char *folder)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot %s %.300s: %s", what, folder, strerror(errno));
}

/* It must belong to us, unless we are root, and nobody else may have access to it. */
static int open_folder(const char *folder, struct stat *st, struct fault *f)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error = errno;
	bool seen = (fd >= 0 ? fstat(fd, st) : lstat(folder, st)) == 0;

	if (seen && st->st_uid != geteuid() && geteuid() != 0) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%.200s (oauth_folder) belongs to another user; as root, run: chown -R %lu %.200s", folder,
		          (unsigned long)geteuid(), folder);
	} else if (fd < 0 || !seen) {
		errno = error;
		write_failed(f, "open the folder of logins (oauth_folder)", folder);
	} else if (st->st_mode & (S_IRWXG | S_IRWXO)) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "others may use %.200s (oauth_folder); fix it with: chmod 700 %.200s", folder, folder);
	} else {
		return fd;
	}
	io_close(&fd);
	return -1;
}

static void print_saved(const struct oauth_saved *s, struct buf *out)
{
	buf_reserve(out, FILE_MAX);    /* one that grows leaves copies behind */
	buf_printf(out, FIRST_LINE "\nuser %s\nclient_id %s\ntoken_endpoint %s\nlogin_s %lld\nchanged_s %lld\nrefresh_token ", s->user,
	           s->client_id, s->token_endpoint, (long long)s->login_s, (long long)s->changed_s);
	buf_add_span(out, buf_span(&s->refresh_token));
	buf_add_byte(out, '\n');
}

/* 0 when all of it is on stable storage under that name. */
static int write_new(int folder, const struct stat *owner, const char *name, struct span text)
{
	unlinkat(folder, name, 0);    /* what a crash has left */
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	bool given = owner->st_uid == geteuid() || fchown(fd, owner->st_uid, owner->st_gid) == 0;
	int result = given && fchmod(fd, 0600) == 0 && io_write_all(fd, text.at, text.len, IO_FOREVER) == 0 && fsync(fd) == 0 ? 0 : -1;
	int error = errno;
	close(fd);
	if (result < 0)
		unlinkat(folder, name, 0);
	errno = error;
	return result;
}

int oauth_saved_write(const char *folder, const char *hop, const struct oauth_saved *s, struct fault *f)
{
	struct buf name = { 0 }, new_name = { 0 }, text = { 0 };
	struct stat owner;
	int fd = open_folder(folder, &owner, f), result = -1;

	if (fd < 0)
		return -1;
	add_name(hop, &name);
	buf_printf(&new_name, ".%s.new", buf_text(&name));
	print_saved(s, &text);
	if (write_new(fd, &owner, buf_text(&new_name), buf_span(&text)) == 0 &&
	    renameat(fd, buf_text(&new_name), fd, buf_text(&name)) == 0 && fsync(fd) == 0)
		result = 0;
	else
		write_failed(f, "write the login into", folder);
	close(fd);
	buf_free(&name);
	buf_free(&new_name);
	secret_free(&text);
	return result;
}

int oauth_saved_make_folder(const char *folder, uid_t uid, gid_t gid, struct fault *f)
{
	char *path = mem_text(folder);
	int result = 0;

	for (char *slash = strchr(path + 1, '/'); slash && result == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			result = write_failed(f, "make the folder", path);
		*slash = '/';
	}
	if (result == 0 && mkdir(path, 0700) < 0) {
		if (errno != EEXIST)
			result = write_failed(f, "make the folder of logins (oauth_folder)", path);
	} else if (result == 0 && uid != geteuid() && lchown(path, uid, gid) < 0) {
		result = write_failed(f, "give to its owner the folder", path);
	}
	free(path);
	return result;
}
