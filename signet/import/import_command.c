/* SPDX-License-Identifier: ISC */
/*
 * signet import - takes over the set-up of another mail program: what it comes
 * to is shown, put into signet.conf where that does not say it yet, and what
 * is not carried over is told with its line. The other's files stay as they are.
 */
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "base/io.h"
#include "base/new_file.h"
#include "base/secret.h"
#include "signet/conf/config_file.h"
#include "signet/conf/config_set.h"
#include "signet/import/import_commands.h"
#include "signet/import/source.h"
#include "signet/import/takeover.h"
#include "signet/keys/keys_commands.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"
#include "signet/talk/say.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { SECRET_MODE = 0600, OTHER_MODE = 0644 };

struct arguments {
	const struct import_source *source;
	const char *root, *file;
	bool dry_run, queue;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	const struct option_row rows[] = {
		{ "root", &out->root, NULL }, { "dry-run", NULL, &out->dry_run }, { "queue", NULL, &out->queue },
	};

	*out = (struct arguments){ .root = "" };
	int first = OPTIONS_TAKE(argc, argv, rows);
	if (first < 0 || argc - first < 1 || argc - first > 2)
		return false;
	out->source = import_source_of(argv[first]);
	out->file = argv[first + 1];
	if (out->source == NULL)
		fprintf(stderr, "signet: import: \"%s\" is not a program that is known here\n", argv[first]);
	return out->source != NULL;
}

/* ---- what is to be done ---- */

/* These say together which way mail goes: where one is set, none of them is changed. */
static bool is_of_the_way(const char *name)
{
	static const char *const names[] = { "smarthost", "smarthosts", "routes", "default_via" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool way_is_set(struct span text)
{
	return config_set_has(text, "smarthost") || config_set_has(text, "smarthosts") || config_set_has(text, "routes") || config_set_has(text, "default_via");
}

static bool stays_as_it_is(struct span text, const char *name)
{
	return config_set_has(text, name) || (is_of_the_way(name) && way_is_set(text));
}

/* It stands there just so. */
static bool is_there(struct span text, const struct import_line *line)
{
	struct buf whole = { 0 };

	buf_printf(&whole, "%s = %s;\n", line->name, line->value);
	bool there = text.len > 0 && memmem(text.at, text.len, whole.at, whole.len) != NULL;
	buf_free(&whole);
	return there;
}

static void say_block(const char *word, const char *name, const char *value)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s = %s;", name, value);
	for (struct span rest = buf_span(&text); rest.at; word = "") {
		struct span line = span_cut(&rest, '\n');
		say("  %-8s %.*s", word, (int)line.len, line.at);
	}
	buf_free(&text);
}

static size_t show_lines(const struct import_lines *lines, struct span text, const char *path)
{
	size_t new = 0;

	for (size_t i = 0; i < lines->count; i++) {
		const struct import_line *l = &lines->items[i];
		if (is_there(text, l)) {
			say("  there:   %s", l->name);
		} else if (stays_as_it_is(text, l->name)) {
			say("  kept:    %s: %s %s, and stays as it is; of the other program it would be", l->name, path,
			    config_set_has(text, l->name) ? "sets it" : "says which way mail goes");
			say_block("", l->name, l->value);
		} else {
			say_block("set:", l->name, l->value);
			new++;
		}
		if (l->from[0] && !is_there(text, l))
			say("           from %s", l->from);
	}
	return new;
}

/* True when a file of that name has just these bytes. */
static bool file_is(const char *path, struct span bytes)
{
	struct buf there = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool same = fd >= 0 && io_read_file(fd, &there, bytes.len + 1) == 0 && span_eq(buf_span(&there), bytes);

	io_close(&fd);
	secret_free(&there);
	return same;
}

static void show_files(const struct import_plan *p)
{
	for (size_t i = 0; i < p->file_count; i++) {
		const struct import_file *file = &p->files[i];
		bool there = access(file->path, F_OK) == 0;
		bool same = there && file_is(file->path, span_of(file->text));
		say("  %s %s (mode %04o): %s%s", same ? "there:  " : there ? "kept:   " : "file:   ", file->path, file->secret ? SECRET_MODE : OTHER_MODE, file->what,
		    there && !same ? "; there is a file of that name with something else in it, which stays: compare the two" : "");
	}
}

static void show_notes(const struct import_plan *p)
{
	if (p->note_count > 0)
		say("what is not carried over, or is otherwise than it was:");
	for (size_t i = 0; i < p->note_count; i++)
		say("  %s%s%s: %s", p->notes[i].file, p->notes[i].lines[0] ? ":" : "", p->notes[i].lines, p->notes[i].text);
}

/* ---- doing it ---- */

static int write_files(const struct import_plan *p)
{
	struct fault f = { 0 };

	for (size_t i = 0; i < p->file_count; i++) {
		const struct import_file *file = &p->files[i];
		if (access(file->path, F_OK) == 0)
			continue;
		enum new_file_step step = new_file_make(file->path, span_of(file->text), file->secret ? SECRET_MODE : OTHER_MODE);
		int error = errno;
		if (step == NEW_FILE_PART && error == EEXIST)
			fault_set(&f, FAULT_PERMANENT, "4.3.0", "%.300s.part: another signet is writing this file, or was killed meanwhile; then remove it", file->path);
		else if (step != NEW_FILE_MADE)
			fault_set(&f, FAULT_PERMANENT, "4.3.0", "%.300s: cannot be written: %s", file->path, strerror(error));
		if (step != NEW_FILE_MADE) {
			fault_of_file(&f, error, EX_CANTCREAT);
			return complain(&f);
		}
	}
	return EX_OK;
}

static int write_settings(const struct import_lines *lines, struct span text, const char *path)
{
	struct config_new_setting *settings = mem_resize(NULL, lines->count + 1, sizeof *settings);
	char **whys = mem_alloc((lines->count + 1) * sizeof *whys);
	struct fault f = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < lines->count; i++) {
		struct buf why = { 0 };
		if (stays_as_it_is(text, lines->items[i].name))
			continue;
		buf_printf(&why, "from %s", lines->items[i].from);
		whys[count] = buf_take(&why);
		for (char *c = whys[count]; *c; c++)
			*c = (unsigned char)*c < ' ' ? ' ' : *c;
		settings[count] = (struct config_new_setting){ lines->items[i].name, lines->items[i].value, whys[count] };
		count++;
	}
	int status = count > 0 && config_set_file(path, settings, count, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK && count > 0)
		say("wrote %s", path);
	for (size_t i = 0; i < count; i++)
		free(whys[i]);
	free(whys);
	free(settings);
	return status;
}

/* A command, and what it is for. */
static void say_step(const char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say_step(const char *why, const char *format, ...)
{
	struct buf command = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&command, format, ap);
	va_end(ap);
	say("  %-44s %s", buf_text(&command), why);
	buf_free(&command);
}

static void say_next(const struct import_source *s, const struct import_plan *p)
{
	say("next:");
	say_step("what is wrong, and what is missing", "signet config check");
	if (s->without)
		say_step("it is not needed any more", "%s", s->without);
	if (import_said(&p->top, "listen"))
		say_step("port 25, for listen", "systemctl enable --now signetd-smtp.socket");
	say_step("or, where it runs: signet reload", "systemctl enable --now signetd");
	if (takeover_knows(s->name))
		say_step("takes over the mail that waits there", "signet import %s --queue", s->name);
	say("the way back: nothing of %s was changed", s->title);
	say("  systemctl disable --now signetd");
	if (s->with)
		say("  %s", s->with);
	say("and where Signet has taken its place, /usr/sbin/sendmail is to be %s's again: signet-switching(7), BACK AGAIN", s->title);
}

static int carry_out(struct import *i, const struct arguments *a, const char *path)
{
	struct import_lines lines;
	struct buf text = { 0 };
	struct fault f = { 0 };

	import_make_password_files(&i->plan, i->folder);
	import_render(&i->plan, &lines);
	int status = config_file_read(path, &text, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK) {
		for (size_t k = 0; k < i->read.count; k++)
			say("%s %s", k ? "     " : "read:", i->read.items[k]);
		size_t new = show_lines(&lines, buf_span(&text), path);
		show_files(&i->plan);
		show_notes(&i->plan);
		if (a->dry_run)
			say("nothing was written (--dry-run)");
		else if (new == 0)
			say("nothing to write: %s says all of it, or has words of its own", path);
		if (!a->dry_run && strcmp(path, CONFIG_DEFAULT_FILE) == 0)
			mkdir(i->folder, 0755);      /* where no package has made it; else what is written there says so */
		if (!a->dry_run && (status = write_files(&i->plan)) == EX_OK && new > 0)
			status = write_settings(&lines, buf_span(&text), path);
		if (status == EX_OK && !a->dry_run)
			say_next(a->source, &i->plan);
	}
	import_lines_free(&lines);
	buf_free(&text);
	return status;
}

/* ---- the three things that it does ---- */

static int import_settings(const struct arguments *a, const struct settings *s, const char *path)
{
	char *copy = mem_text(path);
	struct import i = { .root = a->root, .file = a->file, .folder = dirname(copy), .hostname = s->hostname };
	struct fault f = { 0 };

	import_plan_begin(&i.plan);
	int status = a->source->read(&i, &f) < 0 ? complain(&f) : carry_out(&i, a, path);
	import_plan_free(&i.plan);
	text_list_free(&i.read);
	free(copy);
	return status;
}

/* OpenDKIM's keys: signet key import, which says what it does by itself. */
static int import_keys(const struct arguments *a)
{
	char *words[] = { (char *)(uintptr_t)"key", (char *)(uintptr_t)"import", (char *)(uintptr_t)"--opendkim",
		(char *)(uintptr_t)(a->file ? a->file : a->source->file), (char *)(uintptr_t)"--root", (char *)(uintptr_t)a->root,
		(char *)(uintptr_t)"--configure", (char *)(uintptr_t)(a->dry_run ? "--dry-run" : NULL), NULL };
	int status = command_key(a->dry_run ? 8 : 7, words);

	if (status == EX_OK)
		printf("# The way back: nothing of OpenDKIM was changed; take its entries out of dkim again.\n");
	return status;
}

/* Where Postfix keeps its queue, main.cf says. The caller frees it. */
static char *postfix_queue(const struct arguments *a, struct import *i)
{
	struct foreign_items items = { 0 };
	char *folder = NULL;

	if (import_read_items(i, a->file ? a->file : a->source->file, FOREIGN_MAIN_CF, &items)) {
		const struct foreign_item *item = foreign_find(&items, "queue_directory");
		folder = item && item->value[0] == '/' ? mem_text(item->value) : NULL;
	}
	foreign_items_free(&items);
	return folder;
}

static int import_queue(const struct arguments *a, const struct settings *s)
{
	bool postfix = strcmp(a->source->name, "postfix") == 0;
	struct import i = { .root = a->root };
	struct takeover t = { .program = a->source->name, .folder = postfix ? NULL : a->file, .root = a->root, .settings = s, .dry_run = a->dry_run };
	struct fault f = { 0 };
	char *folder = postfix ? postfix_queue(a, &i) : NULL, *main_file = import_path(&i, a->file ? a->file : a->source->file);

	if (folder)
		t.folder = folder;
	if (postfix && (a->file || a->root[0]))
		t.config = dirname(main_file);
	int status = takeover_run(&t, &f) < 0 ? complain(&f) : t.left > 0 ? EX_TEMPFAIL : EX_OK;
	if (f.kind == FAULT_NONE && a->dry_run) {
		say("%zu messages would be taken over (--dry-run); %zu cannot be", t.taken, t.left);
	} else if (f.kind == FAULT_NONE) {
		say("%zu messages taken over, %zu left", t.taken, t.left);
		if (t.taken > 0) {
			say("%s's files of them are in %s: Signet delivers them now, so do not put them back; when all has arrived, remove the folder", a->source->title, t.aside);
			say("the way back, for what Signet has not delivered: signet queue hold all; then for each ID that signet queue list shows");
			say("  signet queue export --file ID.eml --envelope ID.json ID");
			say("  OTHER-SENDMAIL -i -f SENDER RECIPIENT... < ID.eml      with the sender and recipients in ID.json");
			say("  signet queue delete ID");
		}
	}
	import_plan_free(&i.plan);
	text_list_free(&i.read);
	free(folder);
	free(main_file);
	free(t.aside);
	return status;
}

int command_import(int argc, char **argv)
{
	const char *path = config_file(NULL);
	struct arguments a;
	struct settings s;
	struct fault f = { 0 }, name = { 0 };

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet import postfix|msmtp|dma|nullmailer|ssmtp|opendkim|exim-smarthost [--root FOLDER] [--dry-run] [FILE]\n"
		                "       signet import postfix|msmtp|dma|nullmailer --queue [--root FOLDER] [--dry-run] [FILE|FOLDER]\n");
		return EX_USAGE;
	}
	if (a.queue && !takeover_knows(a.source->name)) {
		fault_set(&f, FAULT_PERMANENT, "5.5.4", "mail that waits in %s's queue is not taken over: have it sent before you turn %s off (%s)", a.source->title, a.source->title,
		          strcmp(a.source->name, "exim-smarthost") == 0 ? "exim4 -qff; exim4 -bpc counts it" : "it keeps none");
		return complain(&f);
	}
	if (a.source->read == NULL)
		return import_keys(&a);
	if (config_load(path, &s, &f) < 0)
		return complain(&f);
	own_name_complete(&s, &name);          /* where nothing knows one, the other program may */
	int status = a.queue ? import_queue(&a, &s) : import_settings(&a, &s, path);
	settings_free(&s);
	return status;
}
