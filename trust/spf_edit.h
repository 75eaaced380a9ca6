/* SPDX-License-Identifier: ISC */
/*
 * spf_edit - one SPF record out of those that are published and what is to be
 * in it: never a second one beside them. Pure.
 */
#ifndef TRUST_SPF_EDIT_H
#define TRUST_SPF_EDIT_H

#include "base/buf.h"
#include "base/text_list.h"

/*
 * Appends the record to publish. One record that has nothing wrong is only extended, by spf_merge(), as by signet dns.
 * Of others all the terms are taken, each once and in their order, and those to add before
 * "all". Terms with errors and ptr are left out. What lets everybody pass ("+all", "?all")
 * becomes "~all", as does no end at all; of several ends the strictest counts.
 */
void spf_edit(const struct text_list *records, const struct text_list *add, struct buf *out);

#endif
