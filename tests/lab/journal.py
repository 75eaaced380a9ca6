# SPDX-License-Identifier: ISC
"""journal.py SOCKET FILE - what journald is to a program that logs: takes its native datagrams and writes
each as one line, fields separated by a bar."""
import os
import socket
import sys

path, into = sys.argv[1:]
os.makedirs(os.path.dirname(path), exist_ok=True)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
os.chmod(path, 0o666)
with open(into, 'a', buffering=1) as out:
    while True:
        out.write(listener.recv(65536).decode('ascii').rstrip('\n').replace('\n', '|') + '\n')
