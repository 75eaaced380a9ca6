#!/bin/sh
# SPDX-License-Identifier: ISC
# What the documentation of systemd's users recommends to run as OnFailure=, and in a unit of its own.
/usr/sbin/sendmail -t <<ERRMAIL
To: $TO
From: systemd <root@mail.sender.example>
Subject: $SUBJECT
Content-Transfer-Encoding: 8bit
Content-Type: text/plain; charset=UTF-8

× letter.service - a letter
     Loaded: loaded (/etc/systemd/system/letter.service; static)
     Active: failed (Result: exit-code) since Mon 2026-11-30 11:00:00 UTC; 1s ago
ERRMAIL
