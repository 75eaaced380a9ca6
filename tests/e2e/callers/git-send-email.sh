#!/bin/sh
# SPDX-License-Identifier: ISC
# git-send-email.sh OPTION... - sends one commit, which adds BODY as a file.
export HOME="$PLACE" GIT_CONFIG_NOSYSTEM=1
cd "$PLACE" || exit 1
git init -q repository && cd repository || exit 1
git config user.name "$FROM_NAME"
git config user.email "$FROM"
git commit -q --allow-empty -m first
cp "$BODY" letter
git add letter
git commit -q -m "$SUBJECT"
exec git send-email --confirm=never --from="$FROM_NAME <$FROM>" --envelope-sender="$FROM" --to="$TO" --cc="$CC" --bcc="$BCC" --suppress-cc=all "$@" -1
