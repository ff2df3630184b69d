"""How many connections stay open: WebSockets and server-sent events cost memory for as long as they live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from uuid import UUID

LARGEST_MESSAGE = 256 * 1024
"""Octets that one message to us may have; uvicorn is told so."""


class TooManyConnections(Exception):
    """There is no place left."""


@dataclass(frozen=True)
class Places:
    """The places of one process: so many in all, from one network, of one person. Raises TooManyConnections."""

    most: int
    most_of_network: int
    most_of_caller: int
    taken: Counter[Hashable] = field(default_factory=Counter)

    def enter(self, network: str) -> Place:
        """A place for a connection from `network`, whose caller is not known yet."""
        place = Place(self)
        place.take("", self.most)
        try:
            place.take(network, self.most_of_network)
        except TooManyConnections:
            place.leave()
            raise
        return place


@dataclass(frozen=True)
class Place:
    """What one connection occupies, until it leaves."""

    places: Places
    held: list[Hashable] = field(default_factory=list)

    def claim(self, user_id: UUID) -> None:
        """Occupy it for a person, who has signed in by now; it is given back if that person has too many."""
        try:
            self.take(user_id, self.places.most_of_caller)
        except TooManyConnections:
            self.leave()
            raise

    def leave(self) -> None:
        """Give it back."""
        for key in self.held:
            self.places.taken[key] -= 1
            if not self.places.taken[key]:
                del self.places.taken[key]
        self.held.clear()

    def take(self, key: Hashable, most: int) -> None:
        """Occupy one of the `most` places of `key`."""
        if self.places.taken[key] >= most:
            raise TooManyConnections
        self.places.taken[key] += 1
        self.held.append(key)
