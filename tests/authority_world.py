"""What tests say often of certificates, in GraphQL, and programs that strangers would check them with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from client import PIN, Client
from world import PROBLEM

REQUEST_FIELDS = """
__typename ... on CertificateRequest {
  id kind status remark comment reason expiresAt identificationMethod identifiedAt person { name }
  target { id serial }
}
"""
CERTIFICATE_FIELDS = """
__typename ... on Certificate {
  id serial status custody pem notBefore notAfter suspendedAt revokedAt revocationReason invalidityDate
  holder { name } statusChanges { kind at reason comment }
}
"""


def mutation(name: str, input_type: str, fields: str) -> str:
    """A mutation with one input, its row or its Problem selected."""
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {fields} {PROBLEM} }} }}"


REQUEST_CERTIFICATE = mutation("requestCertificate", "RequestCertificateInput", REQUEST_FIELDS)
REQUEST_REVOCATION = mutation("requestRevocation", "RequestRevocationInput", REQUEST_FIELDS)
CANCEL = mutation("cancelCertificateRequest", "CancelCertificateRequestInput", REQUEST_FIELDS)
HOLD = mutation("holdCertificateRequest", "HoldCertificateRequestInput", REQUEST_FIELDS)
REJECT = mutation("rejectCertificateRequest", "RejectCertificateRequestInput", REQUEST_FIELDS)
IDENTIFY = mutation("identifyRequester", "IdentifyRequesterInput", REQUEST_FIELDS)
APPROVE = mutation("approveCertificateRequest", "ApproveCertificateRequestInput", CERTIFICATE_FIELDS)
REPORT = mutation("reportCompromise", "ReportCompromiseInput", CERTIFICATE_FIELDS)
SUSPEND = mutation("suspendCertificate", "SuspendCertificateInput", CERTIFICATE_FIELDS)
RELEASE = mutation("releaseCertificate", "ReleaseCertificateInput", CERTIFICATE_FIELDS)
REVOKE = mutation("revokeCertificate", "RevokeCertificateInput", CERTIFICATE_FIELDS)
CHANGE_PIN = mutation("changePin", "ChangePinInput", CERTIFICATE_FIELDS)
PREPARE = mutation(
    "prepareSignature",
    "PrepareSignatureInput",
    "__typename ... on PreparedSignature { preparationId payload digest hashAlgorithm toBeSigned expiresAt }",
)
SUBMIT = mutation(
    "submitSignature",
    "SubmitSignatureInput",
    "__typename ... on Signature { id verificationCode: code level standing cms certificate { serial custody } }",
)
MY_CERTIFICATES = """query ($me: ID!) { certificates(last: 20, filter: {holder: $me}) {
  edges { node { id serial status custody holder { name } } } } }"""
IDENTIFICATION = {"method": "IN_PERSON", "document": "Паспорт РФ 4510 123456", "date": "2026-11-20"}


async def certificate_of(client: Client) -> dict[str, Any]:
    """The client's newest certificate."""
    me = (await client.ask("{ viewer { id } }"))["viewer"]["id"]
    found = (await client.ask(MY_CERTIFICATES, me=me))["certificates"]["edges"]
    certificate: dict[str, Any] = found[-1]["node"]
    return certificate


async def waiting(owner: Client) -> str:
    """The demo's waiting request."""
    open_ones = "{ certificateRequests(first: 5, filter: {status: [SUBMITTED]}) { edges { node { id } } } }"
    return str((await owner.ask(open_ones))["certificateRequests"]["edges"][0]["node"]["id"])


async def issued(client: Client, owner: Client, **asked: Any) -> dict[str, Any]:
    """A certificate that the client asked for and the owner issued."""
    request = await client.do(REQUEST_CERTIFICATE, input=asked or {"pin": PIN})
    certificate: dict[str, Any] = await owner.do(
        APPROVE, input={"requestId": request["id"], "identification": IDENTIFICATION}
    )
    return certificate


async def run(folder: Path, *command: str, input: bytes | None = None) -> tuple[int, str]:
    """The exit code and the output of a program run in `folder`."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(input), 30)
    return process.returncode or 0, output.decode(errors="replace")


async def published(client: Client, folder: Path, *names: str) -> None:
    """Save what the authority publishes."""
    for name in names:
        answer = await client.http.get(f"/pki/{name}")
        assert answer.status_code == 200, name
        (folder / name).write_bytes(answer.content)
