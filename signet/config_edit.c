#include "signet/config_edit.h"

#include "base/config.h"
#include "base/config_scan.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

/* ---- the entries of the text ---- */

struct entry {                      /* the strings, quotes included; at is NULL where there is none that is plain */
	struct span domain, selector, file;
	struct span domainkeys_selector, domainkeys_file;
};

static const struct {
	const char *group, *name;
	size_t offset;
} places[] = {
	{ "", "domain", offsetof(struct entry, domain) },
	{ "", "selector", offsetof(struct entry, selector) },
	{ "", "file", offsetof(struct entry, file) },
	{ "domainkeys", "selector", offsetof(struct entry, domainkeys_selector) },
	{ "domainkeys", "file", offsetof(struct entry, domainkeys_file) },
};

static bool is_mark(const struct scan_token *t, char mark)
{
	return t->kind == SCAN_MARK && t->mark == mark;
}

static bool opens(const struct scan_token *t)
{
	return is_mark(t, '{') || is_mark(t, '(') || is_mark(t, '[');
}

static bool closes(const struct scan_token *t)
{
	return is_mark(t, '}') || is_mark(t, ')') || is_mark(t, ']');
}

static struct scan_token peek(const struct scanner *s)
{
	struct scanner ahead = *s;

	return scan_next(&ahead);
}

/* Past the bracket that closes the one just read. */
static void skip_brackets(struct scanner *s)
{
	for (size_t depth = 1; depth > 0;) {
		struct scan_token t = scan_next(s);
		if (t.kind == SCAN_END || t.kind == SCAN_OPEN_STRING || t.kind == SCAN_OPEN_COMMENT)
			return;
		depth += opens(&t);
		depth -= closes(&t);
	}
}

/* Strings that stand together are one for libconfig, and not plain for us; nor is one with escapes. */
static bool is_plain(const struct scanner *s, const struct scan_token *t)
{
	struct scan_token after = peek(s);

	return after.kind != SCAN_STRING && memchr(t->text.at, '\\', t->text.len) == NULL;
}

static void keep(struct entry *e, const char *group, struct span name, struct span string)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strcmp(places[i].group, group) == 0 && span_eq(name, span_of(places[i].name)))
			*(struct span *)((char *)e + places[i].offset) = string;
}

static bool is_last(const struct scan_token *t)
{
	return t->kind == SCAN_END || t->kind == SCAN_OPEN_STRING || t->kind == SCAN_OPEN_COMMENT;
}

static bool names(const struct scanner *s, const struct scan_token *t)
{
	struct scan_token after = peek(s);

	return t->kind == SCAN_WORD && (is_mark(&after, '=') || is_mark(&after, ':'));
}

/* The members of a group whose brace was just read, and of the one group in it that counts. */
static void read_members(struct scanner *s, struct entry *e, const char *group)
{
	struct span name = { 0 };

	for (struct scan_token t = scan_next(s); !is_last(&t) && !is_mark(&t, '}'); t = scan_next(s)) {
		if (scan_skip_directive(s, &t) || is_mark(&t, '=') || is_mark(&t, ':'))
			continue;
		if (names(s, &t)) {
			name = t.text;
			continue;
		}
		if (t.kind == SCAN_STRING && is_plain(s, &t))
			keep(e, group, name, t.text);
		else if (is_mark(&t, '{') && group[0] == '\0' && span_eq(name, SPAN("domainkeys")))
			read_members(s, e, "domainkeys");
		else if (opens(&t))
			skip_brackets(s);
		name = (struct span){ 0 };
	}
}

/* ---- the one that is meant ---- */

struct search {
	const struct config_edit *edit;
	struct entry found;
	size_t count;
};

/* What stands between the quotes. */
static struct span inside(struct span string)
{
	return string.len >= 2 ? (struct span){ string.at + 1, string.len - 2 } : (struct span){ 0 };
}

static bool is_name(struct span string, const char *name)
{
	struct span text = inside(string);

	if (text.len > 0 && text.at[text.len - 1] == '.')
		text.len--;
	return string.at && span_eq_nocase(text, span_of(name));
}

static struct span *selector_of(struct entry *e, enum sign_scheme scheme)
{
	return scheme == SIGN_DKIM ? &e->selector : &e->domainkeys_selector;
}

static struct span *file_of(struct entry *e, enum sign_scheme scheme)
{
	return scheme == SIGN_DKIM ? &e->file : &e->domainkeys_file;
}

static void consider(struct search *search, struct entry *e)
{
	const struct config_edit *edit = search->edit;
	struct span file = *file_of(e, edit->scheme);

	if (!is_name(e->domain, edit->domain) || !is_name(*selector_of(e, edit->scheme), edit->old_selector) || file.at == NULL ||
	    !span_eq(inside(file), span_of(edit->old_file)))
		return;
	search->found = *e;
	search->count++;
}

/* What stands behind "dkim =": a list of groups, or one group alone. */
static void read_entries(struct scanner *s, struct search *search)
{
	struct scan_token t = scan_next(s);

	if (is_mark(&t, '{')) {
		struct entry e = { 0 };
		read_members(s, &e, "");
		consider(search, &e);
	} else if (is_mark(&t, '(')) {
		for (t = scan_next(s); !is_last(&t) && !is_mark(&t, ')'); t = scan_next(s)) {
			struct entry e = { 0 };
			if (!is_mark(&t, '{'))
				continue;
			read_members(s, &e, "");
			consider(search, &e);
		}
	}
}

static void read_text(struct span text, struct search *search)
{
	struct scanner s = scan_from(text);

	for (struct scan_token t = scan_next(&s); !is_last(&t); t = scan_next(&s)) {
		if (scan_skip_directive(&s, &t))
			continue;
		bool dkim = names(&s, &t) && span_eq(t.text, SPAN("dkim"));
		if (dkim) {
			scan_next(&s);
			read_entries(&s, search);
		} else if (opens(&t)) {
			skip_brackets(&s);
		}
	}
}

/* ---- the new text ---- */

static void add_string(struct buf *out, const char *text)
{
	buf_add_byte(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, *text);
	}
	buf_add_byte(out, '"');
}

/* Whichever of the two stands first. */
static void replace_both(struct span text, struct search *search, struct buf *out)
{
	const struct config_edit *edit = search->edit;
	struct span selector = *selector_of(&search->found, edit->scheme), file = *file_of(&search->found, edit->scheme);
	bool selector_first = selector.at < file.at;
	struct span first = selector_first ? selector : file, second = selector_first ? file : selector;

	buf_add_span(out, span_between(text.at, first.at));
	add_string(out, selector_first ? edit->new_selector : edit->new_file);
	buf_add_span(out, span_between(first.at + first.len, second.at));
	add_string(out, selector_first ? edit->new_file : edit->new_selector);
	buf_add_span(out, span_between(second.at + second.len, text.at + text.len));
}

int config_edit_text(struct span text, const struct config_edit *edit, struct buf *out, struct fault *f)
{
	struct search search = { .edit = edit };

	read_text(text, &search);
	if (search.count == 1) {
		replace_both(text, &search, out);
		return 0;
	}
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s dkim entry of %.200s with selector \"%.100s\" and file \"%.200s\" is "
	                 "found in its text", search.count == 0 ? "no plain" : "more than one", edit->domain, edit->old_selector,
	                 edit->old_file);
}

/* ---- the file ---- */

struct edited {
	char *path;            /* behind all links */
	struct stat before;
	struct buf text, part; /* the new text, and the name of the file it is first written to */
};

static int failed(struct fault *f, const char *path, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(errno));
}

static int read_old(struct edited *e, const struct config_edit *edit, struct fault *f)
{
	struct buf old = { 0 };
	int fd = open(e->path, O_RDONLY | O_CLOEXEC);

	int result = fd < 0 || fstat(fd, &e->before) < 0 || io_read_file(fd, &old, FILE_BYTES_MAX) < 0
	             ? failed(f, e->path, "cannot be read") : 0;
	io_close(&fd);
	if (result == 0 && (result = config_edit_text(buf_span(&old), edit, &e->text, f)) < 0)
		fault_prefix(f, "%.300s", e->path);
	buf_free(&old);
	return result;
}

/* Owner and mode first: what is in it is for those alone who could read the old one. */
static int write_new(struct edited *e, struct fault *f)
{
	const char *part = buf_text(&e->part);
	int fd;

	unlink(part);   /* of one that was killed */
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(f, part, "cannot be written");
	bool owned = fchown(fd, e->before.st_uid, e->before.st_gid) == 0 && fchmod(fd, e->before.st_mode & 07777) == 0;
	int result = owned && io_write_all(fd, e->text.at, e->text.len, IO_FOREVER) == 0 && fsync(fd) == 0
	             ? 0 : failed(f, part, "cannot be written");
	close(fd);
	return result;
}

static void set_text(char **at, const char *text)
{
	free(*at);
	*at = mem_text(text);
}

/* What the old settings would be with the change made. False: no entry is meant by it. */
static bool change_settings(struct settings *s, const struct config_edit *edit)
{
	for (size_t i = 0; i < s->dkim_count; i++) {
		struct dkim_key *k = &s->dkim[i];
		char **selector = edit->scheme == SIGN_DKIM ? &k->selector : &k->domainkeys_selector;
		char **file = edit->scheme == SIGN_DKIM ? &k->file : &k->domainkeys_file;
		if (strcmp(k->domain, edit->domain) != 0 || strcmp(*selector, edit->old_selector) != 0 ||
		    strcmp(*file, edit->old_file) != 0)
			continue;
		set_text(selector, edit->new_selector);
		set_text(file, edit->new_file);
		return true;
	}
	return false;
}

static bool say_the_same(const struct settings *a, const struct settings *b)
{
	struct buf packed_a = { 0 }, packed_b = { 0 };

	settings_pack(a, &packed_a);
	settings_pack(b, &packed_b);
	bool same = span_eq(buf_span(&packed_a), buf_span(&packed_b));
	buf_free(&packed_a);
	buf_free(&packed_b);
	return same;
}

/* In place of trust in our reading of the text: the configuration's own. */
static int compare(const struct edited *e, const struct config_edit *edit, const char *part, struct fault *f)
{
	struct settings was, is;

	if (config_read(e->path, &was, f) < 0)
		return -1;
	if (config_read(part, &is, f) < 0) {
		settings_free(&was);
		return -1;
	}
	bool same = change_settings(&was, edit) && say_the_same(&was, &is);
	settings_free(&was);
	settings_free(&is);
	return same ? 0 : fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: to change its text would change other settings too",
	                            e->path);
}

static bool is_unchanged(const struct edited *e)
{
	struct stat now;

	return stat(e->path, &now) == 0 && now.st_ino == e->before.st_ino && now.st_dev == e->before.st_dev &&
	       now.st_size == e->before.st_size && now.st_mtim.tv_sec == e->before.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == e->before.st_mtim.tv_nsec;
}

static int put_in_place(struct edited *e, struct fault *f)
{
	if (!is_unchanged(e))
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "%.300s: somebody else changed it just now; try again", e->path);
	if (rename(buf_text(&e->part), e->path) < 0 || io_sync_folder(dirname(e->path)) < 0)
		return failed(f, e->path, "cannot be replaced");
	return 0;
}

int config_edit_file(const char *path, const struct config_edit *edit, struct fault *f)
{
	struct edited e = { .path = realpath(path, NULL) };

	if (e.path == NULL)
		return failed(f, path, "cannot be read");
	buf_printf(&e.part, "%s.rotate", e.path);
	int result = read_old(&e, edit, f);
	if (result == 0)
		result = write_new(&e, f);
	if (result == 0)
		result = compare(&e, edit, buf_text(&e.part), f);
	if (result == 0)
		result = put_in_place(&e, f);
	if (result < 0)
		unlink(buf_text(&e.part));
	free(e.path);
	buf_free(&e.text);
	buf_free(&e.part);
	return result;
}
