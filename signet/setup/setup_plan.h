/* SPDX-License-Identifier: ISC */
/*
 * setup_plan - what signet setup is to do, from what was found and what was
 * answered: a recommendation with its reason, and steps. Pure.
 *
 * A step makes one setting that signet.conf does not make yet, or runs one of
 * signet's own commands, which a person could type as well.
 */
#ifndef SIGNET_SETUP_SETUP_PLAN_H
#define SIGNET_SETUP_SETUP_PLAN_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"
#include "trust/finding.h"

enum setup_via { SETUP_UNDECIDED, SETUP_MX, SETUP_SMARTHOST, SETUP_MIX };

/* A value and where it is from, "PTR of 192.0.2.1"; both "" where there is none. */
struct setup_value {
	char *value, *from;
};

struct setup_found {
	struct setup_value hostname, domain, smarthost;   /* proposals; owned */
	bool has_hostname, has_domain, has_root, has_families;   /* signet.conf sets them, */
	bool has_way;                          /* or one of smarthost, smarthosts, routes, default_via */
	bool is_direct;                        /* that way leads to the receivers, too */
	bool has_key;                          /* one signs for the domain */
	bool publishes;                        /* signet.conf says how records get into their zones */
	char *root;                            /* as set; "" */
	char *opendkim;                        /* its opendkim.conf, where that names keys; "" */
	struct text_list addresses;            /* that the outside sees */
	struct text_list refused_by;           /* "mx:HOST": receivers that distrust this host now */
	struct findings checks;                /* of egress, port25, ptr, blocklist */
	bool runs;                             /* signetd answers */
};

void setup_found_free(struct setup_found *f);

struct setup_answers {                         /* NULL: not given */
	const char *root, *domain, *hostname, *smarthost, *user, *password_file, *tsig_file, *server;
	const char *postfix, *opendkim;        /* their files, where they are not in the usual places */
	enum setup_via via;
	bool no_test;
};

/* "mx", "smarthost", "mix". False: none of these. */
bool setup_via_parse(const char *word, enum setup_via *out);
const char *setup_via_word(enum setup_via via);

/*
 * Which way to send, with the reason appended. *ipv4_alone: IPv6 alone has
 * the trouble, and mail is better sent without it. SETUP_UNDECIDED: too little could be found out.
 */
enum setup_via setup_recommend(const struct setup_found *found, bool *ipv4_alone, struct buf *reason);

enum setup_kind { SETUP_SETTING, SETUP_COMMAND };

struct setup_step {
	enum setup_kind kind;
	char *name, *value;          /* of a setting; NULL else */
	struct text_list words;      /* of a command, behind "signet" */
	char *why;
};

struct setup_plan {
	struct setup_step *items;
	size_t count;
	struct text_list kept;       /* sentences: what is there already, and stays */
	struct text_list lacks;      /* the same: what nobody but the owner can find out */
};

/*
 * -1: a fault 5.5.4 that names the option that would answer what is open. Values have been
 * given a form that signet.conf takes; whether they make sense config_load says when it is written.
 */
int setup_make_plan(const struct setup_found *found, const struct setup_answers *a, struct setup_plan *out, struct fault *f);
void setup_plan_free(struct setup_plan *p);

#endif
