/* SPDX-License-Identifier: ISC */
/*
 * signet key import - takes over keys with their selectors: those of an
 * OpenDKIM set-up, or one PEM file. They are copied, never moved; what goes
 * into signet.conf is printed, and what is otherwise than it was is told.
 */
#include "base/conf/config.h"
#include "base/escape.h"
#include "base/io.h"
#include "base/secret.h"
#include "base/secret_command.h"
#include "signet/conf/config_add.h"
#include "signet/conf/config_file.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/opendkim.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 64 * 1024, PASSPHRASE_BYTES_MAX = 1024 };

struct arguments {
	const char *opendkim, *key_table, *signing_table;
	const char *domain, *selector, *file;
	const char *folder, *password_command;
	const char *root;          /* "", or where the paths of OpenDKIM begin */
	bool configure, dry_run;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	const struct option_row options[] = {
		{ "opendkim", &out->opendkim, NULL }, { "key-table", &out->key_table, NULL }, { "signing-table", &out->signing_table, NULL },
		{ "domain", &out->domain, NULL }, { "selector", &out->selector, NULL }, { "folder", &out->folder, NULL },
		{ "password-command", &out->password_command, NULL }, { "configure", NULL, &out->configure },
		{ "root", &out->root, NULL }, { "dry-run", NULL, &out->dry_run },
	};

	*out = (struct arguments){ .folder = KEYFILE_FOLDER, .root = "" };
	int first = OPTIONS_TAKE(argc, argv, options);
	if (first < 0 || argc - first > 1)
		return false;
	out->file = argv[first];
	if (out->file)
		return out->domain && out->selector && !out->opendkim && !out->key_table && !out->signing_table;
	return !out->domain && !out->selector && !out->password_command && (out->opendkim != NULL) != (out->key_table != NULL) &&
	       !(out->opendkim && out->signing_table);
}

/* ---- files ---- */

/* Foreign files: whoever they belong to, and whoever can read them, as that is what is to be fixed. */
static int read_foreign(const char *path, size_t max, struct buf *out, mode_t *mode, struct fault *f)
{
	struct stat st;
	int fd = io_open_regular(path, &st), error = 0;
	const char *why = NULL;

	if (fd < 0)
		why = io_error_text(error = errno);
	else if (io_read_file(fd, out, max) < 0)
		why = errno == EFBIG ? "is too large for what it should hold" : strerror(errno);
	*mode = why ? 0 : st.st_mode;
	io_close(&fd);
	if (why)
		fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: %s", path, why);
	if (error)
		fault_of_file(f, error, EX_NOINPUT);
	return why ? -1 : 0;
}

/* What is there from an import before is as good as new. */
static int create_once(const char *path, struct span pem, struct fault *f)
{
	struct buf there = { 0 };

	bool same = secret_read(path, KEY_BYTES_MAX, &there, NULL) == 0 && span_eq(buf_span(&there), pem);
	secret_free(&there);
	return same ? 0 : keyfile_create(path, pem, f);
}

/* ---- one key ---- */

struct import {
	const char *domain, *selector, *source, *identity;
	const char *header_canon, *body_canon;      /* NULL: as usual */
	const char *password_command;               /* NULL: not encrypted */
	const char *folder;
	bool dry_run;
};

static struct sign_key *open_key(const struct import *i, struct span pem, struct fault *f)
{
	struct buf passphrase = { 0 };
	struct sign_key *key = NULL;

	if (i->password_command == NULL || secret_from_command(i->password_command, PASSPHRASE_BYTES_MAX, &passphrase, f) == 0)
		key = sign_key_from_file_text(pem, i->source, buf_span(&passphrase), f);
	else
		fault_prefix(f, "%.300s", i->source);
	secret_free(&passphrase);
	return key;
}

/* The file as it is, so that what is encrypted stays so. */
static int take_file(const struct import *i, const char *path, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = NULL;
	mode_t mode;
	const char *names = strcmp(i->domain, "*") == 0 ? "all.example" : i->domain + (i->domain[0] == '*' ? 2 : 0);

	int result = keyfile_check_names(names, i->selector, f);
	if (result == 0)
		result = read_foreign(i->source, KEY_BYTES_MAX, &pem, &mode, f);
	if (result == 0)
		result = (key = open_key(i, buf_span(&pem), f)) ? 0 : -1;
	if (result == 0 && !i->dry_run)
		result = create_once(path, buf_span(&pem), f);
	if (result == 0) {
		if (sign_key_type(key) == KEY_RSA && sign_key_bits(key) < KEY_BITS_ADVISED)
			fprintf(stderr, "signet: warning: %s: %u bits are few, receivers recommend %d; once it is configured: "
			                "signet key rotate --domain %s --selector %s\n", i->source, sign_key_bits(key),
			                KEY_BITS_ADVISED, i->domain, i->selector);
		if (mode & (S_IRWXG | S_IRWXO))
			fprintf(stderr, "signet: warning: %s: others can read it (mode %04o), and may have; a new one is made by: signet key "
			                "rotate --domain %s --selector %s\n", i->source, (unsigned)(mode & 07777), i->domain, i->selector);
	}
	sign_key_free(key);
	secret_free(&pem);
	return result;
}

/* DOMAIN.SELECTOR.pem, as many domains call theirs "mail" or "default". */
static int import_one(const struct import *i, struct buf *entries, struct fault *f)
{
	struct buf path = { 0 };
	const char *domain = strcmp(i->domain, "*") == 0 ? "all" : i->domain + (i->domain[0] == '*' ? 2 : 0);

	buf_printf(&path, "%s/%s%s.%s.pem", i->folder, i->domain[0] == '*' && i->domain[1] == '.' ? "all." : "", domain,
	           i->selector);
	const struct {
		const char *name, *value;
	} members[] = {
		{ "domain", i->domain }, { "selector", i->selector }, { "file", buf_text(&path) }, { "identity", i->identity },
		{ "header_canon", i->header_canon }, { "body_canon", i->body_canon }, { "password_command", i->password_command },
	};
	int result = take_file(i, buf_text(&path), f);
	if (result == 0) {
		buf_add_text(entries, entries->len > 0 ? ",\n  {" : "{");
		for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
			if (members[k].value == NULL || members[k].value[0] == '\0')
				continue;
			buf_printf(entries, " %s = ", members[k].name);
			buf_add_quoted(entries, span_of(members[k].value));
			buf_add_byte(entries, ';');
		}
		buf_add_text(entries, " }");
	}
	buf_free(&path);
	return result;
}

/* A part of a configuration that fits the one that is there, the rest in comments; or it is put in. Returns the exit status. */
static int tell_entries(const struct arguments *a, const char *domain, struct buf *entries, size_t count)
{
	struct config_addition addition = { SIGN_DKIM, domain, buf_text(entries), count };
	struct buf text = { 0 }, sentence = { 0 }, lines = { 0 };
	struct fault f = { 0 };
	int status = EX_OK;

	if (a->configure && !a->dry_run && config_add_file(config_file(NULL), &addition, &f) == 0) {
		printf("# %s has their entries now. What DNS should show:\n#\n", config_file(NULL));
	} else {
		status = a->configure && !a->dry_run ? complain(&f) : EX_OK;
		config_file_read(config_file(NULL), &text, NULL);
		config_add_how(buf_span(&text), &addition, config_file(NULL), &sentence, &lines);
		printf("# %s\n\n%s\n# What DNS should show then:\n#\n", buf_text(&sentence), buf_text(&lines));
	}
	const char *blank = domain ? " " : "", *name = domain ? domain : "";
	printf("#     signet dns%s%s\n#     signet dns --check%s%s\n#\n# and what begins to sign:\n#\n"
	       "#     signet config check\n#     signet reload\n", blank, name, blank, name);
	buf_free(&text);
	buf_free(&sentence);
	buf_free(&lines);
	return status;
}

static int import_bare(const struct arguments *a)
{
	struct import i = { .domain = a->domain, .selector = a->selector, .source = a->file, .folder = a->folder,
		.password_command = a->password_command, .dry_run = a->dry_run };
	struct buf entries = { 0 };
	struct fault f = { 0 };
	int result = keyfile_check_words(a->domain, a->selector, &f);

	if (result == 0 && !a->dry_run)
		result = keyfile_make_folder(a->folder, &f);
	if (result == 0)
		result = import_one(&i, &entries, &f);
	int status = result < 0 ? complain(&f) : tell_entries(a, a->domain, &entries, 1);
	buf_free(&entries);
	return status;
}

/* ---- OpenDKIM's ---- */

struct set_up {
	struct opendkim_conf conf;
	struct opendkim_keys keys;
	struct opendkim_rows rows;
	struct buf keys_file, rows_file;    /* what complaints call them */
	bool signing_table;
	struct buf complaints;
	size_t faults;
	int exit_code;           /* of the first file that cannot be read; 0: all can */
	const char *root;
};

/* The caller frees it. */
static char *below_root(const char *root, const char *path)
{
	struct buf whole = { 0 };

	buf_printf(&whole, "%s%s", root, path);
	return buf_take(&whole);
}

static void cannot_read(struct set_up *s, const struct fault *f)
{
	buf_printf(&s->complaints, "%s\n", f->text);
	s->faults++;
	s->exit_code = s->exit_code ? s->exit_code : fault_exit_code(f);
}

/* A file's text, or the list itself. */
static void read_set(struct set_up *s, const char *value, bool named, const char *conf, enum opendkim_kind *kind,
                     struct buf *text, struct buf *name)
{
	const char *rest = value;
	struct fault f = { 0 };
	char *path = NULL;
	mode_t mode;

	*kind = opendkim_dataset(value, &rest);
	if (named && *kind == OPENDKIM_LIST)   /* on our command line it is a path in any case */
		*kind = OPENDKIM_FILE;
	if (named && *kind == OPENDKIM_FILE && rest == value)
		*kind = OPENDKIM_EITHER;
	path = below_root(s->root, rest);
	buf_add_text(name, *kind == OPENDKIM_LIST ? conf : path);
	if (*kind == OPENDKIM_LIST) {
		buf_add_text(text, rest);
	} else if (*kind == OPENDKIM_UNKNOWN) {
		buf_printf(&s->complaints, "%s: a table of this kind cannot be read here; write it as a file\n", value);
		s->faults++;
	} else if (read_foreign(path, OPENDKIM_TEXT_MAX, text, &mode, &f) < 0) {
		cannot_read(s, &f);
	}
	free(path);
}

static void read_keys(struct set_up *s, const char *value, bool named, const char *conf)
{
	enum opendkim_kind kind;
	struct buf text = { 0 };

	read_set(s, value, named, conf, &kind, &text, &s->keys_file);
	s->faults += opendkim_read_keys(buf_span(&text), buf_text(&s->keys_file), kind, &s->keys, &s->complaints);
	secret_free(&text);   /* a key may stand in the table itself */
}

static void read_rows(struct set_up *s, const char *value, bool named, const char *conf)
{
	enum opendkim_kind kind;
	struct buf text = { 0 };

	read_set(s, value, named, conf, &kind, &text, &s->rows_file);
	s->faults += opendkim_read_rows(buf_span(&text), buf_text(&s->rows_file), kind, &s->rows, &s->complaints);
	s->signing_table = true;
	buf_free(&text);
}

/* Domain, Selector and KeyFile are tables too, a key and a row for each domain; Domain may name a file of them. */
static void read_single(struct set_up *s, const char *conf)
{
	enum opendkim_kind kind;
	struct buf domains = { 0 }, name = { 0 }, keys = { 0 }, rows = { 0 };

	if (!s->conf.domain || !s->conf.selector || !s->conf.key_file) {
		buf_printf(&s->complaints, "%s: neither KeyTable nor Domain, Selector and KeyFile\n", conf);
		s->faults++;
		return;
	}
	read_set(s, s->conf.domain, false, conf, &kind, &domains, &name);
	opendkim_make_tables(buf_span(&domains), kind, s->conf.selector, s->conf.key_file, &keys, &rows);
	buf_add_text(&s->keys_file, conf);
	buf_add_text(&s->rows_file, conf);
	s->faults += opendkim_read_keys(buf_span(&keys), conf, OPENDKIM_FILE, &s->keys, &s->complaints);
	s->faults += opendkim_read_rows(buf_span(&rows), conf, OPENDKIM_FILE, &s->rows, &s->complaints);
	s->signing_table = true;
	buf_free(&domains);
	buf_free(&name);
	buf_free(&keys);
	buf_free(&rows);
}

static void read_conf(struct set_up *s, const char *path)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	mode_t mode;

	if (read_foreign(path, OPENDKIM_TEXT_MAX, &text, &mode, &f) < 0) {
		cannot_read(s, &f);
		return;
	}
	s->faults += opendkim_read_conf(buf_span(&text), path, &s->conf, &s->complaints);
	if (s->conf.key_table)
		read_keys(s, s->conf.key_table, false, path);
	else
		read_single(s, path);
	if (s->conf.key_table && s->conf.signing_table)
		read_rows(s, s->conf.signing_table, false, path);
	for (size_t i = 0; i < s->conf.others.count; i++)
		buf_printf(&s->complaints, "%s: %s is not taken over; see signet.conf(5)\n", path, s->conf.others.items[i]);
	secret_free(&text);
}

static void print_lines(struct span text)
{
	while (text.len > 0) {
		struct buf line = { 0 };
		escape_for_terminal(&line, span_cut(&text, '\n'));
		fprintf(stderr, "signet: %s\n", buf_text(&line));
		buf_free(&line);
	}
}

/* Returns how many keys could not be taken. */
static size_t take_plan(const struct set_up *s, const struct opendkim_plan *plan, const struct arguments *a)
{
	struct buf entries = { 0 };
	struct fault f = { 0 };
	size_t bad = 0;

	if (plan->count > 0 && !a->dry_run && keyfile_make_folder(a->folder, &f) < 0)
		return (size_t)complain(&f);
	for (size_t i = 0; i < plan->count; i++) {
		const struct opendkim_entry *e = &plan->items[i];
		char *source = below_root(s->root, e->key->path);
		struct import one = { .domain = e->domain, .selector = e->key->selector, .source = source, .dry_run = a->dry_run,
			.identity = e->identity, .header_canon = s->conf.header_canon, .body_canon = s->conf.body_canon, .folder = a->folder };
		if (import_one(&one, &entries, &f) < 0) {
			complain(&f);
			bad++;
		}
		free(source);
	}
	if (entries.len > 0)
		bad += tell_entries(a, NULL, &entries, plan->count - bad) != EX_OK;
	buf_free(&entries);
	return bad;
}

static int import_opendkim(const struct arguments *a)
{
	struct set_up s = { .root = a->root };
	struct opendkim_plan plan;
	int status = EX_DATAERR;

	char *conf = a->opendkim ? below_root(a->root, a->opendkim) : NULL;
	if (conf)
		read_conf(&s, conf);
	else
		read_keys(&s, a->key_table, true, "");
	if (a->signing_table)
		read_rows(&s, a->signing_table, true, "");
	print_lines(buf_span(&s.complaints));
	if (s.exit_code)
		status = s.exit_code;
	/* Of tables that are not understood nothing is taken: half of a set-up would sign less than it did, unseen. */
	if (s.faults == 0) {
		opendkim_make_plan(&s.keys, buf_text(&s.keys_file), s.signing_table ? &s.rows : NULL, buf_text(&s.rows_file),
		                   s.conf.multiple, &plan);
		size_t bad = take_plan(&s, &plan, a) + plan.left_out;
		print_lines(buf_span(&plan.notes));
		if (plan.count == 0)
			fprintf(stderr, "signet: no key is found to be taken over\n");
		else if (bad == 0)
			status = EX_OK;
		opendkim_plan_free(&plan);
	}
	free(conf);
	opendkim_conf_free(&s.conf);
	opendkim_keys_free(&s.keys);
	opendkim_rows_free(&s.rows);
	buf_free(&s.keys_file);
	buf_free(&s.rows_file);
	buf_free(&s.complaints);
	return status;
}

int key_import(int argc, char **argv)
{
	struct arguments a;

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet key import --opendkim /etc/opendkim.conf\n"
		                "       signet key import --key-table FILE [--signing-table FILE]\n"
		                "       signet key import --domain DOMAIN --selector SELECTOR [--password-command COMMAND] FILE\n"
		                "       with --folder FOLDER they are copied there, not to " KEYFILE_FOLDER "; --configure puts\n"
		                "       them into signet.conf; with --root FOLDER all paths of OpenDKIM begin there; --dry-run\n"
		                "       only says what would be done\n");
		return EX_USAGE;
	}
	return a.file ? import_bare(&a) : import_opendkim(&a);
}
