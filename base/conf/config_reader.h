/* SPDX-License-Identifier: ISC */
/*
 * config_reader - the one file that knows libconfig: a configuration file into
 * settings, by the table (base/conf/settings_table.h). What is wrong with it is
 * gathered, each complaint with its file and line.
 */
#ifndef BASE_CONF_CONFIG_READER_H
#define BASE_CONF_CONFIG_READER_H

#include "base/conf/settings.h"
#include "base/fault.h"

struct reader;
struct setting;
typedef const struct config_setting_t *config_place;    /* in the file: a setting of libconfig */

/* How settings must agree with each other. */
struct reader_rules {
	/* After the values of one element of an array were read. all: the settings it belongs to. */
	void (*of_group)(struct reader *r, config_place at, const struct setting *row, void *group, const struct settings *all);

	/* After all were read and completed. */
	void (*across)(struct reader *r, config_place root, const struct settings *s);
};

/* path is borrowed. submits: for sendmail, which reads it with its caller's rights (base/conf/config_owner.h). */
struct reader *reader_new(const char *path, bool submits);
void reader_free(struct reader *r);

/* All settings; those marked early alone, whatever is wrong with the others. out is filled in every case. */
void reader_read(struct reader *r, const struct reader_rules *rules, struct settings *out);
void reader_read_early(struct reader *r, struct settings *out);
size_t reader_count(struct reader *r);    /* how many settings the file makes; 0 when it cannot be read */

/* 0 without complaints; else -1, and the first of them in f. All of them, one a line; returns how many. */
int reader_fault(struct reader *r, struct fault *f);
size_t reader_print(struct reader *r, struct buf *out);

/* ---- for the rules ---- */

void reader_complain_of(struct reader *r, config_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* To the setting of that name when the file has it, else to the whole file. */
void reader_complain_by_name(struct reader *r, config_place root, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

config_place reader_member(config_place group, const char *name);   /* or NULL */
unsigned reader_own_line(config_place at);   /* 0 in an included file */

#endif
