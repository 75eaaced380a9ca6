/* SPDX-License-Identifier: ISC */
/*
 * signet key new - makes a key, and says what is left to do, in the order in
 * which it is to be done: the record, whether it is published, the entry in
 * signet.conf, and that signetd is told. A key that the configuration names and
 * that is not there is made where it says.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "signet/conf/config_add.h"
#include "signet/conf/config_file.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/selector.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const char *domain, *selector, *output;
	enum key_type type;
	unsigned bits;
	bool sized, configure;
	enum sign_scheme scheme;
};

static int new_usage(void)
{
	fprintf(stderr, "usage: signet key new [--type rsa|ed25519] [--bits 2048|3072|4096] [--domainkeys] [--domain DOMAIN]\n"
	                "                      [--selector SELECTOR] [--file FILE] [--configure]\n"
	                "       DOMAIN is that of signet.conf, SELECTOR the next by date (s2026a), FILE " KEYFILE_FOLDER
	                "/SELECTOR.pem,\n       unless they are named; --configure puts the key into signet.conf\n");
	return EX_USAGE;
}

/* Returns false for what new_usage() answers; f says what is wrong with a value. */
static bool parse_arguments(int argc, char **argv, struct arguments *out, struct fault *f)
{
	const char *type = NULL, *bits = NULL;
	bool domainkeys = false;
	/* --algorithm and --output are what sign and other key makers call them. */
	const struct option_row options[] = {
		{ "domain", &out->domain, NULL }, { "selector", &out->selector, NULL }, { "algorithm", &type, NULL }, { "type", &type, NULL },
		{ "bits", &bits, NULL }, { "output", &out->output, NULL }, { "file", &out->output, NULL },
		{ "domainkeys", NULL, &domainkeys }, { "configure", NULL, &out->configure },
	};

	*out = (struct arguments){ .type = KEY_RSA, .bits = KEY_BITS_ADVISED };
	if (OPTIONS_TAKE(argc, argv, options) != argc)
		return false;
	out->scheme = domainkeys ? SIGN_DOMAINKEYS : SIGN_DKIM;
	out->sized = bits != NULL;
	if (type)
		key_parse_type(type, &out->type, f);
	if (bits && f->kind == FAULT_NONE)
		key_parse_bits(bits, &out->bits, f);
	if (f->kind == FAULT_NONE)
		key_check_choice(out->type, out->sized, out->scheme, f);
	return true;
}

/* ---- which key ---- */

struct plan {
	const struct arguments *a;
	const struct settings *settings;   /* NULL where they cannot be read */
	char *domain, *selector, *path;    /* owned */
	bool configured;                   /* an entry names the file, which is not there */
};

/* A file that the configuration names and that is not there is what is to be made. */
static bool is_missing(const struct plan *p, const struct keyset_key *k)
{
	const struct arguments *a = p->a;
	struct stat st;

	return k->scheme == a->scheme && k->file[0] == '/' && keyset_is_wanted(p->domain, k->entry->domain) &&
	       keyset_is_wanted(a->selector, k->selector) && (a->output == NULL || strcmp(a->output, k->file) == 0) &&
	       lstat(k->file, &st) < 0 && errno == ENOENT;
}

static int look_for_missing(struct plan *p, struct fault *f)
{
	struct keyset keys;
	int result = 0;

	if (p->settings == NULL)
		return 0;
	keyset_name(p->settings, &keys);
	for (size_t i = 0; i < keys.count && !p->configured && result == 0; i++) {
		const struct keyset_key *k = &keys.items[i];
		if (is_missing(p, k)) {
			p->configured = true;
			p->selector = mem_text(k->selector);
			p->path = mem_text(k->file);
		} else if (p->a->selector && keyset_is_wanted(p->domain, k->entry->domain) && keyset_is_wanted(p->a->selector, k->selector)) {
			/* Two keys for one selector: its record has room for one. */
			result = fault_set(f, FAULT_PERMANENT, "5.5.4", "the selector %.100s of %.200s has a key in %.200s: take another "
			                   "selector; to replace that key step by step: signet key rotate --domain %.200s --selector %.100s",
			                   k->selector, p->domain, k->file, p->domain, k->selector);
		}
	}
	keyset_free(&keys);
	return result;
}

static int choose_names(struct plan *p, struct fault *f)
{
	bool configured = p->settings && access(config_file(NULL), F_OK) == 0 && strchr(p->settings->domain, '.');
	if (p->a->domain == NULL && !configured)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "whose mail is to be signed? Say it as in: signet key new --domain "
		                 "example.org");
	p->domain = mem_text(p->a->domain ? p->a->domain : p->settings->domain);
	if (keyfile_check_words(p->domain, p->a->selector ? p->a->selector : "selector", f) < 0 || look_for_missing(p, f) < 0)
		return -1;
	if (!p->configured) {
		struct buf selector = { 0 }, path = { 0 };
		if (p->a->selector)
			buf_add_text(&selector, p->a->selector);
		else
			selector_first_free(selector_year(clock_wall_ms()), p->settings, KEYFILE_FOLDER, &selector);
		if (p->a->output)
			buf_add_text(&path, p->a->output);
		else
			selector_path(KEYFILE_FOLDER, buf_text(&selector), &path);
		p->selector = buf_take(&selector);
		p->path = buf_take(&path);
	}
	return 0;
}

/* ---- what is left to do ---- */

static int tell_entry(const struct plan *p, const char *path)
{
	struct buf entry = { 0 }, text = { 0 }, sentence = { 0 }, lines = { 0 };
	struct fault f = { 0 };
	int status = EX_OK;

	if (p->a->scheme == SIGN_DOMAINKEYS)
		buf_printf(&entry, "domainkeys = { selector = \"%s\"; file = \"%s\"; };", p->selector, path);
	else
		buf_printf(&entry, "{ domain = \"%s\"; selector = \"%s\"; file = \"%s\"; }", p->domain, p->selector, path);
	struct config_addition addition = { p->a->scheme, p->domain, buf_text(&entry), 1 };
	bool done = p->a->configure && config_add_file(config_file(NULL), &addition, &f) == 0;
	if (done) {
		printf("%s now has its entry; mail is signed with it as soon as signetd is told:\n\n", config_file(NULL));
	} else {
		status = p->a->configure ? complain(&f) : EX_OK;
		config_file_read(config_file(NULL), &text, NULL);
		config_add_how(buf_span(&text), &addition, config_file(NULL), &sentence, &lines);
		printf("Then sign with it. %s\n\n%s\nand then:\n\n", buf_text(&sentence), buf_text(&lines));
	}
	buf_free(&entry);
	buf_free(&text);
	buf_free(&sentence);
	buf_free(&lines);
	return status;
}

static int tell_next(const struct plan *p, const struct sign_key *key)
{
	char *whole = realpath(p->path, NULL);
	const char *path = whole ? whole : p->path;
	int status = EX_OK;

	printf("%s: a new %s key", p->path, p->a->type == KEY_RSA ? "RSA" : "ed25519");
	if (p->a->type == KEY_RSA)
		printf(" of %u bits", sign_key_bits(key));
	printf(" of %s, selector %s\n\n", p->domain, p->selector);
	struct buf record = { 0 };
	sign_key_record(key, p->a->scheme, &record);
	printf("Publish this TXT record, its name and its value:\n\n"
	       "    %s._domainkey.%s %s\n\n"
	       "In the form of a zone file (json and nsupdate are others; with --publish it is sent to the name server):\n\n"
	       "    signet dns --format bind --domain %s --selector %s --key %s\n\n"
	       "To see whether every name server shows it undamaged:\n\n"
	       "    signet dns --check --domain %s --selector %s --key %s\n\n",
	       p->selector, p->domain, buf_text(&record), p->domain, p->selector, path, p->domain, p->selector, path);
	buf_free(&record);
	if (p->configured)
		printf("%s names it already; once the record is shown:\n\n", config_file(NULL));
	else
		status = tell_entry(p, path);
	printf("    signet config check\n    signet reload\n");
	free(whole);
	return status;
}

/* ---- making it ---- */

static int make_key(const struct plan *p, struct fault *f)
{
	struct keyset keys = { 0 };
	struct sign_key *key = NULL;
	int status = -1;
	bool ours = strncmp(p->path, KEYFILE_FOLDER "/", sizeof KEYFILE_FOLDER) == 0;

	if (!ours || keyfile_make_folder(KEYFILE_FOLDER, f) == 0)
		key = key_make(p->a->type, p->a->bits, p->path, f);
	if (key) {
		status = tell_next(p, key);
		if (p->settings)
			keyset_read(p->settings, &keys);
		if (p->a->type == KEY_RSA && p->a->bits < KEY_BITS_ADVISED)
			fprintf(stderr, "signet: warning: %u bits are few; receivers recommend %d\n", p->a->bits, KEY_BITS_ADVISED);
		if (p->a->type == KEY_ED25519 && !keyset_has_rsa(&keys, p->domain))
			fprintf(stderr, "signet: warning: %s has no RSA key, and many receivers verify no other: sign with one too: signet key new "
			                "--domain %s\n", p->domain, p->domain);
		keyset_free(&keys);
	}
	sign_key_free(key);
	return status;
}

int key_new(int argc, char **argv)
{
	struct arguments a;
	struct settings s;
	struct fault f = { 0 };
	int status = -1;

	if (!parse_arguments(argc, argv, &a, &f))
		return new_usage();
	if (f.kind != FAULT_NONE)
		return complain(&f);
	/* The configuration is asked for what is not said here; one that cannot be read costs nothing but that. */
	bool readable = config_load(config_file(NULL), &s, &f) == 0;
	struct plan p = { .a = &a, .settings = readable ? &s : NULL };
	if (readable || (a.domain && a.selector && !a.configure)) {
		f = (struct fault){ 0 };
		status = choose_names(&p, &f) < 0 ? -1 : make_key(&p, &f);
	}
	free(p.domain);
	free(p.selector);
	free(p.path);
	if (readable)
		settings_free(&s);
	return status < 0 ? complain(&f) : status;
}
