/* SPDX-License-Identifier: ISC */
/*
 * postfix_conf - what of Postfix's set-up its readers share: parameters, services
 * and what comes of them.
 */
#ifndef SIGNET_IMPORT_POSTFIX_CONF_H
#define SIGNET_IMPORT_POSTFIX_CONF_H

#include "signet/import/main_cf.h"
#include "signet/import/maps.h"
#include "signet/import/reading.h"

/* One line of master.cf (master(5)). */
struct postfix_service {
	char *name, *type;               /* "smtp", "unix" */
	char *command;                   /* "smtpd" */
	struct foreign_items overrides;  /* of -o NAME=VALUE, resolved */
	unsigned line;
};

struct postfix {
	struct import *i;
	char *file, *master_file;              /* as they are told */
	struct foreign_items raw, settled;     /* of main.cf: as it is, and with $name resolved */
	struct postfix_service *services;
	size_t service_count;
	struct text_list destinations;         /* mydestination: names alone */
	char *origin;                          /* myorigin */
};

/* Appends the services of master.cf. Pure. */
void postfix_read_services(const struct foreign_items *lines, const struct foreign_items *parameters, const char *hostname,
                           struct postfix *out);

/* A client's service of that name; NULL: master.cf has none. */
const struct postfix_service *postfix_service_of(const struct postfix *p, struct span name);

/* What the parameter says for that service (NULL: in general), and where; "" where nobody does. The caller frees it. */
char *postfix_value(const struct postfix *p, const struct postfix_service *s, const char *name, struct import_at *at);

/* The tables of a parameter. */
void postfix_maps(const struct postfix *p, const struct postfix_service *s, const char *name, struct maps *out);

/* Where main.cf sets it; line 0 where it does not. */
struct import_at postfix_place(const struct postfix *p, const char *name);

void postfix_free(struct postfix *p);

#endif
