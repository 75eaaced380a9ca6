/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/tls_demand.h"

static const struct {
	enum tls_level setting;
	enum dane_state dane;
	enum sts_mode sts;
	bool listed;
	enum tls_level level;
	const char *name;        /* "" for a host that is not used */
	const char *why;         /* in the refusal */
} rows[] = {
	{ TLS_NONE, DANE_USABLE, STS_ENFORCE, true, TLS_NONE, "tls=none", NULL },
	{ TLS_ENCRYPT, DANE_USABLE, STS_ENFORCE, false, TLS_ENCRYPT, "tls=encrypt", NULL },
	{ TLS_VERIFY, DANE_FAILED, STS_ENFORCE, false, TLS_VERIFY, "tls=verify", NULL },

	{ TLS_MAY, DANE_NONE, STS_NONE, false, TLS_MAY, "tls=may", NULL },
	{ TLS_MAY, DANE_USABLE, STS_NONE, false, TLS_DANE, "dane", NULL },
	{ TLS_MAY, DANE_UNUSABLE, STS_NONE, false, TLS_ENCRYPT, "dane without a usable record", NULL },
	{ TLS_MAY, DANE_FAILED, STS_NONE, false, TLS_DANE, "", "SERVFAIL" },
	{ TLS_MAY, DANE_NONE, STS_ENFORCE, true, TLS_VERIFY, "mta-sts enforce", NULL },
	{ TLS_MAY, DANE_NONE, STS_ENFORCE, false, TLS_VERIFY, "", "MTA-STS policy" },
	{ TLS_MAY, DANE_NONE, STS_TESTING, true, TLS_MAY, "mta-sts testing", NULL },
	{ TLS_MAY, DANE_NONE, STS_TESTING, false, TLS_MAY, "mta-sts testing", NULL },
	{ TLS_MAY, DANE_USABLE, STS_ENFORCE, false, TLS_DANE, "dane", NULL },
	{ TLS_MAY, DANE_UNUSABLE, STS_ENFORCE, false, TLS_ENCRYPT, "dane without a usable record", NULL },
	{ TLS_MAY, DANE_FAILED, STS_ENFORCE, true, TLS_DANE, "", "SERVFAIL" },

	{ TLS_DANE, DANE_USABLE, STS_NONE, false, TLS_DANE, "dane", NULL },
	{ TLS_DANE, DANE_USABLE, STS_ENFORCE, false, TLS_DANE, "dane", NULL },
	{ TLS_DANE, DANE_NONE, STS_NONE, false, TLS_DANE, "", "mx_tls = \"dane\" is set" },
	{ TLS_DANE, DANE_NONE, STS_ENFORCE, true, TLS_DANE, "", "mx_tls = \"dane\" is set" },
	{ TLS_DANE, DANE_UNUSABLE, STS_NONE, false, TLS_DANE, "", "of a kind that SMTP uses" },
	{ TLS_DANE, DANE_FAILED, STS_NONE, false, TLS_DANE, "", "SERVFAIL" },
};

static void required(void)
{
	static const struct {
		enum tls_level setting;
		enum dane_state dane;
		enum sts_mode sts;
		bool listed, mx_secure, named;
		const char *name;        /* "" for a host that is not used, with: */
		const char *status;
	} wanted[] = {
		{ TLS_MAY, DANE_USABLE, STS_NONE, false, true, false, "dane", NULL },
		{ TLS_MAY, DANE_NONE, STS_ENFORCE, true, false, false, "mta-sts enforce", NULL },
		{ TLS_MAY, DANE_NONE, STS_NONE, false, true, false, "requiretls", NULL },
		{ TLS_MAY, DANE_UNUSABLE, STS_NONE, false, true, false, "requiretls", NULL },
		{ TLS_NONE, DANE_NONE, STS_NONE, false, false, true, "requiretls", NULL },
		{ TLS_VERIFY, DANE_NONE, STS_NONE, false, false, true, "requiretls", NULL },
		{ TLS_MAY, DANE_NONE, STS_NONE, false, false, false, "", "5.7.30" },
		{ TLS_VERIFY, DANE_NONE, STS_NONE, false, false, false, "", "5.7.30" },
		{ TLS_MAY, DANE_NONE, STS_TESTING, true, false, false, "", "5.7.30" },
		{ TLS_MAY, DANE_FAILED, STS_NONE, false, true, false, "", "4.7.5" },
		{ TLS_MAY, DANE_NONE, STS_ENFORCE, false, true, false, "", "4.7.5" },
	};

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		struct target t = { .host = (char *)"mx.example", .dane = wanted[i].dane, .sts = wanted[i].sts,
		                    .sts_listed = wanted[i].listed, .mx_secure = wanted[i].mx_secure,
		                    .dane_fault = { FAULT_TEMPORARY, "4.4.3", "SERVFAIL" } };
		struct tls_demand d;
		tls_demand_find(wanted[i].setting, &t, &d);
		tls_demand_require(&t, wanted[i].named, &d);
		is_text(d.refused.kind ? "" : tls_demand_name(&d), wanted[i].name, "required %zu: name", i);
		is_text(d.refused.status, wanted[i].status ? wanted[i].status : "", "required %zu: %s", i, d.refused.text);
		ok(tls_demand_is_firm(&d), "required %zu: firm", i);
	}
}

/* TLS-Required: No. */
static void relaxed(void)
{
	static const struct {
		enum tls_level setting;
		enum dane_state dane;
		enum sts_mode sts;
		bool listed;
		const char *name;
	} wanted[] = {
		{ TLS_MAY, DANE_NONE, STS_ENFORCE, true, "tls=may" },
		{ TLS_MAY, DANE_NONE, STS_ENFORCE, false, "tls=may" },
		{ TLS_MAY, DANE_NONE, STS_TESTING, true, "mta-sts testing" },
		{ TLS_MAY, DANE_NONE, STS_NONE, false, "tls=may" },
		{ TLS_MAY, DANE_USABLE, STS_ENFORCE, true, "dane" },
		{ TLS_MAY, DANE_UNUSABLE, STS_ENFORCE, true, "dane without a usable record" },
		{ TLS_MAY, DANE_FAILED, STS_ENFORCE, true, "" },
		{ TLS_VERIFY, DANE_NONE, STS_NONE, false, "tls=verify" },
		{ TLS_ENCRYPT, DANE_NONE, STS_NONE, false, "tls=encrypt" },
		{ TLS_DANE, DANE_NONE, STS_NONE, false, "" },
	};

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		struct target t = { .host = (char *)"mx.example", .dane = wanted[i].dane, .sts = wanted[i].sts,
		                    .sts_listed = wanted[i].listed, .dane_fault = { FAULT_TEMPORARY, "4.4.3", "SERVFAIL" } };
		struct tls_demand d;
		tls_demand_find(wanted[i].setting, &t, &d);
		tls_demand_relax(wanted[i].setting, &d);
		is_text(d.refused.kind ? "" : tls_demand_name(&d), wanted[i].name, "relaxed %zu", i);
	}
}

int main(void)
{
	tap_plan(130);
	required();
	relaxed();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct target t = { .host = (char *)"mx.example", .dane = rows[i].dane, .sts = rows[i].sts, .sts_listed = rows[i].listed,
		                    .dane_fault = { FAULT_TEMPORARY, "4.4.3", "SERVFAIL" } };
		struct tls_demand d;
		bool refused = rows[i].name[0] == '\0';
		tls_demand_find(rows[i].setting, &t, &d);
		is_int(d.level, rows[i].level, "%zu: level", i);
		ok((d.refused.kind != FAULT_NONE) == refused, "%zu: used or not", i);
		if (!refused)
			is_text(tls_demand_name(&d), rows[i].name, "%zu: name", i);
		if (refused)
			is_text(d.refused.status, "4.7.5", "%zu: temporary", i);
		if (refused)
			ok(strstr(d.refused.text, rows[i].why) && strstr(d.refused.text, "mx.example"), "%zu: %s", i, d.refused.text);
		ok(tls_demand_is_firm(&d) == (rows[i].level >= TLS_ENCRYPT), "%zu: firm or not", i);
	}
	return tap_done();
}
