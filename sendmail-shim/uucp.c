/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/uucp.h"

/* "From " or ">From ", without it; false: another line. */
static bool is_from_line(struct span line, struct span *rest)
{
	const char *after = line.at + (line.len > 0 && line.at[0] == '>');

	*rest = span_between(after, line.at + line.len);
	if (rest->len < 5 || memcmp(rest->at, "From ", 5) != 0)
		return false;
	*rest = span_trim(span_between(rest->at + 5, rest->at + rest->len));
	return rest->len > 0;
}

/* The host that the line came from: its last "remote from"; empty: it says nothing of one. */
static struct span remote_of(struct span line)
{
	struct span word, host = { 0 };
	bool remote = false, from = false;

	while ((word = span_word(&line)).len > 0) {
		if (from)
			host = word;
		from = remote && span_eq(word, SPAN("from"));
		remote = span_eq(word, SPAN("remote"));
	}
	return host;
}

size_t uucp_from_lines(struct span message, struct buf *path)
{
	struct span user = { 0 };
	struct buf hosts = { 0 };
	size_t taken = 0;

	if (message.len > UUCP_LINES_MAX)
		message.len = UUCP_LINES_MAX;
	while (taken < message.len) {
		const char *end = memchr(message.at + taken, '\n', message.len - taken);
		struct span line, rest;
		if (end == NULL)
			break;
		line = span_between(message.at + taken, end);
		if (!is_from_line(line, &rest))
			break;
		struct span host = remote_of(rest);
		if (host.len > 0) {
			buf_add_span(&hosts, host);
			buf_add_byte(&hosts, '!');
		}
		user = span_word(&rest);
		taken += line.len + 1;
	}
	if (taken > 0) {
		buf_clear(path);
		if (!span_eq(user, SPAN("<>"))) {
			buf_add_span(path, buf_span(&hosts));
			buf_add_span(path, user);
		}
	}
	buf_free(&hosts);
	return taken;
}

void uucp_address(struct span path, struct buf *out)
{
	const char *last = path.len ? memrchr(path.at, '!', path.len) : NULL;
	struct span user, hosts, host;

	if (last == NULL || last == path.at || last + 1 == path.at + path.len) {
		buf_add_span(out, path);
		return;
	}
	user = span_between(last + 1, path.at + path.len);
	hosts = span_between(path.at, last);
	const char *before = memrchr(hosts.at, '!', hosts.len);
	host = before ? span_between(before + 1, hosts.at + hosts.len) : hosts;
	if (memchr(user.at, '@', user.len)) {
		buf_add_span(out, user);
		return;
	}
	if (before && (host.len == 0 || memchr(host.at, '.', host.len) == NULL)) {
		host = span_between(path.at, memchr(path.at, '!', path.len));
		user = span_between(host.at + host.len + 1, path.at + path.len);
	}
	buf_add_span(out, user);
	buf_add_byte(out, '@');
	buf_add_span(out, host);
}
