/* SPDX-License-Identifier: ISC */
/* Which keys sign for whom. */
#include "signet/keys/opendkim.h"

#include "base/mail/address.h"

#include <stdlib.h>

/* ---- whose addresses a pattern means ---- */

enum reach { REACH_DOMAIN, REACH_BELOW, REACH_ALL, REACH_ONE, REACH_NOBODY, REACH_STRANGE };

static bool is_domain(struct span s, struct buf *out)
{
	buf_clear(out);
	return memchr(s.at, '*', s.len) == NULL && domain_normalise(s, out) == 0;
}

static struct span span_behind(struct span s, size_t len)
{
	return (struct span){ s.at + len, s.len - len };
}

/* A refile's pattern is for the whole address. */
static enum reach reach_of_pattern(struct span p, struct buf *domain)
{
	if (span_eq(p, SPAN("*")) || span_eq(p, SPAN("*@*")))
		return REACH_ALL;
	if (span_starts_nocase(p, SPAN("*@*.")))
		return is_domain(span_behind(p, 4), domain) ? REACH_BELOW : REACH_STRANGE;
	if (span_starts_nocase(p, SPAN("*@")))
		return is_domain(span_behind(p, 2), domain) ? REACH_DOMAIN : REACH_STRANGE;
	if (span_starts_nocase(p, SPAN("*.")))
		return is_domain(span_behind(p, 2), domain) ? REACH_BELOW : REACH_STRANGE;
	if (memchr(p.at, '*', p.len))
		return REACH_STRANGE;
	return memchr(p.at, '@', p.len) ? REACH_ONE : REACH_NOBODY;
}

/* Elsewhere "user@host", "host", ".domain" and "*" are looked up. */
static enum reach reach_of_word(struct span p, struct buf *domain)
{
	if (span_eq(p, SPAN("*")))
		return REACH_ALL;
	if (memchr(p.at, '*', p.len))
		return REACH_NOBODY;
	if (memchr(p.at, '@', p.len))
		return REACH_ONE;
	if (p.len > 0 && p.at[0] == '.')
		return is_domain(span_behind(p, 1), domain) ? REACH_BELOW : REACH_STRANGE;
	return is_domain(p, domain) ? REACH_DOMAIN : REACH_STRANGE;
}

/* ---- notes ---- */

struct planning {
	const struct opendkim_keys *keys;
	const char *keys_file, *rows_file;
	bool multiple;
	struct opendkim_plan *plan;
};

__attribute__((format(printf, 4, 5)))
static void note_line(struct planning *p, const char *file, unsigned line, const char *format, ...)
{
	va_list ap;

	buf_printf(&p->plan->notes, "%s:%u: ", file, line);
	va_start(ap, format);
	buf_vprintf(&p->plan->notes, format, ap);
	va_end(ap);
	buf_add_byte(&p->plan->notes, '\n');
}

static void leave_out(struct planning *p, const char *file, unsigned line, const char *why)
{
	note_line(p, file, line, "not taken over: %s", why);
	p->plan->left_out++;
}

/* ---- entries ---- */

/* i= is kept where it is within the domain, as a signature's must be. */
static bool fits_identity(const char *signer, const char *domain)
{
	const char *at = strrchr(signer, '@');

	return at && strpbrk(signer, " \t\"\\%") == NULL && domain[0] != '*' &&
	       domain_is_within(span_of(at + 1), span_of(domain));
}

static void add_entry(struct planning *p, const char *domain, const struct opendkim_key *key, const char *signer,
                      const char *file, unsigned line)
{
	struct opendkim_plan *plan = p->plan;
	bool identity = fits_identity(signer, domain), is_known = false, has_another = false;

	for (size_t i = 0; i < plan->count; i++) {
		bool same_domain = strcmp(plan->items[i].domain, domain) == 0;
		is_known |= same_domain && plan->items[i].key == key;
		has_another |= same_domain && plan->items[i].key != key;
	}
	if (is_known)
		return;
	if (!p->multiple && has_another) {
		note_line(p, file, line, "another key signs for %s already, and OpenDKIM took the first that matched", domain);
		return;
	}
	if (signer[0] && !identity)
		note_line(p, file, line, "the signer named here is not within %s: signatures go without i=", domain);
	plan->items = mem_resize(plan->items, plan->count + 1, sizeof *plan->items);
	plan->items[plan->count++] = (struct opendkim_entry){ mem_text(domain), key, mem_text(identity ? signer : "") };
}

/* The key of a domain's own, "%", signs as whoever sends; else as its domain, which must be that of From or above. */
static void plan_own(struct planning *p, const struct opendkim_row *row, const struct opendkim_key *key, enum reach reach,
                     const char *domain)
{
	struct buf pattern = { 0 };

	buf_printf(&pattern, "%s%s", reach == REACH_DOMAIN ? "" : reach == REACH_BELOW ? "*." : "*",
	           reach == REACH_ALL ? "" : domain);
	add_entry(p, buf_text(&pattern), key, row->signer, p->rows_file, row->line);
	buf_free(&pattern);
}

static void plan_other(struct planning *p, const struct opendkim_row *row, const struct opendkim_key *key, enum reach reach,
                       const char *domain)
{
	if (reach != REACH_ALL && !domain_is_within(span_of(domain), span_of(key->domain))) {
		leave_out(p, p->rows_file, row->line, "its addresses are not in the key's domain, and such a signature aligns with "
		          "nothing (DMARC); on_foreign_from in signet.conf is for mail of others");
		return;
	}
	add_entry(p, key->domain, key, row->signer, p->rows_file, row->line);
	if (reach == REACH_ALL)
		leave_out(p, p->rows_file, row->line, "addresses of other domains, which the key of this one signed too; "
		          "on_foreign_from in signet.conf is for mail of others");
	else if (strcmp(domain, key->domain) != 0 || reach == REACH_BELOW)
		note_line(p, p->rows_file, row->line, "the key signs for all of %s, as a key does here", key->domain);
}

static const struct opendkim_key *find_key(const struct opendkim_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->items[i].name, name) == 0)
			return &keys->items[i];
	return NULL;
}

static const char *const refusals[] = {
	[REACH_ONE] = "it is for one address, and a key here signs for a whole domain",
	[REACH_NOBODY] = "it matches no address in a table of this kind, so that OpenDKIM did not sign by it",
	[REACH_STRANGE] = "its pattern is not \"*@DOMAIN\", \"*@*.DOMAIN\" or \"*\"",
};

void opendkim_make_plan(const struct opendkim_keys *keys, const char *keys_file, const struct opendkim_rows *rows,
                        const char *rows_file, bool multiple, struct opendkim_plan *out)
{
	struct planning p = { keys, keys_file, rows_file, multiple || rows == NULL, out };

	*out = (struct opendkim_plan){ 0 };
	for (size_t i = 0; rows && i < rows->count; i++) {
		const struct opendkim_row *row = &rows->items[i];
		const struct opendkim_key *key = find_key(p.keys, row->key);
		struct buf domain = { 0 };
		struct span pattern = span_of(row->pattern);
		bool refile = rows->kind == OPENDKIM_REFILE ||
		              (rows->kind == OPENDKIM_EITHER && memchr(pattern.at, '*', pattern.len));
		enum reach reach = refile ? reach_of_pattern(pattern, &domain) : reach_of_word(pattern, &domain);
		if (key == NULL)
			leave_out(&p, p.rows_file, row->line, "the key table has no key of that name");
		else if (reach >= REACH_ONE)
			leave_out(&p, p.rows_file, row->line, refusals[reach]);
		else if (key->unfit)
			leave_out(&p, p.keys_file, key->line, key->unfit);
		else if (strcmp(key->domain, "%") == 0)
			plan_own(&p, row, key, reach, buf_text(&domain));
		else
			plan_other(&p, row, key, reach, buf_text(&domain));
		buf_free(&domain);
	}
	for (size_t i = 0; rows == NULL && i < keys->count; i++) {
		const struct opendkim_key *key = &keys->items[i];
		if (key->unfit)
			leave_out(&p, keys_file, key->line, key->unfit);
		else if (strcmp(key->domain, "%") == 0)
			leave_out(&p, keys_file, key->line, "which domains it is for (\"%\"), only a signing table says");
		else
			add_entry(&p, key->domain, key, "", keys_file, key->line);
	}
}

void opendkim_plan_free(struct opendkim_plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].domain);
		free(p->items[i].identity);
	}
	free(p->items);
	buf_free(&p->notes);
	*p = (struct opendkim_plan){ 0 };
}
