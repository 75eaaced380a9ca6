/* SPDX-License-Identifier: ISC */
#include "relay/queue/mail_log.h"

#include "tests/tap.h"

static const struct {
	int64_t total_ms;
	const char *want;
} precisions[] = {
	{ 0, "0" }, { 4, "0" }, { 5, "0.01" }, { 12, "0.01" }, { 100, "0.1" }, { 126, "0.13" }, { 990, "0.99" },
	{ 994, "0.99" }, { 995, "1" }, { 1000, "1" }, { 1049, "1" }, { 1050, "1.1" }, { 1234, "1.2" }, { 2000, "2" },
	{ 9949, "9.9" }, { 9950, "10" }, { 10400, "10" }, { 10500, "11" }, { 100499, "100" }, { 123456, "123" },
	{ 5LL * 86400 * 1000, "432000" },
};

static void precision(void)
{
	for (size_t i = 0; i < sizeof precisions / sizeof precisions[0]; i++) {
		struct delays d = { .total_ms = precisions[i].total_ms };
		struct buf out = { 0 };
		char want[100];

		snprintf(want, sizeof want, "delay=%s, delays=0/0/0/0", precisions[i].want);
		delays_print(&d, &out);
		is_text(buf_text(&out), want, "%lld ms", (long long)precisions[i].total_ms);
		buf_free(&out);
	}
}

static const struct {
	const char *name;
	int64_t arrival, due, now, setup, transfer;
	const char *want;
} cases[] = {
	{ "at once",              1000, 1010, 1300,  50,  40, "delay=0.3, delays=0.01/0.2/0.05/0.04" },
	{ "on a session in use",  1000, 1000, 1100,   0, 100, "delay=0.1, delays=0/0/0/0.1" },
	{ "after an hour",        0, 3600000, 3601500, 500, 700, "delay=3602, delays=3600/0.3/0.5/0.7" },
	{ "never tried",          1000, 1300, 1300,   0,   0, "delay=0.3, delays=0.3/0/0/0" },
	{ "a clock set back",     5000, 9000, 2000, 100, 100, "delay=0, delays=0/0/0.1/0.1" },
	{ "due in the future",    0,    9000, 2000,   0,   0, "delay=2, delays=2/0/0/0" },
};

static void parts(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct delays d = delays_of(cases[i].arrival, cases[i].due, cases[i].now, cases[i].setup, cases[i].transfer);
		struct buf out = { 0 };

		delays_print(&d, &out);
		is_text(buf_text(&out), cases[i].want, "%s", cases[i].name);
		buf_free(&out);
	}
}

int main(void)
{
	tap_plan(27);
	precision();
	parts();
	return tap_done();
}
