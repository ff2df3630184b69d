"""Signature files as people have them: DER, PEM (RFC 7468) or bare base64."""

import base64
import binascii
import re

PEM_BLOCK = re.compile(rb"-----BEGIN [A-Z0-9 #]{1,40}-----([A-Za-z0-9+/=\s]*)-----END [A-Z0-9 #]{1,40}-----")


def der_of(file: bytes) -> bytes:
    """
    The DER inside a signature file; the file itself if it is neither PEM nor base64, for the verifier to refuse.

    A file of several PEM blocks is left as it is too: which of them was meant is not for us to guess.
    """
    blocks = PEM_BLOCK.findall(file)
    text = blocks[0] if len(blocks) == 1 else file
    try:
        return base64.b64decode(b"".join(text.split()), validate=True) or file
    except binascii.Error:
        return file
