#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Callers that sendmail is not: accepted.py WORD ARGUMENT…

hold SOCKET COUNT          COUNT connections that say a little and nothing more; prints "held", ends with stdin
garbage SOCKET COUNT       COUNT connections, one by one, that send what is no record
without-unix COMMAND…      runs it where socket(AF_UNIX) fails with EAFNOSUPPORT, as RestrictAddressFamilies= makes it
record RECIPIENT BYTES     a record with a message of so many bytes, to stdout
"""
import ctypes
import os
import socket
import struct
import sys


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    s.connect(path)
    return s


def hold(path, count):
    held = []
    for _ in range(int(count)):
        s = connect(path)
        try:
            s.sendall(b"SIGNETR\1")
        except OSError:
            pass
        held.append(s)
    print("held", flush=True)
    sys.stdin.read()


def garbage(path, count):
    for _ in range(int(count)):
        s = connect(path)
        try:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            s.recv(4096)
        except OSError:
            pass
        s.close()


def without_unix(*command):
    machines = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
    call = {"x86_64": 41, "aarch64": 198}[os.uname().machine]

    def step(code, yes, no, value):
        return struct.pack("HBBI", code, yes, no, value)

    program = b"".join([
        step(0x20, 0, 0, 4), step(0x15, 0, 5, machines[os.uname().machine]),       # which machine
        step(0x20, 0, 0, 0), step(0x15, 0, 3, call),                               # socket(2)?
        step(0x20, 0, 0, 16), step(0x15, 0, 1, socket.AF_UNIX),                    # its first argument
        step(0x06, 0, 0, 0x00050000 | 97),                                         # EAFNOSUPPORT
        step(0x06, 0, 0, 0x7FFF0000),                                              # else: as ever
    ])
    code = ctypes.create_string_buffer(program)
    filters = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if ctypes.CDLL(None, use_errno=True).prctl(22, 2, ctypes.c_char_p(filters), 0, 0) != 0:
        sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
    os.execvp(command[0], command)


def record(recipient, size):
    def text(value):
        return struct.pack(">I", len(value)) + value

    envelope = os.urandom(16) + text(b"test") + text(b"") + b"\0" + text(b"") + text(b"") + b"\0\0\0"
    envelope += struct.pack(">I", 1) + text(recipient.encode()) + b"\0" + text(b"") + b"\0"
    try:
        os.write(1, b"SIGNETR\2" + text(envelope) + struct.pack(">Q", int(size)))
        os.write(1, b"x" * int(size))
    except BrokenPipeError:
        pass


{"hold": hold, "garbage": garbage, "without-unix": without_unix, "record": record}[sys.argv[1]](*sys.argv[2:])
