/* SPDX-License-Identifier: ISC */
/*
 * check_aliases - newaliases: how many aliases the files have and what is
 * wrong with them. There is nothing to rebuild: signetd sees by itself that a file has changed.
 */
#ifndef SENDMAIL_SHIM_CHECK_ALIASES_H
#define SENDMAIL_SHIM_CHECK_ALIASES_H

#include "base/text_list.h"

/* Tells stdout how many, and the caller each fault; lists that a file includes are not looked into. */
void check_aliases(const struct text_list *files);

#endif
