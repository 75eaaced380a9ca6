# SPDX-License-Identifier: ISC
"""
oracle - what the verifiers in Python have in common.

    NAME.py verify FOLDER          judges every FOLDER/NN.eml
    NAME.py sign FOLDER KEYS       signs every FOLDER/NN.crlf, its fields into FOLDER/NN.NAME

A verdict is a line: number of the message, NAME, selector of the signature, "pass" or
why not. A refusal to sign is one with the selector "sign"; before all, one with the number
"version" tells that of NAME. KEYS is a folder of PEM files,
rsa.pem and ed25519.pem; selectors are NAME-TYPE-HEADERBODY, as in dkimpy-rsa-rs.
"""
import glob
import os
import sys

CANONS = {"r": "relaxed", "s": "simple"}
KINDS = [(kind, header, body) for kind in ("rsa", "ed25519") for header in "rs" for body in "rs"]
DOMAIN = "sender.example"


def messages(folder, suffix):
    paths = glob.glob(os.path.join(folder, "*." + suffix))
    for path in sorted(paths, key=lambda p: int(os.path.basename(p).split(".")[0])):
        with open(path, "rb") as f:
            yield os.path.basename(path).split(".")[0], f.read()


def main(name, version, verify, sign):
    def say(number, selector, result):
        print(number, name, selector, " ".join(str(result).split()), sep="\t", flush=True)

    say("version", "", version())
    verb, folder = sys.argv[1:3]
    if verb == "verify":
        for number, message in messages(folder, "eml"):
            for selector, result in verify(message):
                say(number, selector, result)
        return
    for number, message in messages(folder, "crlf"):
        fields = []
        for kind, header, body in KINDS:
            selector = f"{name}-{kind}-{header}{body}"
            try:
                fields.append(sign(message, selector, kind, header, body, os.path.join(sys.argv[3], kind + ".pem")))
            except Exception as e:
                say(number, "sign", f"{selector}: {type(e).__name__} {e}")
        with open(os.path.join(folder, f"{number}.{name}"), "wb") as f:
            f.write(b"".join(fields))
