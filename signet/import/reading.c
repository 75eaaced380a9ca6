/* SPDX-License-Identifier: ISC */
#include "signet/import/reading.h"

#include "base/conf/config_owner.h"
#include "base/io.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- files ---- */

char *import_path(const struct import *i, const char *path)
{
	struct buf whole = { 0 };

	buf_printf(&whole, "%s%s", i->root, path);
	return buf_take(&whole);
}

char *import_own_path(const struct import *i, const char *name)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", i->folder, name);
	return buf_take(&path);
}

int import_read_file(struct import *i, const char *path, struct buf *out)
{
	char *whole = import_path(i, path);
	struct stat st;
	int fd = io_open_regular(whole, &st);
	int result = fd < 0 ? -1 : 0, error = errno;

	if (result == 0)
		buf_reserve(out, (size_t)st.st_size + IO_STEP_BYTES);      /* a secret in it leaves no copies behind */
	if (result == 0 && io_read_file(fd, out, IMPORT_FILE_MAX) < 0) {
		result = -1;
		error = errno;
	}
	if (result == 0 && out->len > 0 && memchr(out->at, '\0', out->len)) {      /* a program, a table that postmap(1) made */
		result = -1;
		error = EINVAL;
	}
	io_close(&fd);
	if (result == 0 && !text_list_has_nocase(&i->read, span_of(whole))) {
		struct config_owner owner = { true, st.st_uid, st.st_gid, st.st_mode & 07777 };
		struct config_reader reader = { getuid(), geteuid(), false };
		text_list_add(&i->read, span_of(whole));
		if (!config_owner_may_run(&owner, &reader))
			text_list_add(&i->plan.distrusted, span_of(whole));
	}
	free(whole);
	errno = error;
	return result;
}

bool import_read_items(struct import *i, const char *path, enum foreign_syntax syntax, struct foreign_items *out)
{
	struct buf text = { 0 };
	int result = import_read_file(i, path, &text), error = errno;
	char *whole = import_path(i, path);

	if (result == 0)
		foreign_parse(buf_span(&text), syntax, out);
	else if (error != ENOENT)
		import_note(&i->plan, (struct import_at){ whole, 0 }, "cannot be read: %s; run this as root, or give what is in it by hand", strerror(error));
	secret_free(&text);
	free(whole);
	return result == 0;
}

int import_need_items(struct import *i, const char *usual, enum foreign_syntax syntax, struct foreign_items *out, struct fault *f)
{
	struct buf text = { 0 };
	const char *path = i->file ? i->file : usual;
	int result = import_read_file(i, path, &text), error = errno;

	if (result == 0)
		foreign_parse(buf_span(&text), syntax, out);
	if (result < 0) {
		fault_set(f, FAULT_PERMANENT, "5.6.0", "%s%.300s: cannot be read: %s; name the file, or with --root the folder that holds the other system",
		          i->root, path, error == EINVAL ? "it is not a text file" : strerror(error));
		fault_of_file(f, error, EX_NOINPUT);
	}
	secret_free(&text);
	return result;
}

struct import_at import_place_of(const struct foreign_items *items, const char *key, const char *file)
{
	const struct foreign_item *item = foreign_find(items, key);

	return (struct import_at){ file, item ? item->line : 0 };
}

char *import_first_word(struct import *i, const char *path)
{
	struct foreign_items lines = { 0 };
	char *word = NULL;

	if (import_read_items(i, path, FOREIGN_LINE, &lines) && lines.count > 0) {
		struct span rest = span_of(lines.items[0].value);
		word = mem_text_span(span_word(&rest));
	}
	foreign_items_free(&lines);
	return word;
}

/* ---- what several readers say ---- */

void import_no_local_mail(struct import *i, struct span domain, bool without_aliases, struct import_at at)
{
	import_say(&i->plan, &i->plan.top, "domain", domain, at);
	import_say(&i->plan, &i->plan.top, "local_map", SPAN("domain"), at);
	if (without_aliases)
		import_say_none(&i->plan, &i->plan.top, "aliases", at);
}

void import_rewrite_own(struct import *i, struct span address, struct import_at at)
{
	struct buf own = { 0 };

	buf_printf(&own, "@%s", import_said(&i->plan.top, "hostname") ? import_said(&i->plan.top, "hostname") : i->hostname);
	struct import_group *g = import_add_rewrite(&i->plan);
	bool fine = import_say(&i->plan, g, "from", buf_span(&own), at) && import_say(&i->plan, g, "to", address, at);
	if (!fine)
		import_drop(&i->plan, g);
	buf_free(&own);
}

void import_all_through(struct import *i, const char *hop, struct import_at at)
{
	import_say(&i->plan, &i->plan.top, "default_via", span_of(hop), at);
}

static struct span port_number(struct span port)
{
	static const struct {
		const char *name, *number;
	} names[] = { { "smtp", "25" }, { "submission", "587" }, { "submissions", "465" }, { "smtps", "465" }, { "ssmtp", "465" } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_eq_nocase(port, span_of(names[i].name)))
			return span_of(names[i].number);
	return port;
}

bool import_say_place(struct import *i, struct import_group *g, struct span place, bool *brackets, struct import_at at)
{
	struct span host = place, port = { 0 };

	*brackets = place.len > 1 && place.at[0] == '[';
	if (*brackets) {
		struct span rest = { place.at + 1, place.len - 1 };
		host = span_cut(&rest, ']');
		if (rest.at && rest.len > 1 && rest.at[0] == ':')
			port = (struct span){ rest.at + 1, rest.len - 1 };
		if (span_starts_nocase(host, SPAN("ipv6:")))
			host = (struct span){ host.at + 5, host.len - 5 };
	} else if (memchr(place.at, ':', place.len) == memrchr(place.at, ':', place.len)) {
		struct span rest = place;
		host = span_cut(&rest, ':');
		port = rest.at ? rest : (struct span){ 0 };
	}
	host = span_trim(host);
	if (host.len == 0) {
		import_note(&i->plan, at, "\"%.*s\" does not name a host", (int)place.len, place.at);
		return false;
	}
	return import_say(&i->plan, g, "host", host, at) && (port.len == 0 || import_say(&i->plan, g, "port", port_number(span_trim(port)), at));
}
