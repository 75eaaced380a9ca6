/* SPDX-License-Identifier: ISC */
#include "base/conf/settings_idn.h"

#include "base/mail/idn.h"
#include "base/utf8.h"

#include <stdlib.h>

typedef int transcribe(struct span text, struct buf *out, struct fault *f);

static void transcribe_text(char **text, transcribe *by)
{
	struct buf ascii = { 0 };

	if (*text == NULL || utf8_is_ascii(span_of(*text)))
		return;
	if (by(span_of(*text), &ascii, NULL) == 0) {
		free(*text);
		*text = buf_take(&ascii);
	}
	buf_free(&ascii);
}

static void replace_all(const struct text_list *list, transcribe *by)
{
	for (size_t i = 0; i < list->count; i++)
		transcribe_text(&list->items[i], by);
}

/* "mx:", "*." and "." stand before a name (route.h, key_choice.h); no label ends there. */
static int transcribe_pattern(struct span text, struct buf *out, struct fault *f)
{
	static const struct span marks[] = { { "mx:", 3 }, { "*", 1 }, { ".", 1 } };
	size_t before = out->len;

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (!span_starts_nocase(text, marks[i]))
			continue;
		buf_add_span(out, (struct span){ text.at, marks[i].len });
		text = (struct span){ text.at + marks[i].len, text.len - marks[i].len };
	}
	if (idn_domain(text, out, f) == 0)
		return 0;
	out->len = before;
	return -1;
}

/* An address, "@DOMAIN", or a pattern. */
static int transcribe_sender(struct span text, struct buf *out, struct fault *f)
{
	struct span rest = text;
	struct span local = span_cut(&rest, '@');

	if (rest.at == NULL)
		return transcribe_pattern(text, out, f);
	if (local.len > 0)
		return idn_address(text, out, f);
	buf_add_byte(out, '@');
	if (idn_domain(rest, out, f) == 0)
		return 0;
	out->len--;
	return -1;
}

/* "NAME:PORT weight=N" (base/conf/pool_host.h). */
static int pool_member(struct span text, struct buf *out, struct fault *f)
{
	size_t name = 0;

	while (name < text.len && text.at[name] != ':' && text.at[name] != ' ')
		name++;
	if (idn_domain((struct span){ text.at, name }, out, f) < 0)
		return -1;
	buf_add(out, text.at + name, text.len - name);
	return 0;
}

void settings_to_ascii(struct settings *s)
{
	transcribe_text(&s->hostname, idn_domain);
	transcribe_text(&s->domain, idn_domain);
	transcribe_text(&s->root, idn_address);
	transcribe_text(&s->from, idn_address);
	replace_all(&s->local_domains, idn_domain);
	replace_all(&s->masquerade, idn_domain);
	for (size_t i = 0; i < s->rewrite_count; i++) {
		transcribe_text(&s->rewrite[i].from, transcribe_sender);
		transcribe_text(&s->rewrite[i].to, transcribe_sender);
	}
	for (size_t i = 0; i < s->smarthost_count; i++) {
		transcribe_text(&s->smarthosts[i].host, idn_domain);
		replace_all(&s->smarthosts[i].hosts, pool_member);
		transcribe_text(&s->smarthosts[i].envelope_from, idn_address);
	}
	for (size_t i = 0; i < s->dkim_count; i++) {
		transcribe_text(&s->dkim[i].domain, transcribe_pattern);
		transcribe_text(&s->dkim[i].identity, idn_address);
	}
	for (size_t i = 0; i < s->route_count; i++) {
		replace_all(&s->routes[i].to, transcribe_pattern);
		replace_all(&s->routes[i].from, transcribe_sender);
	}
}
