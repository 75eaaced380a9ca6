#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""json_reader.py JSON_TEST COUNT SEED - reads documents that json_test made at random; prints how many there were, how
many had something in something, and how many do not say what was asked for."""
import json
import subprocess
import sys


def said(value):
    """As json_test.c has it."""
    if isinstance(value, dict):
        return "{" + "".join(f"{k}={said(v)}" for k, v in value.items()) + "};"
    if isinstance(value, list):
        return "[" + "".join(said(v) for v in value) + "];"
    if isinstance(value, str):
        return "t" + value.encode().hex() + ";"
    if value is None:
        return "0;"
    if isinstance(value, bool):
        return "y;" if value else "f;"
    return f"{value};"


lines = subprocess.run(sys.argv[1:4], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
nested = wrong = 0
for line in lines:
    document, asked = line.split("\t")
    nested += any(inner in asked for inner in ("{[", "[{", "={", "=["))
    try:
        wrong += said(json.loads(document)) != asked
    except ValueError as why:
        print(f"{document}: {why}", file=sys.stderr)
        wrong += 1
print(len(lines), nested, wrong)
