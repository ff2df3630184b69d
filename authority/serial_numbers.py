"""Serial numbers of certificates."""

from cryptography import x509

MAXIMUM_SERIAL = 2**159 - 1  # RFC 5280 §4.1.2.2: positive, at most 20 octets


def new_serial() -> int:
    """A new serial number: positive, at most 20 octets, 159 random bits. Storing it before use is the caller's task."""
    return x509.random_serial_number()
