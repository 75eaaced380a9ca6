/*
 * signet key rotate - begins the rotation of a configured key, or goes on with
 * one that was begun.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/rotate.h"
#include "signet/keys/rotation_file.h"
#include "signet/keys/selector.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"
#include "signet/talk/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	const char *domain, *selector, *to;   /* NULL: the only one there is */
	bool typed, sized;
	enum key_type type;
	unsigned bits;
	bool yes, status;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out, struct fault *f)
{
	const char *type = NULL, *bits = NULL;
	const struct option_row options[] = {
		{ "domain", &out->domain, NULL }, { "selector", &out->selector, NULL }, { "to", &out->to, NULL }, { "type", &type, NULL },
		{ "bits", &bits, NULL }, { "yes", NULL, &out->yes }, { "status", NULL, &out->status },
	};

	*out = (struct arguments){ 0 };
	if (OPTIONS_TAKE(argc, argv, options) != argc)
		return false;
	out->typed = type != NULL;
	out->sized = bits != NULL;
	if (type)
		key_parse_type(type, &out->type, f);
	if (bits && f->kind == FAULT_NONE)
		key_parse_bits(bits, &out->bits, f);
	return true;
}

/* ---- one that was begun ---- */

/* 0 and *found (NULL: none); -1: several. */
static int find_begun(const struct rotation_list *list, const struct arguments *a, struct rotation **found, struct fault *f)
{
	*found = NULL;
	for (size_t i = 0; i < list->count; i++) {
		struct rotation *r = &list->items[i];
		if (!keyset_is_wanted(a->domain, r->domain) || !keyset_is_wanted(a->selector, r->old_selector))
			continue;
		if (*found)
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "several rotations have begun, of %.100s from %.100s and of %.100s from "
			                 "%.100s; name one, as in: signet key rotate --domain %.100s --selector %.100s", (*found)->domain,
			                 (*found)->old_selector, r->domain, r->old_selector, r->domain, r->old_selector);
		*found = r;
	}
	return 0;
}

static int go_on(struct rotation *r, const struct arguments *a)
{
	struct rotate_options options = { .yes = a->yes };

	if (a->to && strcmp(a->to, r->new_selector) != 0) {
		fprintf(stderr, "signet: the rotation of %s from %s goes to %s since it began\n", r->domain, r->old_selector,
		        r->new_selector);
		return EX_USAGE;
	}
	return rotate_go_on(r, &options);
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
		fault_set(f, FAULT_PERMANENT, "5.5.4", "no key is configured; make one with: signet key new --domain %.200s", s->domain);
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

static int check_names(const struct settings *s, const struct rotation *r, bool sized, struct fault *f)
{
	struct stat st;

	if (key_check_choice(r->type, sized, r->scheme, f) < 0)
		return -1;
	if (keyfile_check_names(r->domain, r->new_selector, f) < 0)
		return -1;
	for (size_t i = 0; i < s->dkim_count; i++)
		if (strcmp(s->dkim[i].domain, r->domain) == 0 && (strcmp(s->dkim[i].selector, r->new_selector) == 0 ||
		                                                  strcmp(s->dkim[i].domainkeys_selector, r->new_selector) == 0))
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "the selector %.200s of %.200s is in use: a rotation goes to a new one",
			                 r->new_selector, r->domain);
	if (lstat(r->new_file, &st) == 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "%.300s: there is a file of that name, and keys are never overwritten; "
		                 "take another selector", r->new_file);
	return 0;
}

/* The state is there before the key is. */
static int begin_rotation(const struct settings *s, const struct keyset_key *k, const struct arguments *a, struct rotation *r,
                          struct fault *f)
{
	struct keyset_key opened = *k;
	const struct dkim_key *e = k->entry;

	/* Refuse a key that cannot be rotated such that DNS, key and configuration fit together at each moment. */
	if (e->domain[0] == '*')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "the key of %s signs for each domain as itself, and all of them would "
		                 "have to publish the new one: make it with signet key new, and change the entry when they have",
		                 e->domain);
	if (e->domainkeys_selector[0] && e->domainkeys_file[0] == '\0')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "DKIM and DomainKeys of %.200s share one key, and would change at once: "
		                 "first give DomainKeys a file of its own: domainkeys = { selector = \"%s\"; file = \"%.200s\"; }",
		                 e->domain, e->domainkeys_selector, e->file);
	keyset_open(&opened);
	r->type = a->typed ? a->type : opened.key ? sign_key_type(opened.key) : KEY_RSA;
	r->bits = a->sized ? a->bits : KEY_BITS_ADVISED;
	if (!a->sized && opened.key && sign_key_type(opened.key) == KEY_RSA && sign_key_bits(opened.key) > r->bits)
		r->bits = sign_key_bits(opened.key);
	sign_key_free(opened.key);
	struct buf folder = { 0 }, selector = { 0 }, path = { 0 };
	rotation_folder(k->file, &folder);
	if (a->to)
		buf_add_text(&selector, a->to);
	else
		selector_first_free(selector_year(clock_wall_ms()), s, buf_text(&folder), &selector);
	selector_path(buf_text(&folder), buf_text(&selector), &path);
	r->domain = mem_text(k->entry->domain);
	r->scheme = k->scheme;
	r->old_selector = mem_text(k->selector);
	r->old_file = mem_text(k->file);
	r->new_selector = buf_take(&selector);
	r->new_file = buf_take(&path);
	buf_free(&folder);
	if (check_names(s, r, a->sized, f) < 0 || rotation_store(r, f) < 0)
		return -1;
	if (k->entry->password_command[0])
		fprintf(stderr, "signet: warning: the key of %s may be encrypted; the new one is not\n", r->old_selector);
	return 0;
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
		rotation_folder(begun ? begun->old_file : key->file, folder);
		result = keyfile_make_folder(buf_text(folder), f);
	}
	keyset_free(&keys);
	return result;
}

/* One that is not yet told to signetd must get there first: two states would each wait for the other's selector. */
static int check_free(const struct rotation_list *list, const struct keyset_key *k, struct fault *f)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rotation *r = &list->items[i];
		if (r->stage != ROTATION_KEEP && strcmp(r->domain, k->entry->domain) == 0 && strcmp(r->new_selector, k->selector) == 0)
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "the rotation of %.200s from %.100s to %.100s comes first: signet key "
			                 "rotate --domain %.100s --selector %.100s", r->domain, r->old_selector, r->new_selector,
			                 r->domain, r->old_selector);
	}
	return 0;
}

static int begin_and_go_on(const struct settings *s, const struct rotation_list *list, const struct arguments *a)
{
	struct rotation r = { 0 };
	struct fault f = { 0 };
	struct keyset keys;
	struct keyset_key *key = NULL;

	keyset_name(s, &keys);
	int result = choose_key(s, &keys, a, &key, &f);
	if (result == 0)
		result = check_free(list, key, &f);
	if (result == 0)
		result = begin_rotation(s, key, a, &r, &f);
	int status = result < 0 ? complain(&f) : go_on(&r, a);
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
	int status = find_begun(&list, a, &begun, &f) < 0 ? complain(&f) : begun ? go_on(begun, a) : begin_and_go_on(s, &list, a);
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
		say("%s %s %s -> %s: %s%s%s", r->domain, key_scheme_word(r->scheme), r->old_selector, r->new_selector,
		    rotation_stage_word(r->stage), r->stage == ROTATION_KEEP ? " until " : "",
		    r->stage == ROTATION_KEEP ? say_time(r->keep_until_s, when) : "");
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
		                "       each call continues the rotation; --yes changes signet.conf without asking\n");
		return EX_USAGE;
	}
	if (f.kind != FAULT_NONE)
		return complain(&f);
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int status = a.status ? show_status(&s) : rotate_keys(&s, &a);
	settings_free(&s);
	return status;
}
