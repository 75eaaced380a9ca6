#!/bin/sh
# SPDX-License-Identifier: ISC
. "$CALLERS/lib.sh"
private
mkdir -p /var/log/unattended-upgrades
echo "Unattended-Upgrade { Mail \"$TO\"; MailReport \"always\"; Sender \"$FROM\"; };" > /etc/apt/apt.conf.d/50unattended-upgrades
exec unattended-upgrade
