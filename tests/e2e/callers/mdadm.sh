#!/bin/sh
exec mdadm --monitor --oneshot --test --mail="$TO" /dev/md0
