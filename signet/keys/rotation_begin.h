/* SPDX-License-Identifier: ISC */
/*
 * rotation_begin - which keys have to follow together, and the state with which
 * their rotation begins.
 */
#ifndef SIGNET_KEYS_ROTATION_BEGIN_H
#define SIGNET_KEYS_ROTATION_BEGIN_H

#include "signet/keys/keyset.h"
#include "signet/keys/rotation_file.h"

/* Some of the keys of a keyset, in its order; borrowed. */
struct rotation_keys {
	const struct keyset_key **items;
	size_t count;
};

/*
 * Those that sign together with the key: all of its domain, all that are in the same file, and so on from each of these.
 * The list is to be freed.
 */
void rotation_keys_of(const struct keyset *keys, const struct keyset_key *key, struct rotation_keys *out);

/* The key alone and, where DKIM and DomainKeys of its entry have one file, both of these, which change at once. */
void rotation_keys_alone(const struct keyset *keys, const struct keyset_key *key, struct rotation_keys *out);

/* NULL, or why the keys cannot be rotated unless a person does it: half a sentence. They may be opened for that. */
const char *rotation_obstacle(const struct settings *s, const struct rotation_keys *keys);

/* Wall clock seconds at which the oldest of their files was written; 0 where none can be looked at. */
int64_t rotation_oldest_s(const struct rotation_keys *keys);

/* Whether a rotation is under way that these have to wait for: its old or new key is among them. */
const struct rotation *rotation_in_the_way(const struct rotation_list *list, const struct rotation_keys *keys);

struct rotation_choice {           /* of the owner's */
	const char *to;                /* the new selector; NULL: selector_next */
	bool typed, sized;             /* else as the old keys are */
	enum key_type type;
	unsigned bits;
};

/*
 * Keys that had one file have one again; those that had one file and one selector, too. The state is on disk, before
 * any key is. -1: 5.5.4, 4.3.5 and what rotation_store says; out is to be freed all the same.
 */
int rotation_begin(const struct settings *s, const struct rotation_keys *keys, const struct rotation_choice *choice,
                   struct rotation *out, struct fault *f);

#endif
