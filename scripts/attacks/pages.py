"""What is typed in one place and shown in another: pages, papers, mails, file names, paths."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

from scripts.attacks.checks import Category, NotApplicable, broken_if, check
from scripts.attacks.making import an_object
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CREATE_USER, OPEN_JOURNAL, OWNER, PASSWORD, WORKER

SCRIPT = "<script>alert(1)</script>"
SHOWN = "&lt;script&gt;"
BREAKOUT = '"><script>alert(1)</script>'
SECRETS = ("root:x:0", "import ", "PRIVATE KEY", "[project]")
MAIL_SECONDS = 15


async def cookie_of_the_office(target: Target) -> dict[str, str]:
    """The owner's way into the back office."""
    entered = await target.send("POST", "/admin/login", data={"email": OWNER, "password": PASSWORD})
    cookies = [each.partition(";")[0] for each in entered.headers.get_list("set-cookie")]
    return {"cookie": "; ".join(cookies)}


@check(Category.INJECTION, "a script as an object's name, on its page")
async def stored_script(target: Target) -> None:
    key = await an_object(target, f"Склад {SCRIPT}")
    for by in (ADMIN, WORKER, None):
        answer = await target.send("GET", f"/objects/{quote(key)}", by=by)
        broken_if(SCRIPT in answer.text, f"/objects/{key}: {answer.text[:150]}")
        broken_if(by == ADMIN and SHOWN not in answer.text, "its name is not shown at all")


@check(Category.INJECTION, "a script as an object's name, in the back office")
async def stored_script_in_the_office(target: Target) -> None:
    await an_object(target, f"Объект {SCRIPT}")
    headers = await cookie_of_the_office(target)
    shown = await target.send("GET", "/admin/service-object/list?search=alert", headers=headers)
    broken_if(SCRIPT in shown.text, shown.text[:150])
    broken_if(SHOWN not in shown.text, f"{shown.status}: its name is not shown at all")


@check(Category.INJECTION, "a script in what a page shows again: codes, tokens, the sign-in's e-mail")
async def reflected_script(target: Target) -> None:
    code = quote(BREAKOUT, safe="")
    answers = [
        await target.send("GET", f"/verify?code={code}"),
        await target.send("GET", f"/verify/{code}"),
        await target.send("GET", f"/account/invitation/{code}"),
        await target.send("GET", f"/no/such/{code}"),
        await target.send("POST", "/admin/login", data={"email": BREAKOUT, "password": "x"}),
        await target.send("POST", "/account/reset", data={"email": BREAKOUT}),
    ]
    for answer in answers:
        broken_if(SCRIPT in answer.text, answer.text[:150])


@check(Category.INJECTION, "a printed journal that fetches addresses of the inner network (SSRF by PDF)")
async def paper_that_fetches(target: Target) -> None:
    fetched: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            fetched.append(await asyncio.wait_for(reader.read(200), 2))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        inner = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        key = await an_object(target, f"<img src='{inner}a'><iframe src='{inner}b'></iframe>")
        opened = await target.ask(OPEN_JOURNAL, {"input": {"objectId": key, "typeId": target.world.type}}, by=ADMIN)
        paper = await target.send("GET", f"/print/journals/{quote(opened.value['id'])}.pdf", by=ADMIN)
    if paper.status == 503:
        raise NotApplicable("the target prints nothing")
    broken_if(fetched, f"fetched: {fetched[:1]}")
    broken_if(paper.status != 200 or not paper.body.startswith(b"%PDF"), f"{paper.status} instead of a paper")


@check(Category.INJECTION, "paths that lead out of the folder: files, lists of revocation, statics")
async def traversal(target: Target) -> None:
    for up in (
        "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "..%2f..%2fpyproject.toml",
        "....//....//etc/passwd",
        "naive.py",
    ):
        for root in ("/files/", "/pki/", "/pki/issuing-", "/admin/statics/", "/verify/", "/imports/"):
            answer = await target.send("GET", f"{root}{up}", by=ADMIN)
            broken_if(
                answer.status == 200 and any(each in answer.text for each in SECRETS), f"{root}{up}: {answer.text[:80]}"
            )


@check(Category.INJECTION, "a file name that rewrites the header of its download")
async def file_name(target: Target) -> None:
    for name in ('a.txt"; filename="evil.html', "a.txt\r\nX-Evil: yes", "../../evil.html"):
        boundary = token_hex(8)
        escaped = name.replace('"', '\\"').replace("\r\n", "%0D%0A")
        part = f'Content-Disposition: form-data; name="file"; filename="{escaped}"'
        body = f"--{boundary}\r\n{part}\r\nContent-Type: text/plain\r\n\r\nnote\r\n--{boundary}--\r\n".encode()
        headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
        sent = await target.send("POST", "/files", by=WORKER, headers=headers, content=body)
        broken_if(sent.status >= 500, f"{sent.status} for {name!r}")
        if sent.status != 201:
            continue
        got = await target.send("GET", f"/files/{quote(sent.json['attachments'][0]['id'])}", by=WORKER)
        broken_if("x-evil" in got.headers, "a header of the attacker's")
        disposition = got.headers.get("content-disposition", "")
        names = re.findall(r'filename="?([^";]*)', disposition)
        broken_if(len(names) > 1 or any("/" in each or each.endswith("html") for each in names), disposition)
        broken_if("html" in got.headers.get("content-type", ""), "served as a page")


@check(Category.INJECTION, "line ends in an e-mail address, for more headers of the invitation")
async def mail_headers(target: Target) -> None:
    person = {"organizationId": target.world.organizations[ADMIN], "role": "OPERATOR_EMPLOYEE", "givenName": "Иван"}
    for email, surname in (
        (f"a{token_hex(3)}@attack.test\r\nBcc: all@attack.test", "Иванов"),
        (f"b{token_hex(3)}@attack.test,all@attack.test", "Иванов"),
        (f"c{token_hex(3)}@attack.test", "Иванов\r\nBcc: all@attack.test"),
    ):
        made = await target.ask(CREATE_USER, {"input": {**person, "surname": surname, "email": email}}, by=ADMIN)
        taken = made.done and (made.value or {}).get("__typename") == "User"
        broken_if(taken and ("," in email or "\\n" in made.text), f"{email!r} was taken")


def mails_to(folder: Path, to: str) -> list[str]:
    """The mails to an address."""
    texts = [file.read_text() for file in folder.glob("*.eml")]
    return [text for text in texts if to in text.replace("\r\n", "\n").partition("\n\n")[0]]


async def mailed(folder: Path, to: str) -> str:
    """The mail to an address, once it is there; empty if there is none in MAIL_SECONDS."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(MAIL_SECONDS):
            while not (found := mails_to(folder, to)):  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.2)
            return found[0]
    return ""


@check(Category.INJECTION, "a Host header that the links of mails and redirects are made of")
async def host_header(target: Target) -> None:
    evil = {"host": "evil.attack.test"}
    for path in ("/admin", "/admin/", "/account/reset/"):
        moved = await target.send("GET", path, headers=evil)
        broken_if("evil.attack" in moved.headers.get("location", ""), f"{path} → {moved.headers.get('location')}")
    if target.mail is None:
        return
    email = f"host{token_hex(4)}@attack.test"
    person = {"organizationId": target.world.organizations[ADMIN], "role": "OPERATOR_EMPLOYEE", "givenName": "Иван"}
    await target.ask(CREATE_USER, {"input": {**person, "surname": "Ли", "email": email}}, by=ADMIN, headers=evil)
    text = await mailed(target.mail, email)
    broken_if(not text or "evil.attack" in text, text[:150] or "no mail came")


@check(Category.INJECTION, "a redirect to wherever a parameter says")
async def open_redirect(target: Target) -> None:
    for parameter in ("next", "url", "return_to", "redirect"):
        for path in ("/admin/login", "/verify", "/account/reset"):
            answer = await target.send("GET", f"{path}?{parameter}=//evil.attack.test/")
            broken_if("evil.attack" in answer.headers.get("location", ""), f"{path}?{parameter}")
