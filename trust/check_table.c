#include "trust/finding.h"

#define DIG_TXT "dig +short %s TXT"
#define SAYS_KEY "A receiver looks up this record to verify our signature. Where it does not find our key there, the signature " \
	"counts for nothing, and mail that DMARC or Gmail's and Yahoo's rules ask to be signed is refused or goes to the spam folder."

const struct check check_table[] = {
	{ "dkim.key", "whether each configured private key can be read and used, and whether the domain has one at all",
	  "Mail that is not signed has no identity that receivers could trust; Gmail, Yahoo and Microsoft ask for a signature.",
	  "signet key list" },
	{ "dkim.record", "whether exactly one undamaged record is published at SELECTOR._domainkey.DOMAIN", SAYS_KEY, DIG_TXT },
	{ "dkim.match", "whether the published key is the other half of the private key that signs, byte by byte", SAYS_KEY, DIG_TXT },
	{ "dkim.flags", "whether the record's h=, k=, s= and t= allow what we sign",
	  "A record may say that the key is not for mail, for another hash, or only a test; receivers then ignore the signature.", DIG_TXT },
	{ "dkim.probe", "whether a message signed with the private key verifies with what is published, as a receiver would do it",
	  SAYS_KEY, "signet check --only dkim" },
	{ "dkim.servers", "whether all authoritative servers show the same record",
	  "Receivers ask any one of the servers: as long as they differ, some mail verifies and some does not.", DIG_TXT },
	{ "dkim.cached", "whether this host's resolver has the record as the authoritative servers show it",
	  "What was there before, or that nothing was there, stays in caches for its time to live.", DIG_TXT },
	{ "dkim.bits", "whether the key is long enough, and of a type that receivers can verify",
	  "RFC 8301 asks signers for 2048 bits; shorter keys are distrusted more each year, and not every receiver knows Ed25519.",
	  "signet key list" },
	{ "domainkeys.key", "whether the private keys for DomainKeys can be read and used",
	  "Without it no DomainKeys signature is made.", "signet key list" },
	{ "domainkeys.record", "whether exactly one undamaged record is published for the DomainKeys selector", SAYS_KEY, DIG_TXT },
	{ "domainkeys.match", "whether that record holds the key that signs", SAYS_KEY, DIG_TXT },
	{ "domainkeys.flags", "whether the record's k=, g= and t= allow what we sign", SAYS_KEY, DIG_TXT },
	{ "domainkeys.probe", "whether a message with a DomainKeys signature verifies with what is published", SAYS_KEY,
	  "signet check --only domainkeys" },
	{ "domainkeys.servers", "whether all authoritative servers show the same DomainKeys record",
	  "As long as they differ, some mail verifies and some does not.", DIG_TXT },
	{ "domainkeys.cached", "whether this host's resolver has the DomainKeys record as the authoritative servers show it",
	  "What was there before stays in caches for its time to live.", DIG_TXT },
	{ "domainkeys.bits", "whether the key for DomainKeys is long enough",
	  "Shorter keys are distrusted more each year.", "signet key list" },
	{ "domainkeys.policy", "the policy record at _domainkey.DOMAIN (RFC 4870)",
	  "Where a receiver still reads it, it says whether all mail of the domain is signed.", DIG_TXT },
	{ "domainkeys.use", "whether DomainKeys is used at all",
	  "DomainKeys became DKIM in 2007; receivers of today judge by DKIM.", "" },
};

const size_t check_count = sizeof check_table / sizeof check_table[0];
