#include "base/idn.h"

#include "base/address.h"
#include "base/utf8.h"

#include <idn2.h>
#include <stdlib.h>

/* More cannot become 255 bytes of ASCII. */
enum { DOMAIN_BYTES_MAX = 1024 };

int idn_domain(struct span domain, struct buf *out, struct fault *f)
{
	char text[DOMAIN_BYTES_MAX + 1], *ascii = NULL;

	if (utf8_is_ascii(domain)) {
		buf_add_span(out, domain);
		return 0;
	}
	if (domain.len > DOMAIN_BYTES_MAX || memchr(domain.at, '\0', domain.len))
		return fault_set(f, FAULT_PERMANENT, "5.1.3", "a domain of %zu bytes is none that can be looked up", domain.len);
	memcpy(text, domain.at, domain.len);
	text[domain.len] = '\0';
	int result = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result != IDN2_OK)
		return fault_set(f, FAULT_PERMANENT, "5.1.3", "%.255s is no domain name: %s", text, idn2_strerror(result));
	buf_add_text(out, ascii);
	idn2_free(ascii);
	return 0;
}

int idn_address(struct span address, struct buf *out, struct fault *f)
{
	struct span domain = address_domain(address);
	size_t before = out->len;

	if (domain.len == 0 || domain.at[0] == '[') {
		buf_add_span(out, address);
		return 0;
	}
	buf_add_span(out, (struct span){ address.at, address.len - domain.len });
	if (idn_domain(domain, out, f) == 0)
		return 0;
	out->len = before;
	return -1;
}

/* ---- settings ---- */

typedef int transcribe(struct span text, struct buf *out, struct fault *f);

static void replace(char **text, transcribe *by)
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
		replace(&list->items[i], by);
}

/* "mx:", "*." and "." stand before a name (route.h, key_choice.h); no label ends there. */
static int pattern(struct span text, struct buf *out, struct fault *f)
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
static int sender(struct span text, struct buf *out, struct fault *f)
{
	struct span rest = text;
	struct span local = span_cut(&rest, '@');

	if (rest.at == NULL)
		return pattern(text, out, f);
	if (local.len > 0)
		return idn_address(text, out, f);
	buf_add_byte(out, '@');
	if (idn_domain(rest, out, f) == 0)
		return 0;
	out->len--;
	return -1;
}

/* "NAME:PORT weight=N" (base/pool_host.h). */
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

void idn_settings(struct settings *s)
{
	replace(&s->hostname, idn_domain);
	replace(&s->domain, idn_domain);
	replace(&s->root, idn_address);
	replace(&s->from, idn_address);
	replace_all(&s->local_domains, idn_domain);
	replace_all(&s->masquerade, idn_domain);
	for (size_t i = 0; i < s->smarthost_count; i++) {
		replace(&s->smarthosts[i].host, idn_domain);
		replace_all(&s->smarthosts[i].hosts, pool_member);
		replace(&s->smarthosts[i].envelope_from, idn_address);
	}
	for (size_t i = 0; i < s->dkim_count; i++) {
		replace(&s->dkim[i].domain, pattern);
		replace(&s->dkim[i].identity, idn_address);
	}
	for (size_t i = 0; i < s->route_count; i++) {
		replace_all(&s->routes[i].to, pattern);
		replace_all(&s->routes[i].from, sender);
	}
}
