# SPDX-License-Identifier: ISC
"""Clients of the SMTP listener, for 45-listen.sh.

  listen.py say HOST PORT < SCRIPT    a line is sent as it stands, with \\r \\n \\t \\0 \\xNN for bytes and no end of its own;
                                      "@250" waits for a reply with that code, "@wait S" does nothing for a while, "@many N TEXT" sends
                                      TEXT so often, "@drop" closes at once; at the end of the script all that comes is read.
                                      Prints the last line of each reply.
  listen.py mail HOST PORT FROM TO < MESSAGE    by smtplib; prints the reply to the message
  listen.py hold HOST PORT COUNT TEXT    opens so many connections, sends TEXT on each, says "held", waits for the end of stdin
  listen.py until HOST PORT SECONDS   connects, says nothing; prints what the server says and after how many seconds
  listen.py times HOST PORT FROM TO COUNT    by smtplib, COUNT messages one after the other, on one connection if it holds; each is tried until
                                      it is taken, or SECONDS are over; prints how many were refused for good
"""
import re
import smtplib
import socket
import sys
import time

WAIT_S = 60


def connect(host, port):
    return socket.create_connection((host, int(port)), timeout=WAIT_S)


def unescape(text):
    names = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
    out = b""
    for part in re.findall(r"\\x[0-9a-f]{2}|\\.|[^\\]+", text):
        if part.startswith("\\x"):
            out += bytes([int(part[2:], 16)])
        elif part.startswith("\\"):
            out += names[part[1]]
        else:
            out += part.encode()
    return out


class Replies:
    """The last lines of replies, printed as they come."""

    def __init__(self, sock):
        self.sock, self.bytes, self.eof = sock, b"", False

    def next(self):
        while True:
            while b"\r\n" in self.bytes:
                line, self.bytes = self.bytes.split(b"\r\n", 1)
                if line[3:4] != b"-":
                    text = line.decode("ascii", "backslashreplace")
                    print(text, flush=True)
                    return text
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                more = b""
            except TimeoutError:
                print("nothing came", flush=True)
                more = b""
            if not more:
                return None
            self.bytes += more


def say(host, port):
    sock = connect(host, port)
    replies = Replies(sock)
    for line in sys.stdin.read().splitlines():
        word, _, rest = line.partition(" ")
        try:
            if re.fullmatch(r"@\d\d\d", word):
                text = replies.next()
                while text is not None and not text.startswith(word[1:]):
                    text = replies.next()
            elif word == "@wait":
                time.sleep(float(rest))
            elif word == "@many":
                count, _, text = rest.partition(" ")
                sock.sendall(unescape(text) * int(count))
            elif word == "@drop":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.close()
                return
            else:
                sock.sendall(unescape(line))
        except ConnectionError:
            break
    while replies.next() is not None:
        pass


def mail(host, port, sender, to):
    try:
        with smtplib.SMTP(host, int(port), timeout=WAIT_S) as s:
            s.ehlo_or_helo_if_needed()
            for code, text in (s.mail(sender), s.rcpt(to), s.data(sys.stdin.buffer.read().replace(b"\n", b"\r\n"))):
                if code // 100 != 2:
                    break
            print(code, text.decode())
    except smtplib.SMTPResponseException as e:
        print(e.smtp_code, e.smtp_error.decode() if isinstance(e.smtp_error, bytes) else e.smtp_error)
    except (smtplib.SMTPException, OSError) as e:
        print("-", e)


def hold(host, port, count, text):
    held = []
    for _ in range(int(count)):
        try:
            s = connect(host, port)
            s.sendall(unescape(text))
            held.append(s)
        except OSError:
            pass
    print("held", flush=True)
    sys.stdin.read()


def until(host, port, seconds):
    sock = connect(host, port)
    sock.settimeout(float(seconds))
    begin = time.monotonic()
    replies = Replies(sock)
    while replies.next() is not None:
        pass
    print(round(time.monotonic() - begin, 1))


def times(host, port, sender, to, count):
    refused, given_up = 0, 0
    for n in range(int(count)):
        message = f"From: {sender}\r\nTo: {to}\r\nSubject: during {n}\r\n\r\nx\r\n".encode()
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                with smtplib.SMTP(host, int(port), timeout=WAIT_S) as s:
                    s.sendmail(sender, [to], message)
                break
            except smtplib.SMTPResponseException as e:
                if e.smtp_code // 100 == 5:
                    refused += 1
                    break
            except (smtplib.SMTPException, OSError):
                pass
            if time.monotonic() > deadline:
                given_up += 1
                break
            time.sleep(0.1)
    print("refused", refused, "given up", given_up)


{"say": say, "mail": mail, "hold": hold, "until": until, "times": times}[sys.argv[1]](*sys.argv[2:])
