#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
judge - what the verdicts amount to.

    judge.py WAY INPUTS FAULTS < VERDICTS

WAY is "filter" or "whole" (others judge ours) or "theirs" (we judge others'). Prints a line
for each message and other, "ok" or "not", what it says, and why not, between tabs; then one
for each listed fault of that way, "fault" where it is seen and "gone" where not; then "sum".
A line of FAULTS is WAY|OTHER|SELECTOR|MESSAGE|WHY, the third and fourth as patterns; OTHER
may be "NAME before VERSION", the first without that fault.
"""
import collections
import fnmatch
import re
import sys

KINDS = {
    "opendkim": ["rsa", "ed25519"],
    "dkimpy": ["rsa", "ed25519"],
    "maildkim": ["rsa", "ed25519", "dk"],
    "rspamd": ["rsa", "ed25519"],
}
CANONS = {"rsa": ["rr", "rs", "sr", "ss"], "ed25519": ["rr", "rs", "sr", "ss"], "dk": ["nofws", "simple"]}
SIGNS_CANONS = {"rspamd": ["rr"]}

way, inputs, faults = sys.argv[1:]
wanted = 2 if way == "whole" else 1
messages = [line.rstrip("\n").split("\t") for line in open(inputs)]
messages = [(row[0], row[1], row[1 + wanted]) for row in messages if not row[1 + wanted].startswith("refuse")]

verdicts = collections.defaultdict(dict)
refusals = collections.defaultdict(dict)
versions = {}
for line in sys.stdin:
    number, who, selector, result = line.rstrip("\n").split("\t")
    if number == "version":
        versions[who] = result
    elif selector == "sign":
        made, _, why = result.partition(": ")
        refusals[number][made] = "does not sign: " + why
    else:
        verdicts[number, who][selector] = result


def parts(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def is_here(row):
    """A fault of the version that is here."""
    name, _, version = row[1].partition(" before ")
    return not version or parts(versions[name]) < parts(version)


listed, mended = [], []
for row in (line.rstrip("\n").split("|") for line in open(faults)):
    if row[0] == way:
        (listed if is_here(row) else mended).append(row)
for row in listed:
    row[1] = row[1].partition(" before ")[0]


def expected(other, what):
    theirs = way == "theirs"
    for kind in KINDS[other]:
        if kind == "dk" and what == "dkim":
            continue
        for canon in SIGNS_CANONS.get(other, CANONS[kind]) if theirs else CANONS[kind]:
            yield f"{other}-{kind}-{canon}" if theirs else f"{kind}-{canon}"


def verdict(number, other, selector):
    if way != "theirs":
        return verdicts[number, other].get(selector, "no verdict")
    refusal = refusals[number].get(selector) or refusals[number].get(selector.rpartition("-")[0])
    return refusal or verdicts[number, "signet"].get(selector, "no verdict")


seen = collections.Counter()
count = wrong = 0
for number, name, what in messages:
    for other in KINDS:
        known, unknown, selectors = 0, [], list(expected(other, what))
        for selector in selectors:
            result = verdict(number, other, selector)
            if result == "pass":
                continue
            rows = [i for i, row in enumerate(listed)
                    if all(fnmatch.fnmatchcase(a, b) for a, b in zip((other, selector, name), row[1:4]))]
            seen.update(rows)
            known += bool(rows)
            if not rows:
                unknown.append(f"{selector} {result}")
        count += len(selectors)
        wrong += len(unknown)
        but = f", {known} listed as its fault" if known else ""
        print("not" if unknown else "ok", f"{name}: {other} ({len(selectors)}{but})", f"message {number}: " + "; ".join(unknown), sep="\t")
for i, row in enumerate(listed):
    what = f"{row[1]}, {row[2]}, \"{row[3]}\""
    print("fault" if seen[i] else "gone", f"{what}: seen {seen[i]} times", row[4], sep="\t")
for row in mended:
    print("mended", f"{row[1]}, {row[2]}, \"{row[3]}\"", "the version here is a later one", sep="\t")
print("sum", "judges: " + ", ".join(f"{who} {version}" for who, version in sorted(versions.items())), "", sep="\t")
print("sum", f"{len(messages)} messages, {count} verdicts, {sum(seen.values())} faults that are listed, {wrong} that are not", "", sep="\t")
