/*
 * config_rules - what the settings of a file must be to each other: what a
 * group has to have, what of it follows from the rest, and what holds for the
 * whole. For base/config.c, which reads the file; complaints go to its reader,
 * with the place in the file: a setting of libconfig, which only config.c knows.
 */
#ifndef BASE_CONFIG_RULES_H
#define BASE_CONFIG_RULES_H

#include "base/settings.h"

struct reader;
typedef const struct config_setting_t *config_place;

/* After the values of one element of an array were read. all: the settings it belongs to. */
void config_rules_of_group(struct reader *r, config_place at, const struct setting *row, void *group,
                           const struct settings *all);

/* After all were read and completed. */
void config_rules_across(struct reader *r, config_place root, const struct settings *s);

/* ---- config.c's, for these ---- */

void config_complain_of(struct reader *r, config_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* To the setting of that name when the file has it, else to the whole file. */
void config_complain_by_name(struct reader *r, config_place root, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

config_place config_member(config_place group, const char *name);   /* or NULL */
unsigned config_own_line(config_place at);   /* 0 in an included file */

#endif
