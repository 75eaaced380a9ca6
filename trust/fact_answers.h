/* SPDX-License-Identifier: ISC */
/*
 * fact_answers - what the evaluators ask (trust/answers.h), answered out of
 * facts. Pure.
 */
#ifndef TRUST_FACT_ANSWERS_H
#define TRUST_FACT_ANSWERS_H

#include "trust/answers.h"
#include "trust/facts.h"
#include "trust/spf.h"

/*
 * Answers each open question that facts can answer: about domain and names below
 * it in the fresh view, so that what was just published counts; about others
 * in the system's. False: some are wanted first.
 */
bool fact_answers(struct facts *f, const char *domain, struct answers *a);

/* spf_check by such answers. False: not known yet. */
bool fact_spf_check(struct facts *f, const char *domain, const struct spf_question *q, struct spf_verdict *out);

#endif
