/* SPDX-License-Identifier: ISC */
/*
 * limits - what a submission may be, for the programs that must judge alike:
 * sendmail reads them in the configuration, pickup gets them from signetd, and
 * signet-drop, which reads no configuration, finds beside the drop folder what
 * pickup wrote there: FOLDER.limits, one line "size_limit BYTES". The
 * defaults are the same for all.
 */
#ifndef BASE_CONF_LIMITS_H
#define BASE_CONF_LIMITS_H

#define LIMITS_SIZE_MIB 100
#define LIMITS_TEXT(number) #number
#define LIMITS_TEXT_OF(number) LIMITS_TEXT(number)
#define LIMITS_SIZE LIMITS_TEXT_OF(LIMITS_SIZE_MIB) "M"      /* as the configuration has it */

#define LIMITS_SUFFIX ".limits"
#define LIMITS_WORD "size_limit "

/*
 * The drop folder: so much of its file system is left free, of blocks and of
 * inodes; root may go to half of that. One user has at most a quarter of what
 * there would be without that user's files, and so many files.
 */
enum {
	LIMITS_FREE_PERCENT = 5,
	LIMITS_FREE_MIB_MOST = 256,
	LIMITS_FREE_INODES_MOST = 10000,
	LIMITS_USER_SHARE = 4,
	LIMITS_USER_FILES = 10000,
};

#endif
