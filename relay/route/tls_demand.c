/* SPDX-License-Identifier: ISC */
#include "relay/route/tls_demand.h"

static void by_setting(enum tls_level setting, struct tls_demand *out)
{
	*out = (struct tls_demand){ .level = setting };
}

/* DANE where it says something; false where it does not. */
static bool by_dane(const struct target *t, struct tls_demand *out)
{
	static const enum tls_level levels[] = { [DANE_USABLE] = TLS_DANE, [DANE_UNUSABLE] = TLS_ENCRYPT };

	if (t->dane == DANE_NONE)
		return false;
	if (t->dane == DANE_FAILED) {
		*out = (struct tls_demand){ .level = TLS_DANE, .source = TLS_BY_DANE };
		fault_set(&out->refused, FAULT_TEMPORARY, "4.7.5",
		          "%s is not used: its TLSA records (DANE) cannot be looked up, which its postmaster or the name "
		          "servers in between have to fix: %s", t->host, t->dane_fault.text);
	} else {
		*out = (struct tls_demand){ .level = levels[t->dane], .source = TLS_BY_DANE };
	}
	return true;
}

void tls_demand_find(enum tls_level setting, const struct target *t, struct tls_demand *out)
{
	by_setting(setting, out);
	if (setting == TLS_DANE && t->dane != DANE_USABLE && t->dane != DANE_FAILED) {
		/* What the setting "dane" says of a host without usable records. */
		const char *lacks = t->dane == DANE_UNUSABLE ? "none of its TLSA records is of a kind that SMTP uses"
		                    : t->secure ? "it has no TLSA record"
		                                : "its names are not signed with DNSSEC, or no name server here validates";
		by_setting(TLS_DANE, out);
		fault_set(&out->refused, FAULT_TEMPORARY, "4.7.5",
		          "%s is not used: mx_tls = \"dane\" is set, and %s; \"may\" would deliver there and still keep to DANE "
		          "where it is published", t->host, lacks);
		return;
	}
	if ((setting != TLS_MAY && setting != TLS_DANE) || by_dane(t, out))
		return;
	out->sts_testing = t->sts == STS_TESTING;
	if (t->sts == STS_ENFORCE)
		*out = (struct tls_demand){ .level = TLS_VERIFY, .source = TLS_BY_STS };
	if (t->sts == STS_ENFORCE && !t->sts_listed)
		fault_set(&out->refused, FAULT_TEMPORARY, "4.7.5",
		          "%s is not used: the receiver's MTA-STS policy (RFC 8461) does not name it; either its MX records were "
		          "forged, or its postmaster has to fix the policy", t->host);
}

void tls_demand_require(const struct target *t, bool named, struct tls_demand *d)
{
	if (d->refused.kind != FAULT_NONE || (d->source == TLS_BY_DANE && d->level == TLS_DANE) || d->source == TLS_BY_STS)
		return;
	*d = (struct tls_demand){ .level = TLS_VERIFY, .source = TLS_BY_MESSAGE };
	if (!named && !t->mx_secure)
		fault_set(&d->refused, FAULT_PERMANENT, "5.7.30",
		          "%s is not used: the message asks for REQUIRETLS (RFC 8689), and neither DNSSEC nor MTA-STS says that this "
		          "host is the receiver's", t->host);
}

void tls_demand_relax(enum tls_level setting, struct tls_demand *d)
{
	if (d->source == TLS_BY_STS)
		by_setting(setting, d);
}

const char *tls_demand_name(const struct tls_demand *d)
{
	static const char *const settings[] = {
		[TLS_NONE] = "tls=none", [TLS_MAY] = "tls=may", [TLS_ENCRYPT] = "tls=encrypt", [TLS_VERIFY] = "tls=verify",
		[TLS_DANE] = "tls=dane",
	};

	if (d->source == TLS_BY_MESSAGE)
		return "requiretls";
	if (d->source == TLS_BY_STS)
		return "mta-sts enforce";
	if (d->source == TLS_BY_DANE)
		return d->level == TLS_DANE ? "dane" : "dane without a usable record";
	return d->sts_testing ? "mta-sts testing" : settings[d->level];
}

const char *tls_demand_hint(const struct tls_demand *d)
{
	static const char *const hints[] = {
		[TLS_BY_SETTING] = "",
		[TLS_BY_DANE] = "; either somebody in between interferes with the connection, or the receiver's postmaster has "
		                "to make its certificate match its TLSA records",
		[TLS_BY_STS] = "; either somebody in between interferes with the connection, or the receiver's postmaster has "
		               "to fix its certificate or its MTA-STS policy",
		[TLS_BY_MESSAGE] = "; the message asks for it (REQUIRETLS); otherwise it would be delivered",
	};

	return hints[d->source];
}
