/* SPDX-License-Identifier: ISC */
/*
 * rotation - from signing keys to the next, as a state that is kept and a
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
 * Keys that sign together are parts of one rotation: none of them is switched
 * before the records of all are shown, and the configuration changes once.
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

#include "base/buf.h"
#include "base/fault.h"
#include "sign/sign.h"

#include <stdint.h>

enum rotation_stage { ROTATION_MAKE, ROTATION_PUBLISH, ROTATION_RELOAD, ROTATION_KEEP, ROTATION_STAGES };

struct rotation_part {
	char *domain;
	enum sign_scheme scheme;
	char *old_selector, *old_file;
	char *new_selector, *new_file;     /* parts that shared a file share the new one */
	enum key_type type;
	unsigned bits;
};

/* What has failed in runs that nobody watches, since the last one that succeeded. */
enum { ROTATION_TOLD_MAX = 8 };
struct rotation_failures {
	int64_t since_s;           /* the first in a row; 0: the last run did not fail */
	uint32_t told;             /* the exit status that the owner was told of last; 0: of none */
	uint32_t hashes[ROTATION_TOLD_MAX], hash_count;    /* rotation_hash() of what the owner was told */
};

struct rotation {
	struct rotation_part *parts;       /* one at least; the state lies where the first one's old key does */
	size_t count;
	enum rotation_stage stage;
	int64_t not_before_s;      /* to be switched; 0: at once */
	int64_t keep_until_s;      /* 0 before the stage keep */
	struct rotation_failures failures;
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
	bool publishes;                        /* records can be published from here, and have not just been */
};

enum rotation_action {
	/* to be done, and then asked again */
	ROTATION_DO_MAKE,
	ROTATION_DO_ASK,           /* the authoritative servers */
	ROTATION_DO_PUBLISH,       /* the new records, or after the switch the revocations */
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

/* Adds one that is empty. */
struct rotation_part *rotation_add_part(struct rotation *r);

/* A part is of that domain and old selector; NULL means any. */
bool rotation_is_of(const struct rotation *r, const char *domain, const char *old_selector);

/*
 * Notes that a run which nobody watches has ended with that exit status and that text (rotation_hash). True: the owner is
 * to be told. Not that it has to wait (EX_TEMPFAIL), until that has lasted ROTATION_PATIENCE_S, and nothing twice until a
 * run succeeds. Of faults with the same status no more than ROTATION_TOLD_MAX are told, as a text may differ each time.
 */
enum { ROTATION_PATIENCE_S = 24 * 3600 };
bool rotation_note_failure(struct rotation_failures *f, int status, uint32_t hash, int64_t now_s);

/* A hash of those lines of the text that begin so, whatever digits are in them. */
uint32_t rotation_hash(struct span text, struct span beginning);

/* Appends told and the hashes as text on one line; reads them from there. False: the text is not that. */
void rotation_print_told(const struct rotation_failures *f, struct buf *out);
bool rotation_read_told(struct span text, struct rotation_failures *f);

/*
 * The state as lines of text with a version. Version 1, which had one part, and version 2, which had no hashes, are read
 * as well. -1: a fault 4.3.5, out is freed.
 */
void rotation_encode(const struct rotation *r, struct buf *out);
int rotation_decode(struct span text, struct rotation *out, struct fault *f);

void rotation_free(struct rotation *r);

#endif
