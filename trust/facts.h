/* SPDX-License-Identifier: ISC */
/*
 * facts - what has been observed of this host and of the DNS, as plain values:
 * all that the checks judge by. Pure.
 *
 * A check asks for a DNS answer with facts_system or facts_fresh. What is not
 * there yet is noted as wanted, and NULL comes back; the check then does
 * without, and is run again when trust/gather.h has found it out. So checks
 * are functions of facts alone, and nothing lists in advance which names they
 * need. A test fills the answers by hand.
 *
 * There are two views. The system's is what its resolver says, as this host's
 * own deliveries see it: one answer. The fresh one is what each authoritative
 * server of the zone says, past all caches: an answer of each. Which servers
 * those are follows from the system's answers about NS.
 *
 * Values are texts: an address; a name, lower case without the final dot, of
 * NS, PTR and CNAME; "10 mx.example.org" of MX; the strings of TXT joined, with
 * each NUL byte as \001; TLSA as "3 1 1 HEX"; SOA as its serial.
 */
#ifndef TRUST_FACTS_H
#define TRUST_FACTS_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "base/text_list.h"
#include "base/view/control.h"
#include "base/view/history.h"
#include "dns/dns.h"
#include "dns/target.h"
#include "sign/sign.h"
#include "trust/blocklist_kept.h"
#include "trust/peer.h"
#include "trust/root_key.h"

#include <stdint.h>

enum { FACTS_SOA = 6, FACTS_CNAMES_MAX = 5, FACTS_QUESTIONS_MAX = 2000, FACTS_SERVERS_MAX = 13 };

enum fact_view { FACT_SYSTEM, FACT_FRESH };

struct fact_answer {
	char *server;           /* "ns1.example.org[192.0.2.1]"; "" is the system's resolver */
	struct fault fault;     /* NONE: an answer, maybe empty */
	bool nxdomain, secure;
	bool bogus;             /* with a fault, of the system's: its DNSSEC is broken */
	uint32_t ttl_s;         /* the longest; of the negative answer where there are no values */
	char *alias;            /* where CNAMEs lead: FRESH, the next name; SYSTEM, the last. NULL: there are none */
	struct text_list values;
	struct text_list quoted;/* of TXT, the same in the form of zone files: "\"v=spf1 \" \"-all\"" */
};

struct fact {
	enum fact_view view;
	char *name;
	unsigned type;
	bool known;
	unsigned tries;         /* for trust/gather.c */
	struct fault fault;     /* FRESH, and no answers: its servers cannot be found (4.4.3), the domain does not exist (5.1.2) */
	struct fact_answer *answers;
	size_t count;
};

/* ---- of this host ---- */

/* How the outside sees one address family. */
struct fact_egress {
	bool wanted;            /* mail may leave by it: the settings and the kernel have a way */
	bool heard;             /* a server outside has said the address */
	struct ip_address address;   /* as it said; else the kernel's source address; family 0: not known */
	struct ip_address source;    /* the kernel's */
	struct ip_address before;    /* of the last run; family 0: not known */
	bool asked;             /* port 25 outside was tried */
	bool open;              /* and a server answered there */
	char *by;               /* which one was tried: "mx.example.net[192.0.2.1]"; NULL for none */
	struct fault fault;     /* what went wrong with it */
	int64_t clock_s;        /* how far the clock of a server is ahead of ours; */
	bool clock_known;       /* where its greeting had the time */
	bool detour_asked;      /* signetd was asked whether mail that would go straight by this family takes a detour, */
	bool detour_known;      /* and has answered; else, for this reason: */
	struct fault detour_fault;
	struct control_detour detour;   /* family 0: it does not */
};

/* A configured key, for one domain. */
struct fact_key {
	const char *from;       /* the domain that is checked: of From; */
	const char *domain;     /* d=, which it is or is below */
	const char *selector, *file;
	enum sign_scheme scheme;
	const struct sign_key *key;   /* borrowed; NULL: fault says why, */
	bool unseen;            /* and another user could read it */
	struct fault fault;
};

/* A smarthost that mail may go through. */
struct fact_hop {
	const char *name, *host;
	bool sign;
	const struct text_list *spf;   /* the terms that its provider names */
};

/* TLS of an MX of a domain that is checked, as it was seen at one of its addresses. */
struct fact_mx {
	char *host, *address;
	bool asked;             /* false: not yet */
	bool reached, offers_tls;
	struct fault fault;     /* not reached, or no TLS, for this reason */
	struct peer_chain chain;
};

/* The MTA-STS policy of a domain that is checked. */
struct fact_policy {
	char *domain;
	bool unseen;            /* it was not asked for; fault says why */
	bool unanswered;        /* no web server answers, */
	bool untrusted;         /* or one whose certificate is not valid for its name; fault says more */
	struct fault fault;     /* it could not be fetched or read */
	char *text;             /* NULL then */
};

/* The trust anchor of this host, and the keys of the root. */
struct fact_root {
	bool asked;
	bool set;               /* the file is one that the owner has set */
	const char *file;       /* borrowed */
	struct fault file_fault;/* it cannot be read */
	char *text;             /* NULL then */
	struct root_keys heard; /* none: heard_fault says why */
	struct fault heard_fault;
};

/* Who reads a name of this host. */
struct fact_reader {
	const char *name;       /* "postmaster" */
	char *to;               /* "" is nobody, */
	char *why;              /* for this reason */
};

struct facts {
	const struct settings *settings;   /* borrowed, as the lists of this host are */
	const struct text_list *domains;   /* all that are checked; NULL: not known */
	int64_t now_ms;
	struct fact_egress egress[2];      /* IPv4, IPv6 */
	const struct fact_key *keys;
	size_t key_count;
	const struct fact_hop *hops;
	size_t hop_count;
	bool direct;                       /* mail goes to MX hosts, too */
	const struct fact_reader *readers;
	size_t reader_count;
	const struct history *history;     /* of its mail; NULL: not known, */
	struct fault history_fault;        /* for this reason */
	const struct blocklist_kept *blocklists;   /* what they said within a day; NULL: nothing is kept */
	struct fact_root root;             /* its text and keys are owned */
	struct fact_mx *mxs;               /* these two are owned; what is not in them was not looked at */
	size_t mx_count;
	struct fact_policy *policies;
	size_t policy_count;

	struct fact **items;               /* of the DNS; each stays where it is, until it is forgotten */
	size_t count, room, wanted;
	size_t *slots, slot_count;         /* by the hash of view, type and name: its index + 1 */
	size_t most;                       /* so many items at most; 0: FACTS_QUESTIONS_MAX */
	size_t missed;                     /* how often a check was told that something is not known yet */
	struct ip_address *silent;         /* name servers that have not answered, and are not asked again */
	size_t silent_count;
	struct fact_answer unanswerable;   /* what facts_system gives of what is not a name; */
	struct fact unaskable;             /* and facts_fresh, of that and of CNAMEs without an end */
};

void facts_free(struct facts *f);          /* what it owns */
void fact_egress_free(struct fact_egress *e);

/* Mail leaves by that family, and the address that the outside sees is known. */
bool fact_egress_is_known(const struct fact_egress *e);

/* Known or not; made where it is not there. NULL: the name is not one, or there are as many as may be. */
struct fact *facts_find(struct facts *f, enum fact_view view, const char *name, unsigned type);

/* What the DNS says of these domains and of names below them is not known any more. Nothing may be wanted then. */
void facts_forget(struct facts *f, const struct text_list *domains);

/* NULL: not known yet. What cannot be asked is a fault. */
const struct fact_answer *facts_system(struct facts *f, const char *name, unsigned type);

/* The same of each server. CNAMEs have been followed; a chain of them that does not end is a fault. */
const struct fact *facts_fresh(struct facts *f, const char *name, unsigned type);

/* For who fills a fact: one more answer, whose server is copied. */
struct fact_answer *fact_add(struct fact *fact, const char *server);

/* A TXT value of such strings (RDATA); false: it is malformed. */
bool fact_add_txt(struct fact_answer *a, struct span rdata);

/* ---- of a fresh fact ---- */

/* The first answer that is one; NULL: no server has answered. */
const struct fact_answer *fact_one(const struct fact *fact);

/* How many servers have answered, and how many of them say the same as that one. */
size_t fact_answered(const struct fact *fact);
size_t fact_agreed(const struct fact *fact, const struct fact_answer *with);
uint32_t fact_ttl_s(const struct fact *fact);   /* the longest */

/* Why there is no answer, for a person. */
const char *fact_why(const struct fact *fact);

#endif
