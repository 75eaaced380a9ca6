/* SPDX-License-Identifier: ISC */
#include "sign/domainkeys.h"

#include "base/mail/address.h"
#include "sign/tags.h"

#include <stdlib.h>

enum { CANONS = CANON_NOFWS + 1 };

struct one {
	enum canon canon;
	EVP_MD_CTX *hash;
	struct digest result;
};

struct lane {                 /* all that canonicalise alike */
	struct domainkeys *all;
	enum canon canon;
	bool content;
	struct canon_body body;
};

struct domainkeys {
	struct one ones[DOMAINKEYS_MAX];
	size_t count;
	struct lane *lanes[CANONS];   /* made when first needed */
};

struct domainkeys *domainkeys_new(void)
{
	return mem_alloc(sizeof(struct domainkeys));
}

void domainkeys_free(struct domainkeys *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->count; i++)
		EVP_MD_CTX_free(d->ones[i].hash);
	for (size_t i = 0; i < CANONS; i++)
		free(d->lanes[i]);
	free(d);
}

/* ---- the hash ---- */

static void feed_lane(const struct lane *l, struct span piece)
{
	for (size_t i = 0; i < l->all->count; i++)
		if (l->all->ones[i].canon == l->canon)
			digest_feed(l->all->ones[i].hash, piece);
}

/* The line between header and body counts only where there is a body. */
static void take_canonical(void *context, struct span piece)
{
	struct lane *l = context;

	if (!l->content)
		feed_lane(l, SPAN("\r\n"));
	l->content = true;
	feed_lane(l, piece);
}

static size_t first_below(size_t field)
{
	return field == SIZE_MAX ? 0 : field + 1;
}

static void hash_header(EVP_MD_CTX *hash, enum canon canon, struct header *h, size_t below, struct span names)
{
	struct buf text = { 0 };

	header_choose(h, SIZE_MAX);
	for (struct span rest = names; rest.at;)
		header_mark(h, span_trim(span_cut(&rest, ':')));
	for (size_t i = first_below(below); i < header_count(h); i++) {
		if (names.at && !header_is_marked(h, i))
			continue;
		canon_field(canon, header_at(h, i)->raw, &text);
		buf_add_text(&text, "\r\n");
	}
	digest_feed(hash, buf_span(&text));
	buf_free(&text);
}

size_t domainkeys_want(struct domainkeys *d, enum canon canon, struct header *h, size_t below, struct span names)
{
	struct one *o = &d->ones[d->count];

	if (d->count == DOMAINKEYS_MAX)
		abort();
	o->canon = canon;
	o->hash = digest_begin(DIGEST_SHA1);
	hash_header(o->hash, canon, h, below, names);
	if (d->lanes[canon] == NULL) {
		struct lane *l = d->lanes[canon] = mem_resize(NULL, 1, sizeof *l);   /* large: not to be cleared */
		l->all = d;
		l->canon = canon;
		l->content = false;
		canon_body_begin(&l->body, canon, take_canonical, l);
	}
	return d->count++;
}

void domainkeys_feed(struct domainkeys *d, struct span piece)
{
	for (size_t i = 0; i < CANONS; i++)
		if (d->lanes[i])
			canon_body_feed(&d->lanes[i]->body, piece);
}

void domainkeys_end(struct domainkeys *d)
{
	for (size_t i = 0; i < CANONS; i++)
		if (d->lanes[i] && !canon_body_is_empty(&d->lanes[i]->body))
			canon_body_end(&d->lanes[i]->body);
	for (size_t i = 0; i < d->count; i++)
		digest_now(d->ones[i].hash, &d->ones[i].result);
}

const struct digest *domainkeys_digest(const struct domainkeys *d, size_t number)
{
	return &d->ones[number].result;
}

/* ---- the sender ---- */

static const struct header_field *find_below(const struct header *h, size_t below, struct span name, size_t *count)
{
	const struct header_field *found = NULL;

	*count = 0;
	for (size_t i = first_below(below); i < header_count(h); i++) {
		if (!span_eq_nocase(header_at(h, i)->name, name))
			continue;
		found = header_at(h, i);
		++*count;
	}
	return found;
}

const char *domainkeys_find_sender(const struct header *h, size_t below, struct domainkeys_sender *out)
{
	struct address_list list = { 0 };
	size_t count;

	*out = (struct domainkeys_sender){ .field = "Sender" };
	const struct header_field *field = find_below(h, below, SPAN("Sender"), &count);
	if (field == NULL) {
		out->field = "From";
		field = find_below(h, below, SPAN("From"), &count);
	}
	struct span value = field ? field->raw : SPAN("");
	span_cut(&value, ':');
	bool single = field && count == 1 && address_list_parse(value, &list, NULL) == 0 && list.count == 1;
	out->address = mem_text(single ? list.items[0].address : "");
	address_list_free(&list);
	if (field == NULL)
		return "the message has neither Sender nor From";
	if (count > 1)
		return "the message has more than one field that names its sender";
	return strchr(out->address, '@') ? NULL : "the field that names the sender has no single address";
}

void domainkeys_sender_free(struct domainkeys_sender *s)
{
	free(s->address);
	*s = (struct domainkeys_sender){ 0 };
}

const char *domainkeys_unfit(const struct domainkeys_sender *s, struct span domain, struct span names)
{
	if (!domain_is_within(address_domain(span_of(s->address)), domain))
		return "d= is not the domain of the sender or above it";
	if (names.at && !tags_list_has(names, s->field))
		return "h= does not name the field of the sender";
	return NULL;
}
