/* SPDX-License-Identifier: ISC */
/*
 * signet key revoke - the end of keys: their records say so on every
 * authoritative server, then their files go.
 */
#include "base/conf/config.h"
#include "signet/keys/key_command.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/rotate.h"
#include "signet/keys/rotation_file.h"
#include "signet/keys/shown.h"
#include "signet/talk/complain.h"
#include "signet/talk/named_file.h"
#include "signet/talk/options.h"
#include "signet/talk/say.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const char *domain, *file;
	bool now, yes;
	char **selectors;
	size_t count;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	const struct option_row options[] = {
		{ "domain", &out->domain, NULL }, { "file", &out->file, NULL }, { "now", NULL, &out->now },
		{ "yes", NULL, &out->yes },
	};

	*out = (struct arguments){ 0 };
	int first = OPTIONS_TAKE(argc, argv, options);
	if (first < 0)
		return false;
	out->selectors = argv + first;
	out->count = (size_t)(argc - first);
	return out->count > 0 && !(out->file && out->count > 1);
}

/* ---- a key that no rotation knows ---- */

/* The one that is named, or that all keys are for; NULL when none is. */
static const char *find_domain(const struct settings *s, const char *named)
{
	const char *found = named;

	for (size_t i = 0; named == NULL && i < s->dkim_count; i++) {
		if (s->dkim[i].domain[0] == '*' || (found && strcmp(found, s->dkim[i].domain) != 0))
			return NULL;
		found = s->dkim[i].domain;
	}
	return found;
}

/* The names are fine, and no key of that domain, or of a pattern that covers it, has the selector. */
static int check_unused(const struct settings *s, const char *domain, const char *selector, struct fault *f)
{
	struct keyset keys;
	int result = 0;

	if (domain == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "--domain says whose selector %.100s is", selector);
	if (keyfile_check_words(domain, selector, f) < 0)
		return -1;
	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count && result == 0; i++) {
		const char *pattern = keys.items[i].entry->domain;
		bool covers = strcmp(pattern, "*") == 0 || span_eq_nocase(span_of(pattern), span_of(domain)) ||
		              (pattern[0] == '*' && span_ends_nocase(span_of(domain), span_of(pattern + 1)));
		if (covers && span_eq_nocase(span_of(keys.items[i].selector), span_of(selector)))
			result = fault_set(f, FAULT_PERMANENT, "4.3.5", "the configuration signs with %.100s for %.200s: rotate it first: "
			                   "signet key rotate --domain %.200s --selector %.100s", selector, domain, domain, selector);
	}
	keyset_free(&keys);
	return result;
}

static int remove_file(const struct settings *s, const char *path, struct fault *f)
{
	if (rotate_file_is_used(s, path))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: the configuration signs with it elsewhere, so it stays",
		                 path);
	struct sign_key *key = keyfile_read_named(path, f);
	if (key == NULL)
		return -1;
	sign_key_free(key);
	if (unlink(path) < 0)
		return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: cannot remove it: %s", path, strerror(errno));
	say("%s: removed", path);
	return 0;
}

/* Nobody knows it: most likely it is misspelt, and what was meant goes on to be trusted. */
static int refuse_unknown(const struct settings *s, const char *domain, const char *selector, struct fault *f)
{
	struct buf known = { 0 };

	keyset_add_names(s, &known);
	fault_set(f, FAULT_PERMANENT, "5.5.4", "%.100s of %.200s is not known: no server shows a record at %.100s._domainkey.%.200s, and no "
	          "rotation has it%s%.200s", selector, domain, selector, domain, known.len > 0 ? "; configured are " : "",
	          buf_text(&known));
	buf_free(&known);
	return -1;
}

static int revoke_unknown(const struct settings *s, const struct arguments *a, const char *selector)
{
	const char *domain = find_domain(s, a->domain);
	struct shown shown = { 0 };
	struct fault f = { 0 };

	if (check_unused(s, domain, selector, &f) < 0 || shown_ask(s, domain, selector, NULL, SIGN_DKIM, &shown, &f) < 0)
		return complain(&f);
	if (shown.empty == shown.servers && a->file == NULL && refuse_unknown(s, domain, selector, &f) < 0) {
		shown_free(&shown);
		return complain(&f);
	}
	bool right = shown_is_right(&shown);
	if (!right) {
		say("Publish this record:");
		rotate_say_record(domain, selector, shown_revocation(SIGN_DKIM));
	}
	say("Of the authoritative servers, %zu of %zu show that %s is revoked:", shown.right, shown.servers, selector);
	say_lines(buf_span(&shown.lines));
	shown_free(&shown);
	if (!right) {
		say("Then call signet key revoke --domain %s %s again.", domain, selector);
		return EX_TEMPFAIL;
	}
	return a->file && remove_file(s, a->file, &f) < 0 ? complain(&f) : EX_OK;
}

/* ---- one that was rotated ---- */

/* With all that was rotated with it. Where records can be published from here the revocation is, once the owner agrees. */
static int revoke_rotated(const struct settings *s, struct rotation *r, const struct arguments *a)
{
	struct rotate_options options = { .revoke = true, .early = a->now, .yes = a->yes, .publishes = settings_publish(s) };
	struct buf folder = { 0 };
	struct fault f = { 0 };

	rotation_folder(r->parts[0].old_file, &folder);
	int lock = rotation_lock(buf_text(&folder), &f);
	int status = lock < 0 ? complain(&f) : rotate_go_on(r, &options, NULL);
	if (lock >= 0)
		close(lock);
	buf_free(&folder);
	return status;
}

static int revoke_one(const struct settings *s, const struct arguments *a, const char *selector)
{
	struct rotation_list list;
	struct fault f = { 0 };

	if (rotation_list_read(s, &list, &f) < 0)
		return complain(&f);
	struct rotation *r = NULL;
	for (size_t i = 0; i < list.count && r == NULL; i++)
		if (rotation_is_of(&list.items[i], a->domain, selector))
			r = &list.items[i];
	int status = r ? revoke_rotated(s, r, a) : revoke_unknown(s, a, selector);
	rotation_list_free(&list);
	return status;
}

int key_revoke(int argc, char **argv)
{
	struct arguments a;
	struct settings s;
	struct fault f = { 0 };
	int status = EX_OK;

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet key revoke [--domain DOMAIN] [--file FILE] [--now] [--yes] SELECTOR...\n"
		                "       --now does not wait for mail signed with it to arrive; --file is the key that goes with a\n"
		                "       selector that no rotation knows; --yes publishes without asking\n");
		return EX_USAGE;
	}
	if (a.file && named_file_check(a.file, "the key", "name the file that holds it, or leave out --file", &f) < 0)
		return complain(&f);
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	for (size_t i = 0; i < a.count; i++) {
		int one = revoke_one(&s, &a, a.selectors[i]);
		status = status == EX_OK ? one : status;
	}
	settings_free(&s);
	return status;
}
