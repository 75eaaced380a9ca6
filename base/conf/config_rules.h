/* SPDX-License-Identifier: ISC */
/*
 * config_rules - how the settings of a file must agree with each other: what a
 * group has to have, what of it follows from the rest, and what holds for the
 * whole.
 */
#ifndef BASE_CONF_CONFIG_RULES_H
#define BASE_CONF_CONFIG_RULES_H

#include "base/conf/config_reader.h"

extern const struct reader_rules config_rules;

#endif
