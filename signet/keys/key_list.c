/* SPDX-License-Identifier: ISC */
/*
 * signet key list - every configured key, whether it can sign, and where its
 * rotation stands.
 */
#include "base/conf/config.h"
#include "base/escape.h"
#include "base/json.h"
#include "signet/keys/key_command.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyset.h"
#include "signet/keys/rotation_file.h"
#include "signet/talk/complain.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* Half a sentence; empty when it is not rotated. */
static void add_rotation(struct buf *out, const struct keyset_key *k, const struct rotation_list *rotations)
{
	for (size_t i = 0; i < rotations->count && out->len == 0; i++) {
		const struct rotation *r = &rotations->items[i];
		for (size_t n = 0; n < r->count && out->len == 0; n++) {
			const struct rotation_part *p = &r->parts[n];
			if (p->scheme != k->scheme || strcmp(p->domain, k->entry->domain) != 0)
				continue;
			if (strcmp(p->old_selector, k->selector) == 0)
				buf_printf(out, "is followed by %s (%s)", p->new_selector, rotation_stage_word(r->stage));
			else if (strcmp(p->new_selector, k->selector) == 0)
				buf_printf(out, "follows %s (%s)", p->old_selector, rotation_stage_word(r->stage));
		}
	}
}

/* ---- for people ---- */

static void print_note(const char *what, struct span text)
{
	struct buf shown = { 0 };

	if (text.len > 0) {
		escape_for_terminal(&shown, text);
		printf("    %s%s\n", what, buf_text(&shown));
	}
	buf_free(&shown);
}

static void print_text(const struct keyset_key *k, struct span warning, struct span rotation)
{
	char bits[16] = "-";

	if (k->key)
		snprintf(bits, sizeof bits, "%u", sign_key_bits(k->key));
	printf("%-24s %-12s %-10s %-8s %5s  %s\n", k->entry->domain, k->selector, key_scheme_word(k->scheme),
	       k->key ? key_type_word(sign_key_type(k->key)) : "-", bits, k->file);
	if (k->state == KEYSET_UNUSABLE)
		print_note("cannot be used: ", span_of(k->fault.text));
	if (k->state == KEYSET_UNSEEN)
		print_note("not looked at: ", span_of(k->fault.text));
	print_note("warning: ", warning);
	print_note("rotation: ", rotation);
}

/* ---- for programs: an object a line ---- */

static void add_optional(struct json *j, const char *name, const char *value)
{
	if (value[0])
		json_text(j, name, value);
}

static void print_json(const struct keyset_key *k, struct buf *warning, struct buf *rotation)
{
	struct buf out = { 0 };
	struct json j = { .out = &out };

	json_object(&j, NULL);
	json_text(&j, "domain", k->entry->domain);
	json_text(&j, "selector", k->selector);
	json_text(&j, "scheme", key_scheme_word(k->scheme));
	json_text(&j, "file", k->file);
	if (k->state == KEYSET_UNSEEN)
		json_null(&j, "usable");
	else
		json_flag(&j, "usable", k->state == KEYSET_USABLE);
	if (k->key) {
		json_text(&j, "type", key_type_word(sign_key_type(k->key)));
		json_count(&j, "bits", sign_key_bits(k->key));
	}
	add_optional(&j, "fault", k->state == KEYSET_USABLE ? "" : k->fault.text);
	add_optional(&j, "warning", buf_text(warning));
	add_optional(&j, "rotation", buf_text(rotation));
	json_end(&j);
	printf("%s\n", buf_text(&out));
	buf_free(&out);
}

static int list_keys(const struct settings *s, bool json)
{
	struct rotation_list rotations;
	struct keyset keys;
	struct fault f = { 0 };
	int status = rotation_list_read(s, &rotations, &f) < 0 ? complain(&f) : EX_OK;

	keyset_read(s, &keys);
	if (!json && keys.count > 0)
		printf("%-24s %-12s %-10s %-8s %5s  %s\n", "DOMAIN", "SELECTOR", "SCHEME", "TYPE", "BITS", "FILE");
	for (size_t i = 0; i < keys.count; i++) {
		const struct keyset_key *k = &keys.items[i];
		struct buf warning = { 0 }, rotation = { 0 };
		keyset_warn(&keys, k, &warning);
		add_rotation(&rotation, k, &rotations);
		if (json)
			print_json(k, &warning, &rotation);
		else
			print_text(k, buf_span(&warning), buf_span(&rotation));
		buf_free(&warning);
		buf_free(&rotation);
		status = keys.items[i].state == KEYSET_UNUSABLE ? EX_CONFIG : status;
	}
	if (!json && keys.count == 0)
		printf("%s: no signing keys; make one with: signet key new --domain %s\n", config_file(NULL), s->domain);
	keyset_free(&keys);
	rotation_list_free(&rotations);
	return status;
}

int key_list(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct settings s;
	struct fault f = { 0 };

	if (argc > 1 + json) {
		fprintf(stderr, "usage: signet key list [--json]\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int status = list_keys(&s, json);
	settings_free(&s);
	return status;
}
