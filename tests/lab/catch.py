#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""catch.py PROGRAM SECONDS - waits for the next process that runs PROGRAM, stops it (SIGSTOP) and prints its pid.

For roles that live so briefly that a shell would only find their traces.
Exits 1 when none came in time.
"""
import os
import signal
import sys
import time


def running(program):
    found = set()
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.readlink(f'/proc/{pid}/exe') == program:
                found.add(int(pid))
        except OSError:
            pass
    return found


def main():
    program, deadline = sys.argv[1], time.monotonic() + float(sys.argv[2])
    before = running(program)
    while time.monotonic() < deadline:
        new = running(program) - before
        if new:
            os.kill(min(new), signal.SIGSTOP)
            print(min(new))
            return 0
        time.sleep(0.0005)
    return 1


if __name__ == '__main__':
    sys.exit(main())
