#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
scale - what a full queue costs: a line "NAME VALUE" for each figure.

    scale.py LAB CONFIG OTHER-CONFIG SERVER ROUNDS

LAB is the lab's folder, SERVER the folder of hostile_smtp.py's record, where
the ten that are due arrive. signetd is started ROUNDS times by this program;
of times the least is said, in ms, because all else is other programs' doing.
Ten become due again for each round by a shell command on stdin. In the end it
starts with another configuration, so that all that waits is routed anew, and
kills the queue in the middle of that.
"""
import os
import signal
import subprocess
import sys
import time

LAB, CONFIG, OTHER_CONFIG, SERVER, ROUNDS = *sys.argv[1:5], int(sys.argv[5])
SIGNET, SENDMAIL = f"{LAB}/build/signet", f"{LAB}/build/sendmail"
TO_HELD = "later@held.scale.example"


def ms_of(command, text=b""):
    begin = time.monotonic()
    done = subprocess.run(command, input=text, capture_output=True)
    if done.returncode:
        raise SystemExit(f"scale: {command}: {done.returncode} {done.stderr.decode()}")
    return (time.monotonic() - begin) * 1000


def until(what, seconds=60):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise SystemExit("scale: that took too long")
        time.sleep(0.001)


def answers():
    return subprocess.run([SIGNET, "queue", "status", "--counters"], capture_output=True).returncode == 0


def arrived():
    return sum(name.endswith(".how") for name in os.listdir(SERVER))


def queue_pid():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe").endswith("/libexec/signet/queue"):
                return int(pid)
        except OSError:
            continue
    raise SystemExit("scale: no queue is there")


def queue_cpu_ms():
    return int(open(f"/proc/{queue_pid()}/schedstat").read().split()[0]) / 1e6


def queue_memory():
    status = open(f"/proc/{queue_pid()}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def start(config):
    return subprocess.Popen([f"{LAB}/build/signetd", "-C", config], stderr=subprocess.DEVNULL)


def end(daemon):
    daemon.terminate()
    daemon.wait()


def life(figures):
    """One start: until it answers, until the ten are delivered, submissions and counts."""
    before = arrived()
    begin = time.monotonic()
    daemon = start(CONFIG)
    until(answers)
    figures["start"].append((time.monotonic() - begin) * 1000)
    until(lambda: arrived() >= before + 10)
    figures["ten due"].append((time.monotonic() - begin) * 1000)
    figures["queue's part of it"].append(queue_cpu_ms())
    text = b"From: app@sender.example\nTo: later@held.scale.example\nSubject: one\n\nhello\n"
    for _ in range(30):
        figures["submission"].append(ms_of([SENDMAIL, "-i", TO_HELD], text))
        figures["count"].append(ms_of([SIGNET, "queue", "status", "--counters"]))
    figures["memory"].append(queue_memory())
    end(daemon)


def routed_anew(figures):
    """It answers and takes mail; though the queue is killed in the midst, all is routed and what is due goes."""
    before = arrived()
    begin = time.monotonic()
    daemon = start(OTHER_CONFIG)
    until(answers)
    figures["start while routing"].append((time.monotonic() - begin) * 1000)
    os.kill(queue_pid(), signal.SIGKILL)
    until(answers)
    ms_of([SENDMAIL, "-i", TO_HELD], b"From: app@sender.example\n\nhello\n")
    until(lambda: arrived() >= before + 10, 300)
    figures["memory"].append(queue_memory())
    end(daemon)


def main():
    figures = {
        "start": [], "ten due": [], "queue's part of it": [], "submission": [], "count": [],
        "start while routing": [], "memory": [],
    }
    due = sys.stdin.read()
    for _ in range(ROUNDS):
        subprocess.run(["bash", "-c", due], check=True)
        life(figures)
    subprocess.run(["bash", "-c", due], check=True)
    routed_anew(figures)
    for name, values in figures.items():
        print(f"{name.replace(' ', '_')} {max(values) if name == 'memory' else min(values):.1f}")


main()
