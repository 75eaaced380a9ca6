/* SPDX-License-Identifier: ISC */
#include "base/https_url.h"

enum { HTTPS_PORT = 443, HOST_MAX = 253 };

static bool is_host(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!byte_is_letter_or_digit(s.at[i]) && s.at[i] != '.' && s.at[i] != '-' && s.at[i] != '_')
			return false;
	return s.len > 0 && s.len <= HOST_MAX && s.at[0] != '-' && s.at[0] != '.';
}

static bool is_path(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("\"#<>\\^`{|}", s.at[i]))
			return false;
	return true;
}

bool https_url_read(struct span text, struct https_url *out)
{
	const struct span scheme = SPAN("https://");
	unsigned long long port = HTTPS_PORT;

	if (!span_starts_nocase(text, scheme))
		return false;
	struct span rest = span_between(text.at + scheme.len, text.at + text.len);
	struct span place = rest, host = span_cut(&place, '/');
	struct span path = place.at ? span_between(host.at + host.len, text.at + text.len) : SPAN("/");
	struct span digits = host;
	host = span_cut(&digits, ':');
	if (digits.at && (!span_number(digits, UINT16_MAX, &port) || port == 0))
		return false;
	if (!is_host(host) || !is_path(path))
		return false;
	*out = (struct https_url){ .host = host, .port = (uint16_t)port, .path = path };
	return true;
}

void https_form_add(struct buf *form, const char *name, struct span value)
{
	buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
	for (size_t i = 0; i < value.len; i++) {
		if (byte_is_letter_or_digit(value.at[i]) || (value.at[i] && strchr("-._", value.at[i])))
			buf_add_byte(form, value.at[i]);
		else
			buf_printf(form, "%%%02X", (unsigned char)value.at[i]);
	}
}
