/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/nearest.h"

int main(void)
{
	static const char *const words[] = { "retry_min", "retry_max", "spool", "domain", "dkim", "routes", "root", "ca_file" };
	static const struct { const char *typed, *want; } cases[] = {
		{ "retry_mni", "retry_min" }, { "retrymax", "retry_max" }, { "spol", "spool" }, { "domian", "domain" },
		{ "DKIM", "dkim" }, { "dikm", "dkim" }, { "route", "routes" }, { "cafile", "ca_file" }, { "roots", "root" },
		{ "zebra", "" }, { "x", "" }, { "", "" }, { "completely_different_setting", "" },
		{ "a_name_that_is_far_longer_than_any_setting_could_ever_be_in_this_table", "" },
	};

	tap_plan(14);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct nearest n = nearest_to(span_of(cases[i].typed));
		for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
			nearest_try(&n, words[w]);
		is_text(n.word ? n.word : "", cases[i].want, "nearest to \"%s\"", cases[i].typed);
	}
	return tap_done();
}
