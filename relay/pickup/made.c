#include "relay/pickup/made.h"

#include "base/utf8.h"

#include <time.h>

static void add_time(struct buf *out, int64_t now_ms)
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm local;
	char text[64];

	localtime_r(&seconds, &local);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &local);
	buf_add_text(out, text);
}

static void add_hex(struct buf *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%02x", bytes[i]);
}

void made_received(const char *hostname, const uint8_t id[RECORD_ID_BYTES], int64_t now_ms, struct buf *out)
{
	buf_printf(out, "Received: by %s (Signet) id ", hostname);
	add_hex(out, id, RECORD_ID_BYTES / 2);
	buf_add_text(out, ";\r\n\t");
	add_time(out, now_ms);
	buf_add_text(out, "\r\n");
}

void made_to(struct buf *out)
{
	buf_add_text(out, "To: undisclosed-recipients:;\r\n");
}

void made_date(int64_t now_ms, struct buf *out)
{
	buf_add_text(out, "Date: ");
	add_time(out, now_ms);
	buf_add_text(out, "\r\n");
}

char *made_message_id(const uint8_t id[RECORD_ID_BYTES], const char *domain, struct buf *out)
{
	struct buf text = { 0 };

	add_hex(&text, id, RECORD_ID_BYTES);
	buf_printf(&text, "@%s", domain);
	buf_printf(out, "Message-ID: <%s>\r\n", buf_text(&text));
	return buf_take(&text);
}

/* ---- From, with a name ---- */

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '!' || c == '/' ||
	       c == '+' || c == '*';
}

/* As encoded words of at most 75 characters (RFC 2047), cut between characters. */
static void add_encoded_words(struct buf *out, struct span name)
{
	enum { PAYLOAD_MAX = 75 - 12 };   /* without =?utf-8?q? and ?= */
	size_t used = 0;

	buf_add_text(out, "=?utf-8?q?");
	while (name.len > 0) {
		size_t length = utf8_length(name);
		if (used + 3 * length > PAYLOAD_MAX) {
			buf_add_text(out, "?=\r\n =?utf-8?q?");
			used = 0;
		}
		for (size_t i = 0; i < length; i++) {
			bool plain = length == 1 && is_word_byte(name.at[i]);
			buf_printf(out, plain ? "%c" : "=%02X", (unsigned char)name.at[i]);
			used += plain ? 1 : 3;
		}
		name = (struct span){ name.at + length, name.len - length };
	}
	buf_add_text(out, "?=");
}

/* A display name: a phrase of atoms, a quoted string, or encoded words. Control bytes are left out. */
static void add_display_name(struct buf *out, const char *full_name)
{
	struct buf clean = { 0 };
	bool atoms = true;

	for (const char *c = full_name; *c; c++) {
		if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			buf_add_byte(&clean, *c);
	}
	struct span name = span_trim(buf_span(&clean));
	for (size_t i = 0; i < name.len; i++)
		atoms = atoms && (is_word_byte(name.at[i]) || name.at[i] == ' ');
	if (!utf8_is_ascii(name) && utf8_is_valid(name)) {
		add_encoded_words(out, name);
	} else if (atoms) {
		buf_add_span(out, name);
	} else {
		buf_add_byte(out, '"');
		for (size_t i = 0; i < name.len; i++)
			buf_printf(out, name.at[i] == '"' || name.at[i] == '\\' ? "\\%c" : "%c", name.at[i]);
		buf_add_byte(out, '"');
	}
	buf_free(&clean);
}

void made_from(const char *author, const char *full_name, struct buf *out)
{
	struct buf name = { 0 };

	add_display_name(&name, full_name ? full_name : "");
	buf_add_text(out, "From: ");
	if (name.len > 0 && !span_eq(buf_span(&name), SPAN("\"\"")))
		buf_printf(out, "%s <%s>", buf_text(&name), author);
	else
		buf_add_text(out, author);
	buf_add_text(out, "\r\n");
	buf_free(&name);
}
