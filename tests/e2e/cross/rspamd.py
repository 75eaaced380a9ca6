#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
rspamd - a running rspamd, asked over HTTP; see oracle.py. It signs as it is configured
(relaxed/relaxed, with both keys), so that all its fields come from one answer.
"""
import http.client
import json
import re

import oracle

SYMBOLS = {"R_DKIM_ALLOW": "pass", "R_DKIM_REJECT": "reject", "R_DKIM_PERMFAIL": "permfail", "R_DKIM_TEMPFAIL": "tempfail"}


def ask(message, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", 11333, timeout=60)
    connection.request("POST", "/checkv2", body=message, headers=headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def verify(message):
    answer = ask(message)
    for symbol, result in SYMBOLS.items():
        for option in answer.get("symbols", {}).get(symbol, {}).get("options", []):
            selector = re.search(r":s=([^:]*)", option)
            yield selector[1] if selector else "", result
    if "error" in answer:
        yield "", answer["error"]


def sign(message, selector, kind, header, body, path):
    if header + body != "rr":
        return b""
    answer = ask(message, User="you@sender.example")
    fields = answer.get("dkim-signature", [])
    for field in [fields] if isinstance(fields, str) else fields:
        if f"s={selector};" in field:
            return b"DKIM-Signature: " + field.encode("latin-1") + b"\r\n"
    raise ValueError(answer)


def version():
    """Which it tells with every answer: "Server: rspamd/3.4"."""
    connection = http.client.HTTPConnection("127.0.0.1", 11333, timeout=60)
    connection.request("GET", "/ping")
    server = connection.getresponse().getheader("Server", "")
    connection.close()
    return server.partition("/")[2]


oracle.main("rspamd", version, verify, sign)
