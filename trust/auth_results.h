/* SPDX-License-Identifier: ISC */
/*
 * auth_results - an Authentication-Results field read (RFC 8601 section 2.2).
 * Pure; reads foreign bytes of any kind.
 *
 * Liberal where receivers are: the authserv-id may be missing, as Microsoft
 * leaves it out ("spf=pass (sender IP is ...) smtp.mailfrom=..."); properties may
 * stand without a type; blanks, folds, comments and quotes anywhere. What fits
 * no form is passed over. Bounded by AUTH_RESULTS_MAX and the rest.
 */
#ifndef TRUST_AUTH_RESULTS_H
#define TRUST_AUTH_RESULTS_H

#include "base/buf.h"

enum { AUTH_RESULTS_MAX = 50, AUTH_PROPERTIES_MAX = 12, AUTH_TEXT_MAX = 400 };

struct auth_property {
	char *name;              /* "smtp.mailfrom", "header.d", "action"; lower case */
	char *value;
};

struct auth_result {
	char *method;            /* "spf", "dkim"; lower case, without a version */
	char *result;            /* "pass"; lower case */
	char *reason;            /* reason="...", else "" */
	char *comment;           /* all of its comments, without the brackets; "" */
	struct auth_property properties[AUTH_PROPERTIES_MAX];
	size_t property_count;
};

struct auth_results {
	char *server;            /* the authserv-id; "" where it is left out */
	struct auth_result *items;
	size_t count;
};

/* value: of the field. Texts longer than AUTH_TEXT_MAX are cut. False: it has neither a server nor a result. */
bool auth_results_read(struct span value, struct auth_results *out);
void auth_results_free(struct auth_results *r);

/* "" where there is none. */
const char *auth_property(const struct auth_result *r, const char *name);

#endif
