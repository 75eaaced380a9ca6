/* SPDX-License-Identifier: ISC */
/*
 * options - the options of a subcommand, by a table: "--name VALUE" or
 * "--name=VALUE", and "--flag", anywhere among its words; "--" ends them. A name
 * may be cut short where only one begins so (getopt_long(3)).
 */
#ifndef SIGNET_TALK_OPTIONS_H
#define SIGNET_TALK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Two rows may have one value: an option with two names. */
struct option_row {
	const char *name;
	const char **value;    /* the last one given; NULL: it has none, and sets the flag */
	bool *flag;
};

/* Puts the words behind the options; returns the index of the first. -1: getopt has said what is wrong. */
int options_take(int argc, char **argv, const struct option_row *rows, size_t count);

#define OPTIONS_TAKE(argc, argv, rows) options_take(argc, argv, rows, sizeof rows / sizeof rows[0])

#endif
