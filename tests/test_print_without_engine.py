"""Without the printing engine the rest works, and who asks for a print is told why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from client import Client
from conftest import Database
from test_print_journal import PRINTS, address

from app import demo
from app.settings import Settings


@pytest.fixture
def settings(base_settings: Settings, database: Database) -> Settings:
    """An installation whose engine is not there."""
    return replace(base_settings, database_url=database.web_url, pdf_engine="no-such-wkhtmltopdf")


async def test_a_clear_refusal_and_no_trace(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    answer = await admin.http.get(await address(database), headers={"accept-language": "en"})
    assert answer.status_code == 503
    assert answer.json()["code"] == "ENGINE_MISSING"
    assert answer.json()["detail"] == "Printing is not available: wkhtmltopdf is not installed."
    page = await admin.http.get(await address(database), headers={"accept": "text/html"})
    assert page.status_code == 503
    assert "Печать недоступна" in page.text
    assert await database.fetch(PRINTS) == []
    assert (await client.http.get("/health/ready")).status_code == 200
