/* SPDX-License-Identifier: ISC */
/*
 * mx - from a recipient domain or a smarthost's name to the hosts to try, in
 * order (RFC 5321 section 5.1, RFC 7505).
 *
 * A list that names ourselves is cut at our preference, and so is one that
 * names an address of ours (dns/mail_loop.h); a domain without MX is its own
 * target; a null MX is final at once (5.1.10). Any DNS trouble is temporary
 * (4.4.3), always; but when some hosts of a domain are found and others are
 * not, those that are will do. Equal preferences stand by name, and are drawn
 * for each session (targets_draw).
 *
 * A smarthost's name is looked up in hosts(5), then in the DNS; one without
 * a dot also under each search domain of resolv.conf(5) first. Whatever goes
 * wrong with it is temporary: it is our owner's to fix.
 *
 * A pool is several smarthosts behind one name or list. The service with TLS
 * from the first byte is asked for first, and the other only where it is not
 * published. What is wrong with a pool is temporary, too.
 *
 * "[192.0.2.1]" and "[IPv6:2001:db8::1]" are their own targets (RFC 5321
 * section 4.1.3). At most 100 exchangers are considered, and 50 targets with
 * 20 addresses each come back; the families take turns, IPv4 first, since
 * that is where small senders have their name and their standing.
 */
#ifndef DNS_MX_H
#define DNS_MX_H

#include "dns/dns.h"
#include "dns/target.h"

struct mx_plan {
	struct fault fault;      /* 5.1.2 no such domain, or one without MX and address; 5.1.10 null MX;
	                            5.4.4 none of its MX hosts has an address; 4.4.3; 5.4.6 leads back to us, or nowhere;
	                            4.4.4 no such smarthost or pool; 5.1.3 a malformed address literal */
	bool mx_elsewhere;       /* PLAN_MX, unless the fault is temporary: MX records name a host that is not this one */
	bool unconfirmed;        /* 5.1.2 or 5.4.4 from an unsigned answer: not yet to be believed as final */
	struct target *targets;
	size_t count;
};

/*
 * The callback owns the plan (mx_plan_free); it may come before this returns.
 * own_name: settings.hostname. Returns 0: every trouble comes in the plan.
 */
typedef void mx_done(void *context, struct mx_plan *plan);
int mx_plan_start(struct dns *d, enum plan_kind kind, const char *name, const char *own_name,
                  mx_done *done, void *context, struct fault *f);

/*
 * The hosts of PLAN_HOST or PLAN_LIST without asking for any address: a proxy looks them up. False: it is of another
 * kind, whose hosts only the DNS knows.
 */
bool mx_plan_by_name(enum plan_kind kind, const char *name, struct mx_plan *out);

/* The same as mx_plan_start, waiting. */
void mx_plan_now(struct dns *d, enum plan_kind kind, const char *name, const char *own_name, struct mx_plan *out);
void mx_plan_free(struct mx_plan *p);

#endif
