/* SPDX-License-Identifier: ISC */
#include "dns/dns.h"

enum { LABEL_MAX = 63, WIRE_NAME_MAX = 255 };

/* RFC 1035 section 3.1; compression pointers (4.1.4) have no place in an answer taken apart already. */
static bool read_name(struct span wire, struct buf *name)
{
	size_t at = 0;

	while (at < wire.len && at < WIRE_NAME_MAX) {
		size_t len = (unsigned char)wire.at[at++];
		if (len == 0)
			return at == wire.len;
		if (len > LABEL_MAX || len > wire.len - at)
			return false;
		if (name->len > 0)
			buf_add_byte(name, '.');
		for (size_t end = at + len; at < end; at++) {
			unsigned char c = (unsigned char)wire.at[at];
			if (c > 0x20 && c < 0x7f && c != '.' && c != '\\')
				buf_add_byte(name, byte_lower((char)c));
			else
				buf_printf(name, "\\%03u", c);
		}
	}
	return false;
}

bool dns_read_name(struct span rdata, struct buf *name)
{
	buf_clear(name);
	if (read_name(rdata, name))
		return true;
	buf_clear(name);
	return false;
}

static uint16_t read_u16(struct span rdata, size_t at)
{
	return (uint16_t)((unsigned char)rdata.at[at] << 8 | (unsigned char)rdata.at[at + 1]);
}

bool dns_read_mx(struct span rdata, uint16_t *preference, struct buf *host)
{
	buf_clear(host);
	if (rdata.len < 3)
		return false;
	*preference = read_u16(rdata, 0);
	return dns_read_name((struct span){ rdata.at + 2, rdata.len - 2 }, host);
}

/* RFC 2782. */
bool dns_read_srv(struct span rdata, uint16_t *priority, uint16_t *weight, uint16_t *port, struct buf *host)
{
	buf_clear(host);
	if (rdata.len < 7)
		return false;
	*priority = read_u16(rdata, 0);
	*weight = read_u16(rdata, 2);
	*port = read_u16(rdata, 4);
	return dns_read_name((struct span){ rdata.at + 6, rdata.len - 6 }, host);
}

/* RFC 1035 section 3.3.14: one or more character-strings, here as one (RFC 6376 section 3.6.2.2). */
bool dns_read_txt(struct span rdata, struct buf *joined)
{
	buf_clear(joined);
	for (size_t at = 0; at < rdata.len;) {
		size_t len = (unsigned char)rdata.at[at++];
		if (len > rdata.len - at) {
			buf_clear(joined);
			return false;
		}
		buf_add(joined, rdata.at + at, len);
		at += len;
	}
	return rdata.len > 0;
}

bool dns_name_is_valid(const char *name)
{
	size_t label = 0, len = strlen(name);

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		if (c == '.' ? label == 0 : (c <= 0x20 || c >= 0x7f || c == '\\'))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0;
}
