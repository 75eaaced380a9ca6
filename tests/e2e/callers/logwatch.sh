#!/bin/sh
# SPDX-License-Identifier: ISC
. "$CALLERS/lib.sh"
private
mkdir /var/cache/logwatch
echo "$(date '+%b %e %H:%M:%S') mail sshd[7]: Failed password for root from 192.0.2.99 port 7 ssh2" > /var/log/auth.log
exec logwatch --output mail --mailto "$TO" --range all --service sshd --detail high
