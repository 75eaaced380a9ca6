/* SPDX-License-Identifier: ISC */
/*
 * key_form - what a file holds that should hold a private key in PEM and does not, and the command that makes one of it.
 * Pure.
 */
#ifndef SIGN_KEY_FORM_H
#define SIGN_KEY_FORM_H

#include "base/fault.h"
#include "base/span.h"

/*
 * For text that OpenSSL finds no private key in: sets a fault 4.3.5 that names what it is, and returns -1. Where another
 * form can be had of it, a shell command comes last in the sentence, after ": ", that writes PATH.new for its owner
 * alone; where none can, what to look for or to make. The command holds no backslash, whatever the path.
 */
int key_form_explain(struct span text, const char *path, struct fault *f);

#endif
