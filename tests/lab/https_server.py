#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
https_server - serves one response over HTTPS, whatever is asked.

    https_server.py DIR [ADDRESS [PORT]]

listens (ADDRESS 127.0.0.1, PORT 0 for any), prints "port N", and serves until
its stdin ends. All is read anew for each connection, from DIR/NAME where the
client says NAME (SNI) and there is such a folder, else from DIR: server.pem and
server.key, response (the bytes of the whole answer), mode: "stall" says
nothing, "endless" repeats the response's last line for ever, "drip" sends a byte
each 50 ms. Where there is a folder root instead, its files are served, each of the type that
its name says, and root/index.html for what is not there. The first line of each request
and its Host go to DIR/requests.
"""
import mimetypes
import os
import socket
import ssl
import sys
import threading
import time


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def respond(status, kind, body):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode("latin-1") + body


def from_root(root, target):
    path = os.path.join(root, os.path.normpath("/" + target).lstrip("/"))
    if not os.path.isfile(path):
        path = os.path.join(root, "index.html")
    if not os.path.isfile(path):
        return respond("404 Not Found", "text/plain", b"not found\n")
    return respond("200 OK", mimetypes.guess_type(path)[0] or "application/octet-stream", read(path))


def answer(tls, folder, top):
    request = b""
    while b"\r\n\r\n" not in request:
        more = tls.recv(4096)
        if not more:
            return
        request += more
    lines = request.decode("latin-1").split("\r\n")
    host = [line for line in lines if line.lower().startswith("host:")]
    with open(os.path.join(top, "requests"), "a", encoding="latin-1") as f:
        f.write(" ".join([lines[0]] + host) + "\n")
    response, mode = read(os.path.join(folder, "response")), read(os.path.join(folder, "mode")).strip()
    if os.path.isdir(os.path.join(folder, "root")):
        response = from_root(os.path.join(folder, "root"), lines[0].split(" ")[1])
    if mode == b"stall":
        tls.recv(1)
    elif mode == b"drip":
        for byte in response:
            tls.sendall(bytes([byte]))
            time.sleep(0.05)
    else:
        tls.sendall(response)
        while mode == b"endless":
            tls.sendall(response.rsplit(b"\n", 2)[-2] + b"\n")


def context_of(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))
    return context


def serve(connection, top):
    folders = [top]

    def choose(tls, name, _):
        folder = os.path.join(top, os.path.basename(name or "."))
        if os.path.isdir(folder) and folder != os.path.join(top, "."):
            folders.append(folder)
            tls.context = context_of(folder)

    try:
        context = context_of(top)
        context.sni_callback = choose
        with context.wrap_socket(connection, server_side=True) as tls:
            answer(tls, folders[-1], top)
            tls.unwrap()
    except OSError:
        pass
    finally:
        connection.close()


def main():
    folder = sys.argv[1]
    address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    listener = socket.create_server((address, port), backlog=50)
    print("port", listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, folder), daemon=True).start()


main()
