/* SPDX-License-Identifier: ISC */
/*
 * settings - what the configuration says, as plain values.
 *
 * base/conf/config.c fills it from a file; signetd packs it for the roles, which
 * open no configuration. No secret is ever in here: only where it is.
 * Durations are milliseconds, sizes bytes.
 */
#ifndef BASE_CONF_SETTINGS_H
#define BASE_CONF_SETTINGS_H

#include "base/buf.h"
#include "base/conf/settings_table.h"
#include "base/conf/tls_level.h"
#include "base/fault.h"
#include "base/text_list.h"


enum { FALLBACK_UNREACHABLE = 1, FALLBACK_BLOCKED = 2, FALLBACK_TEMPORARY = 4, FALLBACK_LIMIT = 8 };

struct rate {               /* "300/h": so many in any period of that length; count 0 means no limit */
	uint32_t count;
	int64_t window_ms;
};

struct smarthost {
	char *name;             /* what routes call it; "smarthost" for the single one */
	char *host;             /* name or address; "" where hosts says them */
	char *pool;             /* "" is one host; "srv", "mx": the hosts that the DNS says for it */
	struct text_list hosts; /* or as base/conf/pool_host.h reads them */
	uint16_t port;
	bool implicit_tls;      /* port 465, or as set */
	enum tls_level tls;
	char *user;             /* "" is no AUTH */
	char *password_file;    /* at most one of these three and oauth is set; "credential:NAME" for one of systemd's */
	char *password_command; /* "" or what prints the password */
	char *token_command;    /* "" or what prints an OAuth access token */
	char *oauth_provider;   /* "google", "microsoft" or "" (base/conf/oauth_terms.h); this and the next are of oauth */
	char *oauth_client_id;
	char *oauth_client_secret_file;
	char *oauth_tenant;
	char *oauth_scope;      /* "" is the provider's, as the next three */
	char *oauth_device_endpoint, *oauth_authorize_endpoint, *oauth_token_endpoint;
	struct text_list mechanisms;  /* of AUTH that may be used; empty: all that this version knows */
	char *ca_file;          /* "" is the system's */
	uint32_t sessions;      /* most at once */
	struct rate rate;       /* of messages */
	struct rate limit;      /* of recipients, beyond restarts */
	uint32_t messages_per_session, recipients_per_message;
	struct text_list source;    /* addresses of this host to send from: one of each family at most */
	struct text_list families;  /* "ipv4", "ipv6" in the order to try; empty or "any": both */
	bool sign;              /* false: what goes this way goes without our signatures */
	char *envelope_from;    /* "" is the message's own; the null sender stays as it is */
	char *proxy;            /* "" or as base/conf/proxy_place.h reads it */
	char *proxy_password_file;
	struct text_list spf;   /* SPF mechanisms that its provider names for who sends through it */
};

struct dkim_key {
	char *domain;           /* "example.org": it and what is below it, as d=example.org; "*.example.org" and "*":
	                           each From domain below, or any, as itself */
	char *selector;
	char *file;             /* PEM; "credential:NAME" for one of systemd's */
	char *password_command; /* "" or what prints the pass phrase of an encrypted file */
	char *header_canon;     /* "relaxed" or "simple" */
	char *body_canon;
	char *identity;         /* i=; "" leaves it out */
	int64_t expires_ms;     /* x= that long after t=; 0 leaves it out */
	char *domainkeys_selector;  /* "" is no DomainKeys signature */
	char *domainkeys_file;
	char *domainkeys_canon; /* "nofws" or "simple" */
};

struct route_rule {
	struct text_list from;  /* senders it is for; empty: all. An address, a domain with or without "@", ".subdomains",
	                           "*" for all but the null one, "<>" for that */
	char *table;            /* a file of recipients and their via, in place of to and via; "" for none */
	struct text_list to;    /* exact, ".subdomains", "mx:PATTERN", "*" */
	struct text_list via;   /* "mx" or smarthost names, in order; LOCAL_HOP or HOLD_HOP alone */
	unsigned fallback_on;   /* FALLBACK_ bits; UNREACHABLE and BLOCKED by default where via has several */
	int64_t fallback_after_ms;
	int64_t fallback_for_ms;
	unsigned line;          /* of the configuration; 0 in an included file and where it was unpacked */
};

struct rewrite_rule {       /* of a sender that leaves */
	char *from;             /* "user@host", "user@" or "@host" */
	char *to;               /* an address, or "@host", which keeps the local part */
};

struct stub_zone {          /* asked at these servers, as "ADDRESS" or "ADDRESS@PORT" */
	char *zone;
	struct text_list servers;
};

struct settings {
	char *hostname;         /* HELO; the kernel's when not set */
	char *domain;           /* what a bare address gets; the hostname when not set */
	char *root;             /* who reads local mail; "" is nobody */
	char *from;             /* forced sender of mail that leaves; "": none */
	struct text_list local_domains;
	struct text_list aliases;    /* files, in the order in which names are looked for */
	struct text_list alias_programs;  /* that they may name (base/conf/local_command.h) */
	char *local_map;        /* "host": a local name is a mailbox here; "domain": one at domain */
	bool host_in_name;      /* a local account's From names the host it is on */
	struct rewrite_rule *rewrite;
	size_t rewrite_count;
	struct text_list masquerade;
	char *redirect;         /* "", or who gets all mail in place of its recipients */
	char *always_bcc;       /* "", or who gets a copy of each submission */
	struct text_list mailq_users;
	struct text_list trusted_users;  /* who may name any envelope sender; empty: all may */
	char *untrusted_sender; /* "keep", "rewrite", "refuse": what becomes of the others' */
	char *local_delivery;   /* where root is not set: "mbox", "maildir" of each user, or "none": local mail is held */
	char *mail_folder;      /* the mboxes are in it */
	char *maildir;          /* its path below a user's home */
	char *local_command;    /* "": none; else what takes local mail in place of mboxes and Maildirs (base/conf/local_command.h) */

	char *user;             /* whom the roles run as; "" is whoever started signetd */
	char *drop_group;
	char *spool;            /* /var/spool/signet: store, bodies */
	char *drop;             /* the drop folder; SPOOL/drop when not set */
	char *drop_program;     /* signet-drop, which writes into it */
	char *queue;            /* "disk", or "none": sendmail delivers to the only smarthost by itself */
	int64_t timeout_ms;     /* of that */
	char *socket;           /* submission socket */
	char *control;          /* control socket */
	char *libexec;          /* where the roles' executables lie */
	char *oauth_folder;     /* where logins are kept (base/oauth_saved.h) */
	char *on_event;         /* "", or the datagram socket that hears of deliveries, bounces and holds */
	char *event_command;    /* "", or the program that is told of the same (base/conf/local_command.h) */
	char *command_user;     /* whom programs run as that are nobody's: that one, and those of the aliases */
	char *log_addresses;    /* "full", "domain" or "hash" (base/log_addresses.h) */
	char *log;              /* "syslog", "stderr" or a file */
	char *log_format;       /* of the last two: "text" or "json" (base/log.h) */

	struct text_list listen;      /* where SMTP is taken, as base/conf/listen.h reads it; empty: nowhere */
	struct text_list listen_for;  /* from whom; the same */

	uint64_t size_limit;    /* bytes of one message */
	uint32_t recipient_limit;
	uint32_t connections_per_user;
	uint32_t connections;
	uint32_t pickups;       /* processes */
	uint32_t signers;       /* 0: one a core */
	uint32_t sessions;      /* smtp sessions in all; in roles never 0 */
	uint32_t sessions_per_site;
	struct rate user_rate, unit_rate;  /* of messages that one uid, one unit or container submits */
	struct rate mx_rate;    /* of messages to one site */
	uint32_t messages_per_session, recipients_per_message;   /* towards an MX */
	struct settings_said {  /* these four are the owner's word, and not defaults (relay/route/hop.h) */
		bool sessions_per_site, mx_rate, messages_per_session, recipients_per_message;
	} said;

	int64_t retry_min_ms, retry_max_ms, queue_life_ms;
	int64_t delay_notice_ms;  /* 0: none is sent */
	int64_t suppress_ms;      /* how long a mailbox that does not exist is not tried again; 0: it is */
	double time_scale;      /* 1; tests shorten every network deadline by it */

	uint16_t mx_port;       /* 25 */
	enum tls_level mx_tls;
	struct text_list mx_allow;  /* networks in which an MX may be this host */
	struct text_list mx_source;    /* as a smarthost's */
	struct text_list mx_families;
	char *mx_proxy;                /* as a smarthost's */
	char *mx_proxy_password_file;
	char *ca_file;          /* "" is the system's */

	struct text_list echo_domains;  /* whose MX say which address of this host they see */
	struct text_list blocklists;  /* empty: those of trust/blocklist.h */

	struct text_list forwarders;  /* empty: those of resolv.conf */
	struct stub_zone *stub_zones;
	size_t stub_zone_count;
	char *trust_anchor_file;

	struct smarthost *smarthosts;
	size_t smarthost_count;
	struct dkim_key *dkim;
	size_t dkim_count;
	int64_t rotate_ms;      /* how old a key becomes before the next follows by itself; 0: none does */
	char *publish_command;  /* these three say how records get into their zones (signet/keys/publish.h): "", or the program that does it, */
	char *publish_server;   /* or where updates by RFC 2136 go, "" for each zone's primary, */
	char *publish_tsig_file; /* and the key that signs them; "": none does */
	struct text_list signed_fields;      /* empty: the default sets of sign/fields.c */
	struct text_list oversigned_fields;
	char *on_foreign_from;  /* "unsigned", or "sender": the envelope's domain signs where no key is for From's */
	char *on_no_key;        /* "send", or "hold": mail waits for a key that cannot sign */
	char *encode_8bit;      /* "auto": where the way may pass a smarthost; "always", "never" */
	struct route_rule *routes;
	size_t route_count;
	struct text_list default_via;  /* where no route matches; may be empty: such mail is held. When not set and
	                                  there are no routes: the single smarthost, else "mx" when hostname or a
	                                  key is configured */
	struct text_list on_address_change;  /* smarthosts for what would go by "mx" while a new address is not trusted; empty: off */
};

/* "300/h" appended; "none" for none. */
void rate_print(const struct rate *rate, struct buf *out);

void settings_defaults(struct settings *s);   /* every field set and owned */
void settings_free(struct settings *s);
void settings_pack(const struct settings *s, struct buf *out);
int settings_unpack(struct span in, struct settings *out);   /* -1: malformed; out is freed */

/*
 * A next hop of that name; NULL for "mx", and where there is none. LOCAL_HOP is
 * always there: a smarthost in form alone, which delivers to the mailboxes of
 * this host's users.
 */
#define LOCAL_HOP "local"

/* In via, and alone there: no next hop; mail is held until the owner releases it (relay/route/route.h). */
#define HOLD_HOP "hold"
const struct smarthost *settings_smarthost(const struct settings *s, const char *name);
bool smarthost_is_local(const struct smarthost *h);   /* of LOCAL_HOP; NULL is not */
bool settings_publish(const struct settings *s);   /* they say how records get into their zones */
bool settings_have_no_queue(const struct settings *s);
const struct smarthost *settings_only_hop(const struct settings *s);   /* where all mail goes; NULL: there is not exactly one smarthost for it */
bool smarthost_uses_oauth(const struct smarthost *h);  /* its login is made by "signet oauth login" */
bool settings_deliver_locally(const struct settings *s);
bool settings_use_maildirs(const struct settings *s);      /* and not mboxes */

/* Who gets what nobody else can: root, where that is not set the user root's mailbox; "" where nothing is delivered here. */
const char *settings_root(const struct settings *s);

/* True when mail for domain stays on this host: local_domains, localhost, localhost.localdomain, hostname's first label. */
bool settings_is_local(const struct settings *s, struct span domain);

/* hostname itself, with a dot in it and not in local_domains: its mail stays unless it has an MX elsewhere (relay/route/route.h). */
bool settings_is_hostname(const struct settings *s, struct span domain);

/* A sender's domain that becomes domain in mail that leaves: masquerade, and names of this host. */
bool settings_is_masqueraded(const struct settings *s, struct span domain);

/* ---- by the table ---- */

/* In two steps, for a caller that reads a file in between: what the table says; then what follows from other settings. */
void settings_begin(struct settings *s);
void settings_complete(struct settings *s);

/* One value as text, unit included. TEXTS and FALLBACK add to what is there. -1: a fault 4.3.5, value unchanged. */
int setting_set(const struct setting *row, void *group, struct span text, struct fault *f);

/* The file says it. */
void setting_said(const struct setting *row, void *group);

/* TEXTS and FALLBACK: back to none. */
void setting_clear(const struct setting *row, void *group);

/* What `from` has of the row, in place of what `to` has. */
void setting_copy(const struct setting *row, const void *from, void *to);

/* GROUPS and GROUP: one more element, with the defaults of its table; valid until the next. */
void *setting_add_group(const struct setting *row, void *group);

#endif
