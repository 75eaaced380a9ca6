/*
 * work - one message signed with the keys of its From domain.
 */
#ifndef RELAY_SIGNER_WORK_H
#define RELAY_SIGNER_WORK_H

#include "relay/signer/ring.h"

/*
 * fd is the message's body file, or -1 when it is in the job. Fills out,
 * which is to be freed: no key for the domain is no fault and no fields; a
 * key that fails is a fault beside the fields of those that do not. A file that
 * has not the job's checksum is damaged, and gets no fields; where no key signs
 * it is not read.
 */
void work_sign(const struct ring *r, const struct settings *s, const struct sign_job *job, int fd, int64_t now_s,
               struct signed_fields *out);

#endif
