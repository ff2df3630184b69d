"""A real browser with an authenticator of its own makes a passkey of what the API asks, and signs in with it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from browser import Browser
from client import Client
from conftest import PUBLIC_URL
from test_passkeys import PREPARE_PASSKEY, PREPARE_SIGN_IN, REGISTER, SIGN_IN_BY_PASSKEY

from app import demo

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ASK = """(async () => {
  const publicKey = PublicKeyCredential.parse%sOptionsFromJSON(%s);
  return JSON.stringify(await navigator.credentials.%s({publicKey}));
})()"""


class Frontend(Browser):
    """A tab at the public address, where somebody's frontend stands: here an empty page, whatever is asked for."""

    async def _message(self) -> dict[str, Any]:
        message = await super()._message()
        if message.get("method") == "Fetch.requestPaused":
            page = base64.b64encode(b"<!DOCTYPE html><title>A frontend</title>").decode()
            answer = {"requestId": message["params"]["requestId"], "responseCode": 200, "body": page}
            command = {"id": next(self._numbers), "method": "Fetch.fulfillRequest", "params": answer}
            await self._socket.send(json.dumps(command))
        return message

    async def asked(self, kind: str, options: dict[str, Any], verb: str) -> Any:
        """What navigator.credentials answers, as its toJSON gives it."""
        asked = ASK % (kind, json.dumps(options), verb)
        answer = await self.call("Runtime.evaluate", expression=asked, awaitPromise=True, returnByValue=True)
        return json.loads(answer["result"]["value"])


async def test_chromium_makes_a_passkey_and_signs_in_with_it(client: Client, tmp_path: Path) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    async with Frontend.started(tmp_path) as page:
        await page.call("WebAuthn.enable")
        await page.call("WebAuthn.addVirtualAuthenticator", options=AUTHENTICATOR)
        await page.call("Fetch.enable", patterns=[{"urlPattern": f"{PUBLIC_URL}/*"}])
        await page.open(f"{PUBLIC_URL}/sign-in")
        ceremony = await worker.do(PREPARE_PASSKEY)
        made = await page.asked("Creation", ceremony["options"], "create")
        passkey = {"challengeId": ceremony["challengeId"], "credential": made}
        kept = await worker.do(REGISTER, input={"name": "Chromium", "passkey": passkey})
        assert [each["name"] for each in kept["identity"]["passkeys"]] == ["Chromium"]
        for _ in range(2):
            ceremony = await client.do(PREPARE_SIGN_IN)
            answer = await page.asked("Request", ceremony["options"], "get")
            passkey = {"challengeId": ceremony["challengeId"], "credential": answer}
            session = await client.do(SIGN_IN_BY_PASSKEY, input={"passkey": passkey})
            assert session["user"]["email"] == demo.OPERATOR_EMPLOYEE
