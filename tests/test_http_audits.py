"""The 61 requirements by which graphql-http audits servers, a row each, by their ids there. The audits themselves are
run by scripts/clients."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from client import Client

JSON, MODERN = "application/json", "application/graphql-response+json"
TYPENAME = "{ __typename }"
BY_NAME = "query Type($name: String!) { __type(name: $name) { name } }"
COERCED = "query CoerceFailure($id: ID!) { __typename }"


class Audit(NamedTuple):
    """A request, and what it has to be answered with. `data`: whether the answer may hold that entry; None: either."""

    id: str
    body: Any = None
    accept: str | None = JSON
    status: int = 200
    data: bool | None = True
    kind: str | None = JSON
    method: str = "POST"
    media: str | None = None


def typename(**members: Any) -> dict[str, Any]:
    """A request for the root's name."""
    return {"query": TYPENAME, **members}


WRONG_KINDS: list[Any] = [{"obj": "ect"}, 0, False, ["array"]]
WRONG_MAPS: list[Any] = ["string", 0, False, ["array"]]
NAMED: dict[str, Any] = {"query": BY_NAME, "variables": {"name": "sometype"}}
AUDITS = [
    Audit("22EB", typename(), MODERN, media=MODERN),
    Audit("4655", typename(), JSON, media=JSON),
    Audit("47DE", typename(), "*/*", media=JSON),
    Audit("80D8", typename(), None, media=JSON),
    Audit("82A3", typename(), MODERN, media=f"{MODERN}; charset=utf-8"),
    Audit("BF61", typename(), kind=f"{JSON}; charset=utf-8"),
    Audit("78D5", typename()),
    Audit("2C94", typename()),
    Audit("5A70", typename(), method="GET"),
    Audit("9C48", {"query": "mutation { signOut }"}, method="GET", status=405, data=False),
    Audit("9ABE", typename(), kind=None, status=415, data=False),
    Audit("03D4", typename()),
    Audit("A5BF", b"", status=400, data=False),
    Audit("423L", {"notquery": TYPENAME}, status=400, data=False),
    *(Audit(f"LKJ{n}", {"query": each}, status=400, data=False) for n, each in enumerate(WRONG_KINDS)),
    Audit("34A2", typename(), MODERN),
    Audit("13EE", typename()),
    *(Audit(f"6C0{n}", typename(operationName=each), status=400, data=False) for n, each in enumerate(WRONG_KINDS)),
    Audit("8161", {"operationName": "Q", "query": f"query Q {TYPENAME}"}, MODERN),
    Audit("B8B3", {"operationName": "Q", "query": f"query Q {TYPENAME}"}),
    *(
        Audit(id, typename(**{member: None}), accept)
        for id, member, accept in (
            ("94B0", "variables", MODERN),
            ("0220", "variables", JSON),
            ("94B1", "operationName", MODERN),
            ("0221", "operationName", JSON),
            ("94B2", "extensions", MODERN),
            ("0222", "extensions", JSON),
        )
    ),
    *(Audit(f"476{n}", NAMED | {"variables": each}, status=400, data=False) for n, each in enumerate(WRONG_MAPS)),
    Audit("2EA1", NAMED, MODERN),
    Audit("28B9", NAMED),
    Audit("D6D5", NAMED, MODERN, method="GET"),
    Audit("6A70", NAMED, method="GET"),
    *(Audit(f"58B{n}", typename(extensions=each), status=400, data=False) for n, each in enumerate(WRONG_MAPS)),
    Audit("428F", typename(extensions={"some": "value"}), MODERN),
    Audit("1B7A", typename(extensions={"some": "value"})),
    Audit("B6DC", b'{ "not a JSON', status=400, data=False),
    Audit("BCF8", b'{ "not a JSON', status=400, data=False),
    Audit("B7N8", b'{ "not a JSON', MODERN, status=400, data=False),
    Audit("8764", {"qeury": TYPENAME}, status=400, data=False),
    Audit("3E3A", {"qeury": TYPENAME}, status=400, data=False),
    Audit("572B", {"query": "{"}, status=200, data=None),
    Audit("FDE2", {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}, status=200, data=None),
    Audit("7B9B", {"query": COERCED, "variables": {"id": None}}, status=200, data=None),
    Audit("865D", {"query": "{"}, MODERN, status=400, data=False),
    Audit("556A", {"query": "{"}, MODERN, status=400, data=False),
    Audit("D586", {"query": "{"}, MODERN, status=400, data=False),
    Audit("51FE", {"query": "{ nothing }"}, MODERN, status=400, data=False),
    Audit("74FF", {"query": "{ nothing }"}, MODERN, status=400, data=False),
    Audit("5E5B", {"query": "{ nothing }"}, MODERN, status=400, data=False),
    Audit("86EE", {"query": COERCED, "variables": {"id": None}}, MODERN, status=400, data=False),
]


async def test_graphql_over_http(client: Client) -> None:
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61
    for audit in AUDITS:
        given: dict[str, Any] = {}
        if audit.method == "GET":
            given["params"] = {
                name: value if isinstance(value, str) else json.dumps(value) for name, value in audit.body.items()
            }
        else:
            given["content"] = audit.body if isinstance(audit.body, bytes) else json.dumps(audit.body).encode()
        request = client.http.build_request(audit.method, "/graphql", **given)
        for name, value in (("accept", audit.accept), ("content-type", audit.kind)):
            request.headers.pop(name, None)
            if value and not (name == "content-type" and audit.method == "GET"):
                request.headers[name] = value
        answer = await client.http.send(request)
        told = answer.json()
        assert answer.status_code == audit.status, (audit.id, answer.text)
        assert answer.headers["content-type"].startswith(audit.media or ""), audit.id
        if audit.data is not None:
            assert ("data" in told) is audit.data, audit.id
        assert ("errors" in told) is (audit.data is not True), audit.id
        assert all(error["extensions"]["code"] for error in told.get("errors", ())), audit.id
