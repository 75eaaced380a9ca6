#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""echo.py ADDRESS…: an SMTP server on port 25 of each that says which address it sees, as Gmail does; ends with stdin.
With "silent:" before it, a name server that never answers, over UDP and TCP; with "cut:" one whose answers over UDP are
cut, and that is silent over TCP; with "liar:" one for which every name has the address 203.0.113.80, and nothing else; with
"loop:" one for which every name is an alias of another one, for ever."""
import email.utils
import socket
import sys
import threading


def serve(s, client):
    try:
        talk(s, client)
    except OSError:      # the client has gone
        pass


def talk(s, client):
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


def cut(question, _):
    return b'\x86\x00', b''


def liar(_, kind):
    return b'\x81\x80', b'\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04' + bytes([203, 0, 113, 80]) if kind == b'\0\x01' else b''


def loop(question, _):
    first = question[13:13 + question[12]]
    label = b'%d' % (int(first) + 1 if first.isdigit() else 1)
    target = bytes([len(label)]) + label + b'\x05loops\x07example\0'
    return b'\x81\x80', b'\xc0\x0c\0\x05\0\x01\0\0\0\x3c' + len(target).to_bytes(2, 'big') + target


KINDS = {'cut': cut, 'liar': liar, 'loop': loop}


def serve_names(udp, make):
    while True:
        question, peer = udp.recvfrom(4096)
        end = question.index(b'\0', 12) + 5
        flags, record = make(question, question[end - 4:end - 2])
        counts = b'\0\x01\0' + bytes([bool(record)]) + b'\0\0\0\0'
        udp.sendto(question[:2] + flags + counts + question[12:end] + record, peer)


silent = []
for address in sys.argv[1:]:
    kind, _, place = address.partition(':') if '.' in address else ('', '', '')
    if place:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((place, 53))
        silent += [udp, socket.create_server((place, 53))]
        if kind in KINDS:
            threading.Thread(target=serve_names, args=(udp, KINDS[kind]), daemon=True).start()
        continue
    listening = socket.create_server((address, 25), family=socket.AF_INET6 if ':' in address else socket.AF_INET)
    threading.Thread(target=accept, args=(listening,), daemon=True).start()
sys.stdin.read()
