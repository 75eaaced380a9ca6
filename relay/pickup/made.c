/* SPDX-License-Identifier: ISC */
#include "relay/pickup/made.h"

#include "base/escape.h"
#include "base/mail/date.h"
#include "relay/queue_id.h"

void made_received(const char *hostname, const struct caller *heard, uint64_t queue_id, int64_t now_ms, struct buf *out)
{
	char id[QUEUE_ID_TEXT];

	queue_id_print(queue_id, id);
	buf_add_text(out, "Received: ");
	if (heard)
		buf_printf(out, "from %s\r\n\tby %s (Signet) with %s id %s;\r\n\t", heard->from, hostname, heard->with, id);
	else
		buf_printf(out, "by %s (Signet) id %s;\r\n\t", hostname, id);
	date_print(now_ms, DATE_LOCAL, out);
	buf_add_text(out, "\r\n");
}

void made_to(struct buf *out)
{
	buf_add_text(out, "To: undisclosed-recipients:;\r\n");
}

void made_original_to(const char *address, struct buf *out)
{
	buf_add_text(out, "X-Original-To: ");
	escape(out, span_of(address));
	buf_add_text(out, "\r\n");
}

void made_date(const char *name, int64_t now_ms, struct buf *out)
{
	buf_printf(out, "%s: ", name);
	date_print(now_ms, DATE_LOCAL, out);
	buf_add_text(out, "\r\n");
}

void made_message_id(const char *name, const uint8_t id[RECORD_ID_BYTES], size_t number, const char *domain,
                     struct buf *out)
{
	buf_printf(out, "%s: <", name);
	for (size_t i = 0; i < RECORD_ID_BYTES; i++)
		buf_printf(out, "%02x", id[i]);
	if (number > 0)
		buf_printf(out, ".%zu", number);
	buf_printf(out, "@%s>\r\n", domain);
}

/* ---- an author, with a name ---- */

void made_name(const char *full_name, struct buf *out)
{
	struct buf clean = { 0 };
	bool atoms = true;

	for (const char *c = full_name; *c; c++) {
		if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			buf_add_byte(&clean, *c);
	}
	struct span name = span_trim(buf_span(&clean));
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		atoms &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(" -!/+*", c);
	}
	if (atoms)
		buf_add_span(out, name);
	else
		buf_add_quoted(out, name);
	buf_free(&clean);
}

void made_author(const char *author, const char *full_name, struct buf *out)
{
	size_t before = out->len;

	made_name(full_name, out);
	if (out->len > before)
		buf_printf(out, " <%s>", author);
	else
		buf_add_text(out, author);
}
