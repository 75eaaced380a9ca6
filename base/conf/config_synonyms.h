/* SPDX-License-Identifier: ISC */
/*
 * config_synonyms - names of other mail systems' settings that people type,
 * and what they are called here.
 */
#ifndef BASE_CONF_CONFIG_SYNONYMS_H
#define BASE_CONF_CONFIG_SYNONYMS_H

#include "base/conf/settings.h"

/*
 * What to say after "did you mean" where a setting of that name is not in table, appended: `smarthost, as in
 * smarthost = { host = "smtp.example.org"; }`. Case, "_" and "-" of typed do not matter. False: it is not known.
 */
bool config_synonym(const struct setting_group *table, const char *typed, struct buf *out);

#endif
