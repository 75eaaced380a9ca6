#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
hostile - the table of what a hostile server may do at which step, and what
must become of the mail.

    hostile.py make DIR           DIR/ADDRESS/script for each case (hostile_smtp.py,
                                  "many"), DIR/zone, DIR/conf, DIR/cases, and in
                                  DIR/never how many messages never go
    hostile.py judge DIR LOG SCALE RETRY_MIN_MS [BUSY]
                                  a line a case: "ok NAME" or "not ok NAME: why"

A case is one message to a domain of its own, whose only server misbehaves in
the first connection and behaves in all that follow; with "first 9999" it
misbehaves in all. A cell of the table says what must become of the message:

    s   sent by the first connection, nothing deferred
    d   deferred, then sent by another
    u   as d, and the first may have taken it: it arrives once or twice
    b   bounced, and the sender is told once
    never   it waits on, and no server gets it; what follows the word in quotes is
            said of why

and of several letters the first is for the first recipient, and so on; the last for all the others. Besides, whatever the
cell says: a server that said 250 to the dot has the only copy, and a message
makes no more than CONNECTIONS_MAX connections within RETRY_MIN_MS.

Where a deadline was missed because this machine is busy (the log says "in
time"), sent may have become deferred; judge counts those, and BUSY of them (10)
are not too many. CASES_EVERY=3 takes each third case only.
"""
import os
import re
import sys
from collections import namedtuple

NET = "198.18."
OWNER = "owner@back.hostile.example"
LARGE = 1000 * 1000
SETUP = 1800            # seconds, without time_scale: all that a session has until it stands
CONNECTIONS_MAX = 5
SCALE = float(os.environ.get("CASES_SCALE", "0.01"))    # time_scale: seconds in {} are scaled by it
EVERY = int(os.environ.get("CASES_EVERY", "1"))

# How the message goes there: by the domain's MX without and with STARTTLS, by
# a smarthost that must offer TLS and AUTH, or one with TLS from the first byte.
CLEAR, MAY, HOST, IMPLICIT = "clear", "may", "host", "implicit"
SCRIPTS = {
    CLEAR: [],
    MAY: ["cert wild"],
    HOST: ["cert wild", "auth LOGIN me secret"],
    IMPLICIT: ["cert wild", "implicit", "auth LOGIN me secret"],
}

# step: which of the server's replies; wait: how long it may take, in seconds
# without time_scale (relay/smtp); before: what is done first in that connection.
Step = namedtuple("Step", "name way at wait before", defaults=[""])
STEPS = [
    Step("greeting", CLEAR, "connect", 300),
    Step("EHLO", CLEAR, "ehlo", 300),
    Step("MAIL", CLEAR, "mail", 300),
    Step("RCPT 1", CLEAR, "rcpt:1", 300),
    Step("RCPT 2", CLEAR, "rcpt:2", 300),
    Step("DATA", CLEAR, "data", 120),
    Step("body", CLEAR, "body", 180),
    Step("dot", CLEAR, "dot", 600),
    Step("RSET", CLEAR, "rset", 60, "on dot reply 451 4.3.0 later / "),
    Step("QUIT", CLEAR, "quit", 60),
    Step("STARTTLS", HOST, "starttls", 120),
    Step("handshake", HOST, "tls await ;", 60),
    Step("second EHLO", HOST, "ehlo:2", 300),
    Step("AUTH challenge", HOST, "challenge:1", 60),
    Step("AUTH result", HOST, "auth", 60),
    Step("STARTTLS if possible", MAY, "starttls", 120),
    Step("handshake if possible", MAY, "tls await ;", 60),
    Step("second EHLO if possible", MAY, "ehlo:2", 300),
    Step("handshake at once", IMPLICIT, "tls await ;", 60),
    Step("greeting in TLS", IMPLICIT, "connect", 300),
]

# A column a step, in their order: by MX in the clear | by smarthost | by MX with STARTTLS | implicit TLS
TABLE = """
closes                  | close                        | d d d  d  d  d d u d s | d d d d d | d s d | d d
resets                  | reset                        | d d d  d  d  d d u d s | d d d d d | d s d | d d
says no more            | stall                        | d d d  d  d  d d u d s | d d d d d | d s d | d d
drips for ever          | drip 0.02 250-x              | d d d  d  d  d d u d s | d d d d d | d s d | d d
4xx                     | reply 451 4.3.0 later        | d d d  ds sd d d d d s | d d d d d | s s d | d d
5xx                     | reply 554 5.0.0 never        | d s b  bs sb b b b d s | d d d d d | s s s | d d
421 and closes          | reply 421 4.3.2 go ; close   | d d d  d  d  d d d d s | d d d d d | d s d | d d
5xx and closes          | reply 554 5.0.0 no ; close   | d d b  bd db b b b d s | d d d d d | s s d | d d
speaks another protocol | reply SSH-2.0-OpenSSH_9.2    | d d d  d  d  d s u d s | d d d d d | d s d | d d
NUL bytes               | reply \\x00\\x00\\x00\\x00   | d d d  d  d  d s u d s | d d d d d | d s d | d d
NUL bytes in the text   | code a\\x00b\\x00            | s s s  s  s  s d s d s | s d d s s | s s s | d s
a line of two megabytes | long 2000000                 | d d d  d  d  d d u d s | d d d d d | d s d | d d
10,000 lines            | flood 10000                  | s s s  s  s  s d s d s | s d d s s | s s s | d s
40,000 lines            | flood 40000                  | d d d  d  d  d d u d s | d d d d d | d s d | d d
lines without end       | endless                      | d d d  d  d  d d u d s | d d d d d | d s d | d d
three replies for one   | many 3                       | d d d  d  d  u d s d s | d d d d d | d s d | d d
no reply, and goes on   | mute                         | d d d  d  d  d s u d s | d s d d d | d s d | s d
1xx                     | reply 150 wait               | d d d  d  d  d d u d s | d d d d d | d s d | d d
2xx                     | reply 250 ok                 | d s s  s  s  d d s d s | d d d d d | s s s | d d
3xx                     | reply 354 go                 | d d d  d  d  s d u d s | d d d d d | s s d | d d
a code of four digits   | reply 2500 ok                | d d d  d  d  d s u d s | d d d d d | d s d | d d
lines that end in LF    | bare                         | s s s  s  s  s s s d s | s s s s s | s s s | s s
a byte at a time        | slowly 0.001                 | s s s  s  s  s s s d s | s s s s s | s s s | s s
a reply begun and ended | raw 250-more\\r\\n ; close    | d d d  d  d  d d u d s | d d d d d | d s d | d d
"""

# Cases that are no cell: NAME | way, and how many recipients if not two | script lines, " / " between them | what
# must become of it
MORE = """
plain text behind STARTTLS              | host     | on starttls raw 220 go\\r\\n250 injected\\r\\n ; normal    | d
plain text behind STARTTLS, if possible | may      | on starttls raw 220 go\\r\\n250 injected\\r\\n ; normal    | d
plain text before the handshake         | host     | on tls raw 250 injected\\r\\n                              | d
no STARTTLS offered                     | host     | on ehlo:1 reply 250 hostile.example                        | d
STARTTLS refused for now                | host     | on starttls reply 454 4.7.0 no TLS now                     | d
eight session tickets first             | host     | tickets 8                                                  | s
no session ticket                       | host     | tickets 0                                                  | s
eight tickets before the greeting       | implicit | tickets 8 / on connect sleep 0.1 ; normal                  | s
EHLO words without sense                | clear    | word SIZE 99999999999999999999999 / word AUTH / word SIZE / word \\xff | s
too small a SIZE                        | clear    | on ehlo reply 250-hostile.example\\r\\n250 SIZE 10         | b
codes that differ between the lines     | clear    | on mail raw 250-yes\\r\\n251 2.1.0 yes\\r\\n               | s
a code and nothing else                 | clear    | on mail raw 250\\r\\n / on rcpt raw 250\\r\\n / on dot raw 250\\r\\n | s
4xx to MAIL, with a permanent status    | clear    | on mail reply 451 5.7.1 odd                                | d
5xx to MAIL, with a temporary status    | clear    | on mail reply 550 4.7.1 odd                                | b
greeting 421                            | clear    | on connect reply 421 too busy                              | d
greeting 554                            | clear    | on connect reply 554 go away                               | d
too many recipients                     | clear    | on rcpt:2 reply 452 4.5.3 too many                         | s
disk full at the second recipient       | clear    | on rcpt:2 reply 452 4.3.1 disk full                        | s
all recipients unknown                  | clear    | on rcpt reply 550 5.1.1 unknown                            | b
354 though no recipient was accepted    | clear    | on rcpt:1 reply 451 4.2.0 busy / on rcpt:2 reply 451 4.2.0 busy / on data reply 354 go | d
552 to the dot                          | clear    | on dot reply 552 5.2.3 too big                             | b
greylisted                              | clear    | on rcpt:1 reply 450 4.7.1 greylisted / on rcpt:2 reply 450 4.7.1 greylisted | d
another user's mechanisms only          | host     | auth GSSAPI,NTLM me secret                                 | never
the password is wrong, it says          | host     | on auth reply 535 5.7.8 wrong                              | d
AUTH goes on and on                     | host     | on challenge reply 334 VXNlcm5hbWU6 ; mute                 | s
a certificate for another name          | host     | cert other                                                 | never
a certificate for another name, by MX   | may      | cert other                                                 | s
a challenge of 60,000 bytes             | host     | on challenge:1 long 60000                                  | s
a challenge that is no base64           | host     | on challenge:1 reply 334 ***                               | s
challenges without a word               | host     | on challenge raw 334\\r\\n                               | s
a reply cut between CR and LF           | clear    | on mail raw 250 ok\\r ; sleep 0.05 ; raw \\n               | s
the reply to the dot in three pieces    | clear    | on dot raw 25 ; sleep 0.05 ; raw 0 o ; sleep 0.05 ; raw k\\r\\n | s
closes behind the reply to the dot      | clear    | on dot normal ; close                                      | s
resets behind the reply to the dot      | clear    | on dot normal ; sleep 0.05 ; reset                         | s
a 4xx behind the reply to the dot       | clear    | on dot normal ; reply 451 changed my mind                  | s
421 behind the reply to the dot         | clear    | on dot normal ; reply 421 bye ; close                      | s
the end with the greeting               | clear    | on connect fin                                             | d
the end with the reply to EHLO          | clear    | on ehlo fin                                                | d
the end with the last reply to AUTH     | host     | on auth fin                                                | d
the end with the second reply to EHLO   | may      | on ehlo:2 fin                                              | d
STARTTLS 421 and the end, if possible   | may      | on starttls fin 421 4.7.0 TLS not available                | d
STARTTLS 454 and the end, if possible   | may      | on starttls fin 454 4.3.0 TLS not available                | s
STARTTLS 421 and the end                | host     | on starttls fin 421 4.7.0 TLS not available                | d
always the end with the greeting        | clear    | first 9999 / on connect fin                                | never " at EHLO"
always the end with the reply to EHLO   | clear    | first 9999 / on ehlo fin                                   | never "right after the reply to EHLO"
always the end with the reply to AUTH   | host     | first 9999 / on auth fin                                   | never "right after the reply to AUTH"
always 421 to STARTTLS and the end      | may      | first 9999 / on starttls fin 421 4.7.0 TLS not available   | never "421 4.7.0 TLS not available"
always 421 to EHLO                      | clear    | first 9999 / on ehlo reply 421 4.3.2 no ; close            | never "421 4.3.2 no"
always 421 to MAIL                      | clear    | first 9999 / on mail reply 421 4.7.0 no ; close            | never "421 4.7.0 no"
always 454 to STARTTLS and the end      | may      | first 9999 / on starttls fin 454 4.3.0 TLS not available   | s
TLS that is too old, mail in clear      | may      | tls10                                                      | s
TLS that is too old, 530 in clear       | may      | first 9999 / tls10 / on mail reply 530 5.7.0 Must issue a STARTTLS command first | never "TLS handshake failed.*in clear it says: 530"
STARTTLS refused, then 530              | may      | on starttls reply 454 4.3.0 no / on mail reply 530 5.7.0 Must issue a STARTTLS command first | d
a greeting after a minute and a half    | clear    | on connect sleep {90} ; normal                             | s
a blank line before the reply to the dot | clear   | on dot raw \\r\\n250 2.0.0 ok queued\\r\\n          | s
a scanner's warning before it           | clear    | on dot raw clamdscan: warning\\r\\n250 2.0.0 ok queued\\r\\n | s
a warning and a refusal                 | clear    | on dot raw clamdscan: found\\r\\n550 5.7.1 virus\\r\\n | b
a tab behind the code                   | clear    | on mail raw 250\\x09ok\\r\\n / on dot raw 250\\x09ok\\r\\n | s
blank lines everywhere                  | clear    | on connect raw \\r\\n ; normal / on mail raw \\r\\n ; normal / on rcpt normal ; raw \\r\\n / on data raw \\r\\n ; normal | s
a hundred stray lines                   | clear    | on dot strays 100 ; normal                                 | s
stray lines without end                 | clear    | on dot strays 1000 ; stall                                 | u
drops what came with MAIL               | clear    | on mail normal ; drop                                      | d
drops what came with RCPT               | clear    | on rcpt:1 normal ; drop                                    | d
always drops what came with MAIL        | clear    | first 9999 / on mail normal ; drop                         | d
too many recipients, as 552             | clear    | on rcpt:2 reply 552 Too many recipients                    | s
too many recipients, as 550             | clear    | on rcpt:2 reply 550 5.5.3 Too many recipients              | s
out of step at RCPT                     | clear    | on rcpt:2 reply 502 5.5.2 Error: command not recognized    | d
500 to a recipient that it does not want | clear   | first 9999 / on rcpt reply 500 5.3.0 Error: command failed | b
out of step at DATA                     | clear    | on data reply 503 5.5.1 Bad sequence of commands           | d
out of step at DATA, of one recipient   | clear    | on rcpt:2 reply 550 5.1.1 unknown / on data reply 503 5.5.1 RCPT first | db
out of step at the dot                  | clear    | on dot reply 503 5.5.1 Error: need RCPT command            | d
out of step at a second MAIL            | clear    | word SIZE / word LIMITS RCPTMAX=1 / on mail:2 reply 503 5.5.1 Sender already specified | sd
no one left, and out of step at DATA    | clear    | on rcpt reply 550 5.1.1 unknown / on data reply 503 5.5.1 RCPT first | b
no sender, and out of step behind it    | clear    | on mail reply 550 5.1.8 unknown / on rcpt reply 503 5.5.1 MAIL first / on data reply 503 5.5.1 RCPT first | b
out of step though asked step by step   | clear    | first 9999 / word SIZE / on data reply 503 5.5.1 Bad sequence of commands | b
always out of step in a group           | clear    | first 9999 / on data reply 503 5.5.1 Bad sequence of commands | b
words behind tabs                       | host     | on ehlo:1 raw 250-h\\r\\n250 STARTTLS\\x09\\r\\n / on ehlo:2 raw 250-h\\r\\n250\\x20AUTH\\x09LOGIN\\r\\n | s
TLS 1.3 only                            | host     | tls13                                                      | s
asks for a certificate of the client    | host     | asks                                                       | s
overlooks what came with AUTH           | host     | auth PLAIN me secret / on sasl reply 334  ; hear ; reply 235 ok | s
another mechanism than it offered first | host     | auth PLAIN,LOGIN me secret / on auth:1 reply 504 5.5.4 no  | s
the same, by the code of a wrong password | host   | auth PLAIN,LOGIN me secret / on auth:1 reply 535 5.7.8 Invalid authentication mechanism | s
always refuses EHLO and closes          | clear    | first 9999 / on ehlo reply 550 You are banned ; close      | never "EHLO refused .*You are banned"
TLS where it should begin in clear      | host     | first 9999 / implicit                                      | never "set implicit_tls = true"
clear where it should begin with TLS    | implicit | first 9999 / clear                                         | never "set implicit_tls = false"
one recipient a transaction             | clear    | word PIPELINING / word LIMITS RCPTMAX=1                    | s
one recipient a transaction, one a connection | clear 12 | first 9999 / word PIPELINING / word LIMITS RCPTMAX=1 MAILMAX=1 | s
one recipient a connection, as 452      | clear 12 | first 9999 / on rcpt:2 reply 452 4.5.3 too many / on rcpt:3 reply 452 4.5.3 too many / on dot fin | s
421 at the second recipient             | clear    | on rcpt:2 reply 421 4.7.0 too many ; close                 | d
control bytes in a refusal              | clear    | on rcpt reply 550 5.1.1 \\x1b[2J\\x07\\x7f\\xffgone\\x0b   | b
a refusal of 60,000 bytes               | clear    | on rcpt raw 550-xxxxxxxxx\\r\\n550 5.1.1 no\\r\\n          | b
"""

Case = namedtuple("Case", "number name step way script expected recipients")


def once(line):
    """
    What defers a message does so once a connection: who tries again before it is idle for long
    enough to be closed keeps it, and would not meet one that behaves.
    """
    return re.sub("^on (mail|data|dot) ", r"on \1:1 ", line)


def cases():
    made = []

    def add(name, step, way, script, expected, count=2):
        if set(expected) & set("due") and not expected.startswith("never"):
            script = [once(line) for line in script]
        made.append(Case(len(made) + 1, name, step, way, script, expected, count))

    for row in TABLE.strip().splitlines():
        name, actions, cells = row.split("|", 2)
        actions = actions.strip().replace("\\\\", "\\")
        for step, cell in zip(STEPS, cells.replace("|", " ").split(), strict=True):
            script = f"{step.before}on {step.at} {actions}".split(" / ")
            add(f"{step.name}: {name.strip()}", step, step.way, script, cell)
    for row in MORE.strip().splitlines():
        name, way, script, expected = (part.strip() for part in row.split("|"))
        way, _, count = way.partition(" ")
        script = re.sub(r"\{(\d+)\}", lambda m: str(int(m[1]) * SCALE), script)
        lines = script.replace("\\\\", "\\").split(" / ")
        add(name, Step(name, way, "", 600), way, lines, expected, int(count or 2))
    return [c for c in made if c.number % EVERY == 0]


def address(case):
    return f"{NET}{case.number // 250 + 1}.{case.number % 250 + 1}"


def domain(case):
    return f"c{case.number}.hostile.example"


def recipients(case):
    return [f"{user}@{domain(case)}" for user in ["one", "two", *(f"r{n}" for n in range(3, case.recipients + 1))]]


# ---- make ----

def make_server(folder, where, lines):
    os.makedirs(f"{folder}/{where}")
    with open(f"{folder}/{where}/script", "w") as f:
        f.write("\n".join(lines) + "\n")


def smarthost(case):
    return (f'  {{ name = "c{case.number}"; host = "m{case.number}.hostile.example"; port = 25; tls = "verify"; '
            f'ca_file = "/run/lab/tls/ca.pem"; user = "me"; password_file = "/etc/signet/password"; '
            f'implicit_tls = {"true" if case.way == IMPLICIT else "false"}; }}')


def make(folder):
    zone, hosts, routes, listed, never = [], [], [], [], 0
    for c in cases():
        make_server(folder, address(c), SCRIPTS[c.way] + ["first 1"] + c.script)
        zone += [f"c{c.number} MX 10 m{c.number}", f"m{c.number} A {address(c)}"]
        if c.way in (HOST, IMPLICIT):
            hosts.append(smarthost(c))
            routes.append(f'  {{ to = [ "{domain(c)}" ]; via = [ "c{c.number}" ]; }}')
        size = LARGE if c.step.at == "body" else 100
        never += c.expected.startswith("never")
        listed.append(f"{c.number} {size} {' '.join(recipients(c))}")
    make_server(folder, NET + "0.1", [])
    zone += ["back MX 10 mback", f"mback A {NET}0.1"]
    routes.append('  { to = [ "*" ]; via = [ "mx" ]; }')
    for name, text in (("zone", "\n".join(zone)), ("cases", "\n".join(listed)), ("never", str(never)),
                       ("conf", "smarthosts = (\n" + ",\n".join(hosts) + "\n);\nroutes = (\n" + ",\n".join(routes) +
                        "\n);")):
        with open(f"{folder}/{name}", "w") as f:
            f.write(text + "\n")


# ---- judge ----

def statuses(log):
    """recipient → [(status, text)] in order."""
    found = {}
    line = re.compile(r"to=<([^>]*)>.* status=(\w+) \((.*)\)")
    for text in open(log, encoding="utf-8", errors="replace"):
        m = line.search(text)
        if m:
            found.setdefault(m[1], []).append((m[2], m[3]))
    return found


class Server:
    """What one address saw."""

    def __init__(self, folder):
        self.how, self.seconds, self.commands, self.begun = [], {}, {}, []
        for name in os.listdir(folder):
            number, _, kind = name.partition(".")
            path = f"{folder}/{name}"
            if kind == "end":
                self.seconds[int(number)] = float(open(path).read().split("\n")[-2])
            elif kind == "begun":
                self.begun.append(float(open(path).read() or "0"))
            elif kind == "commands":
                self.commands[int(number)] = open(path, "rb").read()
            elif kind.endswith(".how"):
                result, *to = open(path, encoding="utf-8", errors="replace").read().split("\n")[:-1]
                self.how.append((int(number), result, to))
        self.begun.sort()
        self.open = sorted(set(self.commands) - set(self.seconds))

    def count(self, result, recipient):
        return sum(1 for _, how, to in self.how if how == result and recipient in to)


    def most_within(self, seconds):
        """The most connections that began within so many seconds."""
        return max((sum(1 for b in self.begun[i:] if b < a + seconds) for i, a in enumerate(self.begun)), default=0)


# per recipient: what was logged, in order; how often a server took it; how often that is not known
PATTERNS = {
    "s": ("sent", (1, 1), (0, 0)),
    "d": ("(deferred )+sent", (1, 1), (0, 0)),
    "u": ("(deferred )+sent", (1, 1), (0, 1)),
    "late": ("(deferred )+sent", (1, 2), (0, 1)),
    "b": ("(deferred )*bounced", (0, 0), (0, 0)),
}


def fits(kind, recipient, words, server):
    pattern, taken, unknown = PATTERNS[kind]
    t, u = server.count("taken", recipient), server.count("unknown", recipient)
    if not re.fullmatch(pattern, " ".join(words)):
        return f"{recipient}: {' '.join(words) or 'nothing was logged'}"
    if not taken[0] <= t <= taken[1] or not unknown[0] <= u <= unknown[1] or t + u > min(2, taken[1] + unknown[1]):
        return f"{recipient}: taken {t} times, unknown {u}"
    return None


def judge_recipient(kind, recipient, log, server, told):
    """(what is wrong or None, whether only because a deadline was missed)"""
    words = [word for word, _ in log]
    wrong = fits(kind, recipient, words, server)
    late = [text for word, text in log if word == "deferred" and "in time" in text]
    if wrong and late and kind in "sdu" and not fits("late", recipient, words, server):
        return None, True
    if wrong:
        return wrong + "".join(f" [{text[:150]}]" for _, text in log[:2]), False
    if told != (kind == "b"):
        return f"{recipient}: the sender was told {told} times", False
    return None, False


def judge_never(case, log, server):
    why = case.expected.removeprefix("never").strip(' "')
    for r in recipients(case):
        if [w for w, _ in log.get(r, [])] == [] or any(w != "deferred" for w, _ in log[r]):
            return f"{r}: {log.get(r)}"
        if not any(re.search(why, text) for _, text in log[r]):
            return f"{r}: is not said to be for {why}: {log[r][:2]}"
    return "it got a message" if server.how else None


def judge_storm(case, server, seconds):
    """Where each recipient needs a connection they are bounded by the minute: 31-hosts.sh has that at its real length."""
    allowed = max(CONNECTIONS_MAX, case.recipients)
    most = server.most_within(seconds)
    return f"{most} connections within {seconds} s, of {len(server.begun)}" if most > allowed else None


def secrets_in_clear(case, server):
    """AUTH or MAIL on a connection of a smarthost that did not see STARTTLS before."""
    for number, said in server.commands.items():
        clear = said if case.way == HOST and b"STARTTLS" not in said else said.split(b"STARTTLS")[0]
        if case.way == HOST and re.search(rb"^(AUTH|MAIL)", clear, re.M):
            return f"connection {number}: AUTH or MAIL without TLS"
    return None


def judge_case(case, folder, log, scale, seconds, bounces):
    server = Server(f"{folder}/{address(case)}")
    wrong, late = secrets_in_clear(case, server) or judge_storm(case, server, seconds), False
    limit = (SETUP + case.step.wait) * scale + 5
    too_long = [f"connection {n} took {s} s" for n, s in server.seconds.items() if s > limit]
    if case.expected.startswith("never"):
        wrong = wrong or judge_never(case, log, server)
    else:
        for kind, r in zip(case.expected.ljust(case.recipients, case.expected[-1]), recipients(case)):
            problem, was_late = judge_recipient(kind, r, log.get(r, []), server, bounces.get(r, 0))
            wrong, late = wrong or problem, late or was_late
        too_long += [f"connection {n} has not ended" for n in server.open]
    return wrong or (too_long[0] if too_long else None), late


def told(folder):
    """recipient → in how many bounces to the sender it is named."""
    found = {}
    for name in os.listdir(f"{folder}/{NET}0.1"):
        if name.endswith(".data"):
            text = open(f"{folder}/{NET}0.1/{name}", encoding="latin-1").read()
            for r in set(re.findall(r"^Final-Recipient: *rfc822; *(\S+)", text, re.M)):
                found[r] = found.get(r, 0) + 1
    return found


def busy():
    """How many cases may be late because this machine has other work: more where it has much."""
    return int(10 * max(1, max(os.getloadavg()) / os.cpu_count() / 2))


def judge(folder, log_file, scale, retry_min_ms):
    log, bounces, all_late = statuses(log_file), told(folder), 0
    for case in cases():
        wrong, late = judge_case(case, folder, log, float(scale), float(retry_min_ms) / 1000, bounces)
        all_late += late
        print(f"not ok {case.name} ({case.expected.split()[0]}): {wrong}" if wrong else f"ok {case.name}")
    few = "ok" if all_late <= busy() else "not ok"
    print(f"{few} no more than {busy()} were late because this machine is busy ({all_late})")


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    judge(*sys.argv[2:])
