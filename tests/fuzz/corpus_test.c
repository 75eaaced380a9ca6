/* SPDX-License-Identifier: ISC */
/* All targets but those of corpus_smtp_test.c. */
#include "tests/fuzz/corpus.h"
