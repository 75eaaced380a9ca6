#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
oauth_server - an authorization server (RFC 6749, RFC 7636, RFC 8628) over HTTPS that lies as told.

    oauth_server.py DIR [ADDRESS [PORT]]

listens (ADDRESS 127.0.0.1, PORT 0 for any), prints "port N", and serves until its stdin ends. In DIR:

    server.pem, server.key    its certificate
    approved                  while it is there, the person has typed the code; "denied" in it: and said no
    device, token             how the next questions to /device and /token are answered, a word a line, each for
                              one question and the last for all that follow; absent or "normal" is well
    requests                  what was asked, a line each: the path, the word, and the form but for secrets
    code, challenge           what a browser was given, and the S256 challenge that it came with
    refresh                   the refresh token that is good now; it is made when there is none
    key                       access tokens are JSON Web Tokens signed with it (HS256), for "me", so long as
    lifetime                  says (3600 s); what is true of it stands in valid (3600 s)

The application is "lab-client" with the secret "lab secret". Words: rotate (another refresh token, and the old one is
good no more), norefresh, slow_down, pending, expired_token, invalid_grant, invalid_client, invalid_scope, status N,
html, empty, list, types, negative, huge, endless, drip, stall, close, redirect, control.
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

FOLDER = sys.argv[1]
CLIENT, SECRET = "lab-client", "lab secret"
lock = threading.Lock()


def read(name, otherwise=""):
    try:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            return f.read().strip()
    except FileNotFoundError:
        return otherwise


def write(name, text, how="w"):
    with open(os.path.join(FOLDER, name), how, encoding="utf-8") as f:
        f.write(text)


def take_word(name):
    """The first line, which goes unless it is the last."""
    with lock:
        words = read(name, "normal").split("\n")
        if len(words) > 1:
            write(name, "\n".join(words[1:]))
        return words[0]


def part(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def access_token():
    now = int(time.time())
    claims = {"sub": "me", "iat": now - 7200, "exp": now + int(read("valid", "3600")), "n": os.urandom(6).hex()}
    text = part(b'{"alg":"HS256","typ":"JWT","kid":"lab"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(read("key", "key").encode(), text, "sha256").digest())).decode()


def refresh_token(rotate):
    with lock:
        if rotate or not read("refresh"):
            write("refresh", "refresh-" + os.urandom(12).hex())
        return read("refresh")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *ignored):
        pass

    def say(self, status, body, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def error(self, word, status=400, words="as it was told to"):
        self.say(status, {"error": word, "error_description": words})

    def lie(self, word):
        """True when that was the answer."""
        tokens = {"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "y"}
        if word in ("slow_down", "expired_token", "invalid_grant", "invalid_scope"):
            self.error(word)
        elif word == "invalid_client":
            self.error(word, 401)
        elif word == "pending":
            self.error("authorization_pending")
        elif word.startswith("status "):
            self.say(int(word.split()[1]), b"<html>no</html>", "text/html")
        elif word == "html":
            self.say(200, b"<html>log in</html>", "text/html")
        elif word == "empty":
            self.say(200, b"")
        elif word == "list":
            self.say(200, [tokens])
        elif word == "types":
            self.say(200, {"access_token": 7, "token_type": ["Bearer"], "expires_in": {}, "device_code": {}, "user_code": 7})
        elif word == "negative":
            self.say(200, dict(tokens, expires_in=-1, device_code="d", user_code="u", verification_uri="https://x.example/"))
        elif word == "control":
            self.say(200, dict(tokens, access_token="x\r\nMAIL FROM:<>", device_code="d", user_code="\x1b[2J",
                               verification_uri="https://x.example/", expires_in=60))
        elif word == "huge":
            self.say(200, dict(tokens, padding="x" * 1000000))
        elif word == "redirect":
            self.send_response(307)
            self.send_header("Location", "http://127.0.0.1:9/token")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif word == "close":
            self.close_connection = True
        elif word == "stall":
            time.sleep(120)
        elif word in ("endless", "drip"):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            while True:
                self.wfile.write(b" " * (1 if word == "drip" else 65536))
                time.sleep(0.05 if word == "drip" else 0)
        else:
            return False
        return True

    def do_GET(self):
        write("requests", f"GET {self.path}\n", "a")
        self.error("invalid_request", 405)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        question = self.path.strip("/")
        word = take_word(question) if question in ("device", "token") else "normal"
        shown = {k: v for k, v in form.items() if k not in ("client_secret", "refresh_token", "code", "code_verifier", "device_code")}
        write("requests", f"POST {self.path} {word} {json.dumps(shown)}\n", "a")
        if self.lie(word):
            return
        if form.get("client_id") != CLIENT:
            self.error("invalid_client", 401, "no such client")
        elif question == "device":
            self.say(200, {"device_code": "the-device-code", "user_code": "LAB-CODE", "expires_in": 60, "interval": 1,
                           "verification_uri": "https://login.world.example/type"})
        elif question != "token":
            self.error("invalid_request", 404)
        elif form.get("client_secret") != SECRET:
            self.error("invalid_client", 401, "a wrong secret")
        else:
            self.grant(form, word)

    def grant(self, form, word):
        kind = form.get("grant_type", "")
        if kind.endswith(":device_code"):
            said = read("approved", "pending")
            if form.get("device_code") != "the-device-code":
                self.error("invalid_grant")
            elif said == "denied":
                self.error("access_denied")
            elif said == "pending" and not os.path.exists(os.path.join(FOLDER, "approved")):
                self.error("authorization_pending", 428)
            else:
                self.tokens(word, with_refresh=True)
        elif kind == "authorization_code":
            verifier = form.get("code_verifier", "").encode()
            challenge = part(hashlib.sha256(verifier).digest()).decode()
            good = form.get("code") == read("code") and challenge == read("challenge") and \
                form.get("redirect_uri") == "http://127.0.0.1:8425/"
            self.tokens(word, with_refresh=True) if good else self.error("invalid_grant", words="a wrong code or verifier")
        elif kind == "refresh_token" and form.get("refresh_token") == read("refresh", "none"):
            self.tokens(word, with_refresh=word == "rotate")
        else:
            self.error("invalid_grant", words="Token has been expired or revoked.")

    def tokens(self, word, with_refresh):
        answer = {"access_token": access_token(), "token_type": "Bearer", "expires_in": int(read("lifetime", "3600")), "scope": "mail"}
        if with_refresh and word != "norefresh":
            answer["refresh_token"] = refresh_token(word == "rotate")
        self.say(200, answer)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, address):
        """TLS here, in the connection's own thread."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(FOLDER, "server.pem"), os.path.join(FOLDER, "server.key"))
        try:
            with context.wrap_socket(request, server_side=True) as tls:
                self.RequestHandlerClass(tls, address, self)
        except OSError:
            pass

    def handle_error(self, *ignored):
        pass


def main():
    server = Server((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0), Handler)
    print("port", server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()


main()
