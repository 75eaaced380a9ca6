/* SPDX-License-Identifier: ISC */
/*
 * observe - the facts of this host that the checks need: its keys, the next hops
 * in use, who reads postmaster's mail, and how the outside sees its addresses.
 */
#ifndef SIGNET_TRUST_OBSERVE_H
#define SIGNET_TRUST_OBSERVE_H

#include "relay/route/route.h"
#include "signet/keys/keyset.h"
#include "trust/facts.h"

struct observed {              /* what facts borrow */
	struct keyset keyset;
	struct fact_key *keys;
	struct fact_hop *hops;
	struct fact_reader *readers;
	size_t reader_count;
	struct history history;
};

/* The domains to check where none is named: domain, and those of the keys. Appended. */
void observe_domains(const struct settings *s, struct text_list *out);

/* Everything but the outside. Fills the host's part of facts. */
void observe_host(const struct settings *s, const struct text_list *domains, struct observed *out, struct facts *facts);
void observed_free(struct observed *o);

/* The trust anchor, and the keys of the root as the name servers in use give them. Waits, for OBSERVE_ROOT_MS at most. */
enum { OBSERVE_ROOT_MS = 2500 };
void observe_root(struct facts *facts);

/* What signetd knows of its mail. */
void observe_history(const struct settings *s, struct observed *out, struct facts *facts);

/* Says EHLO to the MX of echo_domains, by each address family: fills egress. Waits, for GREET_PATIENCE_MS. False: facts are wanted first. */
bool observe_outside(struct facts *facts);

/*
 * TLS with the MX of the domains, each once: adds to mxs. Waits, for GREET_PATIENCE_MS for each OBSERVE_MXS_AT_ONCE of them, but
 * not beyond deadline_ms: what was not looked at then has a fault that says so. False: facts are wanted first.
 */
enum { OBSERVE_MXS_AT_ONCE = 200, OBSERVE_POLICIES_AT_ONCE = 20, OBSERVE_POLICY_MS = 5000 };
bool observe_mxs(const struct text_list *domains, struct facts *facts, int64_t deadline_ms);

/* The same for the MTA-STS policies of the domains that have a record: adds to policies. */
bool observe_policies(const struct text_list *domains, struct facts *facts, int64_t deadline_ms);

#endif
