/* SPDX-License-Identifier: ISC */
/*
 * roots - the folder with the root certificates.
 *
 * A bundle (base/ca_bundle.h) is read whole when it is opened: 150 certificates cost some 30 ms.
 * Where the system keeps a folder with a file each, named by the hash of its
 * subject (openssl-rehash(1)), only the one that is needed is read, but late.
 */
#ifndef RELAY_ROOTS_H
#define RELAY_ROOTS_H

#include "base/fault.h"
#include "relay/confine.h"

enum { ROOTS_PATHS_MAX = 4 };

/*
 * The system's folder, and in paths what confine() must leave readable for
 * it, its links' ends included. NULL where there is none, or where confine()
 * could not keep other files closed.
 */
const char *roots_folder(struct confine_path paths[ROOTS_PATHS_MAX], size_t *count);

#endif
