/* SPDX-License-Identifier: ISC */
/*
 * rotation_file - the states of rotations on disk: one file beside the keys
 * for each, FOLDER/OLDSELECTOR._domainkey.DOMAIN.rotation, for its owner alone.
 *
 * FOLDER, domain and selector are those of its first part's old key. States are looked for in KEYFILE_FOLDER
 * and wherever configured keys lie, so that one is found after the switch too.
 */
#ifndef SIGNET_KEYS_ROTATION_FILE_H
#define SIGNET_KEYS_ROTATION_FILE_H

#include "base/conf/settings.h"
#include "signet/keys/rotation.h"

struct rotation_list {
	struct rotation *items;
	size_t count;
};

/* The folder of a key's file; KEYFILE_FOLDER for a credential. */
void rotation_folder(const char *key_file, struct buf *out);

/* All that can be read. -1: one that cannot, 4.3.5 with its name; a folder that is not ours to look at holds none. */
int rotation_list_read(const struct settings *s, struct rotation_list *out, struct fault *f);
void rotation_list_free(struct rotation_list *list);

/* Written whole, synced, in place of the one before (4.3.0). */
int rotation_store(const struct rotation *r, struct fault *f);

/* The end of it, synced. */
int rotation_forget(const struct rotation *r, struct fault *f);

/* Where it lies, for messages. */
void rotation_path(const struct rotation *r, struct buf *out);

/* Only one signet at a time changes what is in a folder: its descriptor, or -1 with 4.3.2 when another does. */
int rotation_lock(const char *folder, struct fault *f);

#endif
