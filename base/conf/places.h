/* SPDX-License-Identifier: ISC */
/*
 * places - where things are by default, for the programs that
 * must agree on it without reading a configuration: a set-gid signet-drop
 * takes no orders from its caller.
 */
#ifndef BASE_CONF_PLACES_H
#define BASE_CONF_PLACES_H

#define PLACES_SPOOL "/var/spool/signet"
#define PLACES_DROP  PLACES_SPOOL "/drop"

#endif
