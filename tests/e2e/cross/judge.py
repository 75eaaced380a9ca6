#!/usr/bin/env python3
"""
judge - what the verdicts amount to.

    judge.py WAY INPUTS FAULTS < VERDICTS

WAY is "filter" or "whole" (others judge ours) or "theirs" (we judge others'). Prints a line
for each message and other, "ok" or "not", what it says, and why not, between tabs; then one
for each listed fault of that way, "fault" where it is seen and "gone" where not; then "sum".
A line of FAULTS is WAY|OTHER|SELECTOR|MESSAGE|WHY, the second to fourth as patterns.
"""
import collections
import fnmatch
import sys

KINDS = {
    "opendkim": ["rsa", "ed25519"],
    "dkimpy": ["rsa", "ed25519"],
    "maildkim": ["rsa", "ed25519", "dk"],
    "rspamd": ["rsa", "ed25519"],
}
CANONS = {"rsa": ["rr", "rs", "sr", "ss"], "ed25519": ["rr", "rs", "sr", "ss"], "dk": ["nofws", "simple"]}
SIGNS = {"maildkim": ["rsa", "dk"]}       # where that is not all that it verifies
SIGNS_CANONS = {"rspamd": ["rr"]}

way, inputs, faults = sys.argv[1:]
wanted = 2 if way == "whole" else 1
messages = [line.rstrip("\n").split("\t") for line in open(inputs)]
messages = [(row[0], row[1], row[1 + wanted]) for row in messages if not row[1 + wanted].startswith("refuse")]
listed = [line.rstrip("\n").split("|") for line in open(faults)]
listed = [row for row in listed if row[0] == way]

verdicts = collections.defaultdict(dict)
refusals = collections.defaultdict(dict)
for line in sys.stdin:
    number, who, selector, result = line.rstrip("\n").split("\t")
    if selector == "sign":
        made, _, why = result.partition(": ")
        refusals[number][made] = "does not sign: " + why
    else:
        verdicts[number, who][selector] = result


def expected(other, what):
    theirs = way == "theirs"
    for kind in SIGNS.get(other, KINDS[other]) if theirs else KINDS[other]:
        if kind == "dk" and what == "dkim":
            continue
        for canon in SIGNS_CANONS.get(other, CANONS[kind]) if theirs else CANONS[kind]:
            yield f"{other}-{kind}-{canon}" if theirs else f"{kind}-{canon}"


def verdict(number, other, selector):
    if way != "theirs":
        return verdicts[number, other].get(selector, "no verdict")
    refusal = refusals[number].get(selector) or refusals[number].get(other + "-dk" if "-dk-" in selector else other)
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
print("sum", f"{len(messages)} messages, {count} verdicts, {sum(seen.values())} faults that are listed, {wrong} that are not", "", sep="\t")
