"""Certificates as text and bytes."""

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, 64 lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def to_der(certificate: x509.Certificate) -> bytes:
    """DER bytes: what `/pki/*.crt` serves (RFC 5280 §4.2.2.1 wants DER behind a caIssuers address)."""
    return certificate.public_bytes(serialization.Encoding.DER)


def to_pem(certificate: x509.Certificate) -> str:
    """The certificate as PEM text (RFC 7468)."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def chain_to_pem(certificates: tuple[x509.Certificate, ...]) -> str:
    """Several certificates in one PEM text, in the given order: what `openssl … -CAfile` reads."""
    return "".join(map(to_pem, certificates))


def from_der(der: bytes) -> x509.Certificate:
    """Read a DER certificate. Raises ValueError."""
    return x509.load_der_x509_certificate(der)


def serial_text(certificate: x509.Certificate) -> str:
    """The serial number as people compare it: upper-case hexadecimal octets, as openssl prints it."""
    return serial_digits(certificate.serial_number)


def serial_digits(serial: int) -> str:
    """A serial number in the digits of `serial_text`, for one that no certificate carries yet."""
    digits = f"{serial:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """
    The same certificate as asn1crypto's structure: the way to read a holder's name.

    `certificate.subject` of cryptography counts a common name in octets, not in characters as X.520 does, and warns
    about every Russian name of more than 32 letters.
    """
    return asn1_x509.Certificate.load(to_der(certificate))
