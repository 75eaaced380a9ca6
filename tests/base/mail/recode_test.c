/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/mail/recode.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Notation of the rows: a line ends with \n for CRLF; {999} is so many x,
 * {q 999} the same in quoted-printable, {nul} a NUL.
 */
static void expand_word(struct span word, struct buf *out)
{
	bool quoted = span_starts_nocase(word, SPAN("q "));
	unsigned long long count;

	if (span_eq(word, SPAN("nul"))) {
		buf_add_byte(out, '\0');
		return;
	}
	if (quoted)
		word = (struct span){ word.at + 2, word.len - 2 };
	if (!span_number(word, 1000 * 1000, &count))
		abort();
	for (unsigned long long i = 0; i < count; i++) {
		if (quoted && i > 0 && i % 75 == 0)
			buf_add_text(out, "=\r\n");
		buf_add_byte(out, 'x');
	}
}

static void expand(const char *row, struct buf *out)
{
	for (const char *c = row; *c; c++) {
		if (*c == '\n') {
			buf_add_text(out, "\r\n");
		} else if (*c == '{') {
			const char *end = strchr(c, '}');
			expand_word(span_between(c + 1, end), out);
			c = end;
		} else {
			buf_add_byte(out, *c);
		}
	}
}

static int keep(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_add_span(context, piece);
	return 0;
}

static int run(struct span in, bool eight_bit_too, struct buf *out, struct fault *f)
{
	struct recode *r = recode_plan(in, eight_bit_too, f);
	int result = r ? recode_write(r, keep, out, f) : -1;

	recode_free(r);
	return result;
}

#define SAME NULL
#define MIXED "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"

static const struct {
	const char *name, *in, *want;      /* SAME: no byte changes */
	bool eight_bit_too;
} rows[] = {
	/* ---- a message of one part ---- */
	{ "998 stays", "A: b\n\n{998}\n", SAME, true },
	{ "999 changes", "A: b\n\n{999}\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\n{q 999}\n", false },
	{ "the lines beside it are the same text", "A: b\n\none\n{999}\n\ttwo = 2 \n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\none\n{q 999}\n\ttwo =3D 2=20\n", false },
	{ "NUL in text", "A: b\n\none {nul} two three four\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\none =00 two three four\n", false },
	{ "CR alone", "A: b\n\none \rtwo\r\r three and four and five and six\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\none=20=0Dtwo=0D=0D three and four and five and six\n", false },
	{ "8-bit stays where nobody asks", "A: b\n\ngr\xc3\xbc\xc3\x9f" "e und sonst nichts, was hier nicht hingeh\xc3\xb6rt\n", SAME, false },
	{ "8-bit, asked for", "A: b\n\ngr\xc3\xbc\xc3\x9f" "e, und sonst nichts, was nicht passt, und so weiter\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"
	  "\ngr=C3=BC=C3=9Fe, und sonst nichts, was nicht passt, und so weiter\n", true },
	{ "8-bit that is not UTF-8", "A: b\n\ngr\xfc\xdf" "e, und sonst nichts, was hier nicht hinein passt\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n"
	  "\ngr=FC=DFe, und sonst nichts, was hier nicht hinein passt\n", true },
	{ "text that is mostly 8-bit", "A: b\n\n\xd0\xbf\xd1\x80\xd0\xb8\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
	  "\n0L/RgNC4DQo=\n", true },
	{ "what it says already stays", "mime-version: 1.0 (x)\ncontent-type: text/html;\n\tcharset=\"utf-8\"\n"
	  "Content-Transfer-Encoding: 8bit\nX: y\n\n{999}\n",
	  "mime-version: 1.0 (x)\ncontent-type: text/html;\n\tcharset=\"utf-8\"\n"
	  "Content-Transfer-Encoding: quoted-printable\nX: y\n\n{q 999}\n", false },
	{ "encodings there twice", "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 7bit\n"
	  "content-transfer-encoding: 8bit\n\n{999}\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n", false },
	{ "types there twice: the first counts", "MIME-Version: 1.0\nContent-Type: image/png\nContent-Type: text/plain\n\na{nul}b\n",
	  "MIME-Version: 1.0\nContent-Type: image/png\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n"
	  "\nYQBiDQo=\n", false },
	{ "a type that cannot be read is text", "MIME-Version: 1.0\nContent-Type: text\n\n{999}\n",
	  "MIME-Version: 1.0\nContent-Type: text\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n", false },
	{ "no header section", "\n{999}\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\n{q 999}\n", false },
	{ "a header section without an empty line", "A: b\nno field {999}\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\nno field {q 66}=\n{q 933}\n", false },
	{ "no body", "A: b\n\n", SAME, true },
	{ "nothing", "", SAME, true },
	{ "dashes do not begin a line", "A: b\n\n--b{nul}\n-- \n-\n---\n",
	  "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\n=2D-b=00\n=2D-=20\n-\n=2D--\n", false },

	/* ---- encoded already ---- */
	{ "quoted-printable with a long line", "MIME-Version: 1.0\nContent-Type: text/plain\n"
	  "Content-Transfer-Encoding: Quoted-Printable\n\na=20{999}=\nb=3d=\t\n =C3=BC \nc = d=0D=0Ae\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n"
	  "\na=20{q 71}=\n{q 928}b=3D =C3=BC\nc =3D d=0D=0Ae\n", false },
	{ "its last line break may be soft", "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\nMIME-Version: 1\n\na{nul}=\n",
	  "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\nMIME-Version: 1\n\na=00=\n", false },
	{ "quoted-printable with a CR alone", "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=\rb =\n\r=20\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=3D=0Db=20=0D=20\n", false },
	{ "base64 with a long line", "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64 (so)\n"
	  "\nYWJj!{996}\nYQ\n",
	  "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n"
	  "\nYWJj{72}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{12}YQ==\n", false },
	{ "base64 ends where it says so", "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n"
	  "\nYQ==\nbm8{nul}\n",
	  "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nYQ==\n", false },

	/* ---- parts ---- */
	{ "one part of several", MIXED "before\n--b\n\nfine\n--b\nContent-Type: text/plain\n\n{999}\n--b--\nbehind\n",
	  MIXED "before\n--b\n\nfine\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n--b--\n"
	  "behind\n", false },
	{ "the line break before a boundary is the boundary's", MIXED "--b\nContent-Type: application/x\n\na{nul}b\n--b--\n",
	  MIXED "--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--b--\n", false },
	{ "a part without a header section", MIXED "--b\n\n{999}\n--b--\n",
	  MIXED "--b\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n--b--\n", false },
	{ "blanks behind boundaries", MIXED "--b  \n\nfine\n--b\t\nContent-Type: text/plain\n\n{999}\n--b-- \n",
	  MIXED "--b  \n\nfine\n--b\t\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n--b-- \n", false },
	{ "no last boundary", MIXED "--b\nContent-Type: application/x\n\na{nul}b\n",
	  MIXED "--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n", false },
	{ "what only begins like the boundary", MIXED "--b\nContent-Type: text/plain\n\n--bc {nul} one two three\n--b--\n",
	  MIXED "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=2D-bc =00 one two three\n--b--\n", false },
	{ "a boundary that is quoted, folded, commented",
	  "MIME-Version: 1.0\nContent-Type: (;boundary=no) Multipart / Mixed\n (two); charset=\"boundary=no\";\n\tBOUNDARY = \"a\\ \\\"b \"\n\n"
	  "--a \"b\nContent-Type: application/x\n\na{nul}b\n--a \"b--\n",
	  "MIME-Version: 1.0\nContent-Type: (;boundary=no) Multipart / Mixed\n (two); charset=\"boundary=no\";\n\tBOUNDARY = \"a\\ \\\"b \"\n\n"
	  "--a \"b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--a \"b--\n", false },
	{ "a boundary with bytes that want quotes", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=--=_a/b?c; x=y\n\n"
	  "----=_a/b?c\nContent-Type: application/x\n\na{nul}b\n----=_a/b?c--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=--=_a/b?c; x=y\n\n"
	  "----=_a/b?c\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n----=_a/b?c--\n", false },
	{ "parts in parts, of which the outer boundary ends the inner",
	  MIXED "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: application/x\n\na{nul}b\n--b\n\nfine\n--c\n--b--\n",
	  MIXED "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: application/x\n"
	  "Content-Transfer-Encoding: base64\n\nYQBi\n--b\n\nfine\n--c\n--b--\n", false },
	{ "boundaries directly behind each other", MIXED "--b\n--b\nContent-Type: application/x\n\na{nul}b\n--b--\n",
	  MIXED "--b\n--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--b--\n", false },
	{ "a message in the message", MIXED "--b\nContent-Type: message/rfc822\n\nSubject: in\n\n{999}\n--b--\n",
	  MIXED "--b\nContent-Type: message/rfc822\n\nSubject: in\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
	  "Content-Transfer-Encoding: quoted-printable\n\n{q 999}\n--b--\n", false },
	{ "a digest, whose parts are messages", "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\n{999}\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\nMIME-Version: 1.0\n"
	  "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n\n{q 999}\n--b--\n", false },
	{ "a message that is a message", "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/plain\n\n{999}\n",
	  "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/plain\nMIME-Version: 1.0\n"
	  "Content-Transfer-Encoding: quoted-printable\n\n{q 999}\n", false },
	{ "an encoded message is a part like any other", MIXED "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nYWJj{996}\n--b--\n",
	  MIXED "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nYWJj{72}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n{76}\n"
	  "{76}\n{76}\n{76}\n{76}\n{76}\n{12}\n--b--\n", false },
	{ "MIME-Version goes to the top of the message", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/x\n\na{nul}b\n--b--\n",
	  "Content-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0\n\n--b\nContent-Type: application/x\n"
	  "Content-Transfer-Encoding: base64\n\nYQBi\n--b--\n", false },
	{ "8bit around what is 7bit now", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
	  "--b\nContent-Type: application/x\nContent-Transfer-Encoding: 8bit\n\na\xc3\xbc\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n"
	  "--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYcO8\n--b--\n", true },
	{ "8bit around what is 8-bit still", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
	  "--b\nContent-Type: application/x\n\na{nul}b\n--b\n\na\xc3\xbc\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
	  "--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--b\n\na\xc3\xbc\n--b--\n", false },
	{ "binary around what is 8-bit still", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: binary\n\n"
	  "--b\nContent-Type: application/x\n\na{nul}b\n--b\n\na\xc3\xbc\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
	  "--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--b\n\na\xc3\xbc\n--b--\n", false },

	/* ---- outside of the parts ---- */
	{ "before and behind the parts", MIXED "one two {991}\n--b\n\nfine\n--b--\n{nul}{1500}\n",
	  MIXED "one two\n {991}\n--b\n\nfine\n--b--\n {997}\n {503}\n", false },
	{ "CR alone, outside and in a header section", MIXED "a\rb\n--b\nX: a\rb\n\nfine\n--b--\n", MIXED "a b\n--b\nX: a b\n\nfine\n--b--\n", false },
	{ "8-bit there", MIXED "gr\xc3\xbcn\n--b\n\nfine\n--b--\n", MIXED "gr??n\n--b\n\nfine\n--b--\n", true },
	{ "8-bit there, where nobody asks", MIXED "gr\xc3\xbcn\n--b\n\nfine\n--b--\n", SAME, false },
	{ "a header section of a part", MIXED "--b\nContent-Type: text/plain;\n name={500} {600}\nX: a{nul}b\n\nfine\n--b--\n",
	  MIXED "--b\nContent-Type: text/plain;\n name={500}\n {600}\nX: a b\n\nfine\n--b--\n", false },
	{ "says 8bit and is not", "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nfine\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 7bit\n\nfine\n", true },
	{ "says 8bit and is not, where nobody asks", "Content-Transfer-Encoding: 8bit\n\nfine\n", SAME, false },
	{ "parts that say binary and 8bit and are not",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: binary\n\n--b\n"
	  "Content-Type: text/plain; name=\xc3\xbc\nContent-Transfer-Encoding: 8bit\n\nfine\n--b\nContent-Type: multipart/signed; boundary=c\n"
	  "Content-Transfer-Encoding: 8bit\n\n--c\nContent-Transfer-Encoding: 8bit\n\nfine\n--c--\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\n"
	  "Content-Type: text/plain; name=\xc3\xbc\nContent-Transfer-Encoding: 7bit\n\nfine\n--b\nContent-Type: multipart/signed; boundary=c\n"
	  "Content-Transfer-Encoding: 7bit\n\n--c\nContent-Transfer-Encoding: 8bit\n\nfine\n--c--\n--b--\n", true },
	{ "a header section of a part with 8-bit stays", MIXED "--b\nX: gr\xc3\xbcn\n\nfine\n--b--\n", SAME, true },
	{ "blanks behind a boundary, too many", MIXED "--b                                        "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                "
	  "                                                                                                                                \n\nfine\n--b--\n",
	  MIXED "--b\n\nfine\n--b--\n", false },
	{ "a report of another kind", MIXED "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;a\nX: {500} {600}\nY: \xc3\xbc\n--b--\n",
	  MIXED "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;a\nX: {500}\n {600}\nY: \xc3\xbc\n--b--\n", true },

	/* ---- what is wrong otherwise ---- */
	{ "a multipart whose boundary never comes is text", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\na{nul}b one two three\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\na=00b one two three\n", false },
	{ "a multipart without a boundary", "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--b\n\na{nul}b one two three\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
	  "\n=2D-b\n\na=00b one two three\n=2D-b--\n", false },
	{ "a boundary that ends its own header section", MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n--c\nContent-Type: application/x\n\n"
	  "a{nul}b\n--c--\n--b--\n",
	  MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n--c\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\n"
	  "YQBi\n--c--\n--b--\n", false },
	{ "NUL in a boundary is a blank", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a{nul}b\"\n\n--a b\n"
	  "Content-Type: application/x\n\na{nul}b\n--a b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n"
	  "Content-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBi\n--a b--\n", false },
	{ "signed as a whole, and fine", "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n{998}\n--b--\n", SAME, true },
	{ "signed, with 8-bit", "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n\xc3\xbc\n--b--\n", SAME, true },
	{ "an encoding that nobody knows, and fine", "Content-Transfer-Encoding: x-uuencode\n\n{998}\n", SAME, true },
	{ "an encoding written with a hyphen", "MIME-Version: 1.0\nContent-Type: application/x\nContent-Transfer-Encoding: 8-bit\n\na{nul}b\n",
	  "MIME-Version: 1.0\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQBiDQo=\n", false },
};

static const struct {
	const char *name, *in, *status, *text;
} refusals[] = {
	{ "signed", MIXED "--b\n\nfine\n--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n\n{1500}\n--c--\n--b--\n", "5.6.2",
	  "part 2 (multipart/signed) has a line of 1500 bytes, and mail has lines of 998 at most (RFC 5322 section 2); encoding it "
	  "would break its signature: sign it again with its parts in quoted-printable or base64" },
	{ "signed, as the whole body", "Content-Type: multipart/signed; boundary=c\n\n--c\n\n{nul}\n--c--\n", "5.6.2",
	  "the body (multipart/signed) has a NUL byte, which no mail may carry (RFC 5322 section 2); encoding it would break its "
	  "signature: sign it again with its parts in quoted-printable or base64" },
	{ "signed, with a CR alone", "Content-Type: multipart/signed; boundary=c\n\n--c\n\na\rb\n--c--\n", "5.6.2",
	  "the body (multipart/signed) has a carriage return that ends no line, which no mail may carry (RFC 5322 section 2); encoding "
	  "it would break its signature: sign it again with its parts in quoted-printable or base64" },
	{ "encrypted", MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nfine\n--c\n"
	  "Content-Type: multipart/encrypted; boundary=d\n\n{999}\n--c--\n--b--\n", "5.6.2",
	  "part 1.2 (multipart/encrypted) has a line of 999 bytes, and mail has lines of 998 at most (RFC 5322 section 2); what is "
	  "encrypted is not altered: make it again with its parts in base64" },
	{ "an unknown encoding", "Content-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\n{999}\n", "5.6.3",
	  "the body (image/png) has a line of 999 bytes, and mail has lines of 998 at most (RFC 5322 section 2); its "
	  "Content-Transfer-Encoding \"x-uuencode\" is not known here: use quoted-printable or base64" },
	{ "a boundary in pieces", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n\n{999}\n--ab--\n", "5.6.3",
	  "the body (multipart/mixed) has a line of 999 bytes, and mail has lines of 998 at most (RFC 5322 section 2); its boundary "
	  "is in pieces (RFC 2231) or too long: write boundary=\"...\" with 70 characters at most" },
	{ "a boundary too long for a line", "Content-Type: multipart/mixed; boundary={1000}\n\n--{1000}\n\nfine\n--{1000}--\n", "5.6.3",
	  "the body (multipart/mixed) has a line of 1004 bytes, and mail has lines of 998 at most (RFC 5322 section 2); its boundary "
	  "is in pieces (RFC 2231) or too long: write boundary=\"...\" with 70 characters at most" },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf in = { 0 }, want = { 0 }, got = { 0 };
		struct fault f = { 0 };
		expand(rows[i].in, &in);
		expand(rows[i].want ? rows[i].want : rows[i].in, &want);
		run(buf_span(&in), rows[i].eight_bit_too, &got, &f);
		is_text(f.text, "", "%s: no fault", rows[i].name);
		is_span(buf_span(&got), buf_span(&want), "%s", rows[i].name);
		buf_free(&in);
		buf_free(&want);
		buf_free(&got);
	}
}

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct buf in = { 0 }, got = { 0 };
		struct fault f = { 0 };
		expand(refusals[i].in, &in);
		is_int(run(buf_span(&in), false, &got, &f), -1, "%s: refused", refusals[i].name);
		ok(f.kind == FAULT_PERMANENT && strcmp(f.status, refusals[i].status) == 0, "%s: %s", refusals[i].name, refusals[i].status);
		is_text(f.text, refusals[i].text, "%s: the text", refusals[i].name);
		buf_free(&in);
		buf_free(&got);
	}
}

/* A multipart in a multipart, each with a boundary of its own number. */
static void nest(unsigned depth, const char *leaf, struct buf *out)
{
	buf_add_text(out, "MIME-Version: 1.0\r\n");
	for (unsigned i = 0; i < depth; i++)
		buf_printf(out, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
	expand(leaf, out);
	while (depth-- > 0)
		buf_printf(out, "\r\n--b%u--\r\n", depth);
}

static void test_depth(void)
{
	static const struct { unsigned depth; const char *leaf; bool refused; } nests[] = {
		{ 50, "\na{nul}b", false }, { 51, "\na{nul}b", true }, { 51, "\nfine", false }, { 5000, "\nfine", false },
	};

	for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++) {
		struct buf in = { 0 }, out = { 0 };
		nest(nests[i].depth, nests[i].leaf, &in);
		is_int(run(buf_span(&in), false, &out, NULL) < 0, nests[i].refused, "%u multiparts in each other: row %zu",
		       nests[i].depth, i);
		buf_free(&in);
		buf_free(&out);
	}
}

static void test_look(void)
{
	static const struct { const char *text; size_t longest; bool nul, eight_bit, unfit; } looks[] = {
		{ "{998}\nx\n", 998, false, false, false }, { "x\n{999}\n", 999, false, false, true },
		{ "\n\n", 0, false, false, false }, { "a\rb\n", 3, false, false, true }, { "\r", 0, false, false, false },
		{ "a\n\r\n", 1, false, false, true }, { "a{nul}\n", 2, true, false, true }, { "1234567890123456\xc3\xbc\n", 18, false, true, false },
	};

	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		struct buf text = { 0 };
		expand(looks[i].text, &text);
		for (size_t step = 1; step < 2000; step = step * 3 + 1) {
			struct recode_look l = { 0 };
			for (size_t at = 0; at < text.len; at += step)
				recode_look(&l, (struct span){ text.at + at, text.len - at < step ? text.len - at : step });
			ok(l.longest_bytes == looks[i].longest && l.nul == looks[i].nul && l.eight_bit == looks[i].eight_bit &&
			   recode_is_unfit(&l) == looks[i].unfit, "a look at row %zu, %zu bytes at once", i, step);
		}
		buf_free(&text);
	}
}

static void test_says_eight_bit(void)
{
	static const struct { const char *text; bool says; } looks[] = {
		{ "content-transfer-encoding: 8bit\n", true }, { "A: b\nContent-Transfer-Encoding :BINARY\n", true },
		{ "Content-Transfer-Encoding:\n 8bit\n", true }, { "Content-Transfer-Encoding: 7bit\n", false },
		{ "Content-Transfer-Encoding: Base64\nContent-Transfer-Encoding: quoted-printable\n", false },
		{ "Content-Type: 8bit\n", false }, { "X-Content-Transfer-Encoding: 8bit\n", false },
	};

	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		struct buf text = { 0 };
		struct recode_look whole = { 0 };
		bool missed = false;
		expand(looks[i].text, &text);
		recode_look(&whole, buf_span(&text));
		is_int(whole.says_eight_bit, looks[i].says, "8bit is said: row %zu", i);
		for (size_t step = 1; step < text.len; step++) {
			struct recode_look l = { 0 };
			for (size_t at = 0; at < text.len; at += step)
				recode_look(&l, (struct span){ text.at + at, text.len - at < step ? text.len - at : step });
			missed |= looks[i].says && !l.says_eight_bit;
		}
		ok(!missed, "and seen wherever it is cut: row %zu", i);
		buf_free(&text);
	}
}

static int enough(void *context, struct span piece, struct fault *f)
{
	size_t *left = context;

	if (piece.len > *left)
		return fault_set(f, FAULT_TEMPORARY, "4.3.1", "full");
	*left -= piece.len;
	return 0;
}

static void test_sink(void)
{
	struct buf in = { 0 };
	struct fault f = { 0 };
	size_t room = 100 * 1000;

	expand("A: b\n\n{999}\n{500000}\n", &in);
	struct recode *r = recode_plan(buf_span(&in), false, &f);
	ok(recode_is_needed(r), "there is something to change");
	is_int(recode_write(r, enough, &room, &f), -1, "a sink that fails ends it");
	is_text(f.text, "full", "with its own fault");
	recode_free(r);
	buf_free(&in);
}

/* ---- as a filter, for tests/base/mail/recode_reader.py: "LENGTH 8BIT\n" and the message, again and again ---- */

static int filter(void)
{
	unsigned long length;
	int eight_bit_too;

	while (scanf("%lu %d", &length, &eight_bit_too) == 2 && getchar() == '\n') {
		struct buf out = { 0 };
		struct fault f = { 0 };
		char *in = mem_alloc(length + 1);
		if (fread(in, 1, length, stdin) != length)
			return 1;
		bool refused = run((struct span){ in, length }, eight_bit_too, &out, &f) < 0;
		printf("%d %zu\n", refused, refused ? strlen(f.text) : out.len);
		fwrite(refused ? f.text : out.at, 1, refused ? strlen(f.text) : out.len, stdout);
		free(in);
		buf_free(&out);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "filter") == 0)
		return filter();
	tap_plan(2 * TAP_ROWS(rows) + 3 * TAP_ROWS(refusals) + 4 + 8 * 7 + 2 * 7 + 3);
	test_rows();
	test_refusals();
	test_depth();
	test_look();
	test_says_eight_bit();
	test_sink();
	return tap_done();
}
