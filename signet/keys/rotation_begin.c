/* SPDX-License-Identifier: ISC */
#include "signet/keys/rotation_begin.h"

#include "base/clock.h"
#include "base/conf/key_choice.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/selector.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which keys ---- */

static bool is_among(const struct rotation_keys *keys, const struct keyset_key *key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->items[i] == key)
			return true;
	return false;
}

static bool sign_together(const struct rotation_keys *keys, const struct keyset_key *key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->items[i]->file, key->file) == 0 || strcmp(keys->items[i]->entry->domain, key->entry->domain) == 0)
			return true;
	return false;
}

/* Those that a key is to be among with, whatever the order in which they were found. */
static void put_in_order(const struct keyset *keys, struct rotation_keys *list)
{
	struct rotation_keys sorted = { mem_resize(NULL, keys->count, sizeof *sorted.items), 0 };

	for (size_t i = 0; i < keys->count; i++)
		if (is_among(list, &keys->items[i]))
			sorted.items[sorted.count++] = &keys->items[i];
	free(list->items);
	*list = sorted;
}

void rotation_keys_of(const struct keyset *keys, const struct keyset_key *key, struct rotation_keys *out)
{
	size_t before;

	*out = (struct rotation_keys){ mem_resize(NULL, keys->count, sizeof *out->items), 1 };
	out->items[0] = key;
	do {
		before = out->count;
		for (size_t i = 0; i < keys->count; i++)
			if (!is_among(out, &keys->items[i]) && sign_together(out, &keys->items[i]))
				out->items[out->count++] = &keys->items[i];
	} while (out->count > before);
	put_in_order(keys, out);
}

void rotation_keys_alone(const struct keyset *keys, const struct keyset_key *key, struct rotation_keys *out)
{
	*out = (struct rotation_keys){ mem_resize(NULL, keys->count, sizeof *out->items), 0 };
	for (size_t i = 0; i < keys->count; i++) {
		bool one_file = keys->items[i].entry == key->entry && key->entry->domainkeys_file[0] == '\0';
		if (&keys->items[i] == key || one_file)
			out->items[out->count++] = &keys->items[i];
	}
}

static bool is_pattern(const struct keyset_key *k)
{
	return k->entry->domain[0] == '*';
}

/* An entry for many domains that signs for one of these, too, with the same selector: its key's record would be revoked. */
static bool is_covered(const struct settings *s, const struct keyset_key *key)
{
	for (size_t i = 0; i < s->dkim_count; i++) {
		const struct dkim_key *e = &s->dkim[i];
		bool covers = strcmp(e->domain, "*") == 0 ||
		              (e->domain[0] == '*' && span_ends_nocase(span_of(key->entry->domain), span_of(e->domain + 1)));
		if (covers && (strcmp(e->selector, key->selector) == 0 || strcmp(e->domainkeys_selector, key->selector) == 0))
			return true;
	}
	return false;
}

const char *rotation_obstacle(const struct settings *s, const struct rotation_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct keyset_key opened = *keys->items[i];
		if (is_pattern(&opened) || is_covered(s, &opened))
			return "an entry for many domains signs with one of them, and each domain would have to publish the new key";
		if (opened.file[0] != '/')
			return "one of them is not a file, but given to signetd by systemd or its environment";
		if (opened.entry->password_command[0])
			return "one of them is encrypted, and the new one would not be";
		keyset_open(&opened);
		sign_key_free(opened.key);
		if (opened.state != KEYSET_USABLE)
			return "one of them cannot be used (signet key list says why)";
	}
	return NULL;
}

int64_t rotation_oldest_s(const struct rotation_keys *keys)
{
	int64_t oldest_s = 0;
	struct stat st;

	for (size_t i = 0; i < keys->count; i++)
		if (stat(keys->items[i]->file, &st) == 0 && (oldest_s == 0 || st.st_mtim.tv_sec < oldest_s))
			oldest_s = st.st_mtim.tv_sec;
	return oldest_s;
}

static bool concerns(const struct rotation *r, const struct keyset_key *k)
{
	bool is_new = false;

	for (size_t i = 0; i < r->count && r->stage != ROTATION_KEEP; i++)
		is_new |= strcmp(r->parts[i].domain, k->entry->domain) == 0 && strcmp(r->parts[i].new_selector, k->selector) == 0;
	return is_new || rotation_is_of(r, k->entry->domain, k->selector);
}

const struct rotation *rotation_in_the_way(const struct rotation_list *list, const struct rotation_keys *keys)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < keys->count; k++)
			if (concerns(&list->items[i], keys->items[k]))
				return &list->items[i];
	return NULL;
}

/* ---- the state ---- */

/* That there is nothing of that name yet. */
static int check_names(const struct settings *s, const struct rotation_part *p, bool sized, struct fault *f)
{
	struct stat st;

	if (key_check_choice(p->type, sized, p->scheme, f) < 0)
		return -1;
	if (keyfile_check_words(p->domain, p->new_selector, f) < 0)
		return -1;
	for (size_t i = 0; i < s->dkim_count; i++)
		if (strcmp(s->dkim[i].domain, p->domain) == 0 && (strcmp(s->dkim[i].selector, p->new_selector) == 0 ||
		                                                  strcmp(s->dkim[i].domainkeys_selector, p->new_selector) == 0))
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "the selector %.200s of %.200s is in use: a rotation goes to a new one",
			                 p->new_selector, p->domain);
	if (lstat(p->new_file, &st) == 0)
		return keyfile_is_there(p->new_file, f);
	return 0;
}

/* The new key is of whoever makes it, and root uses no key of another: what signs with the old one could not read it. */
static int check_owner(const char *old_file, struct fault *f)
{
	struct stat st;

	if (geteuid() != 0 || stat(old_file, &st) < 0 || st.st_uid == 0)
		return 0;
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: belongs to another user (uid %lu), and the new key would be root's; rotate "
	                 "it as that user, or first: chown root %.300s", old_file, (unsigned long)st.st_uid, old_file);
}

static void choose_kind(const struct keyset_key *k, const struct rotation_choice *choice, struct rotation_part *p)
{
	struct keyset_key opened = *k;

	keyset_open(&opened);
	p->type = choice->typed ? choice->type : opened.key ? sign_key_type(opened.key) : KEY_RSA;
	p->bits = choice->sized ? choice->bits : KEY_BITS_ADVISED;
	if (!choice->sized && opened.key && sign_key_type(opened.key) == KEY_RSA && sign_key_bits(opened.key) > p->bits)
		p->bits = sign_key_bits(opened.key);
	sign_key_free(opened.key);
}

/* As an earlier part has it, or a new one. */
static void choose_names(const struct settings *s, const struct rotation_choice *choice, struct rotation *r, struct rotation_part *p)
{
	const char **taken = mem_resize(NULL, r->count, sizeof *taken);
	struct buf folder = { 0 }, selector = { 0 }, path = { 0 };
	size_t count = 0;

	for (const struct rotation_part *one = r->parts; one < p; one++) {
		bool one_file = strcmp(one->old_file, p->old_file) == 0;
		taken[count++] = one->new_selector;
		if (one_file && path.len == 0)
			buf_add_text(&path, one->new_file);
		if (one_file && selector.len == 0 && strcmp(one->old_selector, p->old_selector) == 0)
			buf_add_text(&selector, one->new_selector);
	}
	rotation_folder(p->old_file, &folder);
	if (selector.len == 0 && choice->to)
		buf_add_text(&selector, choice->to);
	else if (selector.len == 0)
		selector_next(selector_year(clock_wall_ms()), s, buf_text(&folder), taken, count, &selector);
	if (path.len == 0)
		selector_path(buf_text(&folder), buf_text(&selector), &path);
	p->new_selector = buf_take(&selector);
	p->new_file = buf_take(&path);
	buf_free(&folder);
	free(taken);
}

int rotation_begin(const struct settings *s, const struct rotation_keys *keys, const struct rotation_choice *choice,
                   struct rotation *r, struct fault *f)
{
	for (size_t i = 0; i < keys->count; i++) {
		const struct keyset_key *k = keys->items[i];
		if (is_pattern(k))
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "the key of %s signs for each domain as itself, and all of them would "
			                 "have to publish the new one: make it with signet key new, and change the entry when they have",
			                 k->entry->domain);
		struct rotation_part *p = rotation_add_part(r);
		p->domain = mem_text(k->entry->domain);
		p->scheme = k->scheme;
		p->old_selector = mem_text(k->selector);
		p->old_file = mem_text(k->file);
		choose_kind(k, choice, p);
		choose_names(s, choice, r, p);
		if (check_owner(p->old_file, f) < 0 || check_names(s, p, choice->sized, f) < 0)
			return -1;
	}
	return rotation_store(r, f);
}
