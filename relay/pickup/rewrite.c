#include "relay/pickup/rewrite.h"

void rewrite_address(const struct settings *s, struct span address, enum rewrite_as as, struct buf *out)
{
	struct span domain = address_domain(address);
	bool at_home = domain.len == 0 || (as == REWRITE_SENDER && settings_is_masqueraded(s, domain));

	if (as == REWRITE_SENDER && s->from[0]) {
		rewrite_address(s, span_of(s->from), REWRITE_QUALIFY, out);
	} else if (at_home) {
		buf_add_span(out, domain.len ? address_local(address) : address);
		buf_printf(out, "@%s", s->domain);
	} else {
		buf_add_span(out, address);
	}
}

char *rewrite_text(const struct settings *s, const char *address, enum rewrite_as as)
{
	struct buf out = { 0 };

	if (address[0])
		rewrite_address(s, span_of(address), as, &out);
	return buf_take(&out);
}

/* What may be read and not be written (RFC 5322 section 4.4): routes, and quoted-pairs outside quotes. */
static bool is_loose(const struct address *a)
{
	return a->spec.at[0] == '@' || (memchr(a->spec.at, '\\', a->spec.len) && !span_eq(a->spec, span_of(a->address)));
}

void rewrite_list(const struct settings *s, struct span value, enum address_separators separators, enum rewrite_as as,
                  struct buf *out)
{
	struct address_list list = { 0 };
	const char *done = value.at;
	bool fine = address_list_read(value, separators, &list, NULL) == 0;     /* what cannot be read stays as it is */

	for (size_t i = 0; fine && i < list.count && out->len <= REWRITE_MAX; i++) {
		const struct address *a = &list.items[i];
		if (a->comma_at) {
			buf_add_span(out, span_between(done, a->comma_at));
			buf_add_byte(out, ',');
			done = a->comma_at;
		}
		buf_add_span(out, span_between(done, a->spec.at));
		struct span address = span_of(a->address);
		struct buf changed = { 0 };
		if (address.len)
			rewrite_address(s, address, as, &changed);
		bool stays = address.len == 0 || (span_eq(buf_span(&changed), address) && !is_loose(a));
		buf_add_span(out, stays ? a->spec : buf_span(&changed));
		buf_free(&changed);
		done = a->spec.at + a->spec.len;
	}
	buf_add_span(out, span_between(done, value.at + value.len));
	address_list_free(&list);
}
