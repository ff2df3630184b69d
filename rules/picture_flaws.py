"""Why the place cannot be taken out of a picture."""

from __future__ import annotations


class PictureDamaged(Exception):
    """The file is not built as pictures of its kind are, or holds what cannot be looked through."""
