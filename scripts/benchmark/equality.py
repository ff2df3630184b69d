"""Before anything is timed: every server gives the same answer, value for value."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from scripts.benchmark.queries import Sample
from scripts.benchmark.targets import Target

SHOWN_LINES = 40


class Unequal(Exception):
    """Two servers answered one request differently, or one of them with an error."""


async def compare(
    targets: Sequence[Target], actors: Mapping[str, tuple[str, Mapping[str, Iterable[Sample]]]]
) -> dict[str, int]:
    """Ask all of them the same.

    :param actors: by what they are: their token and their samples by query
    :returns: the largest answer of the first server by query, in octets
    :raises Unequal: with the differing lines
    """
    sizes: dict[str, int] = {}
    async with httpx.AsyncClient(timeout=120) as client:
        for actor, (token, samples) in actors.items():
            for query, asked in samples.items():
                for sample in asked:
                    asking = [target for target in targets if query in target.documents]
                    answers = [await ask(client, target, query, sample, token) for target in asking]
                    for target, (data, _) in zip(asking[1:], answers[1:], strict=True):
                        if data != answers[0][0]:
                            raise Unequal(
                                f"{query} by the {actor}, {dict(sample.variables)}:\n"
                                + _difference(asking[0].name, answers[0][0], target.name, data)
                            )
                    sizes[query] = max(sizes.get(query, 0), answers[0][1])
    return sizes


async def ask(client: httpx.AsyncClient, target: Target, query: str, sample: Sample, token: str) -> tuple[Any, int]:
    """The answer's `data` in the product's form, and its size. Raises Unequal for an error."""
    response = await client.post(
        f"{target.address}/graphql",
        json=target.body(query, sample),
        headers={"authorization": f"Bearer {token}"},
    )
    answer = response.json()
    if response.status_code != 200 or answer.get("errors") or answer.get("data") is None:
        raise Unequal(f"{target.name} answered {query} with {response.status_code}: {response.text[:1000]}")
    return target.answer(query, answer["data"]), len(response.content)


def _difference(name: str, one: Any, other_name: str, other: Any) -> str:
    before, after = (
        json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True).splitlines() for data in (one, other)
    )
    lines = difflib.unified_diff(before, after, fromfile=name, tofile=other_name, lineterm="", n=2)
    return "\n".join(line for line, _ in zip(lines, range(SHOWN_LINES), strict=False))
