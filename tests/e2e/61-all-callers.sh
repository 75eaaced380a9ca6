#!/bin/bash
# SPDX-License-Identifier: ISC
# Every program that sends mail and that runs here: those of 60-callers.sh, and at, Emacs, Ruby, sudo, monit and their like.
# shellcheck disable=SC2034
LAB_PEERS="root callers callers-more"
. "$(dirname "$0")/world.sh"
. "$(dirname "$0")/callers/replay.sh"
world_begin "$@"
replay all
world_done
