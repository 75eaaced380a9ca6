#!/bin/sh
# SPDX-License-Identifier: ISC
mkdir "$PLACE/Mail"
echo "Path: $PLACE/Mail" > "$PLACE/.mh_profile"
PATH=$PATH:/usr/bin/mh
exec mhmail "$TO" -from "$FROM" -subject "$SUBJECT" -cc "$CC" < "$BODY"
