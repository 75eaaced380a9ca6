/* SPDX-License-Identifier: ISC */
/*
 * settings_kind - how one value is read from text, and how it is packed: a
 * function and a row of a shape for each kind of base/conf/settings_table.h.
 */
#ifndef BASE_CONF_SETTINGS_KIND_H
#define BASE_CONF_SETTINGS_KIND_H

#include "base/conf/settings_table.h"
#include "base/shape.h"

/* Where fallback_on was not set: what follows from via. */
enum { SETTINGS_FALLBACK_UNSET = 0x80 };

/* What at points to has the type that enum setting_kind says. NULL and SHAPE_NONE: there is no value. */
struct settings_kind {
	bool (*parse)(const struct setting *row, void *at, struct span text);   /* false: text does not have the form */
	struct shape_field packed;                                              /* of what at points to */
	const char *wants;                                                      /* NULL: the form says it */
};

const struct settings_kind *settings_kind(const struct setting *row);

/* What a value of this row looks like: `a size such as "25M"`. */
const char *settings_kind_wants(const struct setting *row);

#endif
