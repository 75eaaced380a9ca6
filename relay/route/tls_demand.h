/* SPDX-License-Identifier: ISC */
/*
 * tls_demand - what one host's TLS must be before mail goes there, and why:
 * the owner's setting, and with "may" and "dane" what the receivers published.
 * Pure; the same answer for the code that plans, that dials and that explains.
 *
 * DANE comes before MTA-STS where a host has it (RFC 8461 section 2); records
 * that SMTP cannot use still ask for TLS, unverified (RFC 7672 section 2.2).
 * A demand that cannot be met means that the host is not used: never less.
 */
#ifndef RELAY_ROUTE_TLS_DEMAND_H
#define RELAY_ROUTE_TLS_DEMAND_H

#include "base/conf/settings.h"
#include "dns/target.h"

enum tls_source { TLS_BY_SETTING, TLS_BY_DANE, TLS_BY_STS, TLS_BY_MESSAGE };

struct tls_demand {
	enum tls_level level;     /* TLS_DANE: by target's tlsa; TLS_VERIFY: by certificates and name */
	enum tls_source source;
	bool sts_testing;         /* besides: what MTA-STS will ask for one day is looked at, and only logged */
	struct fault refused;     /* not NONE: the host is not to be used, 4.7.5; 5.7.30 by tls_demand_require */
};

void tls_demand_find(enum tls_level setting, const struct target *t, struct tls_demand *out);

/*
 * Raises it to what a message with REQUIRETLS asks (RFC 8689 section 4.2.1): a host that DNSSEC, MTA-STS or our owner
 * says is the receiver's, and whose certificate proves it. named: our owner did.
 */
void tls_demand_require(const struct target *t, bool named, struct tls_demand *d);

/*
 * Lowers it to the setting for a message with TLS-Required: No (RFC 8689 section 3): where MTA-STS demands. DANE stays,
 * which is a demand of the host's own records, and so does what our owner sets.
 */
void tls_demand_relax(enum tls_level setting, struct tls_demand *d);

/* TLS is required, whatever it proves. */
static inline bool tls_demand_is_firm(const struct tls_demand *d)
{
	return d->level >= TLS_ENCRYPT;
}

/* "tls=may", "dane", "dane without a usable record", "mta-sts enforce": for the log and for a person. */
const char *tls_demand_name(const struct tls_demand *d);

/* "" or what follows a fault that says it was not met: who can fix it. */
const char *tls_demand_hint(const struct tls_demand *d);

#endif
