#!/bin/sh
exec bsd-mailx -s "$SUBJECT" "$@" -c "$CC" -b "$BCC" "$TO" < "$BODY"
