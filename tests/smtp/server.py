"""An SMTP server for the tests: what it takes and refuses goes to standard output, one JSON document a line.

    server.py SECURITY CERTIFICATE KEY, with SECURITY one of implicit, starttls, clear

It asks for user `usher` with password `geheim`, but not in the clear. Readers whose names begin with `no` are
refused for good, with `later` for now.
"""

import json
import socket
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Inbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("no"):
            return "550 5.1.1 nobody of that name"
        if address.startswith("later"):
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or security == "implicit",
            "content": envelope.content.decode("ascii"),
        }
        print(json.dumps(mail), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"usher" and data.password == b"geheim"
    return AuthResult(success=known, handled=False)


security, certificate, key = sys.argv[1:4]
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
options = {"hostname": "127.0.0.1", "port": 0, "ready_timeout": 30.0}
login = {"authenticator": authenticate, "auth_required": True}
if security == "implicit":
    options |= login | {"ssl_context": tls, "auth_require_tls": False}
elif security == "starttls":
    options |= login | {"tls_context": tls, "require_starttls": True}
# The controller looks at its port before it is known which one is free.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    options["port"] = free.getsockname()[1]
Controller(Inbox(), **options).start()
print(json.dumps({"port": options["port"]}), flush=True)
while True:
    time.sleep(3600)
