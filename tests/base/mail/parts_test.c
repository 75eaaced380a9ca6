/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/parts.h"

/* One line for each part: depth, type, and its content decoded, with LF as |. */
static const struct {
	const char *name, *message, *parts;
} rows[] = {
	{ "a plain message", "Subject: a\n\nhello\n", "0  hello|\n" },
	{ "no header", "\nhello\n", "0  hello|\n" },
	{ "nothing", "", "" },
	{ "only a header", "Subject: a\n", "0  \n" },
	{ "an mbox line in front", "From a@b Mon Nov 30 11:00:00 2026\nContent-Type: text/html\n\nx\n", "0 text/html x|\n" },
	{ "base64", "Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n", "0 text/xml hello\n" },
	{ "base64 with foreign bytes", "Content-Transfer-Encoding: BASE64\n\na G*V\tsbG8=\nrest is not looked at\n", "0  hello\n" },
	{ "quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\nh=65l=\nlo =3D =zz = \nend  \n",
	  "0  hello = =zz end|\n" },
	{ "an unknown encoding", "Content-Transfer-Encoding: x-uue\n\nabc\n", "0  ?\n" },
	{ "two parts",
	  "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\nContent-Type: text/xml\n\ntwo\n--b--\nepilogue\n",
	  "1  one\n1 text/xml two\n" },
	{ "CRLF", "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n--b b  \r\n\r\none\r\n--b b--\r\n", "1  one\n" },
	{ "the last boundary is missing", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n", "1  one|\n" },
	{ "a boundary that never comes", "Content-Type: multipart/mixed; boundary=b\n\n--c\n\none\n", "0 multipart/mixed --c||one|\n" },
	{ "an outer boundary ends what is inside",
	  "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n",
	  "2  one\n1  two\n" },
	{ "behind the end of an inner one",
	  "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\nx\n--a\n\n"
	  "two\n--a--\n", "2  one\n1  two\n" },
	{ "a message in a message",
	  "Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/xml\n\n"
	  "body\n--a\n\nlast\n--a--\n",
	  "1 message/rfc822 Subject: in|Content-Type: text/xml||body\n2 text/xml body\n1  last\n" },
	{ "a digest's parts are messages",
	  "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: in\n\nbody\n--a--\n", "1  Subject: in||body\n2  body\n" },
	{ "a header section that a boundary ends", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/xml\n--a--\n",
	  "1 text/xml \n" },
};

static void structure(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct part_list l;
		struct buf out = { 0 };

		parts_read(span_of(rows[i].message), &l);
		for (size_t k = 0; k < l.count; k++) {
			const struct part *p = &l.items[k];
			size_t from;
			buf_printf(&out, "%u %.*s ", p->depth, (int)p->type.len, p->type.at ? p->type.at : "");
			from = out.len;
			if (!part_decode(p, 1000, &out))
				buf_add_text(&out, "?");
			for (; from < out.len; from++)
				if (out.at[from] == '\n' || out.at[from] == '\r')
					out.at[from] = out.at[from] == '\n' ? '|' : '!';
			buf_add_byte(&out, '\n');
		}
		is_text(buf_text(&out), rows[i].parts, "%s", rows[i].name);
		part_list_free(&l);
		buf_free(&out);
	}
}

static void bounds(void)
{
	struct buf m = { 0 }, out = { 0 };
	struct part_list l;
	size_t at = 0;

	buf_add_text(&m, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 1000; i++)
		buf_add_text(&m, "--b\n\nx\n");
	parts_read(buf_span(&m), &l);
	is_int(l.count, PARTS_MAX, "no more parts than may be");
	ok(l.cut, "which is said");
	part_list_free(&l);

	buf_clear(&m);
	for (int i = 0; i < 10000; i++)
		buf_add_text(&m, "Content-Type: message/rfc822\n\n");
	parts_read(buf_span(&m), &l);
	ok(l.cut && l.count <= PARTS_DEPTH_MAX + 1, "nor deeper than may be");
	part_list_free(&l);

	struct part big = { .content = SPAN("YWJjZGVm"), .encoding = RECODE_BASE64 };
	ok(!part_decode(&big, 5, &out) && out.len == 5, "no more bytes than are wanted, of base64");
	buf_clear(&out);
	big = (struct part){ .content = SPAN("abcdef\n"), .encoding = RECODE_QUOTED_PRINTABLE };
	ok(!part_decode(&big, 5, &out) && out.len == 5, "of quoted-printable");
	buf_clear(&out);
	big.encoding = RECODE_8BIT;
	ok(!part_decode(&big, 5, &out) && out.len == 5, "and of what is not encoded");

	parts_read(SPAN("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/XML\n\nx\n--b--\n"), &l);
	ok(part_of_type(&l, SPAN("text/xml"), &at) == &l.items[0], "by type, whatever its case");
	ok(part_of_type(&l, SPAN("text/xml"), &at) == NULL, "and there is one");
	part_list_free(&l);
	buf_free(&m);
	buf_free(&out);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 8);
	structure();
	bounds();
	return tap_done();
}
