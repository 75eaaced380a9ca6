#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
hostile_smtp - an SMTP server that records what it gets and misbehaves as told.

    hostile_smtp.py DIR [ADDRESS [PORT [many]]]

listens (ADDRESS 127.0.0.1, PORT 0 for any), prints "port N", and serves until
its stdin ends. The script is DIR/script, read anew for each connection. What
is received lies in DIR: C.commands (each line as received), C.M.data (message
M of connection C: the wire's bytes after 354, final dot line included), C.M.how
(what was answered to it, and to whom it goes), C.groups (the verbs of commands,
those that came together in one line), C.begun (when, in seconds of the wall
clock), C.end (how the connection ended and after how many seconds, written
last). C and M count from 1.

With "many" it is as many servers as it has addresses (ADDRESS 0.0.0.0): that
at A has DIR/A for its DIR, and an address without such a folder is closed.
Certificates are looked for in DIR itself, too.

C.M.how has "taken", "refused" or "unknown" (no whole answer was given, or one of
more than 64 KiB) in its first line, and an accepted recipient in each line behind it.

Script lines:

    word TEXT           one more EHLO word; without any "word": PIPELINING,
                        8BITMIME, SIZE 100000000, DSN, ENHANCEDSTATUSCODES
    noword              no EHLO words at all
    first N             only the first N connections misbehave
    cert NAME           DIR/NAME.crt and .key; offers STARTTLS
    tickets N           so many session tickets (TLS 1.3) before anything is said
    tls12               TLS 1.2 and no newer
    tls13               TLS 1.3 and nothing older
    tls10               TLS 1.0 and nothing else
    asks                asks for a certificate of the client, and takes none as well
    resumes NAME        takes the session tickets of all connections with that NAME,
                        which keep the certificate of the first
    implicit            TLS from the first byte
    clear               and not, whatever was said before
    auth MECHS USER PW  offers AUTH (MECHS is comma separated: PLAIN, LOGIN,
                        CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256 and both with
                        -PLUS, XOAUTH2, OAUTHBEARER: PW is the token there)
    on STEP[:N] ACTION [; ACTION]...
    later on ...        for the connections behind the first N

STEP is connect, ehlo, helo, starttls, tls (before the handshake), sasl (in place of
the exchange), challenge (each 334 of it), auth (its result), mail, rcpt, data, body
(each read of it), dot, rset or quit; N its N-th time in the connection (all when not
given; the last line that fits wins). Actions take the place of the normal reply:

    reply TEXT          TEXT and CRLF (\\r, \\n, \\xNN in it are bytes)
    raw TEXT            without CRLF
    normal              what would be said normally
    code TEXT           the normal reply's code, then TEXT and CRLF
    bare                the normal reply with LF for CRLF
    slowly SECONDS      the normal reply byte by byte, so far apart
    mute                nothing; the dialogue goes on
    await               wait for the client to speak first
    close | reset       end the connection, politely or with RST
    fin [TEXT]          the normal reply, or TEXT and CRLF, and the end in one segment
    hear                wait for a line, whatever it is
    drop                forget what came together with this command
    stall               say nothing more, until the client goes
    below TEXT          bytes below TLS, as they are
    sleep SECONDS
    hold NAME           until there is a file DIR/NAME
    drip SECONDS TEXT   TEXT byte by byte, so far apart, for ever
    long N              the normal reply's code and N bytes in one line
    many N              N whole replies
    flood N             one reply of N lines
    strays N            N lines that are no reply
    endless             one reply whose lines never end
"""
import base64
import ctypes
import hashlib
import hmac
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)    # of TLS 1.0, which is spoken on purpose
WORDS = ["PIPELINING", "8BITMIME", "SIZE 100000000", "DSN", "ENHANCEDSTATUSCODES"]


REPLY_BYTES_MAX = 1024 * 1024    # of one reply; more is none
# Its first digit; lines that have no code may be before it.
WHOLE_REPLY = re.compile(rb"(?:(?:[0-9]{3}-|(?![0-9]{3}[^0-9])).*\n)*([0-9])[0-9]{2}(?:[^-0-9\n].*)?\n")


class Ended(Exception):
    pass


def unescape(text):
    return re.sub(rb"\\(r|n|x[0-9a-fA-F]{2})",
                  lambda m: {b"r": b"\r", b"n": b"\n"}.get(m[1]) or bytes([int(m[1][1:], 16)]),
                  text.encode("utf-8", "surrogateescape"))


contexts = {}    # of TLS, by the name in "resumes"


class Script:
    def __init__(self, path):
        self.words, self.rules, self.later = None, [], []
        self.first, self.tickets, self.resumes = None, None, None
        self.cert, self.implicit, self.auth = None, False, None
        self.tls10, self.tls12, self.tls13, self.asks = False, False, False, False
        for line in open(path, encoding="utf-8", errors="surrogateescape"):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            verb, _, rest = line.partition(" ")
            if verb == "word":
                self.words = (self.words or []) + [rest]
            elif verb == "noword":
                self.words = []
            elif verb == "first":
                self.first = int(rest)
            elif verb == "tickets":
                self.tickets = int(rest)
            elif verb == "cert":
                self.cert = rest
            elif verb == "resumes":
                self.resumes = rest
            elif verb == "tls12":
                self.tls12 = True
            elif verb == "tls13":
                self.tls13 = True
            elif verb == "tls10":
                self.tls10 = True
            elif verb == "asks":
                self.asks = True
            elif verb == "implicit":
                self.implicit = True
            elif verb == "clear":
                self.implicit = False
            elif verb == "auth":
                mechanisms, user, password = rest.split(" ")
                self.auth = (mechanisms.split(","), user, password)
            elif verb in ("on", "later"):
                rules = self.rules if verb == "on" else self.later
                rest = rest.removeprefix("on ") if verb == "later" else rest
                step, _, actions = rest.partition(" ")
                name, _, number = step.partition(":")
                rules.append((name, int(number or 0), [a.strip() for a in actions.split(" ; ")]))
            else:
                raise SystemExit(f"hostile_smtp: no such line: {line}")

    def actions(self, step, number):
        found = None
        for name, wanted, actions in self.rules:
            if name == step and wanted in (0, number):
                found = actions
        return found


class Connection:
    def __init__(self, folder, number, sock):
        self.folder, self.number, self.sock = folder, number, sock
        self.begun = time.monotonic()
        with open(self.path("begun"), "w") as f:
            f.write(f"{time.time():.3f}\n")
        self.script = Script(os.path.join(folder, "script"))
        if self.script.first is not None and number > self.script.first:
            self.script.rules = self.script.later
        self.buffer, self.counts, self.messages = b"", {}, 0
        self.tls, self.recipients, self.said, self.said_bytes = False, [], b"", 0
        self.sender, self.groups = False, []
        self.commands = open(self.path("commands"), "wb", buffering=0)

    def path(self, name):
        return os.path.join(self.folder, f"{self.number}.{name}")

    # ---- bytes ----

    def send(self, data):
        if len(self.said) < REPLY_BYTES_MAX:
            self.said += data[:REPLY_BYTES_MAX]
        self.said_bytes += len(data)
        self.sock.sendall(data)

    def receive(self):
        data = self.sock.recv(65536)
        if not data:
            raise Ended("client closed")
        self.buffer += data

    def line(self):
        together = b"\n" in self.buffer
        while b"\n" not in self.buffer:
            self.receive()
        line, self.buffer = self.buffer.split(b"\n", 1)
        self.commands.write(line + b"\n")
        self.groups.append((b" " if together else b"\n") + line.split(b" ")[0].rstrip(b"\r"))
        return line.rstrip(b"\r")

    def body(self):
        """Up to the final dot. Blocks are kept apart, so that a big message costs no quadratic time."""
        blocks, tail = [], b"\r\n"
        while True:
            seen = tail + self.buffer
            end = seen.find(b"\r\n.\r\n")
            if end >= 0:
                break
            blocks.append(self.buffer)
            tail, self.buffer = seen[-4:], b""
            self.act("body", b"")
            self.receive()
        end += 5 - len(tail)
        blocks.append(self.buffer[:end])
        self.buffer = self.buffer[end:]
        return b"".join(blocks)

    # ---- misbehaviour ----

    def stall(self):
        while True:
            self.receive()
            self.buffer = b""

    def drip(self, seconds, data):
        while True:
            for byte in data:
                self.send(bytes([byte]))
                time.sleep(seconds)

    def endless(self, code):
        while True:
            self.send((code + b"-" + b"x" * 60 + b"\r\n") * 100)

    def do(self, action, normal):
        verb, _, rest = action.partition(" ")
        code = normal[:3] or b"250"
        if verb == "reply":
            self.send(unescape(rest) + b"\r\n")
        elif verb == "raw":
            self.send(unescape(rest))
        elif verb == "below":
            os.write(self.sock.fileno(), unescape(rest))
        elif verb == "normal":
            self.send(normal)
        elif verb == "close":
            raise Ended("closed")
        elif verb == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Ended("reset")
        elif verb == "fin":
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            self.send(unescape(rest) + b"\r\n" if rest else normal)
            self.sock.shutdown(socket.SHUT_WR)
            raise Ended("fin")
        elif verb == "hear":
            self.line()
        elif verb == "drop":
            self.buffer = b""
        elif verb == "stall":
            self.stall()
        elif verb == "sleep":
            time.sleep(float(rest))
        elif verb == "hold":
            self.hold(rest)
        elif verb == "drip":
            seconds, _, text = rest.partition(" ")
            self.drip(float(seconds), unescape(text))
        elif verb == "code":
            self.send(code + b" " + unescape(rest) + b"\r\n")
        elif verb == "bare":
            self.send(normal.replace(b"\r\n", b"\n"))
        elif verb == "slowly":
            for byte in normal:
                self.send(bytes([byte]))
                time.sleep(float(rest))
        elif verb == "mute":
            pass
        elif verb == "await":
            self.sock.recv(1, socket.MSG_PEEK)
        elif verb == "long":
            self.send(code + b" " + b"x" * int(rest) + b"\r\n")
        elif verb == "many":
            self.send((code + b" ok\r\n") * int(rest))
        elif verb == "flood":
            self.send((code + b"-" + b"x" * 32 + b"\r\n") * int(rest) + code + b" ok\r\n")
        elif verb == "strays":
            self.send(b"warning: nothing\r\n" * int(rest))
        elif verb == "endless":
            self.endless(code)
        else:
            raise SystemExit(f"hostile_smtp: no such action: {action}")

    def hold(self, name):
        deadline = time.monotonic() + 60
        while not os.path.exists(os.path.join(self.folder, name)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def act(self, step, normal):
        """The step's actions or else the normal reply; True when what was said is of the same class."""
        self.said, self.said_bytes = b"", 0
        self.counts[step] = self.counts.get(step, 0) + 1
        actions = self.script.actions(step, self.counts[step])
        if actions is None:
            if normal:
                self.send(normal)
            return True
        for action in actions:
            self.do(action, normal)
        said = WHOLE_REPLY.match(self.said)
        return (said[1] if said else self.said[:1]) == normal[:1]

    # ---- the dialogue ----

    def start_tls(self):
        self.counts["tls"] = self.counts.get("tls", 0) + 1
        for action in self.script.actions("tls", self.counts["tls"]) or []:
            self.do(action, b"")
        context = contexts.get(self.script.resumes) or self.make_context()
        if self.script.resumes:
            contexts[self.script.resumes] = context
        context.sni_callback = lambda s, name, c: self.commands.write(f"(SNI {name})\n".encode()) and None
        self.sock = context.wrap_socket(self.sock, server_side=True)
        if self.sock.session_reused:
            self.commands.write(b"(resumed)\n")
        self.tls, self.buffer = True, b""

    def make_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base = os.path.join(self.folder, self.script.cert)
        if not os.path.exists(base + ".crt"):
            base = os.path.join(os.path.dirname(self.folder), self.script.cert)
        context.load_cert_chain(base + ".crt", base + ".key")
        if self.script.tickets is not None:
            context.num_tickets = self.script.tickets
        if self.script.tls12:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if self.script.tls13:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.script.asks:
            context.load_verify_locations(base + ".crt")
            context.verify_mode = ssl.CERT_OPTIONAL
        if self.script.tls10:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        return context

    def ehlo_reply(self):
        words = list(WORDS if self.script.words is None else self.script.words)
        if self.script.cert and not self.tls:
            words.append("STARTTLS")
        if self.script.auth:
            words.append("AUTH " + " ".join(self.script.auth[0]))
        lines = ["hostile.test"] + words
        return "".join(f"250{' ' if i == len(lines) - 1 else '-'}{l}\r\n" for i, l in enumerate(lines)).encode()

    def ask(self, challenge):
        self.act("challenge", b"334 " + base64.b64encode(challenge) + b"\r\n")
        return base64.b64decode(self.line())

    def channel_binding(self):
        """The type that fits this connection, and its bytes (RFC 9266, RFC 5929)."""
        if self.sock.version() != "TLSv1.3":
            return b"tls-unique", self.sock.get_channel_binding("tls-unique")
        # Python's ssl does not export keying material: libssl is asked, with the SSL * of the object.
        ssl_pointer = ctypes.c_void_p.from_address(id(self.sock._sslobj) + 3 * ctypes.sizeof(ctypes.c_void_p))
        out = ctypes.create_string_buffer(32)
        label = b"EXPORTER-Channel-Binding"
        if ctypes.CDLL("libssl.so.3").SSL_export_keying_material(
                ssl_pointer, out, ctypes.c_size_t(32), label, ctypes.c_size_t(len(label)), None, ctypes.c_size_t(0), 1) != 1:
            raise OSError("no keying material")
        return b"tls-exporter", out.raw

    def binding_is_good(self, first, unproved, plus):
        """RFC 5802 section 6: p= and the bytes; y where the client could and we could not; else n."""
        header = b",".join(first.split(b",", 2)[:2]) + b","
        if plus:
            kind, bytes_ = self.channel_binding()
            wanted = b"p=" + kind + b",,"
        else:
            offered = any(m.endswith("-PLUS") for m in self.script.auth[0])
            wanted, bytes_ = b"n,," if offered or not self.tls else header, b""
        sent = base64.b64decode(unproved.split(b",")[0][2:])
        return header == wanted and sent == header + bytes_

    def scram(self, first, hash_name, user, password, plus):
        """RFC 5802."""
        def mac(key, text):
            return hmac.new(key, text, hash_name).digest()
        bare = first.split(b",", 2)[2]
        nonce = bare.split(b"r=", 1)[1] + b"server"
        salt = b"salt of the lab"
        server_first = b"r=" + nonce + b",s=" + base64.b64encode(salt) + b",i=4096"
        final = self.ask(server_first)
        unproved, proof = final.rsplit(b",p=", 1)
        salted = hashlib.pbkdf2_hmac(hash_name, password, salt, 4096)
        client_key = mac(salted, b"Client Key")
        text = bare + b"," + server_first + b"," + unproved
        signature = mac(hashlib.new(hash_name, client_key).digest(), text)
        wanted = bytes(a ^ b for a, b in zip(client_key, signature))
        good = b"n=" + user in bare and base64.b64decode(proof) == wanted and self.binding_is_good(first, unproved, plus)
        self.ask(b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), text)))
        return good

    def bearer(self, mechanism, given, user, token):
        if mechanism == "XOAUTH2":
            good = given == b"user=" + user + b"\1auth=Bearer " + token + b"\1\1"
        else:
            good = re.fullmatch(b"n,a=" + re.escape(user) + rb",\x01host=[a-z.]+\x01port=\d+\x01auth=Bearer " +
                                re.escape(token) + b"\1\1", given) is not None
        # RFC 7628 section 3.2.3: the client answers the error with \1, of XOAUTH2 with nothing.
        if not good and self.ask(b'{"status":"401","schemes":"bearer"}') != (b"" if mechanism == "XOAUTH2" else b"\1"):
            raise Ended("no answer to the error")
        return good

    def check_auth(self, line):
        _, user, password = self.script.auth
        user, password = user.encode(), password.encode()
        words = line.split(b" ")
        mechanism = words[1].upper().decode()
        initial = base64.b64decode(words[2]) if len(words) > 2 else None
        if self.script.actions("sasl", 1):
            self.act("sasl", b"")
            return
        if mechanism == "PLAIN":
            given = self.ask(b"") if initial is None else initial
            good = given == b"\0" + user + b"\0" + password
        elif mechanism == "CRAM-MD5":
            challenge = b"<1@hostile.test>"
            wanted = user + b" " + hmac.new(password, challenge, "md5").hexdigest().encode()
            good = self.ask(challenge) == wanted
        elif mechanism.startswith("SCRAM-SHA-"):
            hash_name, _, plus = mechanism[6:].replace("-", "", 1).partition("-")
            good = self.scram(initial, hash_name.lower(), user, password, plus == "PLUS")
        elif mechanism in ("XOAUTH2", "OAUTHBEARER"):
            good = self.bearer(mechanism, initial, user, password)
        else:
            name = self.ask(b"Username:")
            good = name == user and self.ask(b"Password:") == password
        self.act("auth", b"235 2.7.0 ok\r\n" if good else b"535 5.7.8 wrong\r\n")

    def command(self, line):
        verb = line.split(b" ")[0].upper()
        if verb == b"EHLO":
            self.act("ehlo", self.ehlo_reply())
        elif verb == b"HELO":
            self.act("helo", b"250 hostile.test\r\n")
        elif verb == b"STARTTLS":
            self.act("starttls", b"220 2.0.0 go\r\n")
            if self.said.startswith(b"220"):
                self.start_tls()
        elif verb == b"AUTH":
            self.check_auth(line)
        elif verb == b"MAIL":
            self.recipients = []
            self.act("mail", b"250 2.1.0 ok\r\n")
            self.sender = self.said[:1] not in (b"4", b"5")
        elif verb == b"RCPT":
            normal = b"250 2.1.5 ok\r\n" if self.sender else b"503 5.5.1 no sender\r\n"
            if self.act("rcpt", normal) and self.sender:
                self.recipients.append(line.split(b"<", 1)[-1].split(b">")[0])
        elif verb == b"DATA":
            self.data()
        elif verb == b".":
            self.act("dot", b"554 5.5.1 no valid recipients\r\n")
        elif verb == b"RSET":
            self.act("rset", b"250 2.0.0 ok\r\n")
        elif verb == b"QUIT":
            self.act("quit", b"221 2.0.0 bye\r\n")
            raise Ended("quit")
        else:
            self.send(b"502 5.5.1 what?\r\n")

    def data(self):
        if not self.recipients:
            self.act("data", b"554 5.5.1 no valid recipients\r\n")
            return
        if not self.act("data", b"354 go\r\n"):
            return
        self.messages += 1
        data = self.body()
        with open(self.path(f"{self.messages}.data"), "wb") as f:
            f.write(data)
        try:
            self.act("dot", f"250 2.0.0 queued as {self.number}.{self.messages}\r\n".encode())
        finally:
            self.record_how()

    def record_how(self):
        """By the first whole reply, whatever came behind it; lines without a code do not count."""
        code = WHOLE_REPLY.match(self.said) if self.said_bytes <= REPLY_BYTES_MAX else None
        how = {b"2": b"taken", b"4": b"refused", b"5": b"refused"}.get(code and code[1], b"unknown")
        with open(self.path(f"{self.messages}.how"), "wb") as f:
            f.write(b"\n".join([how] + self.recipients) + b"\n")

    def serve(self):
        how = "?"
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.script.implicit:
                self.start_tls()
            self.act("connect", b"220 hostile.test ESMTP\r\n")
            while True:
                self.command(self.line())
        except Ended as e:
            how = str(e)
        except (OSError, ssl.SSLError, ValueError, IndexError) as e:
            how = f"{type(e).__name__}: {e}"
        finally:
            try:
                self.sock.close()
            except OSError:
                pass
            with open(self.path("groups"), "wb") as f:
                f.write(b"".join(self.groups)[1:] + b"\n")
            with open(self.path("ending"), "w") as f:
                f.write(f"{how}\n{time.monotonic() - self.begun:.3f}\n")
            os.rename(self.path("ending"), self.path("end"))


class Server:
    """Connections to one address, numbered, each with a thread."""

    def __init__(self, folder):
        self.folder, self.number = folder, 0

    def take(self, sock):
        self.number += 1
        try:
            connection = Connection(self.folder, self.number, sock)
        except OSError:
            sock.close()
            return
        threading.Thread(target=connection.serve, daemon=True).start()


def accept_all(folder, listener, many):
    servers = {}
    while True:
        sock, _ = listener.accept()
        where = os.path.join(folder, sock.getsockname()[0]) if many else folder
        servers.setdefault(where, Server(where)).take(sock)


def main():
    folder = sys.argv[1]
    address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    many = sys.argv[4:] == ["many"]
    listener = socket.create_server((address, port), backlog=512 if many else 64,
                                    family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    # Else the kernel takes tens of megabytes in our place.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
    print(f"port {listener.getsockname()[1]}\n", end="", flush=True)
    threading.Thread(target=accept_all, args=(folder, listener, many), daemon=True).start()
    while sys.stdin.buffer.read(4096):
        pass


main()
