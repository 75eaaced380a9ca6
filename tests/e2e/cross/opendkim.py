#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""opendkim - libopendkim by its C interface; see oracle.py."""
import re
from ctypes import CDLL, POINTER, byref, c_bool, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_uint, c_void_p, string_at

import oracle

RELAXED = {"r": 1, "s": 0}
ALGORITHMS = {"rsa": 1, "ed25519": 2}
PASSED = 4
BODY_MATCHES = 0

lib = CDLL("libopendkim.so.11")
for name, result, arguments in (
        ("dkim_libversion", c_uint, []),
        ("dkim_init", c_void_p, [c_void_p, c_void_p]),
        ("dkim_verify", c_void_p, [c_void_p, c_char_p, c_void_p, POINTER(c_int)]),
        ("dkim_sign", c_void_p, [c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_char_p, c_int, c_int, c_int, c_long,
                                 POINTER(c_int)]),
        ("dkim_header", c_int, [c_void_p, c_char_p, c_size_t]),
        ("dkim_eoh", c_int, [c_void_p]),
        ("dkim_body", c_int, [c_void_p, c_char_p, c_size_t]),
        ("dkim_eom", c_int, [c_void_p, POINTER(c_bool)]),
        ("dkim_free", c_int, [c_void_p]),
        ("dkim_geterror", c_char_p, [c_void_p]),
        ("dkim_getresultstr", c_char_p, [c_int]),
        ("dkim_getsiglist", c_int, [c_void_p, POINTER(POINTER(c_void_p)), POINTER(c_int)]),
        ("dkim_sig_process", c_int, [c_void_p, c_void_p]),
        ("dkim_sig_getflags", c_uint, [c_void_p]),
        ("dkim_sig_getbh", c_int, [c_void_p]),
        ("dkim_sig_geterror", c_int, [c_void_p]),
        ("dkim_sig_geterrorstr", c_char_p, [c_int]),
        ("dkim_sig_getselector", c_char_p, [c_void_p]),
        ("dkim_getsighdr_d", c_int, [c_void_p, c_size_t, POINTER(POINTER(c_ubyte)), POINTER(c_size_t)])):
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments

LIBRARY = lib.dkim_init(None, None)


def feed(handle, message):
    """The whole message, its fields cut apart as a mail server does it for the milter; returns the last status."""
    header, _, body = message.partition(b"\r\n\r\n")
    for field in re.split(rb"\r\n(?![ \t])", header.removesuffix(b"\r\n")):
        status = lib.dkim_header(handle, field, len(field))
        if status:
            return status
    return lib.dkim_eoh(handle) or (body and lib.dkim_body(handle, body, len(body))) or lib.dkim_eom(handle, None)


def why(handle, status):
    return b"%s (%s)" % (lib.dkim_getresultstr(status) or b"?", lib.dkim_geterror(handle) or b"")


def judge(handle, signature):
    lib.dkim_sig_process(handle, signature)
    if lib.dkim_sig_getflags(signature) & PASSED and lib.dkim_sig_getbh(signature) == BODY_MATCHES:
        return "pass"
    return (lib.dkim_sig_geterrorstr(lib.dkim_sig_geterror(signature)) or b"fail").decode()


def verify(message):
    status, count, signatures = c_int(0), c_int(0), POINTER(c_void_p)()
    handle = lib.dkim_verify(LIBRARY, b"lab", None, byref(status))
    end = feed(handle, message)
    if lib.dkim_getsiglist(handle, byref(signatures), byref(count)) == 0:
        for i in range(count.value):
            selector = (lib.dkim_sig_getselector(signatures[i]) or b"").decode("ascii", "replace")
            yield selector, judge(handle, signatures[i])
    elif end:
        yield "", why(handle, end).decode("latin-1")
    lib.dkim_free(handle)


def sign(message, selector, kind, header, body, path):
    status, length, text = c_int(0), c_size_t(0), POINTER(c_ubyte)()
    with open(path, "rb") as f:
        key = f.read()
    handle = lib.dkim_sign(LIBRARY, b"lab", None, key, selector.encode(), oracle.DOMAIN.encode(), RELAXED[header], RELAXED[body],
                           ALGORITHMS[kind], -1, byref(status))
    if not handle:
        raise ValueError(lib.dkim_getresultstr(status.value))
    try:
        end = feed(handle, message) or lib.dkim_getsighdr_d(handle, len("DKIM-Signature: "), byref(text), byref(length))
        if end:
            raise ValueError(why(handle, end))
        field = string_at(text, length.value).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return b"DKIM-Signature: " + field + b"\r\n"
    finally:
        lib.dkim_free(handle)


def version():
    """A byte for each part, behind the last an extra one."""
    return ".".join(str(part) for part in lib.dkim_libversion().to_bytes(4, "big")[:3])


oracle.main("opendkim", version, verify, sign)
