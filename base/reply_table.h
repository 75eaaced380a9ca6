/*
 * reply_table - the rows of base/reply.h, and nothing else. For base/reply.c.
 */
#ifndef BASE_REPLY_TABLE_H
#define BASE_REPLY_TABLE_H

#include "base/reply.h"

extern const struct known_reply reply_table[];
extern const size_t reply_table_rows;

#endif
