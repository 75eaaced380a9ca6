/*
 * keyfile - a private key from its file, which nobody else may read.
 */
#ifndef SIGNET_KEYFILE_H
#define SIGNET_KEYFILE_H

#include "base/settings.h"
#include "sign/sign.h"

/* NULL and a fault that names the file. The pass phrase may be empty. */
struct sign_key *keyfile_read(const char *path, struct span passphrase, struct fault *f);

/*
 * The keys of a configured entry: its pass phrase comes from its command. For
 * DomainKeys the entry's own file, or that of DKIM where it has none.
 */
struct sign_key *keyfile_read_configured(const struct dkim_key *k, enum sign_scheme scheme, struct fault *f);

/* Domain and selector are what a signature may carry (4.3.5). */
int keyfile_check_names(const char *domain, const char *selector, struct fault *f);

#endif
