"""The demo world certified by an authority of a test module's own, beside the one that all other tests share."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from conftest import Cluster, Template

from app.demo import create_demo
from app.migration import migrate
from app.settings import Settings


@asynccontextmanager
async def template_of(cluster: Cluster, settings: Settings) -> AsyncIterator[Template]:
    """A database for clones: the demo made with the authority of `settings`. Nobody in it has a session yet."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    await cluster.execute(f'create database "{name}" owner "{cluster.owner}"')
    await migrate(cluster.at(cluster.owner_url, name), cluster.web)
    await create_demo(replace(settings, database_url=cluster.at(cluster.web_url, name)))
    yield Template(name, {})
    await cluster.drop(name)
