/* SPDX-License-Identifier: ISC */
#include "relay/pickup/normal.h"

#include "base/mail/address.h"
#include "base/mail/field_form.h"
#include "base/mail/idn.h"
#include "base/mail/message.h"
#include "relay/pickup/kept.h"
#include "relay/pickup/made.h"
#include "relay/pickup/repeated.h"
#include "relay/pickup/resending.h"
#include "relay/pickup/rewrite.h"
#include "relay/pickup/split.h"
#include "relay/route/sender.h"

#include <stdlib.h>

enum { MESSAGE_ID_MAX = 998 };

struct normal {
	struct normal_options options;
	struct split *split;
	bool has_header;
	struct kept kept;
};

struct normal *normal_new(const struct normal_options *o)
{
	struct normal *n = mem_alloc(sizeof *n);

	n->options = *o;
	n->split = split_new();
	return n;
}

void normal_free(struct normal *n)
{
	if (n == NULL)
		return;
	split_free(n->split);
	kept_free(&n->kept);
	free(n);
}

bool normal_has_header(const struct normal *n)
{
	return n->has_header;
}

size_t normal_held_bytes(const struct normal *n)
{
	return split_held_bytes(n->split) + kept_held_bytes(&n->kept);
}

bool normal_eight_bit(const struct normal *n)
{
	return split_eight_bit(n->split);
}

static int take_header(struct normal *n, struct fault *f)
{
	if (n->has_header || !split_has_header(n->split))
		return 0;
	n->has_header = true;
	if (kept_read(split_take_header(n->split), &n->kept, f) < 0)
		return -1;
	repeated_unite(&n->kept);
	resending_complete(&n->kept);
	return 0;
}

int normal_feed(struct normal *n, struct span piece, struct buf *body, struct fault *f)
{
	if (split_feed(n->split, piece, body, f) < 0)
		return -1;
	return take_header(n, f);
}

int normal_finish(struct normal *n, struct buf *body, struct fault *f)
{
	split_finish(n->split, body);
	return take_header(n, f);
}

/* ---- one field ---- */

/* A header section in the making. */
struct making {
	const struct normal *n;
	bool leaving;
	uint64_t queue_id;
	struct normal_header *out;
	struct buf charset;                 /* of the text, as the message says it */
	struct buf name, value;             /* of the field in work */
	bool written[KEPT_KNOWN_COUNT];
	size_t resendings;
	struct fault *fault;
};

static size_t count_authors(struct span value)
{
	struct address_list list = { 0 };

	address_list_read(value, ADDRESS_AUTHORS, &list, NULL);
	size_t count = list.count;
	address_list_free(&list);
	return count;
}

/* As a part of a list: without what separates it. */
static struct span without_edges(struct span value)
{
	while (value.len > 0 && (byte_is_white(value.at[0]) || value.at[0] == ','))
		value = (struct span){ value.at + 1, value.len - 1 };
	while (value.len > 0 && (byte_is_white(value.at[value.len - 1]) || value.at[value.len - 1] == ','))
		value.len--;
	return value;
}

static bool ends_in_group(struct span list, enum address_separators separators)
{
	struct address_reader reader = address_reader_of(list, separators);
	struct address address;
	struct span raw;
	int got;

	while ((got = address_next(&reader, &address, &raw, NULL)) > 0)
		free(address.address);
	return got == 0 && reader.in_group;     /* what cannot be read stays as it is */
}

/* A group that does not end is not an address list, and would go on in the next part. */
static void end_group(struct making *m, const struct kept_field *kept, size_t from)
{
	if (ends_in_group(span_between(m->value.at + from, m->value.at + m->value.len), kept_separators(kept)))
		buf_add_byte(&m->value, ';');
}

/* An id gets the brackets that it lacks. */
static void add_id(struct buf *out, const struct kept_field *kept)
{
	struct span trimmed = span_trim(kept->field.value);
	bool bare = kept_is_bare_id(kept);

	if (bare)
		buf_add_byte(out, '<');
	buf_add_span(out, trimmed);
	if (bare)
		buf_add_byte(out, '>');
}

static void add_part(struct making *m, const struct kept_field *kept, enum rewrite_as as)
{
	size_t before = m->value.len;

	if (!kept_has_addresses(kept))
		add_id(&m->value, kept);
	else
		rewrite_list(m->n->options.settings, without_edges(kept->field.value), kept_separators(kept), as, &m->value);
	if (kept_has_addresses(kept))
		end_group(m, kept, before);
}

static void make_value(struct making *m, const struct kept_field *kept)
{
	const struct settings *s = m->n->options.settings;
	bool as_sender = m->leaving && kept->action == KEPT_REWRITTEN;

	if (kept->joined != KEPT_NO_FIELD) {
		buf_add_byte(&m->value, ' ');
		add_part(m, kept, REWRITE_QUALIFY);
		for (size_t i = kept->joined; i != KEPT_NO_FIELD; i = m->n->kept.fields[i].joined) {
			buf_add_text(&m->value, kept->grammar == FIELD_IDS ? "\r\n\t" : ",\r\n\t");
			add_part(m, &m->n->kept.fields[i], REWRITE_QUALIFY);
		}
	} else if (kept->action == KEPT_AS_IS && !kept->aside && kept_is_bare_id(kept)) {
		buf_add_byte(&m->value, ' ');
		add_id(&m->value, kept);
	} else if (kept->action == KEPT_AS_IS) {
		buf_add_span(&m->value, kept->field.value);
	} else if (as_sender && s->from[0] && count_authors(kept->field.value) > 1) {
		buf_add_byte(&m->value, ' ');          /* several authors become the one that is forced */
		rewrite_address(s, span_of(s->from), REWRITE_QUALIFY, &m->value);
	} else {
		enum rewrite_as as = !as_sender ? REWRITE_QUALIFY : kept->known == KEPT_FROM ? REWRITE_AUTHOR : REWRITE_SENDER;
		rewrite_list(s, kept->field.value, kept_separators(kept), as, &m->value);
		/* Before a bracket the colon is one of a name. */
		if (m->value.len > 0 && !memchr(m->value.at, '<', m->value.len))
			end_group(m, kept, 0);
	}
}

/* What is in name and value. */
static int write_field(struct making *m)
{
	int result = field_form_write(buf_span(&m->name), buf_span(&m->value), buf_span(&m->charset), &m->out->utf8,
	                              &m->out->bytes, m->fault);

	buf_clear(&m->name);
	buf_clear(&m->value);
	return result;
}

/* A field of one address, ours. */
static int add_author(struct making *m, const char *name, const char *full_name)
{
	const struct normal_options *o = &m->n->options;
	const struct settings *s = o->settings;
	char *author = rewrite_text(s, o->author, m->leaving ? REWRITE_SENDER : REWRITE_QUALIFY);
	struct span given = span_of(o->author);
	struct buf named = { 0 };

	/* The name of an account became complete with domain. */
	if (strcmp(name, "From") == 0 && m->leaving && s->host_in_name &&
	    (sender_is_account(s, given) || span_eq_nocase(address_domain(given), span_of(s->domain)))) {
		if (full_name[0])
			buf_add_text(&named, full_name);
		else
			buf_add_span(&named, address_local(given));
		rewrite_add_host(s, &named);
	} else {
		buf_add_text(&named, full_name);
	}
	buf_add_text(&m->name, name);
	buf_add_byte(&m->value, ' ');
	made_author(author, buf_text(&named), &m->value);
	free(author);
	buf_free(&named);
	return write_field(m);
}

/* The one of that name that is sent as such, or NULL. */
static const struct kept_field *sent_field(const struct kept *k, enum kept_known known)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->fields[i].known == known && k->fields[i].action != KEPT_NOT && !k->fields[i].aside)
			return &k->fields[i];
	return NULL;
}

/* ---- Content-Transfer-Encoding (RFC 2045 section 6) ---- */

static bool is_multipart(const struct kept *k)
{
	const struct kept_field *type = sent_field(k, KEPT_CONTENT_TYPE);

	return type && span_starts_nocase(span_trim(type->field.value), SPAN("multipart/"));
}

/* Of several parts only these may be said, and the parts are not encoded as a whole, whatever the field says. */
static bool says_false_encoding(const struct kept *k, struct span encoding)
{
	return (span_eq_nocase(encoding, SPAN("quoted-printable")) || span_eq_nocase(encoding, SPAN("base64"))) && is_multipart(k);
}

/* The bytes go as they are: "binary" is for servers with BINARYMIME (RFC 3030), and 7bit has none above 0x7f. */
static struct span true_encoding(const struct normal *n, struct span encoding)
{
	bool eight_bit = split_eight_bit(n->split);

	if (span_eq_nocase(encoding, SPAN("binary")) || (eight_bit && span_eq_nocase(encoding, SPAN("7bit"))))
		return eight_bit ? SPAN("8bit") : SPAN("7bit");
	return encoding;
}

static bool says_bulk(const struct kept_field *kept)
{
	static const char *const words[] = { "bulk", "list", "junk" };

	for (size_t i = 0; i < sizeof words / sizeof words[0] && kept->known == KEPT_PRECEDENCE; i++)
		if (span_eq_nocase(span_trim(kept->field.value), span_of(words[i])))
			return true;
	return kept->known == KEPT_LIST || kept->known == KEPT_UNSUBSCRIBE;
}

static int add_kept(struct making *m, const struct kept_field *kept)
{
	const struct normal_options *o = &m->n->options;
	struct span trimmed = span_trim(kept->field.value);
	bool is_encoding = kept->known == KEPT_TRANSFER_ENCODING && !kept->aside;
	bool aside = kept->aside || (kept->known == KEPT_FROM && m->n->kept.from_is_broken) ||
	             (is_encoding && says_false_encoding(&m->n->kept, trimmed));

	/* What a block of Resent fields lacks stands before the first field of it. */
	if ((kept->resent_missing & RESENT_FROM) && add_author(m, "Resent-From", o->full_name) < 0)
		return -1;
	if (kept->resent_missing & RESENT_DATE)
		made_date("Resent-Date", o->now_ms, &m->out->bytes);
	if (kept->resent_missing & RESENT_MESSAGE_ID)
		made_message_id("Resent-Message-ID", o->record_id, ++m->resendings, o->settings->domain, &m->out->bytes);
	if (kept->action == KEPT_NOT)
		return 0;
	m->out->bulk |= says_bulk(kept);
	/* RFC 8689 section 3: "No" is all that it may say, and it may say so once. */
	m->out->tls_optional |= kept->known == KEPT_TLS_REQUIRED && m->n->kept.seen[KEPT_TLS_REQUIRED] == 1 &&
	                        span_eq_nocase(trimmed, SPAN("no"));
	m->written[kept->known] |= !aside;
	if (aside)
		buf_add_text(&m->name, "X-Original-");
	buf_add_span(&m->name, kept->field.name);
	struct span encoding = is_encoding ? true_encoding(m->n, trimmed) : trimmed;
	if (span_eq(encoding, trimmed)) {
		make_value(m, kept);
	} else {
		buf_add_byte(&m->value, ' ');
		buf_add_span(&m->value, encoding);
	}
	return write_field(m);
}

/* ---- the header section ---- */

static bool find_charset(const struct kept *k, struct buf *out)
{
	const struct kept_field *type = sent_field(k, KEPT_CONTENT_TYPE);

	return type && field_parameter(type->field.value, SPAN("charset"), out);
}

static char *message_id_in(const struct buf *header)
{
	struct field field;

	if (!message_find_field(buf_span(header), SPAN("Message-ID"), 0, &field))
		return mem_text("");
	struct span value = span_trim(field.value);
	if (value.len && value.at[0] == '<')
		value = (struct span){ value.at + 1, value.len - 1 };
	if (value.len && value.at[value.len - 1] == '>')
		value.len--;
	if (value.len > MESSAGE_ID_MAX)
		value.len = MESSAGE_ID_MAX;
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] == '\r')
			value.len = i;
	return mem_text_span(value);
}

static char *domain_in_from(const struct buf *header)
{
	struct address_list list = { 0 };
	struct buf domain = { 0 }, ascii = { 0 };
	struct field from;

	if (message_find_field(buf_span(header), SPAN("From"), 0, &from) &&
	    address_list_parse(from.value, &list, NULL) == 0 && list.count > 0 &&
	    (idn_domain(address_domain(span_of(list.items[0].address)), &ascii, NULL) < 0 ||
	     domain_normalise(buf_span(&ascii), &domain) < 0))
		buf_clear(&domain);
	buf_free(&ascii);
	address_list_free(&list);
	return buf_take(&domain);
}

static int make_header(struct making *m)
{
	const struct normal *n = m->n;
	size_t given = 0;
	struct field from;

	made_received(n->options.settings->hostname, n->options.heard, m->queue_id, n->options.now_ms, &m->out->bytes);
	const struct text_list *redirected = n->options.redirected;
	for (size_t i = 0; redirected && i < redirected->count; i++)
		made_original_to(redirected->items[i], &m->out->bytes);
	find_charset(&n->kept, &m->charset);
	size_t before = m->out->bytes.len;
	for (size_t i = 0; i < n->kept.count; i++) {
		given += n->kept.fields[i].field.raw.len;
		if (add_kept(m, &n->kept.fields[i]) < 0)
			return -1;
		/* What qualifying and encoding make of a header section is bounded as what came is. */
		if (m->out->bytes.len > SPLIT_HEADER_MAX)
			return fault_set(m->fault, FAULT_PERMANENT, "5.3.4", "the header section has %zu bytes once its addresses are "
			                 "complete and its text is encoded, and %d are allowed: send to fewer recipients at once",
			                 m->out->bytes.len, SPLIT_HEADER_MAX);
	}
	size_t now = m->out->bytes.len - before;
	m->out->grown_bytes = now > given ? now - given : 0;
	const struct normal_options *o = &m->n->options;
	if (!m->written[KEPT_FROM] && add_author(m, "From", o->full_name) < 0)
		return -1;
	/* RFC 5322 section 3.6.2: several authors have one who sends. */
	if (!m->written[KEPT_SENDER] && message_find_field(buf_span(&m->out->bytes), SPAN("From"), 0, &from) &&
	    count_authors(from.value) > 1 && add_author(m, "Sender", "") < 0)
		return -1;
	if (!m->written[KEPT_TO] && !m->written[KEPT_CC])
		made_to(&m->out->bytes);
	if (!m->written[KEPT_DATE])
		made_date("Date", o->now_ms, &m->out->bytes);
	if (!m->written[KEPT_MESSAGE_ID])
		made_message_id("Message-ID", o->record_id, 0, o->settings->domain, &m->out->bytes);
	/* The default is 7bit. */
	if (!m->written[KEPT_TRANSFER_ENCODING] && m->written[KEPT_CONTENT_TYPE] && !is_multipart(&n->kept) &&
	    split_eight_bit(n->split))
		buf_add_text(&m->out->bytes, "Content-Transfer-Encoding: 8bit\r\n");
	buf_add_text(&m->out->bytes, "\r\n");
	return 0;
}

int normal_make_header(const struct normal *n, bool leaving, uint64_t queue_id, struct normal_header *out, struct fault *f)
{
	struct making m = { .n = n, .leaving = leaving, .queue_id = queue_id, .out = out, .fault = f };

	*out = (struct normal_header){ 0 };
	int result = make_header(&m);
	if (result == 0) {
		out->from_domain = domain_in_from(&out->bytes);
		out->message_id = message_id_in(&out->bytes);
	}
	buf_free(&m.charset);
	buf_free(&m.name);
	buf_free(&m.value);
	return result;
}

void normal_header_free(struct normal_header *h)
{
	buf_free(&h->bytes);
	free(h->from_domain);
	free(h->message_id);
	*h = (struct normal_header){ 0 };
}
