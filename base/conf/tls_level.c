/* SPDX-License-Identifier: ISC */
#include "base/conf/tls_level.h"

static const char *const names[] = { "none", "may", "encrypt", "verify", "dane" };

const char *tls_level_name(enum tls_level level)
{
	return names[level];
}
