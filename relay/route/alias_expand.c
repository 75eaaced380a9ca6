/* SPDX-License-Identifier: ISC */
#include "relay/route/alias_expand.h"

#include "base/conf/local_command.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "relay/route/local_mail.h"

#include <stdlib.h>

/* An alias, or a list, that is being expanded, and the ones around it. */
struct level {
	const struct level *outer;       /* NULL: what was asked for */
	size_t depth;
	struct alias_place place;        /* of the alias; a list has that of the alias around it */
	const char *file;                /* where its members stand */
	const struct alias *members;
	struct span tag;                 /* that goes on to them, with its +; "" for none */
	const struct alias *owned;       /* the innermost alias that has an owner- */
};

/* An alias, or a list, with the tag that its members have got. */
struct visit {
	const struct alias *alias;
	char *tag;
};

struct expanding {
	const struct alias_rules *rules;
	struct alias_expansion *out;
	size_t most;
	struct visit *visited;
	size_t visit_count;
	bool has_loop;
};

/* ---- what comes of it ---- */

static struct alias_recipient *add(struct expanding *e, const struct level *l, unsigned line, enum alias_verdict verdict,
                                   struct span address)
{
	struct alias_expansion *out = e->out;

	if ((out->count & (out->count - 1)) == 0)
		out->items = mem_resize(out->items, out->count ? 2 * out->count : 1, sizeof *out->items);
	struct alias_recipient *r = &out->items[out->count++];
	*r = (struct alias_recipient){ .verdict = verdict, .address = mem_text_span(address) };
	if (l) {
		r->place = l->place;
		r->file = l->file;
		r->line = line;
		r->list = l->owned;
	}
	return r;
}

static void refuse(struct expanding *e, const struct level *l, unsigned line, struct span written, const char *status,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The text names the place as well. */
static void refuse(struct expanding *e, const struct level *l, unsigned line, struct span written, const char *status,
                   const char *format, ...)
{
	struct alias_recipient *r = add(e, l, line, ALIAS_REFUSED, written);
	struct buf why = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&why, format, ap);
	va_end(ap);
	buf_printf(&why, " (alias \"%s\", %s:%u)", l->place.alias->name, l->file, line);
	r->why = buf_take(&why);
	strcpy(r->status, status);
}

static void leave(struct expanding *e, const struct level *l, unsigned line, struct span address)
{
	struct buf ascii = { 0 };
	struct fault f = { 0 };

	if (idn_address(address, &ascii, &f) == 0) {
		add(e, l, line, ALIAS_LEAVES, buf_span(&ascii))->why = mem_text("");
	} else if (l) {
		refuse(e, l, line, address, "5.1.3", "%s", f.text);
	} else {
		struct alias_recipient *r = add(e, l, line, ALIAS_REFUSED, address);
		r->why = mem_text(f.text);
		strcpy(r->status, "5.1.3");
	}
	buf_free(&ascii);
}

/* It goes to a mailbox here; where there is no local delivery, it is held for a reason. */
static void stay(struct expanding *e, const struct level *l, unsigned line, struct span address, const struct fault *held)
{
	struct alias_recipient *r = add(e, l, line, ALIAS_STAYS, address);
	struct buf why = { 0 };

	if (settings_deliver_locally(e->rules->settings)) {
		r->why = mem_text("");
		return;
	}
	if (held)
		buf_add_text(&why, held->text);
	else
		buf_printf(&why, "mail for %.*s stays on this host by the alias \"%s\" (%s:%u), and nobody reads it here; give the alias "
		           "an address elsewhere", (int)address.len, address.at, l->place.alias->name, l->file, line);
	r->why = buf_take(&why);
	strcpy(r->status, "4.3.5");
}

/* ---- names ---- */

/* The local part as aliases name it: without quotes. */
static void bare_name(struct span address, struct buf *out)
{
	struct span local = address_local(address);

	if (local.len < 2 || local.at[0] != '"') {
		buf_add_span(out, local);
		return;
	}
	for (size_t i = 1; i + 1 < local.len; i++) {
		if (local.at[i] == '\\' && i + 2 < local.len)
			i++;
		buf_add_byte(out, local.at[i]);
	}
}

/* With its +, from the first in it that is not its first byte; "" for none. */
static struct span tag_of(struct span name)
{
	const char *plus = name.len > 1 ? memchr(name.at + 1, '+', name.len - 1) : NULL;

	return plus ? span_between(plus, name.at + name.len) : (struct span){ name.at + name.len, 0 };
}

static bool is_catch_all(const struct alias *a)
{
	return strcmp(a->name, "*") == 0 || strcmp(a->name, "default") == 0;
}

static struct alias_place look_up(const struct expanding *e, struct span name)
{
	const struct alias_source *source = e->rules->source;

	return source ? source->find(source->context, name) : (struct alias_place){ 0 };
}

/* The alias of a name. *tag is what goes on to its members. */
static struct alias_place find_alias(const struct expanding *e, struct span name, struct span *tag)
{
	struct span own = tag_of(name);
	struct alias_place found = look_up(e, name);
	struct buf any = { 0 };

	*tag = (struct span){ name.at + name.len, 0 };
	if (found.alias && is_catch_all(found.alias))     /* nobody is called that */
		found = (struct alias_place){ 0 };
	if (found.alias || own.len == 0)
		return found;
	buf_add_span(&any, span_between(name.at, own.at));
	buf_add_text(&any, "+*");
	found = look_up(e, buf_span(&any));
	buf_free(&any);
	if (found.alias)
		return found;
	*tag = own;
	found = look_up(e, span_between(name.at, own.at));
	return found.alias && is_catch_all(found.alias) ? (struct alias_place){ 0 } : found;
}

static struct alias_place find_catch_all(const struct expanding *e)
{
	struct alias_place found = look_up(e, SPAN("*"));

	return found.alias ? found : look_up(e, SPAN("default"));
}

static bool is_around(const struct level *l, const struct alias *a)
{
	while (l && l->place.alias != a)
		l = l->outer;
	return l != NULL;
}

static bool in_catch_all(const struct level *l)
{
	while (l && !is_catch_all(l->place.alias))
		l = l->outer;
	return l != NULL;
}

/* ---- expanding ---- */

static void expand_name(struct expanding *e, const struct level *l, unsigned line, struct span address);

static bool has_been(struct expanding *e, const struct alias *a, struct span tag)
{
	for (size_t i = 0; i < e->visit_count; i++)
		if (e->visited[i].alias == a && span_eq(tag, span_of(e->visited[i].tag)))
			return true;
	if ((e->visit_count & (e->visit_count - 1)) == 0)
		e->visited = mem_resize(e->visited, e->visit_count ? 2 * e->visit_count : 1, sizeof *e->visited);
	e->visited[e->visit_count++] = (struct visit){ a, mem_text_span(tag) };
	return false;
}

/* The member with the tag that came with the alias. */
static void add_tag(const struct level *l, struct span address, struct buf *out)
{
	struct span local = address_local(address);

	if (l->tag.len == 0 || local.len == 0 || local.at[0] == '"' || tag_of(local).len > 0) {
		buf_add_span(out, address);
		return;
	}
	buf_add_span(out, local);
	buf_add_span(out, l->tag);
	buf_add_span(out, span_between(local.at + local.len, address.at + address.len));
}

static void expand_members(struct expanding *e, struct level *l);

static void expand_list(struct expanding *e, const struct level *l, const struct alias_member *m)
{
	const struct alias_source *source = e->rules->source;
	struct fault f = { 0 };
	const struct alias *list = source->list(source->context, m->text, &f);
	struct level inner = { .outer = l, .depth = l->depth + 1, .place = l->place, .file = m->text, .members = list,
		.tag = { m->text, 0 }, .owned = l->owned };

	if (list == NULL)
		refuse(e, l, m->line, span_of(m->text), "5.2.4", "the list %s cannot be read: %s", m->text, f.text);
	else if (!has_been(e, list, inner.tag))
		expand_members(e, &inner);
}

static void run(struct expanding *e, const struct level *l, const struct alias_member *m)
{
	struct text_list words = { 0 };
	struct buf address = { 0 };
	struct fault f = { 0 };

	if (l->members != l->place.alias) {
		refuse(e, l, m->line, span_of(m->text), "5.3.3", "\"|%s\" is a program, which a list may not name; name it in the alias", m->text);
	} else if (!plain_command_is_among(m->text, &e->rules->settings->alias_programs)) {
		bool fine = plain_command_words(m->text, "the program of an alias", &words, &f) == 0;
		refuse(e, l, m->line, span_of(m->text), "5.3.3", "\"|%s\" is a program, and %s", m->text,
		       fine ? "the setting alias_programs does not allow it; add it there, or name an address in its place" : f.text);
	} else {
		local_mail_print_program(m->text, &address);
		add(e, l, m->line, ALIAS_STAYS, buf_span(&address))->why = mem_text("");
	}
	text_list_free(&words);
	buf_free(&address);
}

static void expand_member(struct expanding *e, struct level *l, const struct alias_member *m)
{
	struct span text = span_of(m->text);
	struct buf tagged = { 0 };

	switch (m->kind) {
	case ALIAS_ADDRESS:
		add_tag(l, text, &tagged);
		expand_name(e, l, m->line, buf_span(&tagged));
		break;
	case ALIAS_ITSELF:
		add_tag(l, text, &tagged);
		if (local_mail_is_name(e->rules->settings, e->rules->hostname_is_here, text))
			stay(e, l, m->line, buf_span(&tagged), NULL);
		else
			leave(e, l, m->line, buf_span(&tagged));
		break;
	case ALIAS_INCLUDE:
		expand_list(e, l, m);
		break;
	case ALIAS_PROGRAM:
		run(e, l, m);
		break;
	case ALIAS_FILE:
		refuse(e, l, m->line, text, "5.3.3", "%s is a file, and Signet writes mail to no file; name an address in its place", m->text);
		break;
	case ALIAS_BAD:
		refuse(e, l, m->line, text, "5.1.3", "%s", m->why);
		break;
	}
	buf_free(&tagged);
}

static void expand_members(struct expanding *e, struct level *l)
{
	if (l->depth > ALIAS_DEPTH_MAX)
		refuse(e, l, l->members->line, span_of(l->place.alias->name), "5.4.6", "the alias is nested deeper than %d", ALIAS_DEPTH_MAX);
	else if (e->visit_count > ALIAS_VISITS_MAX)
		refuse(e, l, l->members->line, span_of(l->place.alias->name), "5.4.6", "the alias leads to more than %d others",
		       ALIAS_VISITS_MAX);
	else
		for (size_t i = 0; i < l->members->count && e->out->count <= e->most; i++)
			expand_member(e, l, &l->members->members[i]);
}

static void expand_alias(struct expanding *e, const struct level *outer, struct alias_place place, struct span tag)
{
	struct level l = { .outer = outer, .depth = outer ? outer->depth + 1 : 1, .place = place, .file = place.file,
		.members = place.alias, .tag = tag, .owned = outer ? outer->owned : NULL };
	struct buf owner = { 0 };

	if (has_been(e, place.alias, tag))
		return;
	/* A name that needs quotes has none. */
	buf_printf(&owner, "owner-%s", place.alias->name);
	if (!is_catch_all(place.alias) && address_check(buf_span(&owner), NULL) == 0 && look_up(e, buf_span(&owner)).alias)
		l.owned = place.alias;
	buf_free(&owner);
	expand_members(e, &l);
}

/* Nothing in the aliases is for it. */
static void map_name(struct expanding *e, const struct level *l, unsigned line, struct span address)
{
	const struct settings *s = e->rules->settings;
	struct span name = address_local(address), reader;
	struct buf mapped = { 0 };
	struct fault held = { 0 };

	if (local_mail_maps(s, address)) {
		buf_add_span(&mapped, name);
		buf_printf(&mapped, "@%s", s->domain);
		leave(e, l, line, buf_span(&mapped));
		buf_free(&mapped);
	} else if (local_mail_reader(s, e->rules->hostname_is_here, name, &reader, &held) == 0 &&
	           !local_mail_stays(s, e->rules->hostname_is_here, reader)) {
		leave(e, l, line, reader);
	} else {
		stay(e, l, line, reader.at == name.at ? address : reader, &held);
	}
}

/* address: what was asked for, or a member. */
static void expand_name(struct expanding *e, const struct level *l, unsigned line, struct span address)
{
	struct buf name = { 0 };
	struct span tag;

	if (!local_mail_is_name(e->rules->settings, e->rules->hostname_is_here, address)) {
		leave(e, l, line, address);
		return;
	}
	bare_name(address, &name);
	struct alias_place found = find_alias(e, buf_span(&name), &tag);
	if (found.alias && l && l->place.alias == found.alias) {
		stay(e, l, line, address, NULL);
	} else if (found.alias && is_around(l, found.alias)) {
		e->has_loop = true;
	} else if (found.alias) {
		expand_alias(e, l, found, tag);
	} else if (in_catch_all(l) && !local_mail_is_known(e->rules->settings, address)) {
		stay(e, l, line, address, NULL);
	} else if (in_catch_all(l)) {
		map_name(e, l, line, address);
	} else if ((found = find_catch_all(e)).alias) {
		expand_alias(e, l, found, (struct span){ address.at, 0 });
	} else {
		map_name(e, l, line, address);
	}
	buf_free(&name);
}

/* The alias that was asked for leads to nobody. */
static void refuse_all(struct expanding *e, struct span address)
{
	struct buf name = { 0 };
	struct span tag;

	bare_name(address, &name);
	struct alias_place place = find_alias(e, buf_span(&name), &tag);
	if (place.alias == NULL)
		place = find_catch_all(e);
	struct level l = { .place = place, .file = place.file };
	if (e->has_loop)
		refuse(e, &l, place.alias->line, address, "5.4.6", "the alias leads back to itself and to nobody else");
	else
		refuse(e, &l, place.alias->line, address, "5.1.1", "the alias leads to nobody");
	e->out->items[e->out->count - 1].is_loop = e->has_loop;
	buf_free(&name);
}

void alias_expand(const struct alias_rules *rules, struct span address, size_t most, struct alias_expansion *out)
{
	struct expanding e = { .rules = rules, .out = out, .most = most };
	size_t before = out->count;

	expand_name(&e, NULL, 0, address);
	if (out->count == before)
		refuse_all(&e, address);
	for (size_t i = 0; i < e.visit_count; i++)
		free(e.visited[i].tag);
	free(e.visited);
}

void alias_expansion_free(struct alias_expansion *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->items[i].address);
		free(e->items[i].why);
	}
	free(e->items);
	*e = (struct alias_expansion){ 0 };
}

bool alias_reader_at_hostname(const struct settings *s, const struct alias_source *source, struct span address,
                              struct alias_expansion *out)
{
	struct alias_rules rules = { .settings = s, .hostname_is_here = true, .source = source };

	if (!settings_is_hostname(s, address_domain(address)))
		return false;
	alias_expand(&rules, address, 1, out);
	if (out->count == 1 && out->items[0].verdict != ALIAS_REFUSED && out->items[0].place.alias)
		return true;
	alias_expansion_free(out);
	return false;
}

void alias_owner(const struct alias_rules *rules, const struct alias *list, struct buf *out)
{
	struct alias_expansion owner = { 0 };
	struct buf name = { 0 };

	buf_printf(&name, "owner-%s", list->name);
	alias_expand(rules, buf_span(&name), 1, &owner);
	if (owner.count == 1 && owner.items[0].verdict == ALIAS_LEAVES &&
	    span_eq_nocase(address_domain(span_of(owner.items[0].address)), span_of(rules->settings->domain)))
		buf_add_text(out, owner.items[0].address);
	else
		buf_add_span(out, buf_span(&name));
	alias_expansion_free(&owner);
	buf_free(&name);
}
