/*
 * mx - from a recipient domain or a smarthost's name to the hosts to try, in
 * order (RFC 5321 section 5.1, RFC 7505).
 *
 * Equal preferences are shuffled; a list that names ourselves is cut at our
 * preference; a domain without MX is its own target; a null MX is final at
 * once (5.1.10). Any DNS trouble is temporary (4.4.3), always.
 */
#ifndef DNS_MX_H
#define DNS_MX_H

#include "dns/dns.h"
#include "dns/target.h"

struct mx_plan {
	struct fault fault;      /* 5.1.2 no such domain; 5.1.10 null MX; 4.4.3; 5.4.6 leads back to us */
	bool unconfirmed;        /* 5.1.2 from an unsigned NXDOMAIN: not yet to be believed as final */
	struct target *targets;
	size_t count;
};

/* The callback owns the plan (mx_plan_free). own_name: settings.hostname. */
typedef void mx_done(void *context, struct mx_plan *plan);
int mx_plan_start(struct dns *d, enum plan_kind kind, const char *name, const char *own_name,
                  mx_done *done, void *context, struct fault *f);

/* The same, waiting. */
void mx_plan_now(struct dns *d, enum plan_kind kind, const char *name, const char *own_name, struct mx_plan *out);
void mx_plan_free(struct mx_plan *p);

#endif
