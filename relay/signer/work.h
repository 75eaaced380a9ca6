/* SPDX-License-Identifier: ISC */
/*
 * work - one message signed with the keys of its From domain.
 */
#ifndef RELAY_SIGNER_WORK_H
#define RELAY_SIGNER_WORK_H

#include "relay/signer/ring.h"

/*
 * fd is the message's body file, or -1 when it is in the job. Fills out,
 * which is to be freed: without a key for the domain there is no fault and no field; a key that
 * fails is a fault besides the fields of those that do not. A file that
 * does not have the job's checksum is damaged, and gets no fields; where no key signs
 * it is not read.
 */
void work_sign(const struct ring *r, const struct settings *s, const struct sign_job *job, int fd, int64_t now_s,
               struct signed_fields *out);

#endif
