/* SPDX-License-Identifier: ISC */
/*
 * key_kind - the kinds of keys that signet makes, and their words.
 */
#ifndef SIGNET_KEYS_KEY_KIND_H
#define SIGNET_KEYS_KEY_KIND_H

#include "sign/sign.h"

enum { KEY_BITS_ADVISED = 2048 };

/* The values of --type and --bits. -1: 5.5.4, with what there is to choose from. */
int key_parse_type(const char *text, enum key_type *out, struct fault *f);
int key_parse_bits(const char *text, unsigned *out, struct fault *f);

/* 5.5.4 where the type has no sizes to choose from (sized: one was given), or DomainKeys cannot use it. */
int key_check_choice(enum key_type type, bool sized, enum sign_scheme scheme, struct fault *f);
const char *key_type_word(enum key_type type);

/* Makes one and its file (keyfile_create), which is never one that is there already: a key in use would be lost. NULL and a fault. */
struct sign_key *key_make(enum key_type type, unsigned bits, const char *path, struct fault *f);

/* "DKIM", "DomainKeys" */
const char *key_scheme_word(enum sign_scheme scheme);

#endif
