/* SPDX-License-Identifier: ISC */
/*
 * library - libesmtp, walled in. Only this module knows it.
 *
 * It defines getaddrinfo, freeaddrinfo, socket and connect for this program,
 * so that libesmtp, which insists on dialling, gets the dialogue with smtp;
 * and read, so that the process ends with the dialogue instead of crashing.
 * smtp keeps libesmtp from its faults by what it promises: short, well-formed
 * replies, one for each command, and never a close while one is owed.
 */
#ifndef RELAY_ESMTP_LIBRARY_H
#define RELAY_ESMTP_LIBRARY_H

#include "base/fault.h"
#include "relay/channel.h"

/*
 * Speaks the jobs that come, until the channel is gone: 0. -1 with a fault
 * when a message could not be read or libesmtp gave up; the dialogue is then
 * not usable any more.
 */
int library_speak(struct channel *jobs, int dialogue, struct fault *f);

#endif
