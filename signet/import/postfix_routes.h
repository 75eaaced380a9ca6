/* SPDX-License-Identifier: ISC */
/*
 * postfix_routes - which way Postfix sends mail, as routes.
 */
#ifndef SIGNET_IMPORT_POSTFIX_ROUTES_H
#define SIGNET_IMPORT_POSTFIX_ROUTES_H

#include "signet/import/postfix_conf.h"

/* Smarthosts, routes and default_via: from relayhost, transport_maps, what depends on senders, passwords and TLS policies. */
void postfix_take_routes(struct postfix *p);

#endif
