/*
 * queue_status - the queue at a glance: since when signetd runs, what waits
 * and why, what is in the drop folder, who distrusts this host, and whether
 * the DNS answers. With counters: signetd's own, a name and a value a line.
 */
#ifndef SIGNET_QUEUE_QUEUE_STATUS_H
#define SIGNET_QUEUE_QUEUE_STATUS_H

#include <stdbool.h>

int queue_status(bool counters);

#endif
