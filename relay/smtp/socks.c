/* SPDX-License-Identifier: ISC */
#include "relay/smtp/socks.h"

#include "base/secret.h"

enum {
	VERSION_5 = 5, LOGIN_VERSION = 1, CONNECT = 1,
	METHOD_NONE = 0, METHOD_LOGIN = 2, METHOD_REFUSED = 0xff,
	IS_IPV4 = 1, IS_NAME = 3, IS_IPV6 = 4,
	TEXT_MAX = 255,
	METHOD_BYTES = 2, LOGIN_BYTES = 2, REPLY_BYTES = 5, PORT_BYTES = 2,
};

static void want(struct socks *s, enum socks_state state, size_t bytes)
{
	s->state = state;
	s->have = 0;
	s->wanted = bytes;
}

static void fail(struct socks *s, const char *status, bool about_proxy, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void fail(struct socks *s, const char *status, bool about_proxy, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fault_vset(&s->fault, FAULT_TEMPORARY, status, format, ap);
	va_end(ap);
	s->about_proxy = about_proxy;
	want(s, SOCKS_FAILED, 0);
}

/* ---- what we say ---- */

static void add_text(struct buf *out, struct span text)
{
	buf_add_byte(out, (char)(unsigned char)text.len);
	buf_add_span(out, text);
}

void socks_begin(struct socks *s, const struct socks_request *request)
{
	bool login = request->user.len > 0;

	*s = (struct socks){ .request = *request };
	if (request->user.len > TEXT_MAX || request->password.len > TEXT_MAX) {
		fail(s, "4.3.5", true, "its user or password is longer than 255 bytes");
		return;
	}
	if (request->address == NULL && (request->name[0] == '\0' || strlen(request->name) > TEXT_MAX)) {
		fail(s, "4.3.5", false, "the server's name is not one that a proxy can be given");
		return;
	}
	buf_reserve(&s->out, 3 + 2 * TEXT_MAX + 8);    /* one that grows leaves copies behind */
	buf_add_byte(&s->out, VERSION_5);
	buf_add_byte(&s->out, login ? 2 : 1);
	buf_add_byte(&s->out, METHOD_NONE);
	if (login)
		buf_add_byte(&s->out, METHOD_LOGIN);
	want(s, SOCKS_METHOD, METHOD_BYTES);
}

static void say_connect(struct socks *s)
{
	const struct ip_address *a = s->request.address;

	buf_add_byte(&s->out, VERSION_5);
	buf_add_byte(&s->out, CONNECT);
	buf_add_byte(&s->out, 0);
	if (a) {
		buf_add_byte(&s->out, a->family == 6 ? IS_IPV6 : IS_IPV4);
		buf_add(&s->out, a->bytes, a->family == 6 ? 16 : 4);
	} else {
		buf_add_byte(&s->out, IS_NAME);
		add_text(&s->out, span_of(s->request.name));
	}
	buf_add_byte(&s->out, (char)(s->request.port >> 8));
	buf_add_byte(&s->out, (char)(s->request.port & 0xff));
	want(s, SOCKS_REPLY, REPLY_BYTES);
}

/* ---- what it says ---- */

static bool is_version(struct socks *s, unsigned char version)
{
	if (s->piece[0] == version)
		return true;
	fail(s, "4.4.1", true, "it does not speak SOCKS5: its answer begins with the byte %u", s->piece[0]);
	return false;
}

static void hear_method(struct socks *s)
{
	unsigned method = s->piece[1];

	if (!is_version(s, VERSION_5))
		return;
	if (method == METHOD_NONE) {
		say_connect(s);
	} else if (method == METHOD_LOGIN && s->request.user.len > 0) {
		buf_add_byte(&s->out, LOGIN_VERSION);
		add_text(&s->out, s->request.user);
		add_text(&s->out, s->request.password);
		want(s, SOCKS_LOGIN, LOGIN_BYTES);
	} else if (method == METHOD_REFUSED) {
		fail(s, "4.7.8", true, s->request.user.len > 0 ? "it takes neither a user with a password nor a client without; see its configuration" :
		     "it does not let us in without a user: set one, as in socks5://USER@HOST:PORT, with its password in a file");
	} else {
		fail(s, "4.4.1", true, "it chooses the method %u, which was not offered", method);
	}
}

static void hear_login(struct socks *s)
{
	if (!is_version(s, LOGIN_VERSION))
		return;
	if (s->piece[1] == 0)
		say_connect(s);
	else
		fail(s, "4.7.8", true, "it does not accept the user or the password; fix them in the setting and in the file of the password");
}

/* RFC 1928 section 6. Of most, another server is worth a try. */
static const struct {
	const char *means;
	bool about_proxy;
} replies[] = {
	[1] = { "it has a failure of its own", false },
	[2] = { "its rules do not allow this connection", false },
	[3] = { "it cannot reach the server's network", false },
	[4] = { "it cannot reach the server, or does not know its name", false },
	[5] = { "the connection that it tried was refused", false },
	[6] = { "the connection that it tried did not come about in time", false },
	[7] = { "it does not make connections for others", true },
	[8] = { "it does not take this type of address", false },
};

static void hear_reply(struct socks *s)
{
	unsigned code = s->piece[1], type = s->piece[3];

	if (!is_version(s, VERSION_5))
		return;
	if (code > 0 && code < sizeof replies / sizeof replies[0])
		fail(s, "4.4.1", replies[code].about_proxy, "%s (SOCKS reply %u)", replies[code].means, code);
	else if (code > 0)
		fail(s, "4.4.1", false, "it refuses, with a SOCKS reply %u that is not a known one", code);
	/* The first byte of the address that it speaks from has been read; the others are of no use to us, but in the way. */
	else if (type == IS_IPV4)
		want(s, SOCKS_BOUND, 4 - 1 + PORT_BYTES);
	else if (type == IS_IPV6)
		want(s, SOCKS_BOUND, 16 - 1 + PORT_BYTES);
	else if (type == IS_NAME)
		want(s, SOCKS_BOUND, (size_t)s->piece[4] + PORT_BYTES);
	else
		fail(s, "4.4.1", true, "it does not speak SOCKS5: an address of the type %u", type);
}

size_t socks_wants(const struct socks *s)
{
	return s->wanted - s->have;
}

void socks_hear(struct socks *s, struct span bytes)
{
	size_t len = bytes.len < socks_wants(s) ? bytes.len : socks_wants(s);

	if (len == 0)
		return;
	/* Of the last piece nothing is kept. */
	if (s->state != SOCKS_BOUND)
		memcpy(s->piece + s->have, bytes.at, len);
	s->have += len;
	if (s->have < s->wanted)
		return;
	switch (s->state) {
	case SOCKS_METHOD: hear_method(s); break;
	case SOCKS_LOGIN: hear_login(s); break;
	case SOCKS_REPLY: hear_reply(s); break;
	case SOCKS_BOUND: want(s, SOCKS_OPEN, 0); break;
	case SOCKS_OPEN: case SOCKS_FAILED: break;
	}
}

void socks_free(struct socks *s)
{
	secret_free(&s->out);
}
