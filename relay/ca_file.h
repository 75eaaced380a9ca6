/*
 * ca_file - where the certificates lie that vouch for others.
 */
#ifndef RELAY_CA_FILE_H
#define RELAY_CA_FILE_H

#include "base/fault.h"

/* set, where it is not ""; else the first bundle that this system has. NULL: a fault 4.3.5, it has none. */
const char *ca_file_find(const char *set, struct fault *f);

#endif
