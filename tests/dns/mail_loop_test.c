/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/mail_loop.h"

/* 192.0.2.1 and 2001:db8::1 */
static bool is_ours(const struct ip_address *a)
{
	return a->family == 4 ? memcmp(a->bytes, "\300\0\2\1", 4) == 0 : a->bytes[0] == 0x20 && a->bytes[15] == 1;
}

/* "PREFERENCE ADDRESS…;…" */
static size_t make_targets(const char *text, struct target *targets)
{
	struct span rest = span_of(text);
	size_t count = 0;

	while (rest.at && rest.len > 0) {
		struct span one = span_cut(&rest, ';'), preference = span_cut(&one, ' ');
		struct target *t = &targets[count++];
		*t = (struct target){ .host = mem_text("mx"), .preference = (uint16_t)(preference.at[0] - '0') };
		while (one.at) {
			t->addresses = mem_resize(t->addresses, t->address_count + 1, sizeof *t->addresses);
			ip_address_parse(span_cut(&one, ' '), &t->addresses[t->address_count++]);
		}
	}
	return count;
}

static void targets(void)
{
	static const struct {
		const char *before, *after, *fault;
	} rows[] = {
		{ "1 192.0.2.9;2 192.0.2.8", "1 192.0.2.9;2 192.0.2.8;", NULL },
		{ "1 127.0.0.1 192.0.2.9", "1 192.0.2.9;", NULL },
		{ "1 127.0.0.1;2 192.0.2.9", "2 192.0.2.9;", NULL },                          /* no sign that we are its MX */
		{ "1 192.0.2.9;2 192.0.2.1;3 192.0.2.8", "1 192.0.2.9;", NULL },              /* but so it is one */
		{ "1 192.0.2.9;2 192.0.2.1 192.0.2.7;2 192.0.2.6", "1 192.0.2.9;", NULL },
		{ "1 192.0.2.1;2 192.0.2.9", "", "192.0.2.1, which is this host's own" },
		{ "1 127.0.0.1", "", "127.0.0.1, which is loopback" },
		{ "1 0.0.0.0;1 ::", "", "which is no host's" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct text_list none = { 0 };
		struct target t[4];
		struct buf got = { 0 };
		struct fault f = { 0 };
		size_t count = make_targets(rows[i].before, t);
		is_int(mail_loop_remove(t, &count, &none, is_ours, &f), rows[i].fault ? -1 : 0, "%s", rows[i].before);
		for (size_t k = 0; k < count; k++) {
			buf_printf(&got, "%u", t[k].preference);
			for (size_t j = 0; j < t[k].address_count; j++) {
				buf_add_byte(&got, ' ');
				ip_address_print(&t[k].addresses[j], &got);
			}
			buf_add_byte(&got, ';');
			target_free(&t[k]);
		}
		is_text(buf_text(&got), rows[i].after, "what is left");
		if (rows[i].fault)
			ok(strstr(f.text, rows[i].fault) && strcmp(f.status, "5.4.6") == 0, "told: %s", f.text);
		buf_free(&got);
	}
}

int main(void)
{
	static const struct {
		const char *address;
		bool own;
		const char *allow;
		enum address_of of;
	} rows[] = {
		{ "192.0.2.1", false, "", OF_ANOTHER_HOST },
		{ "10.0.0.1", false, "", OF_ANOTHER_HOST },
		{ "169.254.1.1", false, "", OF_ANOTHER_HOST },
		{ "2001:db8::1", false, "", OF_ANOTHER_HOST },
		{ "fd00::1", false, "", OF_ANOTHER_HOST },
		{ "127.0.0.1", false, "", OF_LOOPBACK },
		{ "127.255.255.254", false, "", OF_LOOPBACK },
		{ "::1", false, "", OF_LOOPBACK },
		{ "::ffff:127.0.0.1", false, "", OF_LOOPBACK },
		{ "0.0.0.0", false, "", OF_NO_HOST },
		{ "0.1.2.3", false, "", OF_NO_HOST },
		{ "::", false, "", OF_NO_HOST },
		{ "::ffff:0.0.0.0", false, "", OF_NO_HOST },
		{ "224.0.0.1", false, "", OF_NO_HOST },
		{ "239.255.255.255", false, "", OF_NO_HOST },
		{ "240.0.0.1", false, "", OF_ANOTHER_HOST },
		{ "255.255.255.255", false, "", OF_NO_HOST },
		{ "ff02::1", false, "", OF_NO_HOST },
		{ "fe80::1", false, "", OF_NO_HOST },
		{ "192.0.2.1", true, "", OF_THIS_HOST },
		{ "2001:db8::1", true, "", OF_THIS_HOST },
		{ "127.0.0.1", true, "", OF_LOOPBACK },
		{ "192.0.2.1", true, "192.0.2.0/24", OF_ANOTHER_HOST },
		{ "::ffff:192.0.2.1", true, "192.0.2.0/24", OF_ANOTHER_HOST },
		{ "192.0.3.1", true, "192.0.2.0/24", OF_THIS_HOST },
		{ "127.0.0.1", false, "192.0.2.0/24 127.0.0.1", OF_ANOTHER_HOST },
		{ "127.0.0.2", false, "192.0.2.0/24 127.0.0.1", OF_LOOPBACK },
		{ "2001:db8::1", true, "2001:db8::/33", OF_ANOTHER_HOST },
		{ "2001:db8:8000::1", true, "2001:db8::/33", OF_THIS_HOST },
	};

	tap_plan(79);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct text_list allow = { 0 };
		struct ip_address a;
		struct span rest = span_of(rows[i].allow);
		while (rest.at && rest.len > 0)
			text_list_add(&allow, span_cut(&rest, ' '));
		ok(ip_address_parse(span_of(rows[i].address), &a), "%s", rows[i].address);
		is_text(mail_loop_name(mail_loop_whose(&a, rows[i].own, &allow)), mail_loop_name(rows[i].of), "%s%s, allowed %s", rows[i].address,
		        rows[i].own ? ", ours" : "", rows[i].allow);
		text_list_free(&allow);
	}

	struct ip_address a;
	ip_address_parse(SPAN("127.0.0.1"), &a);
	ok(mail_loop_is_own(&a), "the kernel knows 127.0.0.1 as its own");
	ip_address_parse(SPAN("192.0.2.77"), &a);
	ok(!mail_loop_is_own(&a), "and 192.0.2.77 not");
	targets();
	return tap_done();
}
