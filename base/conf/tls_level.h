/* SPDX-License-Identifier: ISC */
/*
 * tls_level - what a setting demands of a connection's TLS.
 */
#ifndef BASE_CONF_TLS_LEVEL_H
#define BASE_CONF_TLS_LEVEL_H

enum tls_level { TLS_NONE, TLS_MAY, TLS_ENCRYPT, TLS_VERIFY, TLS_DANE };

const char *tls_level_name(enum tls_level level);   /* as the settings have it: "may" */

#endif
