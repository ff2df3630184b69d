"""The custom scalars of the contract, in one place."""

from strawberry.scalars import JSON, Base64

__all__ = ["JSON", "Base64"]
