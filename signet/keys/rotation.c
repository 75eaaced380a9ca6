/* SPDX-License-Identifier: ISC */
#include "signet/keys/rotation.h"

#include "base/hash.h"
#include "signet/keys/key_kind.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

/* ---- what comes next ---- */

enum { ANY = ~0 };
enum due { NOT_DUE = 1, DUE = 2 };
enum wish { GO_ON = 1, REVOKE = 2 };
enum { DIFFERS_AND_PUBLISHES = 8 };      /* beside those of enum rotation_dns */

/* The first row that fits. */
static const struct {
	unsigned stage, configured, key, dns, due, wish;
	enum rotation_action action;
	const char *why;
} rows[] = {
#define AT(stage) (1u << (stage))
#define EARLIER (AT(ROTATION_MAKE) | AT(ROTATION_PUBLISH) | AT(ROTATION_RELOAD))
#define UNSWITCHED (CONFIGURED_OLD | CONFIGURED_NEW)
	/* Two entries would be two signatures: which of them is meant to go, only the owner knows. */
	{ (unsigned)ANY, CONFIGURED_BOTH, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, ROTATION_TELL_ASTRAY,
	  "the configuration signs with the old key and the new one: remove the old one's entry" },
	{ EARLIER, CONFIGURED_NEITHER, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, ROTATION_TELL_ASTRAY,
	  "the configuration signs with neither the old key nor the new one" },
	{ EARLIER, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, REVOKE, ROTATION_TELL_ASTRAY,
	  "the rotation is not that far: go on with signet key rotate" },

	{ AT(ROTATION_MAKE), UNSWITCHED, ROTATION_KEY_ABSENT | ROTATION_KEY_READY, (unsigned)ANY, (unsigned)ANY, GO_ON,
	  ROTATION_DO_MAKE, NULL },
	{ EARLIER, (unsigned)ANY, ROTATION_KEY_ABSENT, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, ROTATION_TELL_ASTRAY,
	  "the new key's file is gone" },
	{ EARLIER, (unsigned)ANY, ROTATION_KEY_WRONG, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, ROTATION_TELL_ASTRAY,
	  "the new key's file cannot be used" },

	{ AT(ROTATION_PUBLISH), UNSWITCHED, ROTATION_KEY_READY, ROTATION_NOT_ASKED, (unsigned)ANY, GO_ON, ROTATION_DO_ASK, NULL },
	{ AT(ROTATION_PUBLISH), UNSWITCHED, ROTATION_KEY_READY, DIFFERS_AND_PUBLISHES, (unsigned)ANY, GO_ON, ROTATION_DO_PUBLISH,
	  NULL },
	{ AT(ROTATION_PUBLISH), UNSWITCHED, ROTATION_KEY_READY, ROTATION_DIFFERS, (unsigned)ANY, GO_ON, ROTATION_TELL_PUBLISH,
	  NULL },
	{ AT(ROTATION_PUBLISH), CONFIGURED_OLD, ROTATION_KEY_READY, ROTATION_SHOWN, NOT_DUE, GO_ON, ROTATION_TELL_WAIT, NULL },
	{ AT(ROTATION_PUBLISH), CONFIGURED_OLD, ROTATION_KEY_READY, ROTATION_SHOWN, DUE, GO_ON, ROTATION_DO_SWITCH, NULL },
	{ AT(ROTATION_PUBLISH), CONFIGURED_NEW, ROTATION_KEY_READY, ROTATION_SHOWN, (unsigned)ANY, GO_ON, ROTATION_DO_RELOAD,
	  NULL },

	{ AT(ROTATION_RELOAD), CONFIGURED_NEW, ROTATION_KEY_READY, (unsigned)ANY, (unsigned)ANY, GO_ON, ROTATION_DO_RELOAD, NULL },
	{ AT(ROTATION_RELOAD) | AT(ROTATION_KEEP), CONFIGURED_OLD, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, (unsigned)ANY,
	  ROTATION_TELL_ASTRAY, "the configuration was switched, and signs with the old key again" },

	/* By now the new key may itself have been rotated away: only that the old one signs nothing counts. */
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, NOT_DUE, (unsigned)ANY, ROTATION_TELL_KEEP, NULL },
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, (unsigned)ANY, DUE, GO_ON, ROTATION_TELL_DUE, NULL },
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, ROTATION_NOT_ASKED, DUE, REVOKE, ROTATION_DO_ASK, NULL },
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, DIFFERS_AND_PUBLISHES, DUE, REVOKE, ROTATION_DO_PUBLISH, NULL },
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, ROTATION_DIFFERS, DUE, REVOKE, ROTATION_TELL_REVOKE, NULL },
	{ AT(ROTATION_KEEP), (unsigned)ANY, (unsigned)ANY, ROTATION_SHOWN, DUE, REVOKE, ROTATION_DO_REMOVE, NULL },
#undef UNSWITCHED
#undef EARLIER
#undef AT
};

enum rotation_action rotation_next(const struct rotation *r, int64_t now_s, const struct rotation_facts *facts,
                                   const char **why)
{
	bool is_due = r->stage != ROTATION_KEEP ? now_s >= r->not_before_s
	                                        : now_s >= r->keep_until_s || (facts->revoke && facts->early);
	unsigned due = is_due ? DUE : NOT_DUE, wish = facts->revoke ? REVOKE : GO_ON, stage = 1u << r->stage;
	unsigned dns = facts->dns == ROTATION_DIFFERS && facts->publishes ? DIFFERS_AND_PUBLISHES : (unsigned)facts->dns;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool fits = (rows[i].stage & stage) && (rows[i].configured & facts->configured) && (rows[i].key & facts->key) &&
		            (rows[i].dns & dns) && (rows[i].due & due) && (rows[i].wish & wish);
		if (!fits)
			continue;
		*why = rows[i].why;
		return rows[i].action;
	}
	abort();
}

/* ---- as text ---- */

static const char *const stage_words[] = {
	[ROTATION_MAKE] = "make", [ROTATION_PUBLISH] = "publish", [ROTATION_RELOAD] = "reload", [ROTATION_KEEP] = "keep",
};

static const char *const scheme_words[] = { [SIGN_DKIM] = "dkim", [SIGN_DOMAINKEYS] = "domainkeys" };

#define FIRST_LINE "signet-rotation 3"
#define FIRST_LINE_2 "signet-rotation 2"
#define FIRST_LINE_1 "signet-rotation 1"

const char *rotation_stage_word(enum rotation_stage stage)
{
	return stage_words[stage];
}

struct rotation_part *rotation_add_part(struct rotation *r)
{
	r->parts = mem_resize(r->parts, r->count + 1, sizeof *r->parts);
	r->parts[r->count] = (struct rotation_part){ 0 };
	return &r->parts[r->count++];
}

bool rotation_is_of(const struct rotation *r, const char *domain, const char *old_selector)
{
	for (size_t i = 0; i < r->count; i++)
		if ((domain == NULL || span_eq_nocase(span_of(domain), span_of(r->parts[i].domain))) &&
		    (old_selector == NULL || span_eq_nocase(span_of(old_selector), span_of(r->parts[i].old_selector))))
			return true;
	return false;
}

uint32_t rotation_hash(struct span text, struct span beginning)
{
	uint64_t hash = HASH_BEGIN;

	while (text.len > 0) {
		struct span line = span_cut(&text, '\n');
		if (!span_starts_nocase(line, beginning))
			continue;
		for (size_t i = 0; i < line.len; i++)
			if (!byte_is_digit(line.at[i]))
				hash = hash_bytes(hash, &line.at[i], 1);
		hash = hash_bytes(hash, "\n", 1);
	}
	return (uint32_t)(hash ^ hash >> 32);
}

void rotation_print_told(const struct rotation_failures *f, struct buf *out)
{
	buf_printf(out, "%" PRIu32, f->told);
	for (uint32_t i = 0; i < f->hash_count; i++)
		buf_printf(out, " %" PRIu32, f->hashes[i]);
}

bool rotation_read_told(struct span text, struct rotation_failures *f)
{
	unsigned long long number;

	f->hash_count = f->told = 0;
	if (!span_number(span_cut(&text, ' '), UINT8_MAX, &number))
		return false;
	f->told = (uint32_t)number;
	while (text.at) {
		if (f->hash_count == ROTATION_TOLD_MAX || !span_number(span_cut(&text, ' '), UINT32_MAX, &number))
			return false;
		f->hashes[f->hash_count++] = (uint32_t)number;
	}
	return true;
}

static bool has_hash(const struct rotation_failures *f, uint32_t hash)
{
	for (uint32_t i = 0; i < f->hash_count; i++)
		if (f->hashes[i] == hash)
			return true;
	return false;
}

bool rotation_note_failure(struct rotation_failures *f, int status, uint32_t hash, int64_t now_s)
{
	if (status == EX_OK) {
		*f = (struct rotation_failures){ 0 };
		return false;
	}
	if (f->since_s == 0 || f->since_s > now_s)
		f->since_s = now_s;
	bool is_enough = f->hash_count == ROTATION_TOLD_MAX || has_hash(f, hash);
	bool known = status == EX_TEMPFAIL ? f->told != 0 : f->told == (uint32_t)status && is_enough;
	if (known || (status == EX_TEMPFAIL && now_s - f->since_s < ROTATION_PATIENCE_S))
		return false;
	f->told = (uint32_t)status;
	if (!is_enough)
		f->hashes[f->hash_count++] = hash;
	return true;
}

/* The state's own lines, and then those of each part, in this order: nobody else writes them. */
void rotation_encode(const struct rotation *r, struct buf *out)
{
	buf_printf(out, FIRST_LINE "\nstage %s\n", stage_words[r->stage]);
	buf_printf(out, "not_before %" PRId64 "\nkeep_until %" PRId64 "\n", r->not_before_s, r->keep_until_s);
	buf_printf(out, "failing_since %" PRId64 "\ntold ", r->failures.since_s);
	rotation_print_told(&r->failures, out);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < r->count; i++) {
		const struct rotation_part *p = &r->parts[i];
		buf_printf(out, "domain %s\nscheme %s\nold_selector %s\nold_file %s\n", p->domain, scheme_words[p->scheme],
		           p->old_selector, p->old_file);
		buf_printf(out, "new_selector %s\nnew_file %s\ntype %s\nbits %u\n", p->new_selector, p->new_file,
		           key_type_word(p->type), p->bits);
	}
}

static bool read_text(struct span value, void *into)
{
	char **at = into;

	*at = mem_text_span(value);
	return value.len > 0 && memchr(value.at, '\0', value.len) == NULL;
}

static bool read_word(struct span value, const char *const *words, size_t count, size_t *out)
{
	for (*out = 0; *out < count; (*out)++)
		if (span_eq(value, span_of(words[*out])))
			return true;
	return false;
}

static bool read_scheme(struct span value, void *into)
{
	size_t found = 0;
	bool fine = read_word(value, scheme_words, 2, &found);

	*(enum sign_scheme *)into = fine ? (enum sign_scheme)found : SIGN_DKIM;
	return fine;
}

static bool read_stage(struct span value, void *into)
{
	size_t found = 0;
	bool fine = read_word(value, stage_words, ROTATION_STAGES, &found);

	*(enum rotation_stage *)into = fine ? (enum rotation_stage)found : ROTATION_MAKE;
	return fine;
}

static bool read_type(struct span value, void *into)
{
	char word[16] = "";

	memcpy(word, value.at, value.len < sizeof word ? value.len : 0);
	return key_parse_type(word, into, NULL) == 0;
}

static bool read_bits(struct span value, void *into)
{
	unsigned long long number = 0;
	bool fine = span_number(value, UINT16_MAX, &number);

	*(unsigned *)into = (unsigned)number;
	return fine;
}

static bool read_told(struct span value, void *into)
{
	return rotation_read_told(value, into);
}

static bool read_time(struct span value, void *into)
{
	unsigned long long number = 0;
	bool fine = span_number(value, INT64_MAX / 1000, &number);

	*(int64_t *)into = (int64_t)number;
	return fine;
}

struct line {
	const char *name;
	bool (*read)(struct span value, void *into);
	size_t offset;
};

#define AT(field) offsetof(struct rotation, field)
static const struct line own_lines[] = {
	{ "stage", read_stage, AT(stage) }, { "not_before", read_time, AT(not_before_s) }, { "keep_until", read_time, AT(keep_until_s) },
	{ "failing_since", read_time, AT(failures.since_s) }, { "told", read_told, AT(failures) },
};
#undef AT
#define AT(field) offsetof(struct rotation_part, field)
static const struct line part_lines[] = {
	{ "domain", read_text, AT(domain) },             { "scheme", read_scheme, AT(scheme) },
	{ "old_selector", read_text, AT(old_selector) }, { "old_file", read_text, AT(old_file) },
	{ "new_selector", read_text, AT(new_selector) }, { "new_file", read_text, AT(new_file) },
	{ "type", read_type, AT(type) },                 { "bits", read_bits, AT(bits) },
};
#undef AT

enum { OWN_LINES = sizeof own_lines / sizeof own_lines[0], OWN_LINES_1 = 3, PART_LINES = sizeof part_lines / sizeof part_lines[0] };

static bool read_lines(struct span *text, const struct line *lines, size_t count, void *out)
{
	for (size_t i = 0; i < count; i++) {
		struct span line = span_cut(text, '\n');
		if (line.at == NULL || !span_eq(span_cut(&line, ' '), span_of(lines[i].name)) || line.at == NULL ||
		    !lines[i].read(line, (char *)out + lines[i].offset))
			return false;
	}
	return text->at != NULL;   /* the last line's end is there too */
}

static bool read_state(struct span text, struct rotation *out)
{
	struct span first = span_cut(&text, '\n');

	/* Version 1 had one part, in front. */
	if (span_eq(first, SPAN(FIRST_LINE_1)))
		return read_lines(&text, part_lines, PART_LINES, rotation_add_part(out)) &&
		       read_lines(&text, own_lines, OWN_LINES_1, out) && text.len == 0;
	if (!(span_eq(first, SPAN(FIRST_LINE)) || span_eq(first, SPAN(FIRST_LINE_2))) || !read_lines(&text, own_lines, OWN_LINES, out))
		return false;
	do {
		if (!read_lines(&text, part_lines, PART_LINES, rotation_add_part(out)))
			return false;
	} while (text.len > 0);
	return true;
}

int rotation_decode(struct span text, struct rotation *out, struct fault *f)
{
	*out = (struct rotation){ 0 };
	if (read_state(text, out))
		return 0;
	rotation_free(out);
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "not the state of a key rotation as this version writes it");
}

void rotation_free(struct rotation *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct rotation_part *p = &r->parts[i];
		free(p->domain);
		free(p->old_selector);
		free(p->old_file);
		free(p->new_selector);
		free(p->new_file);
	}
	free(r->parts);
	*r = (struct rotation){ 0 };
}
