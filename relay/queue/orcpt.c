/* SPDX-License-Identifier: ISC */
#include "relay/queue/orcpt.h"

#include "base/mail/xtext.h"
#include "base/utf8.h"

enum { ADDRESS_MAX = 500 - sizeof "rfc822;" };     /* RFC 3461 section 4.2 */

void orcpt_make(const char *address, const char *domain, struct buf *out)
{
	struct buf whole = { 0 }, encoded = { 0 };

	buf_add_text(&whole, address);
	if (!strchr(address, '@'))
		buf_printf(&whole, "@%s", domain);
	xtext_encode(buf_span(&whole), &encoded);
	if (address[0] && utf8_is_ascii(buf_span(&whole)) && encoded.len <= ADDRESS_MAX)
		buf_printf(out, "rfc822;%s", buf_text(&encoded));
	buf_free(&encoded);
	buf_free(&whole);
}
