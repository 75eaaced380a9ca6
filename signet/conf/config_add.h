/* SPDX-License-Identifier: ISC */
/*
 * config_add - more entries for dkim in a configuration, or a DomainKeys
 * group for an entry that is there: as text for its owner to put in, or put in.
 * Every other byte is left alone.
 */
#ifndef SIGNET_CONF_CONFIG_ADD_H
#define SIGNET_CONF_CONFIG_ADD_H

#include "base/buf.h"
#include "base/fault.h"
#include "sign/sign.h"

struct config_addition {
	enum sign_scheme scheme;
	const char *domain;        /* DomainKeys: whose entry gets the group */
	const char *text;          /* "{ … }", several with commas between them; DomainKeys: "domainkeys = { … };" */
	size_t count;              /* of entries */
};

/* Appends the new text to out. -1: a fault 4.3.5 that says why it cannot be done, out as it was. */
int config_add_text(struct span text, const struct config_addition *a, struct buf *out, struct fault *f);

/* The same for a person, as fits what the text has: a sentence that ends in ":", and the lines it is about. */
void config_add_how(struct span text, const struct config_addition *a, const char *path, struct buf *sentence,
                    struct buf *lines);

/* Does it, as config_file_change says; makes the file where there is none. */
int config_add_file(const char *path, const struct config_addition *a, struct fault *f);

#endif
