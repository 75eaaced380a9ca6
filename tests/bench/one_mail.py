#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""one_mail.py ADDRESS ROUNDS COMMAND… - how long one mail takes on an idle host.

Listens on ADDRESS port 25, gives COMMAND a message on standard input, and
counts from the beginning of COMMAND until the message with its dot is there.
Prints the median in milliseconds. Between rounds it waits until the session
has ended, and a moment more.
"""
import socket
import statistics
import subprocess
import sys
import threading
import time

MESSAGE = b'From: you@sender.example\nTo: x@world.example\nSubject: one\n\n' + b'x' * 70 + b'\n'


class Sink:
    def __init__(self, address):
        self.listener = socket.create_server((address, 25))
        self.arrived = threading.Event()
        self.ended = threading.Event()
        self.at = 0.0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection, connection.makefile('rwb') as stream:
                self.session(stream)
            self.ended.set()

    def session(self, stream):
        def say(text):
            stream.write(text + b'\r\n')
            stream.flush()

        say(b'220 sink')
        in_message = False
        for line in stream:
            verb = line[:4].upper()
            if in_message:
                if line == b'.\r\n':
                    self.at = time.monotonic()
                    in_message = False
                    self.arrived.set()
                    say(b'250 2.0.0 ok')
            elif verb == b'EHLO':
                say(b'250-sink\r\n250 PIPELINING')
            elif verb == b'DATA':
                in_message = True
                say(b'354 go on')
            elif verb == b'QUIT':
                say(b'221 2.0.0 bye')
                return
            else:
                say(b'250 2.0.0 ok')


def main():
    sink, rounds, command = Sink(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    took = []
    for _ in range(rounds):
        sink.arrived.clear()
        sink.ended.clear()
        begun = time.monotonic()
        subprocess.run(command, input=MESSAGE, check=True)
        if not sink.arrived.wait(60):
            sys.exit('one_mail: nothing arrived within a minute')
        took.append((sink.at - begun) * 1000)
        sink.ended.wait(60)
        time.sleep(0.05)
    print(f'{statistics.median(took):.1f}')


main()
