/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/pickup/login_name.h"

static const struct { const char *field, *login, *name; } fields[] = {
	{ "", "al", "" },
	{ "Alice Caller", "al", "Alice Caller" },
	{ "Alice Caller,Room 1,+1 555,,", "al", "Alice Caller" },
	{ ",Room 1", "al", "" },
	{ "& Caller", "alice", "Alice Caller" },
	{ "The & and &", "alice", "The Alice and Alice" },
	{ "&", "9p", "9p" },
	{ "&", "", "" },
	{ "J\xc3\xbcrgen", "j", "J\xc3\xbcrgen" },
};

int main(void)
{
	struct buf out = { 0 };

	tap_plan(TAP_ROWS(fields) + 3);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		buf_clear(&out);
		login_name_expand(fields[i].field, fields[i].login, &out);
		is_text(buf_text(&out), fields[i].name, "\"%s\" of %s", fields[i].field, fields[i].login);
	}
	buf_clear(&out);
	login_name(0, &out);
	is_text(buf_text(&out), "root", "uid 0 is root");
	buf_clear(&out);
	login_name(4294967294u, &out);
	login_name_full(4294967294u, &out);
	is_int(out.len, 0, "a uid that nobody has");
	login_name_full(0, &out);
	ok(!memchr(buf_text(&out), ',', out.len) && !memchr(buf_text(&out), ':', out.len), "a full name is one: %s", buf_text(&out));
	buf_free(&out);
	return tap_done();
}
