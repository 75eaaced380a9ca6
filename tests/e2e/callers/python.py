# SPDX-License-Identifier: ISC
"""python.py sendmail|smtp - the standard library's message, by a pipe to sendmail or by smtplib."""
import email.policy
import os
import smtplib
import subprocess
import sys
from email.headerregistry import Address
from email.message import EmailMessage

say = os.environ
mail = EmailMessage()
mail["From"] = Address(say["FROM_NAME"], addr_spec=say["FROM"])
mail["To"], mail["Cc"], mail["Bcc"], mail["Subject"] = say["TO"], say["CC"], say["BCC"], say["SUBJECT"]
with open(say["BODY"], encoding="utf-8") as f:
    mail.set_content(f.read())
with open(say["FILE"], "rb") as f:
    mail.add_attachment(f.read(), "application", "octet-stream", filename="file")
if sys.argv[1] == "smtp":
    with smtplib.SMTP("127.0.0.1", 25) as server:
        server.send_message(mail)
else:
    text = mail.as_bytes(policy=email.policy.default)
    sys.exit(subprocess.run(["/usr/sbin/sendmail", "-t", "-oi"], input=text).returncode)
