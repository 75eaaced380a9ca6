#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""dkimpy - see oracle.py."""
import base64
import importlib.metadata
import subprocess

import dkim

import oracle

KEYS = {}


def verify(message):
    try:
        count = sum(1 for name, _ in dkim.rfc822_parse(message)[0] if name.lower() == b"dkim-signature")
    except dkim.MessageFormatError as e:
        yield "", e
        return
    for index in range(count):
        selector, result = "", "fail"
        try:
            one = dkim.DKIM(message)
            if one.verify(idx=index):
                result = "pass"
        except Exception as e:
            result = f"{type(e).__name__} {e}"
        selector = (getattr(one, "selector", None) or b"").decode("ascii", "replace")
        yield selector, result


def key_of(kind, path):
    """An ed25519 key is its seed, in base64: the last 32 bytes of PKCS#8."""
    if kind not in KEYS:
        with open(path, "rb") as f:
            KEYS[kind] = f.read()
        if kind == "ed25519":
            der = subprocess.run(["openssl", "pkey", "-in", path, "-outform", "DER"], capture_output=True, check=True).stdout
            KEYS[kind] = base64.b64encode(der[-32:])
    return KEYS[kind]


def sign(message, selector, kind, header, body, path):
    canon = tuple(oracle.CANONS[c].encode() for c in (header, body))
    return dkim.DKIM(message).sign(selector.encode(), oracle.DOMAIN.encode(), key_of(kind, path), canonicalize=canon,
                                   signature_algorithm=kind.encode() + b"-sha256")


oracle.main("dkimpy", lambda: importlib.metadata.version("dkimpy"), verify, sign)
