#!/bin/sh
# SPDX-License-Identifier: ISC
# What smartd runs when a disk fails, told of it as smartd.conf(5) says.
export SMARTD_MAILER=/usr/share/smartmontools/smartd-runner SMARTD_ADDRESS="$TO" \
	SMARTD_FAILTYPE=FailedHealthCheck SMARTD_PREVCNT=0 SMARTD_NEXTDAYS=1 SMARTD_MESSAGE='Device: /dev/sda, FAILED SMART self-check. BACK UP DATA NOW!' \
	SMARTD_DEVICEINFO='a disk, S/N:7'
exec sh /usr/share/smartmontools/smartd_warning.sh
