/* SPDX-License-Identifier: ISC */
/*
 * config_set - settings that a configuration does not make yet, put behind all
 * that is there. What a person wrote stays, byte for byte.
 */
#ifndef SIGNET_CONF_CONFIG_SET_H
#define SIGNET_CONF_CONFIG_SET_H

#include "base/buf.h"
#include "base/fault.h"

/* A setting of the top level; value is in libconfig's form. why: NULL, or a comment before it. */
struct config_new_setting {
	const char *name, *value, *why;
};

/* True when the text makes the setting at its top level; not that of an included file. */
bool config_set_has(struct span text, const char *name);

/* Appends the new text to out. -1: a fault 4.3.5 that names the setting that is there already, out as it was. */
int config_set_text(struct span text, const struct config_new_setting *settings, size_t count, struct buf *out, struct fault *f);

/* Does it, as config_file_change says; makes the file where there is none. */
int config_set_file(const char *path, const struct config_new_setting *settings, size_t count, struct fault *f);

/* Whether it could be done; the file stays as it was. */
int config_set_try(const char *path, const struct config_new_setting *settings, size_t count, struct fault *f);

#endif
