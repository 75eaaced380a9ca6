/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/smtp/socks.h"

#include <stdlib.h>

#define HELLO "\5\1\0"
#define HELLO_USER "\5\2\0\2"
#define TO_NAME "\5\1\0\3\4mx.x\0\31"
#define TO_V4 "\5\1\0\1\300\0\2\12\0\31"
#define TO_V6 "\5\1\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\12\0\31"
#define LOGIN "\1\2me\2pw"
#define BOUND_V4 "\5\0\0\1\12\0\0\1\4\70"
#define S(text) SPAN(text)

static const struct {
	const char *name;
	const char *user;
	const char *to;                /* a name, or an address */
	struct span heard;             /* all the proxy says, and what comes after */
	struct span said;              /* all we say */
	enum socks_state end;
	size_t left;                   /* of heard, not taken */
	const char *status, *why;
	bool about_proxy;
} rows[] = {
	{ "a name", "", "mx.x", S("\5\0" BOUND_V4), S(HELLO TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "an IPv4 address", "", "192.0.2.10", S("\5\0" BOUND_V4), S(HELLO TO_V4), SOCKS_OPEN, 0, "", "", false },
	{ "an IPv6 address", "", "2001:db8::a", S("\5\0" BOUND_V4), S(HELLO TO_V6), SOCKS_OPEN, 0, "", "", false },
	{ "it speaks from an IPv6 address", "", "mx.x", S("\5\0\5\0\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\4\70"), S(HELLO TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "it speaks from a name", "", "mx.x", S("\5\0\5\0\0\3\3abc\4\70"), S(HELLO TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "it speaks from an empty name", "", "mx.x", S("\5\0\5\0\0\3\0\4\70"), S(HELLO TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "the greeting comes in the same segment", "", "mx.x", S("\5\0" BOUND_V4 "220 hello\r\n"), S(HELLO TO_NAME), SOCKS_OPEN, 11, "", "", false },
	{ "a user", "me", "mx.x", S("\5\2\1\0" BOUND_V4), S(HELLO_USER LOGIN TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "a user that it does not need", "me", "mx.x", S("\5\0" BOUND_V4), S(HELLO_USER TO_NAME), SOCKS_OPEN, 0, "", "", false },
	{ "a wrong password", "me", "mx.x", S("\5\2\1\1"), S(HELLO_USER LOGIN), SOCKS_FAILED, 0, "4.7.8", "does not accept the user or the password", true },
	{ "a login in another version", "me", "mx.x", S("\5\2\5\0"), S(HELLO_USER LOGIN), SOCKS_FAILED, 0, "4.4.1", "the byte 5", true },
	{ "it wants a user", "", "mx.x", S("\5\377"), S(HELLO), SOCKS_FAILED, 0, "4.7.8", "does not let us in without a user", true },
	{ "it wants GSSAPI", "me", "mx.x", S("\5\377"), S(HELLO_USER), SOCKS_FAILED, 0, "4.7.8", "takes neither", true },
	{ "it chooses GSSAPI", "me", "mx.x", S("\5\1"), S(HELLO_USER), SOCKS_FAILED, 0, "4.4.1", "method 1, which was not offered", true },
	{ "it chooses a login that was not offered", "", "mx.x", S("\5\2"), S(HELLO), SOCKS_FAILED, 0, "4.4.1", "method 2, which was not offered", true },
	{ "SOCKS4", "", "mx.x", S("\0\132"), S(HELLO), SOCKS_FAILED, 0, "4.4.1", "the byte 0", true },
	{ "a web server", "", "mx.x", S("HTTP/1.1 400 Bad Request\r\n"), S(HELLO), SOCKS_FAILED, 24, "4.4.1", "the byte 72", true },
	{ "an SMTP server", "", "mx.x", S("220 mx.example\r\n"), S(HELLO), SOCKS_FAILED, 14, "4.4.1", "the byte 50", true },
	{ "general failure", "", "mx.x", S("\5\0\5\1\0\1\0\0\0\0\0\0"), S(HELLO TO_NAME), SOCKS_FAILED, 5, "4.4.1", "failure of its own (SOCKS reply 1)", false },
	{ "not allowed", "", "mx.x", S("\5\0\5\2\0\1\0\0\0\0\0\0"), S(HELLO TO_NAME), SOCKS_FAILED, 5, "4.4.1", "rules do not allow", false },
	{ "network unreachable", "", "mx.x", S("\5\0\5\3\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "the server's network", false },
	{ "host unreachable", "", "mx.x", S("\5\0\5\4\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "does not know its name", false },
	{ "refused", "", "mx.x", S("\5\0\5\5\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "was refused", false },
	{ "out of time", "", "mx.x", S("\5\0\5\6\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "in time", false },
	{ "no CONNECT", "", "mx.x", S("\5\0\5\7\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "for others", true },
	{ "no names", "", "mx.x", S("\5\0\5\10\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "type of address", false },
	{ "an unknown reply", "", "mx.x", S("\5\0\5\143\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "reply 99", false },
	{ "an unknown type of address", "", "mx.x", S("\5\0\5\0\0\11\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "the type 9", true },
	{ "a reply in another version", "", "mx.x", S("\5\0\4\0\0\1\0"), S(HELLO TO_NAME), SOCKS_FAILED, 0, "4.4.1", "the byte 4", true },
	{ "it stops in the middle", "", "mx.x", S("\5\0\5\0\0\1\12"), S(HELLO TO_NAME), SOCKS_BOUND, 0, "", "", false },
	{ "it says nothing", "", "mx.x", S(""), S(HELLO), SOCKS_METHOD, 0, "", "", false },
	{ "a server without a name", "", "", S(""), S(""), SOCKS_FAILED, 0, "4.3.5", "name", false },
};

/* In pieces of at most `step` bytes. */
static bool run(size_t i, size_t step, struct buf *said, struct socks *s, size_t *left)
{
	struct ip_address address;
	bool is_address = ip_address_parse(span_of(rows[i].to), &address);
	struct socks_request request = { .user = span_of(rows[i].user), .password = rows[i].user[0] ? SPAN("pw") : SPAN(""), .name = rows[i].to,
	                                 .address = is_address ? &address : NULL, .port = 25 };
	struct span rest = rows[i].heard;

	socks_begin(s, &request);
	for (;;) {
		buf_add_span(said, buf_span(&s->out));
		buf_clear(&s->out);
		size_t n = socks_wants(s) < rest.len ? socks_wants(s) : rest.len;
		n = n < step ? n : step;
		if (n == 0)
			break;
		socks_hear(s, (struct span){ rest.at, n });
		rest = (struct span){ rest.at + n, rest.len - n };
	}
	*left = rest.len;
	return s->state == rows[i].end;
}

int main(void)
{
	const size_t steps[] = { 1, 3, 1000 };

	tap_plan(3 * TAP_ROWS(rows) + 2);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t k = 0; k < 3; k++) {
			struct buf said = { 0 };
			struct socks s;
			size_t left;
			bool good = run(i, steps[k], &said, &s, &left) && left == rows[i].left && span_eq(buf_span(&said), rows[i].said);
			bool told = s.state != SOCKS_FAILED || (strcmp(s.fault.status, rows[i].status) == 0 && strstr(s.fault.text, rows[i].why) &&
			                                        s.fault.kind == FAULT_TEMPORARY && s.about_proxy == rows[i].about_proxy);
			if (!ok(good && told, "%s, in pieces of %zu", rows[i].name, steps[k]))
				fprintf(stderr, "# state %d, %zu left, %zu said: %s %s\n", s.state, left, said.len, s.fault.status, s.fault.text);
			socks_free(&s);
			buf_free(&said);
		}
	char name[300], long_user[300];
	memset(name, 'x', sizeof name);
	name[256] = '\0';
	memset(long_user, 'u', sizeof long_user);
	struct socks s;
	socks_begin(&s, &(struct socks_request){ .name = name, .port = 25 });
	ok(s.state == SOCKS_FAILED && socks_wants(&s) == 0 && s.out.len == 0, "a name of 256 bytes is not sent");
	socks_free(&s);
	socks_begin(&s, &(struct socks_request){ .user = { long_user, 256 }, .name = "mx.x", .port = 25 });
	ok(s.state == SOCKS_FAILED && s.out.len == 0, "nor a user of 256 bytes");
	socks_free(&s);
	return tap_done();
}
