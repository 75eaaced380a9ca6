#!/bin/sh
# SPDX-License-Identifier: ISC
. "$CALLERS/lib.sh"
private
mkdir /var/lib/apticron
mkdir -p /run/lab/etc/apticron
echo "EMAIL=\"$TO\"; NOTIFY_NEW=1; CUSTOM_FROM=\"$FROM\"" > /run/lab/etc/apticron/apticron.conf
exec apticron
