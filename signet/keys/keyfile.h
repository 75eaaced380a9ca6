/* SPDX-License-Identifier: ISC */
/*
 * keyfile - private keys and their files, which nobody else may read.
 */
#ifndef SIGNET_KEYS_KEYFILE_H
#define SIGNET_KEYS_KEYFILE_H

#include "base/conf/settings.h"
#include "sign/sign.h"

/* NULL and a fault that names the file. The pass phrase may be empty. */
struct sign_key *keyfile_read(const char *path, struct span passphrase, struct fault *f);

/* The same for a file that the command line names, without a pass phrase: its fault has the exit code of named_file_fault. */
struct sign_key *keyfile_read_named(const char *path, struct fault *f);

/*
 * The keys of a configured entry: its pass phrase comes from its command. For
 * DomainKeys the entry's own file, or that of DKIM where it has none.
 */
struct sign_key *keyfile_read_configured(const struct dkim_key *k, enum sign_scheme scheme, struct fault *f);

/*
 * Writes a key that is not there yet: whole or not at all, synced, for its
 * owner alone (0600). Never over anything of that name, a link included
 * (keyfile_is_there). Faults are 4.3.0, with the exit code of a file that cannot be made. A signet that is killed meanwhile leaves
 * what keyfile_part names, to be removed when no other is making this key.
 */
int keyfile_create(const char *path, struct span pem, struct fault *f);

/* The fault of a name that is taken. Returns -1. */
int keyfile_is_there(const char *path, struct fault *f);
void keyfile_part(const char *path, struct buf *out);

#define KEYFILE_FOLDER "/etc/signet/keys"

/* Makes KEYFILE_FOLDER where neither a package nor tmpfiles has; another folder is left alone. */
int keyfile_make_folder(const char *folder, struct fault *f);

/* Domain and selector are what a signature may carry (4.3.5), and what people mean by these words (selector_check). */
int keyfile_check_names(const char *domain, const char *selector, struct fault *f);

/* The same for names on the command line: its faults exit with EX_USAGE. */
int keyfile_check_words(const char *domain, const char *selector, struct fault *f);

#endif
