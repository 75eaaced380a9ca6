/*
 * keyfile - a private key from its file, which nobody else may read.
 */
#ifndef SIGNET_KEYFILE_H
#define SIGNET_KEYFILE_H

#include "sign/sign.h"

/* NULL and a fault that names the file. */
struct sign_key *keyfile_read(const char *path, struct fault *f);

/* Domain and selector are what a signature may carry (4.3.5). */
int keyfile_check_names(const char *domain, const char *selector, struct fault *f);

#endif
