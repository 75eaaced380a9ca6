# SPDX-License-Identifier: ISC
# The cases of signing.c by dkimpy. Prints "dkimpy CASE RATE" lines.
#   peer_dkimpy.py FOLDER MILLISECONDS
import sys
import time

import dkim

folder, run_ms = sys.argv[1], int(sys.argv[2])
records = dict(line.split(" ", 1) for line in open(folder + "/records").read().splitlines())


def seed_of(path):
    """dkimpy takes an ed25519 key as the base64 of its 32 bytes, the end of the PKCS#8 form."""
    import base64
    lines = [line for line in open(path) if not line.startswith("-")]
    return base64.b64encode(base64.b64decode("".join(lines))[-32:])


def look_up(name, timeout=5):
    return records[name.decode().rstrip(".")].encode()


def rate(act):
    begin = time.monotonic()
    count = 0
    while True:
        act()
        count += 1
        now = time.monotonic()
        if (now - begin) * 1000 >= run_ms:
            return count / (now - begin)


def verify(message):
    if not dkim.verify(message, dnsfunc=look_up):
        sys.exit("peer_dkimpy: a signature does not verify")


for size in "2k", "100k", "10m":
    plain = open(f"{folder}/{size}.eml", "rb").read()
    for kind in "rsa", "ed25519":
        pem = f"{folder}/{kind}.pem"
        key = open(pem, "rb").read() if kind == "rsa" else seed_of(pem)
        for canon in "simple", "relaxed":
            both = (canon.encode(), canon.encode())
            case = f"{kind}-{canon}-{size}"
            signed = open(f"{folder}/{case}.signed", "rb").read()
            print("dkimpy", "sign-" + case, "%.1f" % rate(lambda: dkim.sign(
                plain, kind.encode(), b"bench.example", key, canonicalize=both,
                signature_algorithm=kind.encode() + b"-sha256")), flush=True)
            print("dkimpy", "verify-" + case, "%.1f" % rate(lambda: verify(signed)), flush=True)
