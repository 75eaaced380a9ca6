#include "relay/pickup/normal.h"

#include "base/address.h"
#include "base/idn.h"
#include "base/message.h"
#include "base/utf8.h"
#include "relay/pickup/kept.h"
#include "relay/pickup/made.h"
#include "relay/pickup/repeated.h"
#include "relay/pickup/rewrite.h"
#include "relay/pickup/split.h"

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

static size_t count_addresses(struct span value)
{
	struct address_list list = { 0 };

	address_list_parse(value, &list, NULL);
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

static void add_joined(const struct normal *n, const struct kept_field *first, struct buf *out)
{
	const struct settings *s = n->options.settings;

	buf_add_byte(out, ' ');
	rewrite_list(s, without_edges(first->field.value), REWRITE_QUALIFY, out);
	for (size_t i = first->joined; i != KEPT_NO_FIELD; i = n->kept.fields[i].joined) {
		buf_add_text(out, ",\r\n\t");
		rewrite_list(s, without_edges(n->kept.fields[i].field.value), REWRITE_QUALIFY, out);
	}
}

static void add_changed(const struct normal *n, const struct kept_field *kept, bool leaving, struct buf *out)
{
	const struct settings *s = n->options.settings;
	bool as_sender = leaving && kept->action == KEPT_REWRITTEN;

	buf_add_span(out, kept->field.name);
	buf_add_byte(out, ':');
	if (as_sender && s->from[0] && count_addresses(kept->field.value) > 1) {
		buf_add_byte(out, ' ');          /* several authors become the one that is forced */
		rewrite_address(s, span_of(s->from), REWRITE_QUALIFY, out);
	} else if (kept->joined != KEPT_NO_FIELD) {
		add_joined(n, kept, out);
	} else {
		rewrite_list(s, kept->field.value, as_sender ? REWRITE_SENDER : REWRITE_QUALIFY, out);
	}
	buf_add_text(out, "\r\n");
}

static void add_plain(const struct field *field, struct buf *out)
{
	buf_add_span(out, field->name);
	buf_add_byte(out, ':');
	buf_add_span(out, field->value);
	buf_add_text(out, "\r\n");
}

/* ---- the header section ---- */

static char *message_id_in(struct span value)
{
	value = span_trim(value);
	if (value.len && value.at[0] == '<')
		value = (struct span){ value.at + 1, value.len - 1 };
	if (value.len && value.at[value.len - 1] == '>')
		value.len--;
	if (value.len > MESSAGE_ID_MAX)
		value.len = MESSAGE_ID_MAX;
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] == '\0' || value.at[i] == '\r')
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

static void add_missing(const struct normal *n, bool leaving, struct normal_header *out)
{
	const struct normal_options *o = &n->options;
	const struct kept *k = &n->kept;

	if (k->seen[KEPT_FROM] == 0 || k->from_is_broken) {
		char *author = rewrite_text(o->settings, o->author, leaving ? REWRITE_SENDER : REWRITE_QUALIFY);
		made_from(author, o->full_name, &out->bytes);
		free(author);
	}
	if (k->seen[KEPT_TO] == 0 && k->seen[KEPT_CC] == 0)
		made_to(&out->bytes);
	if (k->seen[KEPT_DATE] == 0)
		made_date(o->now_ms, &out->bytes);
	if (out->message_id == NULL)
		out->message_id = made_message_id(o->record_id, o->settings->domain, &out->bytes);
}

static bool says_bulk(const struct kept_field *kept)
{
	static const char *const words[] = { "bulk", "list", "junk" };

	for (size_t i = 0; i < sizeof words / sizeof words[0] && kept->known == KEPT_PRECEDENCE; i++)
		if (span_eq_nocase(span_trim(kept->field.value), span_of(words[i])))
			return true;
	return kept->known == KEPT_LIST;
}

/* RFC 8689 section 3: "No" is all that it may say, and it may say so once. */
static bool says_tls_optional(const struct normal *n, const struct kept_field *kept)
{
	return kept->known == KEPT_TLS_REQUIRED && n->kept.seen[KEPT_TLS_REQUIRED] == 1 &&
	       span_eq_nocase(span_trim(kept->field.value), SPAN("no"));
}

static void add_field(const struct normal *n, const struct kept_field *kept, bool leaving, struct normal_header *out)
{
	if (kept->action == KEPT_NOT)
		return;
	if (kept->known == KEPT_MESSAGE_ID && out->message_id == NULL)
		out->message_id = message_id_in(kept->field.value);
	out->bulk |= says_bulk(kept);
	out->tls_optional |= says_tls_optional(n, kept);
	if (kept->aside || (kept->known == KEPT_FROM && n->kept.from_is_broken))
		buf_add_text(&out->bytes, "X-Original-");
	if (kept->action == KEPT_AS_IS)
		add_plain(&kept->field, &out->bytes);
	else
		add_changed(n, kept, leaving, &out->bytes);
}

void normal_make_header(const struct normal *n, bool leaving, struct normal_header *out)
{
	*out = (struct normal_header){ 0 };
	made_received(n->options.settings->hostname, n->options.record_id, n->options.now_ms, &out->bytes);
	for (size_t i = 0; i < n->kept.count; i++)
		add_field(n, &n->kept.fields[i], leaving, out);
	add_missing(n, leaving, out);
	buf_add_text(&out->bytes, "\r\n");
	out->from_domain = domain_in_from(&out->bytes);
	out->utf8 = !utf8_is_ascii(buf_span(&out->bytes)) && utf8_is_valid(buf_span(&out->bytes));
}

void normal_header_free(struct normal_header *h)
{
	buf_free(&h->bytes);
	free(h->from_domain);
	free(h->message_id);
	*h = (struct normal_header){ 0 };
}
