#!/usr/bin/python3
"""echo.py ADDRESS…: an SMTP server on port 25 of each that says which address it sees, as Gmail does; ends with stdin.
With "silent:" before it, a name server that never answers, over UDP and TCP."""
import email.utils
import socket
import sys
import threading


def serve(s, client):
    with s, s.makefile('rb') as lines:
        s.sendall(f'220 echo.example ESMTP {email.utils.formatdate()}\r\n'.encode())
        for line in lines:
            verb = line[:4].upper()
            if verb == b'QUIT':
                break
            s.sendall(f'250-echo.example at your service, [{client}]\r\n250 PIPELINING\r\n'.encode() if verb == b'EHLO' else b'502 no\r\n')


def accept(listener):
    while True:
        s, peer = listener.accept()
        threading.Thread(target=serve, args=(s, peer[0]), daemon=True).start()


silent = []
for address in sys.argv[1:]:
    if address.startswith('silent:'):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((address[len('silent:'):], 53))
        silent += [udp, socket.create_server((address[len('silent:'):], 53))]
        continue
    listening = socket.create_server((address, 25), family=socket.AF_INET6 if ':' in address else socket.AF_INET)
    threading.Thread(target=accept, args=(listening,), daemon=True).start()
sys.stdin.read()
