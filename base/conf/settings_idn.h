/* SPDX-License-Identifier: ISC */
/*
 * settings_idn - the internationalised names in settings.
 */
#ifndef BASE_CONF_SETTINGS_IDN_H
#define BASE_CONF_SETTINGS_IDN_H

#include "base/conf/settings.h"

/*
 * Transcribes every domain that settings compare with those of mail or look
 * up: names and patterns of routes and keys too. What cannot be transcribed
 * stays, and matches nothing.
 */
void settings_to_ascii(struct settings *s);

#endif
