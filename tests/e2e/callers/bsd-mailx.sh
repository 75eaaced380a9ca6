#!/bin/sh
# SPDX-License-Identifier: ISC
exec bsd-mailx -s "$SUBJECT" "$@" -c "$CC" -b "$BCC" "$TO" < "$BODY"
