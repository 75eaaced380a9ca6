/* SPDX-License-Identifier: ISC */
/*
 * publish - puts records into the zones themselves: reads what is there, shows
 * the difference and asks, sends an update to each primary server or has the
 * owner's program do it (publish_command.h), and looks for the records at every
 * authoritative one. What is there already is not sent again.
 *
 * The records of our keys are replaced; so is what a revocation is of. A DMARC or DomainKeys policy that says
 * something else is its owner's: it is left alone, and told of; so is any name
 * that is an alias. SPF takes the place of the record that it was made from, if that is still there and alone. Other TXT
 * records beside them stay as they are.
 */
#ifndef SIGNET_KEYS_PUBLISH_H
#define SIGNET_KEYS_PUBLISH_H

#include "dns/update.h"
#include "signet/keys/records.h"

struct publish_options {
	const char *server;             /* "ADDRESS", "NAME", either with "@PORT"; NULL: each zone's primary */
	const struct update_key *key;   /* NULL: updates go unsigned */
	const char *command;            /* NULL or "": updates are sent */
	bool unasked;                   /* else the owner is asked on the terminal */
};

/*
 * As the settings publish_command, publish_server and publish_tsig_file say; key holds what is read, to be freed. -1: the
 * key's file, named.
 */
int publish_options_of(const struct settings *s, struct update_key *key, struct publish_options *out, struct fault *f);

/* A TSIG key's file: update_key_parse; a fault names the file. */
int publish_read_key(const char *path, struct update_key *out, struct fault *f);

/* The same for one that the command line names: its fault has the exit code of named_file_fault. */
int publish_read_named_key(const char *path, struct update_key *out, struct fault *f);

/* Whether --server can be meant by it: its form, and a name that has an address. -1: 5.5.4, or what DNS says. */
int publish_check_server(const struct settings *s, const char *server, struct fault *f);

/*
 * Tells what it does on stdout, and faults on stderr. Returns the exit status:
 * EX_OK where all is in the zones and every server shows it, EX_TEMPFAIL where
 * some do not yet, EX_NOPERM where nobody could be asked or said yes.
 */
int publish(const struct records *r, const struct settings *s, const struct publish_options *options);

#endif
