/* SPDX-License-Identifier: ISC */
/*
 * oauth_saved - the login of a smarthost as it is kept: a file FOLDER/HOP of text lines, which "signet oauth login"
 * writes, and signetd reads and writes again when the server gives another refresh token.
 *
 * A file is replaced by a whole new one that has been synced, never written into. It is as private as a password
 * (base/secret.h): mode 0600, of the folder's owner. The folder is 0700 and belongs to whoever starts signetd.
 * Faults are 4.3.5, name the path and say what to do; none shows a token.
 */
#ifndef BASE_OAUTH_SAVED_H
#define BASE_OAUTH_SAVED_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>
#include <sys/types.h>

struct oauth_saved {
	char *user;               /* whose mail it sends; owned, as all */
	char *client_id;          /* whom it was given to: another application, or another server, gets none of it */
	char *token_endpoint;
	int64_t login_s;          /* wall clock: when the person logged in; */
	int64_t changed_s;        /* when the token was last replaced */
	struct buf refresh_token;
};

void oauth_saved_free(struct oauth_saved *s);

/* The path of that hop's file, appended; what cannot stand in a name is %XX. */
void oauth_saved_path(const char *folder, const char *hop, struct buf *out);

/* 0: out is filled. -1: a fault; nobody has logged in yet, the file is not a login, or not private. */
int oauth_saved_read(const char *folder, const char *hop, struct oauth_saved *out, struct fault *f);

/* The folder must be there, private, and belong to us or (for root) to anyone. */
int oauth_saved_write(const char *folder, const char *hop, const struct oauth_saved *s, struct fault *f);

/* Makes the folder, and those above it, for that user; it may be there. */
int oauth_saved_make_folder(const char *folder, uid_t uid, gid_t gid, struct fault *f);

#endif
