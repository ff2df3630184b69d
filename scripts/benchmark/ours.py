"""The product as it is served, over the database of the bench: python -m scripts.benchmark.ours."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from app.settings import Settings
from authority.ceremony import create_authority

PASSPHRASE = b"only for the bench"
PUBLIC_URL = "https://journals.example"


def make_settings(folder: Path, database_url: str, owner_url: str, port: int) -> Settings:
    """The product's settings, with an authority of its own, which is made in `folder` unless it is there."""
    if not (folder / "authority").exists():
        create_authority(
            folder / "authority",
            passphrase=PASSPHRASE,
            owner_name="ООО «Владелец»",
            public_url=PUBLIC_URL,
            now=datetime.now(UTC),
        )
    return Settings(
        data_folder=folder,
        port=port,
        public_url=PUBLIC_URL,
        database_url=database_url,
        migration_database_url=owner_url,
        authority_folder=folder / "authority",
        authority_passphrase=PASSPHRASE,
        server_secret=b"s" * 32,
        second_factor_required=False,
        graphql_cost_per_minute=10**12,  # one caller asks as fast as it can
    )


if __name__ == "__main__":
    from app.serving import run

    variables = ("DATABASE_URL", "OWNER_URL", "PORT", "BENCH_FOLDER")
    address, owner, listen, place = (os.environ[name] for name in variables)
    run(make_settings(Path(place), address, owner, int(listen)))
