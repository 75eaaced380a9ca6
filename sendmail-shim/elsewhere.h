/* SPDX-License-Identifier: ISC */
/*
 * elsewhere - modes that need more than sendmail is: signet and signetd carry
 * them out. They are looked for in the folder of this program's own file, and
 * then in the one where they are installed.
 */
#ifndef SENDMAIL_SHIM_ELSEWHERE_H
#define SENDMAIL_SHIM_ELSEWHERE_H

#include "base/text_list.h"
#include "sendmail-shim/options.h"

/*
 * Becomes the program that carries out the mode, with more added to its
 * arguments (NULL: nothing), and does not return, but with -1 and a fault:
 * 5.4.1, it is not there. A configuration that -C names is handed on in the
 * environment.
 */
int elsewhere_run(const struct options *o, const struct text_list *more, struct fault *f);

/*
 * -bd: begins signetd in the background and returns when it answers at the
 * socket; at once where one does so already, which is said. -1: it ended,
 * having said why on stderr or in its log, or it does not answer (4.3.2).
 */
int elsewhere_begin_daemon(const struct options *o, const char *socket_path, struct fault *f);

/* -q30m: says that signetd does it by itself. -1: 5.4.1, none answers. */
int elsewhere_say_who_runs_the_queue(const char *socket_path, struct fault *f);

#endif
