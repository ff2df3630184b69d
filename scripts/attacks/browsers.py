"""What another site's page makes a visitor's browser do: forged requests, frames, cookies, reading along."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.pages import cookie_of_the_office
from scripts.attacks.standing import APP_ORIGIN, KNOWN
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import OWNER, PASSWORD, WORKER

EVIL = "https://evil.attack.test"
FOREIGN = {"origin": EVIL, "sec-fetch-site": "cross-site"}
VIEWER = "{ viewer { id } }"
DEED = "mutation { markNotificationsRead(ids: []) }"
OFFICE_FORMS = (
    "/admin/second-factor",
    "/admin/agreement/publish",
    "/admin/journal-type/new",
    "/admin/reference-list/save",
)
PAGES = ("/verify", "/verify/nothing", "/account/reset", "/admin/login", "/graphql", "/no/such/place", "/pki/practice")


async def forged(target: Target, what: str, **request: object) -> None:
    """Raises Broken if a request with nothing but the visitor's cookie is taken for theirs."""
    given = dict(request.pop("headers", None) or {})  # type: ignore[call-overload]
    headers = {"cookie": target.world.cookies[WORKER], **given}
    answer = await target.send(str(request.pop("method", "POST")), "/graphql", headers=headers, **request)  # type: ignore[arg-type]
    broken_if(answer.value is not None and answer.done, f"{what}: {answer.text[:100]}")


@check(Category.BROWSERS, "a form of another site (urlencoded, multipart) with the visitor's cookie")
async def forms(target: Target) -> None:
    for query in (VIEWER, DEED):
        await forged(target, "urlencoded", headers=FOREIGN, data={"query": query})
        await forged(target, "multipart", headers=FOREIGN, data={"query": query}, files={"x": ("x", b"x")})
        operations = {"operations": json.dumps({"query": query}), "map": "{}"}
        await forged(
            target, "operations", headers=FOREIGN, files={key: (None, text) for key, text in operations.items()}
        )


@check(Category.BROWSERS, "JSON that says it is plain text, which needs no preflight")
async def plain_text(target: Target) -> None:
    body = json.dumps({"query": DEED}).encode()
    for kind in ("text/plain", "text/plain; charset=utf-8", "", "application/x-www-form-urlencoded"):
        await forged(target, kind, headers={**FOREIGN, "content-type": kind}, content=body)
        await forged(target, f"{kind} without an Origin", headers={"content-type": kind}, content=body)


@check(Category.BROWSERS, "JSON from a foreign Origin, and from null, with the visitor's cookie")
async def foreign_origin(target: Target) -> None:
    for origin in (EVIL, "null", f"{target.address}.attack.test", target.address.replace("http:", "https:") + ".evil"):
        await forged(target, origin, headers={"origin": origin}, json={"query": DEED})
        await forged(target, origin, headers={"origin": origin}, json={"query": VIEWER})


@check(Category.BROWSERS, "a request that the browser marks as cross-site, without an Origin")
async def marked_cross_site(target: Target) -> None:
    for site in ("cross-site", "same-site"):
        await forged(target, site, headers={"sec-fetch-site": site}, json={"query": DEED})


@check(Category.BROWSERS, "a mutation by GET, with the cookie and with a bearer token")
async def mutation_by_get(target: Target) -> None:
    for headers in ({}, {"graphql-require-preflight": "1"}, {"x-http-method-override": "POST"}):
        await forged(target, "by cookie", method="GET", headers=headers, params={"query": DEED})
        answer = await target.send("GET", "/graphql", by=WORKER, params={"query": DEED}, headers=headers)
        broken_if(answer.done, "by bearer")


@check(Category.BROWSERS, "a query by a picture's address, with the visitor's cookie")
async def query_by_get(target: Target) -> None:
    await forged(target, "a picture", method="GET", params={"query": VIEWER})


@check(Category.BROWSERS, "a file sent by another site's form")
async def forged_file(target: Target) -> None:
    for path in ("/files", "/imports/objects"):
        for headers in (FOREIGN, {}):
            given = {"cookie": target.world.cookies[WORKER], **headers}
            sent = await target.send("POST", path, headers=given, files={"file": ("a.txt", b"note")})
            broken_if(sent.status < 400, f"{path}: {sent.status}")


@check(Category.BROWSERS, "a preflight of a foreign page")
async def preflight(target: Target) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for origin in (EVIL, "null"):
        for path in ("/graphql", "/files", "/admin/login"):
            answer = await target.send("OPTIONS", path, headers={"origin": origin, **asked})
            reads_along(answer, origin)


@check(Category.BROWSERS, "an answer that a foreign page may read")
async def readable(target: Target) -> None:
    for origin in (EVIL, "null"):
        answer = await target.ask(VIEWER, headers={"origin": origin})
        reads_along(answer, origin)


def reads_along(answer: Answer, origin: str) -> None:
    """Raises Broken if CORS lets a foreign page in."""
    allowed = answer.headers.get("access-control-allow-origin")
    broken_if(allowed in ("*", origin), f"Access-Control-Allow-Origin: {allowed}")


@check(Category.BROWSERS, "where pages of one origin may ask: others like it, or ending like it", strict=True)
async def like_the_named_origin(target: Target) -> None:
    for origin in (f"{APP_ORIGIN}.attack.test", APP_ORIGIN.replace("https", "http"), f"{APP_ORIGIN}:444", "null"):
        answer = await target.ask("query Types { __typename }", headers={"origin": origin})
        reads_along(answer, origin)


@check(Category.BROWSERS, "cookies that scripts read or other sites send along")
async def cookie_flags(target: Target) -> None:
    signed_in = await target.signed_in(WORKER, PASSWORD)
    entered = await target.send("POST", "/admin/login", data={"email": OWNER, "password": PASSWORD})
    cookies = [*signed_in.headers.get_list("set-cookie"), *entered.headers.get_list("set-cookie")]
    broken_if(not cookies, "no cookie at all")
    for cookie in cookies:
        ((name, morsel),) = SimpleCookie(cookie).items()
        broken_if(not morsel["httponly"], f"{name} without HttpOnly")
        broken_if(morsel["samesite"].lower() != "strict", f"{name} with SameSite={morsel['samesite']}")
        broken_if(morsel["domain"], f"{name} for {morsel['domain']}")


@check(Category.BROWSERS, "over https: cookies without Secure, pages without Strict-Transport-Security", strict=True)
async def secure_cookies(target: Target) -> None:
    body = {"query": KNOWN["sign in"], "variables": {"input": {"email": WORKER, "password": PASSWORD}}}
    signed_in = await target.send("POST", "/graphql", json=body)
    for cookie in signed_in.headers.get_list("set-cookie"):
        broken_if("secure" not in cookie.lower(), cookie.partition("=")[0])
    for path in PAGES:
        answer = await target.send("GET", path)
        broken_if("max-age" not in answer.headers.get("strict-transport-security", ""), path)


@check(Category.BROWSERS, "pages in another site's frame")
async def frames(target: Target) -> None:
    for path in PAGES:
        answer = await target.send("GET", path, headers={"accept": "text/html"})
        policy = answer.headers.get("content-security-policy", "")
        broken_if("frame-ancestors 'none'" not in policy, f"{path}: frame-ancestors")
        broken_if(answer.headers.get("x-frame-options") != "DENY", f"{path}: X-Frame-Options")


@check(Category.BROWSERS, "scripts that the pages' policy lets run: public pages and the back office")
async def content_policy(target: Target) -> None:
    headers = await cookie_of_the_office(target)
    for path in (*PAGES, "/admin/", "/admin/user/list", "/admin/authority"):
        answer = await target.send("GET", path, headers={"accept": "text/html", **headers})
        policies = {
            part.split()[0]: part.split()[1:]
            for part in answer.headers.get("content-security-policy", "").split(";")
            if part.split()
        }
        scripts = policies.get("script-src", policies.get("default-src", ["*"]))
        broken_if({"*", "'unsafe-inline'", "'unsafe-eval'", "https:", "data:"} & set(scripts), f"{path}: {scripts}")
        broken_if("base-uri" not in policies or "form-action" not in policies, f"{path}: base-uri, form-action")


@check(Category.BROWSERS, "other headers: nosniff, Referrer-Policy, Cross-Origin-*")
async def other_headers(target: Target) -> None:
    wanted = {
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    for path in PAGES:
        answer = await target.send("GET", path)
        referrer = answer.headers.get("referrer-policy")
        broken_if(referrer not in ("no-referrer", "same-origin"), f"{path}: referrer-policy: {referrer}")
        for name, value in wanted.items():
            broken_if(answer.headers.get(name) != value, f"{path}: {name}: {answer.headers.get(name)}")


@check(Category.BROWSERS, "the back office's forms without their token, and from another site")
async def office_forms(target: Target) -> None:
    cookies = await cookie_of_the_office(target)
    for path in OFFICE_FORMS:
        for headers in (cookies, cookies | FOREIGN):
            answer = await target.send("POST", path, headers=headers, data={"deed": "enrol", "token": "x"})
            broken_if(answer.status != 403, f"{path}: {answer.status}")


@check(Category.BROWSERS, "signing the superadmin out, or in as somebody else, by a link")
async def office_by_get(target: Target) -> None:
    cookies = await cookie_of_the_office(target)
    out = await target.send("GET", "/admin/logout", headers=cookies)
    entered = await target.send("GET", f"/admin/login?{urlencode({'email': OWNER, 'password': PASSWORD})}")
    broken_if(
        out.status in (200, 302, 303, 307)
        and "set-cookie" not in out.headers
        and "login" in out.headers.get("location", ""),
        "out",
    )
    broken_if(re.search(r"session|admin", entered.headers.get("set-cookie", "")), "in")
    still = await target.send("GET", "/admin/user/list", headers=cookies)
    broken_if(still.status != 200, f"{still.status} after that")


@check(Category.BROWSERS, "signing in by another site's form (the attacker's account in the visitor's browser)")
async def login_by_form(target: Target) -> None:
    query = f'mutation {{ signIn(input: {{email: "{WORKER}", password: "{PASSWORD}"}}) {{ __typename }} }}'
    for headers in ({"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}):
        body = json.dumps({"query": query}).encode()
        answer = await target.send("POST", "/graphql", headers={**FOREIGN, **headers}, content=body)
        broken_if("set-cookie" in answer.headers, "a session's cookie")
