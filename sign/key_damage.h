/* SPDX-License-Identifier: ISC */
/*
 * key_damage - why the value of p= is not a key of the type that k= says: what
 * became of its characters, or what it holds in place of a public key. Pure.
 */
#ifndef SIGN_KEY_DAMAGE_H
#define SIGN_KEY_DAMAGE_H

#include "sign/key.h"

/* A part of a sentence for a person, never NULL. Only for what public_key_new does not take. */
const char *key_damage(enum key_type type, struct span p);

#endif
