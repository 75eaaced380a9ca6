/*
 * rotation - from one signing key to the next, as a state that is kept and a
 * pure function that says what comes next.
 *
 *	make      the new key and its file
 *	publish   its record, until every authoritative server shows it
 *	(switch   the configuration to the new selector and file)
 *	reload    tell signetd
 *	keep      the old record while mail signed with it may be under way:
 *	          the queue's lifetime and a week
 *	(revoke   the old record, then its file goes, and the state)
 *
 * Each call of signet goes on from the state and the facts, whatever became of
 * the last one: a step that was done and not written down is seen in the
 * facts. Nothing is switched while DNS and key differ. Times are
 * wall clock seconds.
 *
 * No resolver has asked for a record that was never there, as nothing was
 * signed with it: it may be used as soon as all servers show it. Where a
 * server showed another record under that name, resolvers may hold that one
 * for its time to live: not_before_s.
 */
#ifndef SIGNET_KEYS_ROTATION_H
#define SIGNET_KEYS_ROTATION_H

#include "base/fault.h"
#include "sign/sign.h"

#include <stdint.h>

enum rotation_stage { ROTATION_MAKE, ROTATION_PUBLISH, ROTATION_RELOAD, ROTATION_KEEP, ROTATION_STAGES };

struct rotation {
	char *domain;
	enum sign_scheme scheme;
	char *old_selector, *old_file;
	char *new_selector, *new_file;
	enum key_type type;
	unsigned bits;
	enum rotation_stage stage;
	int64_t not_before_s;      /* to be switched; 0: at once */
	int64_t keep_until_s;      /* 0 before the stage keep */
};

/* The facts, as bits, so that a row of the table may name several. */
enum rotation_configured { CONFIGURED_OLD = 1, CONFIGURED_NEW = 2, CONFIGURED_BOTH = 4, CONFIGURED_NEITHER = 8 };
enum rotation_key { ROTATION_KEY_ABSENT = 1, ROTATION_KEY_READY = 2, ROTATION_KEY_WRONG = 4 };
enum rotation_dns { ROTATION_NOT_ASKED = 1, ROTATION_DIFFERS = 2, ROTATION_SHOWN = 4 };

struct rotation_facts {
	enum rotation_configured configured;   /* what the configuration signs with */
	enum rotation_key key;                 /* the new key's file */
	enum rotation_dns dns;                 /* before the switch the new record, after it the old one's revocation */
	bool revoke;                           /* the owner asks for the end */
	bool early;                            /* and does not want to wait for it */
};

enum rotation_action {
	/* to be done, and then asked again */
	ROTATION_DO_MAKE,
	ROTATION_DO_ASK,           /* the authoritative servers */
	ROTATION_DO_SWITCH,
	ROTATION_DO_RELOAD,
	ROTATION_DO_REMOVE,        /* the old key's file and this state: the end */
	/* to be told: it is somebody else's turn */
	ROTATION_TELL_PUBLISH,     /* the new record */
	ROTATION_TELL_WAIT,        /* until not_before_s */
	ROTATION_TELL_KEEP,        /* until keep_until_s */
	ROTATION_TELL_DUE,         /* signet key revoke is due */
	ROTATION_TELL_REVOKE,      /* publish that the old is revoked */
	ROTATION_TELL_ASTRAY,      /* *why: the facts are none that this can go on from */
};

enum rotation_action rotation_next(const struct rotation *r, int64_t now_s, const struct rotation_facts *facts,
                                   const char **why);

const char *rotation_stage_word(enum rotation_stage stage);

/* The state as lines of text with a version. -1: a fault 4.3.5, out is freed. */
void rotation_encode(const struct rotation *r, struct buf *out);
int rotation_decode(struct span text, struct rotation *out, struct fault *f);

void rotation_free(struct rotation *r);

#endif
