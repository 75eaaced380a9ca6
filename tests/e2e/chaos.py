#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
chaos - mail while everything breaks, then peace, then the account.

    chaos.py LAB CONFIG SEED MESSAGES SECONDS

Callers submit MESSAGES messages over SECONDS, by sendmail and by SMTP to the
listener, while roles and signetd are killed (-9), the disk is full, the name
server goes and comes, the clock jumps and the hostile servers (hostile_smtp.py
in ./hostile/ADDRESS) misbehave; what happens in which order follows from SEED.
Then all is put right. Each message that was taken must have been delivered or
bounced for each recipient, and no more may have arrived again than the plan
allows: four for each session that was open when something was killed, and one
for each delivery of which the sender could not know; in the mailbox of a user
of this host, none. Prints a line a judgement: "ok TEXT" or "not ok TEXT".
"""
import os
import random
import re
import signal
import smtplib
import struct
import subprocess
import sys
import threading
import time
from collections import Counter

LAB, CONFIG, SEED, MESSAGES, SECONDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
SPOOL = "/var/spool/signet"
SERVERS = [f"198.18.0.{n}" for n in range(1, 5)]
MX, OWNER, LOCAL = "direct.world.example", "owner@direct.world.example", "bob@localhost"
LISTENER = ("127.0.0.1", 25)
CALLERS = 4
UNCOMMITTED = 4
DAY_S = 24 * 3600
PEACE_S = 60

STEPS = ["connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "quit"]
FAULTS = ["close", "reset", "stall", "drip 0.05 250-x", "reply 451 4.3.0 later", "reply 421 4.3.2 going ; close",
          "reply 554 5.0.0 never", "reply what?", "many 3", "long 100000", "slowly 0.01"]


def processes(name):
    """pids of a role, or of signetd's parent process"""
    path = f"{LAB}/build/signetd" if name == "signetd" else f"{LAB}/build/libexec/signet/{name}"
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe") == path:
                found.append(int(pid))
        except OSError:
            pass
    return found


class Callers:
    """Submits numbered messages, evenly over the time."""

    def __init__(self):
        self.lock, self.serial = threading.Lock(), 0
        self.taken, self.refused = {}, Counter()
        self.begun = time.monotonic()
        self.threads = [threading.Thread(target=self.run) for _ in range(CALLERS)]
        for t in self.threads:
            t.start()

    def next(self):
        with self.lock:
            self.serial += 1
            return self.serial if self.serial <= MESSAGES else None

    @staticmethod
    def recipients(serial):
        rng = random.Random(SEED * 1000003 + serial)
        mailbox = f"user{rng.randint(1, 60)}@{MX}"
        hostile = f"user@h{rng.randint(1, len(SERVERS))}.hostile.example"
        kind = rng.randint(1, 20)
        return [f"nobody-{serial}@{MX}"] if kind == 1 else [mailbox, hostile] if kind <= 4 else \
            [hostile] if kind <= 9 else [mailbox, LOCAL] if kind <= 11 else [LOCAL] if kind <= 13 else [mailbox]

    @staticmethod
    def by_sendmail(to, text):
        """None: taken; else why not"""
        done = subprocess.run([f"{LAB}/build/sendmail", "-i", "-f", OWNER, *to], input=text.encode(), capture_output=True)
        return None if done.returncode == 0 else done.returncode

    @staticmethod
    def by_smtp(to, text):
        """As by_sendmail(). Tries again where it is sure that nothing was taken; what is not sure counts as not taken."""
        for _ in range(40):
            try:
                with smtplib.SMTP(*LISTENER, timeout=60) as client:
                    client.sendmail(OWNER, to, text)
                return None
            except (ConnectionRefusedError, smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as e:
                why = type(e).__name__
            except (OSError, smtplib.SMTPException) as e:
                return type(e).__name__
            time.sleep(0.25)
        return why

    def run(self):
        while (serial := self.next()) is not None:
            time.sleep(max(0, self.begun + SECONDS * serial / MESSAGES - time.monotonic()))
            to = self.recipients(serial)
            body = "x\n" * (60000 if serial % 50 == 0 else 9)
            text = f"From: {OWNER}\nTo: {to[0]}\nSubject: serial {serial}\n\n{body}"
            why = (self.by_smtp if serial % 3 == 0 else self.by_sendmail)(to, text)
            with self.lock:
                if why is None:
                    self.taken[serial] = to
                else:
                    self.refused[why] += 1

    def wait(self):
        for t in self.threads:
            t.join()


class Chaos:
    def __init__(self, rng):
        self.rng, self.allowed, self.done = rng, 0, Counter()
        self.clock = open(f"{LAB}/clock", "r+b", buffering=0)
        self.set_clock(0)
        self.peaceful_servers()
        self.start_names()
        self.start_signetd()

    # ---- what breaks, and is put right ----

    def start_signetd(self):
        self.signetd = subprocess.Popen([f"{LAB}/build/signetd", "-C", CONFIG],
                                        stderr=open(f"{LAB}/log/signetd.stderr", "a"))

    def start_names(self):
        self.names = subprocess.Popen(["knotd", "-c", f"{LAB}/dns/knot.conf"], stdout=open(f"{LAB}/log/knot", "a"),
                                      stderr=subprocess.STDOUT)

    def set_clock(self, seconds):
        self.clock.seek(0)
        self.clock.write(struct.pack("q", int(seconds)))

    def script(self, address, lines):
        with open(f"hostile/{address}/script.new", "w") as f:
            f.write("\n".join(lines) + "\n")
        os.rename(f"hostile/{address}/script.new", f"hostile/{address}/script")

    def peaceful_servers(self):
        for address in SERVERS:
            self.script(address, [])

    def kill_any_role(self):
        self.kill_role(self.rng.choice(["smtp"] * 6 + ["esmtp"] * 4 +
                                       ["local"] * 2 + ["smtpd", "pickup", "signer", "resolver", "bounce", "queue"]))

    def kill_role(self, role):
        open_sessions, pids = len(processes("smtp")), processes(role)
        if not pids:
            return
        self.allowed += UNCOMMITTED * (open_sessions if role == "queue" else role in ("smtp", "esmtp"))
        try:
            os.kill(self.rng.choice(pids), signal.SIGKILL)
            self.done[f"{role} killed"] += 1
        except ProcessLookupError:
            pass

    def kill_signetd(self):
        self.allowed += UNCOMMITTED * len(processes("smtp"))
        self.signetd.kill()
        self.signetd.wait()
        self.done["signetd killed"] += 1
        time.sleep(self.rng.uniform(0, 0.5))
        self.start_signetd()

    def fill_disk(self):
        until = time.monotonic() + self.rng.uniform(0.3, 1.5)
        try:
            with open(f"{SPOOL}/filler", "ab", buffering=0) as f:
                while time.monotonic() < until:
                    try:
                        f.write(bytes(65536))
                    except OSError:
                        time.sleep(0.01)
        finally:
            os.unlink(f"{SPOOL}/filler")
        self.done["disk full"] += 1

    def no_names(self):
        stopped = self.rng.random() < 0.5
        if stopped:
            self.names.send_signal(signal.SIGSTOP)
        else:
            self.names.kill()
            self.names.wait()
        time.sleep(self.rng.uniform(0.2, 1.5))
        if stopped:
            self.names.send_signal(signal.SIGCONT)
        else:
            self.start_names()
        self.done["names gone"] += 1

    def jump(self):
        self.set_clock(self.rng.choice([0, 0, 60, 3600, DAY_S, 4 * DAY_S]))
        self.done["clock set"] += 1

    def change_server(self):
        step, fault = self.rng.choice(STEPS), self.rng.choice(FAULTS)
        self.script(self.rng.choice(SERVERS), [f"on {step} {fault}"] if self.rng.random() < 0.7 else [])
        self.done["servers changed"] += 1

    def shuffled(self, events):
        self.rng.shuffle(events)
        return events

    def missing(self):
        """What has not happened yet of all that must, however few events the machine has time for."""
        kinds = {"smtp killed": lambda: self.kill_role("smtp"), "queue killed": lambda: self.kill_role("queue"),
                 "smtpd killed": lambda: self.kill_role("smtpd"), "signetd killed": self.kill_signetd, "disk full": self.fill_disk, "names gone": self.no_names,
                 "clock set": self.jump}
        return {kind: event for kind, event in kinds.items() if not self.done[kind]}

    def run(self, callers):
        deck = self.shuffled(list(self.missing().values()))
        pause = 0.2 if SECONDS < 60 else 1.0
        while any(t.is_alive() for t in callers.threads):
            self.change_server()
            self.change_server()
            deck = deck or self.shuffled(list(self.missing().values()) or
                                         [self.kill_any_role] * 12 + [self.jump] * 3 +
                                         [self.no_names, self.fill_disk, self.kill_signetd])
            deck.pop()()
            time.sleep(self.rng.uniform(0.02, pause))

    def peace(self):
        self.peaceful_servers()
        self.set_clock(0)
        deadline = time.monotonic() + PEACE_S
        while time.monotonic() < deadline:
            shown = subprocess.run([f"{LAB}/build/signet", "queue", "list", "--json"], capture_output=True)
            if shown.returncode == 0 and not shown.stdout and not os.listdir(f"{SPOOL}/drop"):
                return True
            # One that was in the hands of three that were killed is held, as if it had killed them: its owner lets it go.
            if b'"queue_name": "hold"' in shown.stdout:
                subprocess.run([f"{LAB}/build/signet", "queue", "release", "all"], capture_output=True)
            time.sleep(0.2)
        print(shown.stdout.decode()[:2000], shown.stderr.decode(), os.listdir(f"{SPOOL}/drop"), file=sys.stderr)
        return False


# ---- the account ----

def subject(path):
    with open(path, "rb") as f:
        found = re.search(rb"^Subject: serial (\d+)\r?$", f.read(20000), re.M)
    return int(found[1]) if found else None


def in_mailboxes(arrived):
    """(serial, recipient) → copies; recipients that the sender was told of"""
    told, root = set(), f"{LAB}/mail/{MX}"
    for user in os.listdir(root):
        for name in os.listdir(f"{root}/{user}/new"):
            path = f"{root}/{user}/new/{name}"
            if user != "owner":
                arrived[subject(path), f"{user}@{MX}"] += 1
                continue
            text = open(path, encoding="latin-1").read()
            serial = re.search(r"^Subject: serial (\d+)", text, re.M)
            for r in re.findall(r"^Final-Recipient: *rfc822; *(\S+)", text, re.M):
                told.add((int(serial[1]) if serial else None, r))
    return told


def in_local_mailbox(arrived):
    with open("/var/mail/" + LOCAL.split("@")[0], "rb") as f:
        for serial in re.findall(rb"^From .*\n(?:.+\n)*?Subject: serial (\d+)\n", f.read(), re.M):
            arrived[int(serial), LOCAL] += 1


def at_hostile(arrived):
    """Deliveries of which the client could not know what became of them."""
    unknown = 0
    for address in SERVERS:
        for name in os.listdir(f"hostile/{address}"):
            if not name.endswith(".how"):
                continue
            how, *to = open(f"hostile/{address}/{name}").read().split("\n")[:-1]
            serial = subject(f"hostile/{address}/{name[:-4]}.data")
            unknown += how == "unknown"
            for r in to:
                arrived[serial, r] += how == "taken"
    return unknown


def not_in_time(log):
    """Answered perhaps, but later than we wait, or a connection that broke: the sender could not know."""
    pattern = re.compile(r"status=deferred .*(end of DATA|the dot)")
    return sum(bool(pattern.search(line)) for line in open(log, encoding="utf-8", errors="replace"))


def say(good, text):
    print("ok" if good else "not ok", text, flush=True)


def account(callers, chaos, empty):
    arrived = Counter()
    told = in_mailboxes(arrived)
    in_local_mailbox(arrived)
    unknown = at_hostile(arrived) + not_in_time(f"{LAB}/log/signetd")
    wanted = [(serial, r) for serial, to in callers.taken.items() for r in to]
    lost = [w for w in wanted if not arrived[w] and w not in told]
    repeats = sum(n - 1 for (_, r), n in arrived.items() if n > 1 and r != LOCAL)
    in_mailbox = [n for (_, r), n in arrived.items() if r == LOCAL]
    say(empty, f"in peace the queue empties within {PEACE_S} s")
    say(len(callers.taken) >= MESSAGES * 0.9, f"{len(callers.taken)} of {MESSAGES} were taken {dict(callers.refused)}")
    say(not lost, f"each of {len(wanted)} recipients got it or the sender was told ({len(told)}); lost: {lost[:10]}")
    say(repeats <= chaos.allowed + unknown, f"{repeats} arrived again, of {chaos.allowed} + {unknown} allowed")
    say(in_mailbox and set(in_mailbox) == {1}, f"each of {len(in_mailbox)} is once in a mailbox of this host {Counter(in_mailbox)}")
    crashes = [line for line in open(f"{LAB}/log/signetd", encoding="utf-8", errors="replace")
               if "ended by signal" in line and "signal 9 " not in line]
    say(not crashes, f"no role crashed {crashes[:3]}")
    say(not chaos.missing(), f"chaos there was: {dict(chaos.done)}")


def main():
    rng = random.Random(SEED)
    chaos = Chaos(rng)
    callers = Callers()
    chaos.run(callers)
    callers.wait()
    empty = chaos.peace()
    account(callers, chaos, empty)
    chaos.signetd.terminate()
    chaos.signetd.wait()
    chaos.names.kill()


main()
