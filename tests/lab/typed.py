#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""typed.py COMMAND... - runs the command at a terminal, where standard input is typed and then ended; prints what it says."""
import os
import pty
import sys

text = sys.stdin.buffer.read()
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.write(terminal, text + b'\x04')
said = b''
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:          # the terminal is gone with the command
        break
    if not piece:
        break
    said += piece
_, status = os.waitpid(pid, 0)
sys.stdout.write(said.decode(errors='replace').replace('\r\n', '\n'))
sys.exit(os.waitstatus_to_exitcode(status))
