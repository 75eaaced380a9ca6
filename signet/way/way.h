/* SPDX-License-Identifier: ISC */
/*
 * way - what signet route finds out: which way mail for an address goes, over
 * which hosts, what they and their owners say about TLS, and who signs. As
 * text for a person, or as JSON.
 */
#ifndef SIGNET_WAY_WAY_H
#define SIGNET_WAY_WAY_H

#include "dns/mx.h"
#include "relay/route/alias_expand.h"
#include "relay/route/route.h"
#include "relay/route/tls_demand.h"
#include "signet/keys/keyset.h"
#include "signet/way/sticky.h"

enum way_end {
	WAY_FOUND,
	WAY_LOCAL,        /* it stays on this host, and nothing is delivered here: trouble says what to do */
	WAY_REFUSED,      /* by the aliases: trouble says why */
	WAY_NONE,         /* no rule: such mail is held */
	WAY_ON_HOLD,      /* by a rule that holds */
	WAY_NEEDS_MX,     /* offline, and a rule needs to know the MX */
	WAY_NO_MX,        /* the DNS did not name them: trouble */
};

/* What becomes of the mail, as far as can be known before a server is asked. */
enum way_fate {
	WAY_UNKNOWN,      /* offline */
	WAY_SENT,         /* to the servers of a hop */
	WAY_WAITS,        /* and is tried again for queue_life */
	WAY_HELD,         /* until the configuration changes */
	WAY_RETURNED,     /* to its sender */
	WAY_RETURNED_LATER, /* the same, when the DNS says it once more */
};

struct way_hop {
	const char *name;                    /* "mx" or the smarthost's; borrowed */
	const struct smarthost *smarthost;   /* NULL: mx */
	enum plan_kind kind;
	struct buf asked;                    /* what was planned for */
	bool planned;                        /* false: offline */
	struct mx_plan plan;                 /* addresses of the families that the hop uses */
	struct hop_limits limits;            /* once planned */
	struct buf sts_id;                   /* mx: of the domain's MTA-STS record; "" without */
};

struct way {
	const struct settings *settings;     /* these two are borrowed */
	const char *file;                    /* of the configuration */
	struct buf address;                  /* whose way it is */
	struct buf alias;                    /* what named it: "staff (/etc/aliases:5)"; "" for no alias */
	struct buf reader;                   /* root, in place of an address that stays on this host; "" for others */
	struct buf domain;                   /* of the recipient, or that reader, as the DNS knows it */
	struct buf sender;                   /* as rules see it: "<>" the null one, "" not said */
	struct buf from_domain;              /* whose keys */
	enum way_end end;
	struct fault trouble;                /* WAY_LOCAL, WAY_NO_MX */
	bool unconfirmed;                    /* that it is, as in struct mx_plan */
	struct route route;
	struct way_hop *hops;
	size_t hop_count;
	const struct dkim_key **keys;
	size_t key_count;
	struct keyset read;                  /* all that are configured, as they would sign */
	struct control_policy policy;        /* MTA-STS, as signetd remembers it; texts NULL: nothing, or not asked */
	struct sticky_list sticky;           /* which sites are blocked, and detours: from signetd, where it was asked */
};

/* Asks signetd for the policy of the domain, and holds the hosts of mx to it. No signetd: nothing is known. */
void way_ask_policy(struct way *w);

/* What the TLS of one of the hop's hosts must be: "may", "dane", "mta-sts enforce" …; refused: why it is not used. */
const char *way_tls(const struct way *w, const struct way_hop *hop, const struct target *t, struct fault *refused);

/* What is refused of this mail there at this moment, as far as is known. */
struct sticky_hop way_sticky(const struct way *w, size_t hop);

/* The detour that mail takes in place of that hop, mx, as in sticky_detour; NULL for none. */
const struct control_detour *way_detour(const struct way *w, size_t hop, bool *straight);

/* Decided as in the queue, by relay/route/route.h, relay/route/hop.h and the plans. hop: the one it is sent over, or the last. */
enum way_fate way_fate(const struct way *w, size_t *hop);

/*
 * The way of one of those that asked, as it was given, leads to by the aliases (relay/route/alias_expand.h).
 * from: NULL not said; "" or "<>" the null sender. dns NULL: offline. -1: a fault of an address.
 */
int way_find_recipient(struct routes *r, struct dns *dns, const struct alias_recipient *recipient, const char *asked,
                       const char *from, struct way *out, struct fault *f);
void way_free(struct way *w);

void way_say(const struct way *w);
void way_print_json(const struct way *w, struct buf *out);

#endif
