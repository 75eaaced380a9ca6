#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
socks_proxy - a SOCKS5 proxy (RFC 1928, RFC 1929) that misbehaves as told.

    socks_proxy.py DIR ADDRESS PORT

DIR/mode is read anew for each connection: normal (or absent); reply N; nomethod; login (it wants "lab" and "proxy
secret"); other (it chooses what was not offered); http; smtp; silence; mute (it is silent once it is asked to connect);
close; halfway (it closes within its reply); drip (its reply byte by byte, 0.1 s apart); endless (it never ends its
reply's name). A line each goes to DIR/asked: the mode, where it is to connect, and how that was said (name, ipv4, ipv6).
"""
import os
import socket
import struct
import sys
import threading
import time

FOLDER = sys.argv[1]


def mode():
    try:
        with open(os.path.join(FOLDER, "mode"), encoding="ascii") as f:
            return f.read().strip()
    except FileNotFoundError:
        return "normal"


def note(text):
    with open(os.path.join(FOLDER, "asked"), "a", encoding="latin-1") as f:
        f.write(text + "\n")


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise OSError("gone")
        data += more
    return data


def wait_for_end(sock):
    while sock.recv(4096):
        pass


def copy(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def where(sock):
    _, _, _, kind = exactly(sock, 4)
    if kind == 1:
        host, how = socket.inet_ntop(socket.AF_INET, exactly(sock, 4)), "ipv4"
    elif kind == 4:
        host, how = socket.inet_ntop(socket.AF_INET6, exactly(sock, 16)), "ipv6"
    else:
        host, how = exactly(sock, exactly(sock, 1)[0]).decode("latin-1"), "name"
    return host, struct.unpack(">H", exactly(sock, 2))[0], how


def login(sock):
    exactly(sock, 1)
    user = exactly(sock, exactly(sock, 1)[0])
    password = exactly(sock, exactly(sock, 1)[0])
    good = (user, password) == (b"lab", b"proxy secret")
    sock.sendall(b"\1\0" if good else b"\1\1")
    return good


def converse(sock, how):
    _, count = exactly(sock, 2)
    methods = exactly(sock, count)
    if how in ("nomethod", "other"):
        sock.sendall(b"\5\xff" if how == "nomethod" else b"\5\x80")
        return wait_for_end(sock)
    if how == "login":
        sock.sendall(b"\5\2" if 2 in methods else b"\5\xff")
        if 2 not in methods or not login(sock):
            return wait_for_end(sock)
    else:
        sock.sendall(b"\5\0")
    host, port, kind = where(sock)
    note(f"{how} {host}:{port} {kind}")
    if how.startswith("reply "):
        sock.sendall(bytes([5, int(how.split()[1]), 0, 1]) + bytes(6))
    elif how == "mute":
        wait_for_end(sock)
    elif how == "halfway":
        sock.sendall(b"\5\0\0\1\x7f")
    elif how == "endless":
        sock.sendall(b"\5\0\0\3\xff" + b"x" * 200)
        wait_for_end(sock)
    else:
        server = socket.create_connection((host, port), timeout=20)
        server.settimeout(None)
        for byte in b"\5\0\0\1\xc0\0\2\1\4\x38":
            sock.sendall(bytes([byte]))
            time.sleep(0.1 if how == "drip" else 0)
        threading.Thread(target=copy, args=(server, sock), daemon=True).start()
        copy(sock, server)


def serve(sock):
    how = mode()
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if how == "close":
            return
        if how == "silence":
            wait_for_end(sock)
        elif how in ("http", "smtp"):
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" if how == "http" else b"220 mx.example ESMTP\r\n")
            wait_for_end(sock)
        else:
            converse(sock, how)
    except OSError as e:
        note(f"{how}: {e}")
    finally:
        sock.close()


def main():
    listener = socket.create_server((sys.argv[2], int(sys.argv[3])), backlog=64)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main()
