/* SPDX-License-Identifier: ISC */
#include "base/conf/config_reader.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "base/conf/config_owner.h"
#include "base/conf/config_synonyms.h"
#include "base/conf/config_syntax.h"
#include "base/conf/settings_kind.h"
#include "base/escape.h"
#include "base/io.h"
#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libconfig.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, READ_DEADLINE_MS = 2000, SHOWN_LINE_MAX = 80 };

/* ---- complaints ---- */

struct complaint {
	char *file;
	unsigned line;          /* 0: the file as a whole */
	size_t order;           /* in which they were found */
	bool quotes_nothing;    /* of the file */
	char *text;
};

struct reader {
	const char *path;
	struct config_reader who;
	struct config_owner owner;
	bool absent;            /* no file: all defaults */
	const struct reader_rules *rules;
	struct complaint *complaints;
	size_t count;
};

/* Takes over text. What it quotes of the file must neither break the line nor reach a terminal as it is. */
static void add_complaint(struct reader *r, const char *file, unsigned line, struct buf *text)
{
	struct buf shown = { 0 };

	escape(&shown, buf_span(text));
	buf_free(text);
	r->complaints = mem_resize(r->complaints, r->count + 1, sizeof *r->complaints);
	r->complaints[r->count] = (struct complaint){ .file = mem_text(file ? file : r->path), .line = line,
		.order = r->count, .quotes_nothing = line == 0, .text = buf_take(&shown) };
	r->count++;
}

static void complain_at(struct reader *r, const char *file, unsigned line, const char *format, va_list ap)
{
	struct buf text = { 0 };

	buf_vprintf(&text, format, ap);
	add_complaint(r, file, line, &text);
}

__attribute__((format(printf, 2, 3)))
static void complain_of_text(struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain_at(r, r->path, 0, format, ap);
	va_end(ap);
}

void reader_complain_of(struct reader *r, const config_setting_t *setting, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain_at(r, config_setting_source_file(setting), config_setting_source_line(setting), format, ap);
	va_end(ap);
}

void reader_complain_by_name(struct reader *r, const config_setting_t *root, const char *name, const char *format, ...)
{
	const config_setting_t *setting = config_setting_get_member(root, name);
	va_list ap;

	va_start(ap, format);
	if (setting)
		complain_at(r, config_setting_source_file(setting), config_setting_source_line(setting), format, ap);
	else
		complain_at(r, r->path, 0, format, ap);
	va_end(ap);
}

const config_setting_t *reader_member(const config_setting_t *group, const char *name)
{
	return config_setting_get_member(group, name);
}

unsigned reader_own_line(const config_setting_t *at)
{
	return config_setting_source_file(at) == NULL ? (unsigned)config_setting_source_line(at) : 0;
}

static bool is_quoted(const struct reader *r)
{
	return config_owner_is_quoted(&r->owner, &r->who, strcmp(r->path, CONFIG_DEFAULT_FILE) == 0);
}

static void print_complaint(const struct reader *r, const struct complaint *c, struct buf *out)
{
	if (!c->quotes_nothing && !is_quoted(r)) {
		buf_printf(out, "%s: cannot be used as a configuration; its contents are not shown, since the file is not "
		           "yours. Its owner can see what is wrong: signet config check %s", r->path, r->path);
		return;
	}
	buf_add_text(out, c->file);
	if (c->line > 0)
		buf_printf(out, ":%u", c->line);
	buf_printf(out, ": %s", c->text);
}

static int by_place(const void *a, const void *b)
{
	const struct complaint *x = a, *y = b;
	int files = strcmp(x->file, y->file);

	if (files != 0)
		return files;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void sort_complaints(struct reader *r)
{
	if (r->count > 0)
		qsort(r->complaints, r->count, sizeof *r->complaints, by_place);
}

struct reader *reader_new(const char *path, bool submits)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){ .path = path, .who = { .uid = getuid(), .euid = geteuid(), .submits = submits } };
	return r;
}

void reader_free(struct reader *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->complaints[i].file);
		free(r->complaints[i].text);
	}
	free(r->complaints);
	free(r);
}

int reader_fault(struct reader *r, struct fault *f)
{
	struct buf text = { 0 };

	if (r->count == 0)
		return 0;
	sort_complaints(r);
	print_complaint(r, &r->complaints[0], &text);
	if (r->count > 1 && is_quoted(r))
		buf_printf(&text, " (and %zu more: signet config check %s)", r->count - 1, r->path);
	fault_set(f, FAULT_PERMANENT, "4.3.5", "%s", buf_text(&text));
	buf_free(&text);
	return -1;
}

size_t reader_print(struct reader *r, struct buf *out)
{
	sort_complaints(r);
	for (size_t i = 0; i < r->count; i++) {
		print_complaint(r, &r->complaints[i], out);
		buf_add_byte(out, '\n');
	}
	return r->count;
}

/* ---- the file ---- */

static int read_all(int fd, struct buf *out)
{
	int64_t deadline = clock_boot_ms() + READ_DEADLINE_MS;

	while (out->len <= FILE_BYTES_MAX) {
		buf_reserve(out, 65536);
		ssize_t n = io_read(fd, out->at + out->len, 65536, deadline);
		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
	}
	errno = EFBIG;
	return -1;
}

/* Nothing stays that is written to /dev/null. */
static struct config_owner owner_of(const struct stat *st)
{
	return (struct config_owner){ .known = S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode), .uid = st->st_uid, .gid = st->st_gid, .mode = st->st_mode & 07777 };
}

/* O_NONBLOCK: a FIFO that nobody writes to must not hold anyone up. */
static void read_text(struct reader *r, struct buf *out)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		r->owner = owner_of(&st);
	if (fd < 0 && errno == ENOENT)
		r->absent = true;
	else if (fd < 0 || read_all(fd, out) < 0)
		complain_of_text(r, "cannot be read: %s", strerror(errno));
	else if (out->len > 0 && memchr(out->at, '\0', out->len))
		complain_of_text(r, "holds a NUL byte: this is not a configuration file");
	io_close(&fd);
}

/* @include is relative to the file's folder. */
static void included_path(const struct reader *r, const char *file, struct buf *out)
{
	const char *slash = strrchr(r->path, '/');
	size_t folder = slash ? (size_t)(slash + 1 - r->path) : 0;

	if (file[0] != '/' && strncmp(file, r->path, folder) != 0)
		buf_add(out, r->path, folder);
	buf_add_text(out, file);
}

/* Versions of libconfig differ, and none tells at run time which it is. */
static bool takes_trailing_comma(void)
{
	config_t c;

	config_init(&c);
	bool taken = config_read_string(&c, "a = [ 1, ];");
	config_destroy(&c);
	return taken;
}

static void explain_syntax(struct reader *r, const config_t *c, struct span text)
{
	const char *file = config_error_file(c);
	unsigned line = (unsigned)config_error_line(c);
	struct buf message = { 0 }, included = { 0 };

	if (file) {
		/* The explanation needs the text of the included file; there is none where it cannot be read. */
		struct buf path = { 0 };
		included_path(r, file, &path);
		struct reader *other = reader_new(buf_text(&path), false);
		read_text(other, &included);
		reader_free(other);
		buf_free(&path);
		text = buf_span(&included);
	}
	buf_add_text(&message, config_error_text(c));
	if (strcmp(config_error_text(c), "syntax error") == 0) {
		buf_add_text(&message, ": ");
		line = config_syntax_explain(text, line, takes_trailing_comma(), &message);
	}
	struct span quoted = config_syntax_line(text, line);
	if (quoted.len > 0)
		buf_printf(&message, " in: %.*s", (int)(quoted.len < SHOWN_LINE_MAX ? quoted.len : SHOWN_LINE_MAX), quoted.at);
	add_complaint(r, file, line, &message);
	buf_free(&included);
}

/* c is initialised in every case. */
static void parse_text(struct reader *r, config_t *c)
{
	struct buf file = { 0 };

	config_init(c);
	read_text(r, &file);
	if (r->absent || r->count > 0)
		goto out;
	struct span text = { buf_text(&file), file.len };
	if (span_starts_nocase(text, SPAN("\xef\xbb\xbf")))
		text = (struct span){ text.at + 3, text.len - 3 };
	const char *slash = strrchr(r->path, '/');
	if (slash) {
		char *folder = mem_text_span(span_between(r->path, slash > r->path ? slash : slash + 1));
		config_set_include_dir(c, folder);
		free(folder);
	}
	unsigned open_comment = config_syntax_open_comment(text);
	if (open_comment > 0)
		complain_of_text(r, "the comment that begins in line %u is never closed with */", open_comment);
	else if (!config_read_string(c, text.at))
		explain_syntax(r, c, text);
out:
	buf_free(&file);
}

/* ---- values ---- */

static bool is_aggregate(const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	return type == CONFIG_TYPE_GROUP || type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
}

/*
 * "env:NAME" stands for what the environment says, "env:NAME=TEXT" for TEXT where it says nothing, so that containers need
 * no file of their own.
 */
static bool string_value(struct reader *r, const config_setting_t *setting, struct buf *out)
{
	const char *value = config_setting_get_string(setting);
	struct span otherwise = span_of(value);

	if (strncmp(value, "env:", 4) != 0) {
		buf_add_text(out, value);
		return true;
	}
	char *name = mem_text_span(span_cut(&otherwise, '='));
	const char *found = getenv(name + 4);
	if (found)
		buf_add_text(out, found);
	else if (otherwise.at)
		buf_add_span(out, otherwise);
	else
		reader_complain_of(r, setting, "\"%s\": the environment has no %s", value, name + 4);
	bool known = found || otherwise.at;
	free(name);
	return known;
}

/* Every scalar goes through text, so that one parser holds the bounds and units. */
static bool value_text(struct reader *r, const config_setting_t *setting, struct buf *out)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return string_value(r, setting, out);
	case CONFIG_TYPE_INT:
		buf_printf(out, "%d", config_setting_get_int(setting));
		return true;
	case CONFIG_TYPE_INT64:
		buf_printf(out, "%lld", config_setting_get_int64(setting));
		return true;
	case CONFIG_TYPE_FLOAT:
		buf_printf(out, "%.6f", config_setting_get_float(setting));
		return true;
	case CONFIG_TYPE_BOOL:
		buf_add_text(out, config_setting_get_bool(setting) ? "true" : "false");
		return true;
	default:
		return false;
	}
}

static const char *row_label(const config_setting_t *setting, const struct setting *row)
{
	const char *name = config_setting_name(setting);

	return name ? name : row->name;
}

/* Words of the plan that this version would have to ignore: a demand that is not met must not look met. */
static const struct { enum setting_kind kind; const char *word, *instead; } later_words[] = {
	{ SETTING_TLS, "dane", "\"verify\" or \"encrypt\"" },
};

static bool is_later_word(struct reader *r, const config_setting_t *setting, const struct setting *row,
                          const char *word)
{
	for (size_t i = 0; i < sizeof later_words / sizeof later_words[0]; i++) {
		if (row->kind != later_words[i].kind || strcmp(word, later_words[i].word) != 0)
			continue;
		reader_complain_of(r, setting, "%s: \"%s\" is not supported by this version; use %s", row_label(setting, row), word,
		            later_words[i].instead);
		return true;
	}
	return false;
}

static void read_scalar(struct reader *r, const config_setting_t *setting, const struct setting *row, void *group)
{
	struct buf text = { 0 };
	struct fault f = { 0 };

	if (is_aggregate(setting))
		reader_complain_of(r, setting, "%s must be %s", row_label(setting, row), settings_kind_wants(row));
	else if ((row->kind == SETTING_TEXT || row->kind == SETTING_TEXTS) && config_setting_type(setting) != CONFIG_TYPE_STRING)
		reader_complain_of(r, setting, "%s must be %s, in quotes", row_label(setting, row), settings_kind_wants(row));
	else if (value_text(r, setting, &text) && !is_later_word(r, setting, row, buf_text(&text)) &&
	         setting_set(row, group, buf_span(&text), &f) < 0)
		reader_complain_of(r, setting, "%s", f.text);
	buf_free(&text);
}

/* A single word may stand for a list of one. */
static void read_words(struct reader *r, const config_setting_t *setting, const struct setting *row, void *group)
{
	setting_clear(row, group);
	if (config_setting_type(setting) != CONFIG_TYPE_LIST && config_setting_type(setting) != CONFIG_TYPE_ARRAY) {
		read_scalar(r, setting, row, group);
		return;
	}
	for (int i = 0; i < config_setting_length(setting); i++)
		read_scalar(r, config_setting_get_elem(setting, (unsigned)i), row, group);
}

/* ---- groups ---- */

static void read_group(struct reader *r, const config_setting_t *from, const struct setting_group *table, void *group);

static const struct setting *find_row(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

static void complain_unknown(struct reader *r, const config_setting_t *setting, const struct setting_group *table)
{
	const char *name = config_setting_name(setting);
	struct nearest near = nearest_to(span_of(name));
	struct buf meant = { 0 };

	for (size_t i = 0; i < table->count; i++)
		if (!table->rows[i].later)
			nearest_try(&near, table->rows[i].name);
	if (config_synonym(table, name, &meant))
		reader_complain_of(r, setting, "unknown setting \"%s\"; did you mean %s?", name, buf_text(&meant));
	else if (near.word)
		reader_complain_of(r, setting, "unknown setting \"%s\"; the nearest is \"%s\"", name, near.word);
	else
		reader_complain_of(r, setting, "unknown setting \"%s\"; signet.conf(5) lists the settings", name);
	buf_free(&meant);
}

static void refuse_strangers(struct reader *r, const config_setting_t *from, const struct setting_group *table)
{
	for (int i = 0; i < config_setting_length(from); i++) {
		const config_setting_t *setting = config_setting_get_elem(from, (unsigned)i);
		const struct setting *row = find_row(table, config_setting_name(setting));
		if (row == NULL)
			complain_unknown(r, setting, table);
		else if (row->kind == SETTING_REFUSED)
			reader_complain_of(r, setting, "%s", row->sentence);
		else if (row->later)
			reader_complain_of(r, setting, "%s is not supported by this version (%s); remove it", row->name,
			            row->sentence);
	}
}

/* Arrays stand at the top only, so group is the settings themselves. */
static void read_element(struct reader *r, const config_setting_t *element, const struct setting *row, void *group)
{
	if (config_setting_type(element) != CONFIG_TYPE_GROUP) {
		reader_complain_of(r, element, "%s must be %s", row->name, settings_kind_wants(row));
		return;
	}
	void *added = setting_add_group(row, group);
	read_group(r, element, row->group, added);
	if (r->rules)
		r->rules->of_group(r, element, row, added, group);
}

static void read_elements(struct reader *r, const config_setting_t *setting, const struct setting *row, void *group)
{
	if (config_setting_type(setting) != CONFIG_TYPE_LIST) {
		read_element(r, setting, row, group);
		return;
	}
	for (int i = 0; i < config_setting_length(setting); i++)
		read_element(r, config_setting_get_elem(setting, (unsigned)i), row, group);
}

/* ---- whose file it is ---- */

static void path_of_setting(const struct reader *r, const config_setting_t *setting, struct buf *out)
{
	const char *file = config_setting_source_file(setting);

	if (file)
		included_path(r, file, out);
	else
		buf_add_text(out, r->path);
}

/* Of the file that the setting stands in. */
static struct config_owner owner_of_setting(const struct reader *r, const config_setting_t *setting)
{
	struct config_owner owner = { .known = false };
	struct buf path = { 0 };
	struct stat st;

	if (config_setting_source_file(setting) == NULL)
		return r->owner;
	path_of_setting(r, setting, &path);
	if (stat(buf_text(&path), &st) == 0)
		owner = owner_of(&st);
	buf_free(&path);
	return owner;
}

/* Whether the setting's command may be run, which depends on who can write the file. */
static bool may_run(struct reader *r, const config_setting_t *setting, const struct setting *row)
{
	struct config_owner owner = owner_of_setting(r, setting);
	struct buf path = { 0 };

	if (config_owner_may_run(&owner, &r->who))
		return true;
	path_of_setting(r, setting, &path);
	if (config_owner_others_write(&owner))
		reader_complain_of(r, setting, "%s says what to run, and others can write this file (mode %04o): chmod go-w %s",
		                   row->name, owner.mode, buf_text(&path));
	else
		reader_complain_of(r, setting, "%s says what to run, and this file belongs to uid %u: only a file that belongs "
		                   "to root or to you may do that", row->name, (unsigned)owner.uid);
	buf_free(&path);
	r->complaints[r->count - 1].quotes_nothing = config_setting_source_file(setting) == NULL;
	return false;
}

static void read_row(struct reader *r, const config_setting_t *setting, const struct setting *row, void *group)
{
	if (row->runs && !may_run(r, setting, row))
		return;
	switch (row->kind) {
	case SETTING_TEXTS:
	case SETTING_FALLBACK:
		read_words(r, setting, row, group);
		break;
	case SETTING_GROUPS:
		read_elements(r, setting, row, group);
		break;
	case SETTING_GROUP:
		read_element(r, setting, row, group);
		break;
	case SETTING_INSIDE:
		if (config_setting_type(setting) == CONFIG_TYPE_GROUP)
			read_group(r, setting, row->group, group);
		else
			reader_complain_of(r, setting, "%s must be %s", row->name, settings_kind_wants(row));
		break;
	case SETTING_NONE:
	case SETTING_REFUSED:
		break;
	default:
		read_scalar(r, setting, row, group);
	}
	setting_said(row, group);
}

/* In the table's order: routes come after the smarthosts they name. */
static void read_group(struct reader *r, const config_setting_t *from, const struct setting_group *table, void *group)
{
	refuse_strangers(r, from, table);
	for (size_t i = 0; i < table->count; i++) {
		const config_setting_t *setting = config_setting_get_member(from, table->rows[i].name);
		if (setting && !table->rows[i].later)
			read_row(r, setting, &table->rows[i], group);
	}
}

/* ---- the three ways to read ---- */

void reader_read(struct reader *r, const struct reader_rules *rules, struct settings *out)
{
	config_t c;

	r->rules = rules;
	settings_begin(out);
	parse_text(r, &c);
	/* Whoever can write it has root's rights by way of signetd, whatever stands in it now. */
	if (r->who.euid == 0 && config_owner_others_write(&r->owner))
		complain_of_text(r, "users other than root can write it (mode %04o, group %u), and root runs commands from it: "
		                 "chmod go-w %s",
		                 r->owner.mode, (unsigned)r->owner.gid, r->path);
	if (r->count == 0) {
		const config_setting_t *root = config_root_setting(&c);
		read_group(r, root, &settings_table, out);
		settings_complete(out);
		rules->across(r, root, out);
	}
	config_destroy(&c);
}

void reader_read_early(struct reader *r, struct settings *out)
{
	config_t c;

	settings_begin(out);
	parse_text(r, &c);
	if (r->count == 0) {
		/* A limit that cannot be read costs no mail, nor the other settings: its default holds. */
		const config_setting_t *root = config_root_setting(&c);
		struct reader *unheard = reader_new(r->path, true);
		for (size_t i = 0; i < settings_table.count; i++) {
			const struct setting *row = &settings_table.rows[i];
			const config_setting_t *setting = row->early ? config_setting_get_member(root, row->name) : NULL;
			if (setting && row->kind == SETTING_TEXTS)
				read_words(unheard, setting, row, out);
			else if (setting && (!row->runs || may_run(r, setting, row)))
				read_scalar(row->kind == SETTING_TEXT ? r : unheard, setting, row, out);
		}
		reader_free(unheard);
	}
	config_destroy(&c);
}

static size_t count_settings(const config_setting_t *at)
{
	size_t count = 0;

	if (!is_aggregate(at) || config_setting_type(at) == CONFIG_TYPE_ARRAY)
		return 1;
	for (int i = 0; i < config_setting_length(at); i++)
		count += count_settings(config_setting_get_elem(at, (unsigned)i));
	return count;
}

size_t reader_count(struct reader *r)
{
	config_t c;

	parse_text(r, &c);
	size_t count = r->count == 0 ? count_settings(config_root_setting(&c)) : 0;
	config_destroy(&c);
	return count;
}
