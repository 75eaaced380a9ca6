/* SPDX-License-Identifier: ISC */
/*
 * settings_table - one row for each setting: its name, what its values are,
 * where they are in the structs of base/conf/settings.h, and a sentence about it.
 * Defaults, packing, the configuration file, its manual and its completions
 * all follow it.
 */
#ifndef BASE_CONF_SETTINGS_TABLE_H
#define BASE_CONF_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_WINDOW_MAX_MS (INT64_C(31) * 24 * 3600 * 1000)
enum { MILLION = 1000000 };    /* a SETTING_SCALE counts millionths */

enum setting_kind {
	SETTING_TEXT,       /* char * */
	SETTING_TEXTS,      /* struct text_list */
	SETTING_PORT,       /* uint16_t */
	SETTING_COUNT,      /* uint32_t */
	SETTING_SIZE,       /* uint64_t bytes: "25M" */
	SETTING_DURATION,   /* int64_t ms: "5m" */
	SETTING_SCALE,      /* double, in millionths */
	SETTING_RATE,       /* struct rate: "300/h" */
	SETTING_FLAG,       /* bool */
	SETTING_TLS,        /* enum tls_level, without TLS_DANE */
	SETTING_MX_TLS,     /* enum tls_level */
	SETTING_FALLBACK,   /* unsigned, FALLBACK_ bits: a list of words */
	SETTING_GROUPS,     /* an array of groups, and their count */
	SETTING_GROUP,      /* one group, added to the array that another row owns */
	SETTING_INSIDE,     /* a group whose values are in the struct around it */
	SETTING_NONE,       /* has no place yet: planned, and not supported by this version */
	SETTING_REFUSED,    /* never has one: the sentence says why, and what to do instead */
};

/* What a text must look like. */
enum setting_form {
	FORM_ANY,           /* printable */
	FORM_WORD,          /* printable, no blanks */
	FORM_DOMAIN,        /* kept lower case, without the final dot */
	FORM_PATH,          /* absolute */
	FORM_LOG,
	FORM_CANON,
	FORM_NOFWS,
	FORM_FOREIGN,
	FORM_NO_KEY,
	FORM_ENCODE,
	FORM_LOCAL_DELIVERY,
	FORM_MAP,
	FORM_QUEUE,
	FORM_LOG_ADDRESSES,
	FORM_LOG_FORMAT,
	FORM_TRUSTED,       /* a login name, a uid, unit:NAME or container:NAME */
	FORM_UNTRUSTED,
	FORM_SECRET,        /* a path, or SECRET_CREDENTIAL or SECRET_ENVIRONMENT and a name */
	FORM_PATTERN,       /* a domain, "*.DOMAIN" or "*" */
	FORM_POOL,
	FORM_POOL_HOST,     /* base/conf/pool_host.h */
	FORM_IP,
	FORM_NETWORK,       /* as base/ip_network.h reads it */
	FORM_FAMILY,
	FORM_SENDER,        /* of a route */
	FORM_ADDRESS,       /* local@domain */
	FORM_REWRITTEN,     /* local@domain, local@ or @domain */
	FORM_REWRITING,     /* local@domain or @domain */
	FORM_LISTEN,        /* these two: base/conf/listen.h */
	FORM_CLIENT,
	FORM_PROXY,         /* base/conf/proxy_place.h */
	FORM_HTTPS,         /* as base/https_url.h reads it */
	FORM_PROVIDER,      /* base/conf/oauth_terms.h */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	enum setting_form form;
	bool early;                         /* sendmail reads it too */
	bool runs;                          /* what it names is run */
	bool later;                         /* has its place, but this version does not support it */
	size_t offset;                      /* in the struct of its group */
	size_t count_offset;                /* GROUPS and GROUP: where the count is */
	size_t said_offset;                 /* a bool: the file says it, it is not the default; 0: nobody asks that */
	const char *initial;                /* as in the file; NULL: derived from others, or empty */
	uint64_t least, most;               /* of a number */
	const struct setting_group *group;
	const char *sentence;               /* for the manual */
	const char *known_as;               /* "relayhost (Postfix), host (msmtp)": what others call it, "and" between names of one; NULL: nothing like it */
};

struct setting_group {
	const struct setting *rows;
	size_t count;
	size_t bytes;                       /* of the struct */
};

extern const struct setting_group settings_table;

#endif
