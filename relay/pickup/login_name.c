/* SPDX-License-Identifier: ISC */
#include "relay/pickup/login_name.h"

#include "base/io.h"

#include <pwd.h>
#include <stdio.h>

typedef void take_entry(const struct passwd *entry, struct buf *out);

static FILE *open_entries(const struct login_file *logins)
{
	if (logins->open == NULL)
		return fopen("/etc/passwd", "re");
	int fd = logins->open(logins->context);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (file == NULL)
		io_close(&fd);
	return file;
}

static void find_entry(const struct login_file *logins, uint32_t uid, take_entry *take, struct buf *out)
{
	FILE *file = open_entries(logins);
	struct passwd *entry;

	if (file == NULL)
		return;
	while ((entry = fgetpwent(file)) != NULL) {
		if (entry->pw_uid == uid) {
			take(entry, out);
			break;
		}
	}
	fclose(file);
}

static void take_name(const struct passwd *entry, struct buf *out)
{
	buf_add_text(out, entry->pw_name);
}

void login_name(const struct login_file *logins, uint32_t uid, struct buf *out)
{
	find_entry(logins, uid, take_name, out);
}

void login_name_expand(const char *field, const char *login, struct buf *out)
{
	for (; *field && *field != ','; field++) {
		size_t before = out->len;
		if (*field != '&') {
			buf_add_byte(out, *field);
			continue;
		}
		buf_add_text(out, login);
		if (out->len > before && out->at[before] >= 'a' && out->at[before] <= 'z')
			out->at[before] = (char)(out->at[before] - 'a' + 'A');
	}
}

static void take_full_name(const struct passwd *entry, struct buf *out)
{
	login_name_expand(entry->pw_gecos, entry->pw_name, out);
}

void login_name_full(const struct login_file *logins, uint32_t uid, struct buf *out)
{
	find_entry(logins, uid, take_full_name, out);
}
