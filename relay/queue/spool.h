/* SPDX-License-Identifier: ISC */
/*
 * spool - the folder the queue lives in, and the files in it that are not the
 * database: large bodies (SPOOL/body) and the reserve (SPOOL/reserve), which
 * is given back to a full disk so that outcomes can still be written.
 *
 * Pickup writes bodies into SPOOL/body/new, and may write nowhere else. Once a
 * message is committed, its body is moved up to where pickup cannot touch it;
 * until then, and after a crash between the two, it is found in either place.
 */
#ifndef RELAY_QUEUE_SPOOL_H
#define RELAY_QUEUE_SPOOL_H

#include "base/fault.h"
#include "base/span.h"

#include <stdint.h>

enum { SPOOL_RESERVE_BYTES = 1024 * 1024, SPOOL_PATH_MAX = 4096 };

/*
 * The spool is a folder of ours on a local file system; its body folder is made
 * if it is missing. Faults 4.3.5 name the folder: not there, network file system.
 */
int spool_check(const char *spool, struct fault *f);

/* NULL, or what kind of network file system statfs(2) says this is. */
const char *spool_network_name(uint64_t statfs_type);

/*
 * What lies at path before anything opens it for writing: nothing, a store
 * of at most `newest`, or a fault: a newer version (4.3.5), no database (4.3.0).
 */
int spool_check_version(const char *path, uint32_t application, uint32_t newest, struct fault *f);

/* Sets blocks of the disk aside. False: there is no room for them. */
bool spool_reserve(const char *spool);
void spool_release(const char *spool);

/* A name as pickup makes them: one plain path component. */
bool spool_body_name_ok(const char *name);
void spool_keep_body(const char *spool, const char *name);    /* it is stored: moves it out of pickup's reach */

/*
 * A regular file of that many bytes, or -1 with a fault 4.3.0. damaged: what is
 * there is something else, and another try will not help; otherwise it is absent,
 * or cannot be read now. Never waits, whatever is there.
 */
int spool_open_body(const char *spool, const char *name, uint64_t size_bytes, bool *damaged, struct fault *f);

/* There are large bodies, stored or not. */
bool spool_has_bodies(const char *spool);

void spool_remove_body(const char *spool, const char *name);

/*
 * Removes files under SPOOL/body that were last written more than age_s ago
 * and that `known` does not know. Returns how many.
 */
typedef bool spool_known(void *context, const char *name);
unsigned spool_sweep(const char *spool, int64_t age_s, spool_known *known, void *context);

#endif
