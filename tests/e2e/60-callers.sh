#!/bin/bash
# SPDX-License-Identifier: ISC
# What most programs send mail with, as they do it by themselves: cron, mutt, mailx, git, PHP, Symfony, Perl, Python.
# shellcheck disable=SC2034
LAB_PEERS="root callers"
. "$(dirname "$0")/world.sh"
. "$(dirname "$0")/callers/replay.sh"
world_begin "$@"
replay core
world_done
