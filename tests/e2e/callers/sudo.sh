#!/bin/sh
# SPDX-License-Identifier: ISC
# sudo, of which bob does not know the password.
printf '%s\n' "Defaults mail_badpass, mailto=\"$TO\", passwd_tries=1" 'bob ALL=(ALL) ALL' > /run/lab/etc/sudoers
chmod 440 /run/lab/etc/sudoers
echo wrong | setpriv --reuid bob --regid bob --clear-groups -- sudo -S -p '' true
[ $? -eq 1 ]
