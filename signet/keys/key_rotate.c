/* SPDX-License-Identifier: ISC */
/*
 * signet key rotate - begins the rotation of a configured key, or goes on with
 * one that was begun.
 */
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/rotate.h"
#include "signet/keys/rotate_due.h"
#include "signet/keys/rotation_begin.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"
#include "signet/talk/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const char *domain, *selector;   /* NULL: the only one there is */
	struct rotation_choice choice;
	bool yes, status, due, mail;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out, struct fault *f)
{
	const char *type = NULL, *bits = NULL;
	const struct option_row options[] = {
		{ "domain", &out->domain, NULL }, { "selector", &out->selector, NULL }, { "to", &out->choice.to, NULL }, { "type", &type, NULL },
		{ "bits", &bits, NULL }, { "yes", NULL, &out->yes }, { "status", NULL, &out->status },
		{ "due", NULL, &out->due }, { "mail", NULL, &out->mail },
	};

	*out = (struct arguments){ 0 };
	if (OPTIONS_TAKE(argc, argv, options) != argc)
		return false;
	out->choice.typed = type != NULL;
	out->choice.sized = bits != NULL;
	if (type)
		key_parse_type(type, &out->choice.type, f);
	if (bits && f->kind == FAULT_NONE)
		key_parse_bits(bits, &out->choice.bits, f);
	return (!out->due || argc == 2 + out->mail) && (out->due || !out->mail);
}

/* ---- one that was begun ---- */

/* 0 and *found (NULL: none); -1: several. */
static int find_begun(const struct rotation_list *list, const struct arguments *a, struct rotation **found, struct fault *f)
{
	*found = NULL;
	for (size_t i = 0; i < list->count; i++) {
		struct rotation *r = &list->items[i];
		const struct rotation_part *p = &r->parts[0], *other = *found ? &(*found)->parts[0] : NULL;
		if (!rotation_is_of(r, a->domain, a->selector))
			continue;
		if (other)
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "several rotations have begun, of %.100s from %.100s and of %.100s from "
			                 "%.100s; name one, as in: signet key rotate --domain %.100s --selector %.100s", other->domain,
			                 other->old_selector, p->domain, p->old_selector, p->domain, p->old_selector);
		*found = r;
	}
	return 0;
}

static int go_on(const struct settings *s, struct rotation *r, const struct arguments *a)
{
	struct rotate_options options = { .yes = a->yes, .publishes = settings_publish(s) };
	const struct rotation_part *p = &r->parts[0];

	if (a->choice.to && strcmp(a->choice.to, p->new_selector) != 0) {
		fprintf(stderr, "signet: the rotation of %s from %s goes to %s since it began\n", p->domain, p->old_selector,
		        p->new_selector);
		return EX_USAGE;
	}
	return rotate_go_on(r, &options, NULL);
}

/* ---- a new one ---- */

/* None, or several, of which one is an example. */
static int refuse_choice(const struct settings *s, const struct arguments *a, const struct keyset_key *example,
                         struct fault *f)
{
	struct buf known = { 0 };

	keyset_add_names(s, &known);
	if (example)
		fault_set(f, FAULT_PERMANENT, "5.5.4", "more than one configured key is meant; configured are %.200s; name one, as in: "
		          "signet key rotate --domain %.100s --selector %.100s", buf_text(&known), example->entry->domain,
		          example->selector);
	else
		fault_set(f, FAULT_PERMANENT, "5.5.4", "no configured key is meant by%s%.100s%s%.100s; configured are %.200s",
		          a->selector ? " --selector " : "", a->selector ? a->selector : "", a->domain ? " --domain " : "",
		          a->domain ? a->domain : "", buf_text(&known));
	if (known.len == 0)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "no key is configured; make one with: signet key new --domain %.200s", s->domain);
	buf_free(&known);
	return -1;
}

static int choose_key(const struct settings *s, const struct keyset *keys, const struct arguments *a, struct keyset_key **found,
                      struct fault *f)
{
	size_t count = 0;

	for (size_t i = 0; i < keys->count; i++) {
		struct keyset_key *k = &keys->items[i];
		if (!keyset_is_wanted(a->domain, k->entry->domain) || !keyset_is_wanted(a->selector, k->selector))
			continue;
		*found = k;
		count++;
	}
	return count == 1 ? 0 : refuse_choice(s, a, count > 0 ? *found : NULL, f);
}

/* ---- either ---- */

/* The folder whose lock is needed: that of the rotation that has begun, or that of the key. */
static int find_folder(const struct settings *s, const struct rotation_list *list, const struct arguments *a,
                       struct buf *folder, struct fault *f)
{
	struct keyset keys;
	struct rotation *begun;
	struct keyset_key *key = NULL;

	if (find_begun(list, a, &begun, f) < 0)
		return -1;
	keyset_name(s, &keys);
	int result = begun ? 0 : choose_key(s, &keys, a, &key, f);
	if (result == 0) {
		rotation_folder(begun ? begun->parts[0].old_file : key->file, folder);
		result = keyfile_make_folder(buf_text(folder), f);
	}
	keyset_free(&keys);
	return result;
}

/* One that is not yet told to signetd must get there first: two states would each wait for the other's selector. */
static int check_free(const struct rotation_list *list, const struct rotation_keys *keys, struct fault *f)
{
	const struct rotation *r = rotation_in_the_way(list, keys);

	if (r == NULL)
		return 0;
	const struct rotation_part *p = &r->parts[0];
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "the rotation of %.200s from %.100s to %.100s comes first: signet key "
	                 "rotate --domain %.100s --selector %.100s", p->domain, p->old_selector, p->new_selector, p->domain, p->old_selector);
}

static int begin_and_go_on(const struct settings *s, const struct rotation_list *list, const struct arguments *a)
{
	struct rotation_keys together = { 0 };
	struct rotation r = { 0 };
	struct fault f = { 0 };
	struct keyset keys;
	struct keyset_key *key = NULL;

	keyset_name(s, &keys);
	int result = choose_key(s, &keys, a, &key, &f);
	if (result == 0) {
		rotation_keys_alone(&keys, key, &together);
		result = check_free(list, &together, &f);
	}
	if (result == 0)
		result = rotation_begin(s, &together, &a->choice, &r, &f);
	if (result == 0 && key->entry->password_command[0])
		fprintf(stderr, "signet: warning: the key of %s may be encrypted; the new one is not\n", key->selector);
	int status = result < 0 ? complain(&f) : go_on(s, &r, a);
	free(together.items);
	keyset_free(&keys);
	rotation_free(&r);
	return status;
}

/* What has begun is read under the lock. */
static int rotate_locked(const struct settings *s, const struct arguments *a)
{
	struct rotation_list list;
	struct rotation *begun = NULL;
	struct fault f = { 0 };

	if (rotation_list_read(s, &list, &f) < 0)
		return complain(&f);
	int status = find_begun(&list, a, &begun, &f) < 0 ? complain(&f) : begun ? go_on(s, begun, a) : begin_and_go_on(s, &list, a);
	rotation_list_free(&list);
	return status;
}

static int rotate_keys(const struct settings *s, const struct arguments *a)
{
	struct rotation_list list = { 0 };
	struct buf folder = { 0 };
	struct fault f = { 0 };
	int status, lock = -1;

	int result = rotation_list_read(s, &list, &f);
	if (result == 0)
		result = find_folder(s, &list, a, &folder, &f);
	rotation_list_free(&list);
	if (result == 0)
		result = lock = rotation_lock(buf_text(&folder), &f);
	status = result < 0 ? complain(&f) : rotate_locked(s, a);
	if (lock >= 0)
		close(lock);
	buf_free(&folder);
	return status;
}

static int show_status(const struct settings *s)
{
	struct rotation_list list;
	struct fault f = { 0 };
	char when[SAY_TIME_BYTES];

	if (rotation_list_read(s, &list, &f) < 0)
		return complain(&f);
	for (size_t i = 0; i < list.count; i++) {
		const struct rotation *r = &list.items[i];
		for (size_t n = 0; n < r->count; n++) {
			const struct rotation_part *p = &r->parts[n];
			say("%s %s %s -> %s: %s%s%s", p->domain, key_scheme_word(p->scheme), p->old_selector, p->new_selector,
			    rotation_stage_word(r->stage), r->stage == ROTATION_KEEP ? " until " : "",
			    r->stage == ROTATION_KEEP ? say_time(r->keep_until_s, when) : "");
		}
	}
	if (list.count == 0)
		say("no key is being rotated");
	rotation_list_free(&list);
	return EX_OK;
}

int key_rotate(int argc, char **argv)
{
	struct arguments a;
	struct settings s;
	struct fault f = { 0 };

	if (!parse_arguments(argc, argv, &a, &f)) {
		fprintf(stderr, "usage: signet key rotate [--domain DOMAIN] [--selector OLD] [--to NEW] [--type rsa|ed25519] [--bits N] [--yes]\n"
		                "       signet key rotate --status\n"
		                "       signet key rotate --due [--mail]\n"
		                "       each call continues the rotation; --yes changes signet.conf without asking\n");
		return EX_USAGE;
	}
	if (f.kind != FAULT_NONE)
		return complain(&f);
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	if (a.mail)
		own_name_complete(&s, &f);
	int status = a.status ? show_status(&s) : a.due ? rotate_due(&s, a.mail) : rotate_keys(&s, &a);
	settings_free(&s);
	return status;
}
