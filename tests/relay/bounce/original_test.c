/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/bounce/original.h"

#include <stdlib.h>

#define WHOLE "Content-Description: Your mail\r\nContent-Type: "
#define HEADER "Content-Description: The header of your mail\r\nContent-Type: text/rfc822-headers"
#define PLAIN HEADER "\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
#define QUOTED HEADER "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
#define NUMBERS "0123456789012345678901234567890123456789"

static const struct {
	const char *name, *message;
	bool part;                  /* not all was read */
	enum dsn_ret ret;
	const char *want;
	bool eight_bit;
} rows[] = {
	{ "whole when nothing is asked", "a: b\r\n\r\nbody\r\n", false, DSN_RET_UNSET,
	  WHOLE "message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\na: b\r\n\r\nbody\r\n", false },
	{ "RET=FULL", "a: b\r\n\r\nbody\r\n", false, DSN_RET_FULL,
	  WHOLE "message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\na: b\r\n\r\nbody\r\n", false },
	{ "RET=HDRS", "a: b\r\nc:\r\n d\r\n\r\nbody\r\n", false, DSN_RET_HEADERS, PLAIN "a: b\r\nc:\r\n d\r\n", false },
	{ "not all was read", "a: b\r\n\r\nbody\r\n", true, DSN_RET_FULL, PLAIN "a: b\r\n", false },
	{ "an 8-bit body", "a: b\r\n\r\n\303\274\r\n", false, DSN_RET_FULL,
	  WHOLE "message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\na: b\r\n\r\n\303\274\r\n", true },
	{ "an 8-bit body that stays away", "a: b\r\n\r\n\303\274\r\n", false, DSN_RET_HEADERS, PLAIN "a: b\r\n", false },
	{ "an 8-bit header", "a: \303\274\r\n\r\nbody\r\n", false, DSN_RET_FULL,
	  WHOLE "message/global\r\nContent-Transfer-Encoding: 8bit\r\n\r\na: \303\274\r\n\r\nbody\r\n", true },
	{ "an 8-bit header alone", "a: \303\274=\r\nc: d \r\n\r\nbody\r\n", false, DSN_RET_HEADERS,
	  QUOTED "a: =C3=BC=3D\r\nc: d=20\r\n", false },
	{ "control bytes in a header", "a: \033[2J\r\n\r\n", false, DSN_RET_HEADERS, QUOTED "a: =1B[2J\r\n", false },
	{ "a bare CR", "a: b\r\n\r\nx\ry\r\n", false, DSN_RET_FULL, PLAIN "a: b\r\n", false },
	{ "a bare CR in a header", "a: b\rc: d\r\n\r\n", false, DSN_RET_FULL, QUOTED "a: b=0Dc: d\r\n", false },
	{ "a bare LF", "a: b\nc: d\r\n\r\nx\r\n", false, DSN_RET_FULL, QUOTED "a: b=0Ac: d\r\n", false },
	{ "no end of the last line", "a: b\r\n\r\nbody", false, DSN_RET_FULL, PLAIN "a: b\r\n", false },
	{ "a long line in quoted-printable", "a: \377" NUMBERS NUMBERS "\r\n", false, DSN_RET_HEADERS,
	  QUOTED "a: =FF" NUMBERS "01234567890123456789012345678=\r\n90123456789\r\n", false },
	{ "a header without a body", "a: b\r\n", false, DSN_RET_UNSET,
	  WHOLE "message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\na: b\r\n", false },
};

static void forms(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct original o = { span_of(rows[i].message), !rows[i].part, rows[i].ret };
		struct buf out = { 0 };

		is_int(original_write(&o, 4096, &out), rows[i].eight_bit, "%s: 8-bit or not", rows[i].name);
		is_text(buf_text(&out), rows[i].want, "%s", rows[i].name);
		buf_free(&out);
	}
}

static void sizes(void)
{
	struct buf message = { 0 }, out = { 0 };

	for (int i = 0; i < 100; i++)
		buf_printf(&message, "field-%d: value\r\n", i);
	buf_add_text(&message, "\r\nbody\r\n");
	struct original o = { buf_span(&message), true, DSN_RET_FULL };
	original_write(&o, message.len + 200, &out);
	ok(strstr(buf_text(&out), "message/rfc822") != NULL, "what fits is whole");
	buf_clear(&out);
	original_write(&o, message.len + 199, &out);
	ok(strstr(buf_text(&out), "text/rfc822-headers") != NULL, "what does not is a header");
	ok(strstr(buf_text(&out), "field-99: value\r\n") != NULL, "a whole one");
	buf_clear(&out);
	original_write(&o, 1000, &out);
	ok(out.len <= 1000 && out.len > 950, "a header is cut to the room");
	ok(strcmp(out.at + out.len - 9, ": value\r\n") == 0, "at a field's end");
	buf_clear(&out);
	buf_clear(&message);
	buf_add_text(&message, "a: b\r\n\r\n");
	for (int i = 0; i < 999; i++)
		buf_add_byte(&message, 'x');
	buf_add_text(&message, "\r\n");
	o.message = buf_span(&message);
	original_write(&o, 4096, &out);
	ok(strstr(buf_text(&out), "text/rfc822-headers") != NULL, "a line of 999 bytes stays away");
	buf_free(&out);
	buf_free(&message);
}

int main(void)
{
	tap_plan(36);
	forms();
	sizes();
	return tap_done();
}
