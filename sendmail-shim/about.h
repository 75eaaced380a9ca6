/* SPDX-License-Identifier: ISC */
/*
 * about - what sendmail says of itself: --version and --help, alone on the
 * command line, under whatever name it was called.
 */
#ifndef SENDMAIL_SHIM_ABOUT_H
#define SENDMAIL_SHIM_ABOUT_H

#include <stdbool.h>

/* True: it was asked, and has answered on standard output. */
bool about_was_asked(int argc, char **argv);

#endif
