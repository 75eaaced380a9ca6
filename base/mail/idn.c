/* SPDX-License-Identifier: ISC */
#include "base/mail/idn.h"

#include "base/mail/address.h"
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
		return fault_set(f, FAULT_PERMANENT, "5.1.3", "a domain of %zu bytes cannot be looked up", domain.len);
	memcpy(text, domain.at, domain.len);
	text[domain.len] = '\0';
	int result = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result != IDN2_OK)
		return fault_set(f, FAULT_PERMANENT, "5.1.3", "%.255s is not a domain name: %s", text, idn2_strerror(result));
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
