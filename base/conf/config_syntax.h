/* SPDX-License-Identifier: ISC */
/*
 * config_syntax - why libconfig refuses a file.
 *
 * libconfig says no more than "syntax error" and the line where its parser
 * stood, which is often the one after the cause. This looks for what people
 * really do: a comma before a closing bracket, a value without quotes, a
 * quote or bracket that is not closed.
 */
#ifndef BASE_CONF_CONFIG_SYNTAX_H
#define BASE_CONF_CONFIG_SYNTAX_H

#include "base/buf.h"

/*
 * Appends the cause as half a sentence and returns the line it is in. line is
 * where libconfig stopped; comma_may_trail: this libconfig takes a comma before
 * a closing bracket (1.5 does not, 1.7.3 does), which is not a cause then.
 */
unsigned config_syntax_explain(struct span text, unsigned line, bool comma_may_trail, struct buf *why);

/* The line of a comment that never ends (libconfig takes it without a word, and the rest with it); 0: none. */
unsigned config_syntax_open_comment(struct span text);

/* That line of the text, trimmed. */
struct span config_syntax_line(struct span text, unsigned line);

#endif
