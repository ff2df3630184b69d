"""A mail service on loopback that speaks SMTP for real (aiosmtpd), behind TLS and a password, and what came to it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from client import Client
from conftest import Cluster, Database, Template
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from object_deeds import installation
from world import PROBLEM, person

from app.settings import Settings

USER, PASSWORD = "журналы@mail.test", "p@ss/word"
SECONDS = 20
LINK = re.compile(r"https://journals\.example(/account/(\w+)/([\w-]{43}))$", re.M)


@dataclass
class Inbox:
    """What the service has been given, by recipient; `replies` are given in place of taking the next mails."""

    port: int = 0
    replies: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    _mails: dict[str, asyncio.Queue[EmailMessage]] = field(default_factory=dict)

    def of(self, recipient: str) -> asyncio.Queue[EmailMessage]:
        """The mails to somebody that nobody has looked at."""
        return self._mails.setdefault(recipient, asyncio.Queue())

    async def mail(self, recipient: str) -> EmailMessage:
        """The next mail to somebody."""
        return await asyncio.wait_for(self.of(recipient).get(), SECONDS)

    async def link(self, recipient: str) -> str:
        """The path of the link in the next mail to somebody."""
        return link_in(await self.mail(recipient))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's question whether a mail is taken."""
        assert isinstance(envelope.content, bytes)
        self.encrypted.append(session.ssl is not None)
        message = message_from_bytes(envelope.content, policy=default)
        for recipient in envelope.rcpt_tos:
            self.of(recipient).put_nowait(message)
        return self.replies.pop(0) if self.replies else "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """aiosmtpd's question whether a recipient is known."""
        if address.startswith("unknown"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def link_in(message: EmailMessage) -> str:
    """The path of the link in a mail."""
    found = LINK.search(text_of(message))
    assert found, text_of(message)
    return found.group(1)


def token_in(path: str) -> str:
    """The secret at the end of a link's path."""
    return path.rpartition("/")[2]


def text_of(message: EmailMessage, subtype: str = "plain") -> str:
    """The mail as text, or as HTML."""
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine that vouches for itself, as a file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = folder / "mail-public.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.write_bytes(secret + public.read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return public, context


def _known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    given = (data.login.decode(), data.password.decode())
    return AuthResult(success=given == (USER, PASSWORD), handled=False, auth_data=data)


@asynccontextmanager
async def service(context: ssl.SSLContext | None, *, encrypted: bool = False) -> AsyncIterator[Inbox]:
    """A mail service: with a `context` it wants STARTTLS and a password; or it is `encrypted` from the first octet and
    wants none, of which aiosmtpd would not know that it is safe."""
    inbox, loop = Inbox(), asyncio.get_running_loop()

    def connected() -> SMTP:
        return SMTP(
            inbox,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=None if encrypted else context,
            require_starttls=context is not None and not encrypted,
            auth_required=context is not None and not encrypted,
            authenticator=_known,
            timeout=SECONDS,
            loop=loop,
        )

    listener = await loop.create_server(connected, "127.0.0.1", 0, ssl=context if encrypted else None)
    inbox.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield inbox


@contextmanager
def trusted(authority: Path) -> Iterator[None]:
    """TLS clients of this process trust the certificates in `authority` and no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority))
        yield


@asynccontextmanager
async def mailing(
    cluster: Cluster, template: Template, base_settings: Settings, folder: Path
) -> AsyncIterator[tuple[Client, Database, Inbox]]:
    """The product above a clone of the demo, with a worker and a mail service that wants STARTTLS and a password."""
    authority, context = certificate(folder)
    with trusted(authority):
        async with service(context) as inbox:
            address = (
                f"smtp://%D0%B6%D1%83%D1%80%D0%BD%D0%B0%D0%BB%D1%8B%40mail.test:p%40ss%2Fword@localhost:{inbox.port}"
            )
            settings = replace(
                base_settings, jobs=True, mail_url=address, mail_from="Журналы <no-reply@journals.example>"
            )
            async with installation(cluster, template, settings) as (client, database):
                yield client, database, inbox


CREATE = f"""
mutation ($input: CreateUserInput!) {{
  createUser(input: $input) {{ __typename ... on User {{ id email status invitedUntil invitationSentAt }} {PROBLEM} }}
}}
"""
STATUS = """
query ($id: ID!) {
  node(id: $id) { ... on User { status active email language invitedUntil invitationSentAt lastSignedInAt role } }
}
"""
LINKED = """
mutation ($input: AccountLinkInput!) {{
  {name}(input: $input) {{ __typename ... on User {{ id email status }} {problem} }}
}}
"""
ACCEPT = LINKED.format(name="acceptInvitation", problem=PROBLEM)
RESET = LINKED.format(name="resetPassword", problem=PROBLEM)
ASK_FOR_RESET = "mutation ($email: String!) { requestPasswordReset(email: $email) }"
CHOSEN = "верный конь на батарее"
"""A password that somebody chooses for themself."""


async def invited(admin: Client, email: str, role: str = "OPERATOR_EMPLOYEE", **changes: Any) -> dict[str, Any]:
    """Somebody whom `admin` has invited into their own organisation; the mail is on its way."""
    organization = (await admin.ask("{ viewer { organization { id } } }"))["viewer"]["organization"]["id"]
    wanted = {**person(organization, role, email), **changes}
    del wanted["password"]
    made: dict[str, Any] = await admin.do(CREATE, input=wanted)
    return made


async def status(client: Client, user: str) -> dict[str, Any]:
    """What is told of somebody's account."""
    told: dict[str, Any] = (await client.ask(STATUS, id=user))["node"]
    return told
