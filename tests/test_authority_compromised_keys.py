"""Keys that anybody can use are refused."""

import math
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from authority.compromised_keys import is_known_compromised, published_digests, read_digests
from authority.holder_key import UnacceptableRequest, read_certification_request
from authority.public_keys import KeyFlaw, spki_digest, write_public_key

# RFC 9500 §2.3, testECCP256: the private half is printed there too.
TEST_KEY_OF_RFC_9500 = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71v
c75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==
-----END PUBLIC KEY-----
"""
# NIST P-256 private key of RFC 6979 appendix A.2.5
TEST_KEY_OF_RFC_6979 = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721


def read(pem: bytes) -> ec.EllipticCurvePublicKey:
    public_key = serialization.load_pem_public_key(pem)
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    return public_key


def close_primes() -> rsa.RSAPrivateKey:
    """A key that Fermat's method factors at once, of a size that would be accepted."""
    near = math.isqrt(5 * 2**3070)
    p, q = near + 346, near + 1_052_022
    e, phi = 65537, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    public = rsa.RSAPublicNumbers(e, p * q)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


def like_infineons() -> rsa.RSAPublicKey:
    """A modulus with the trace of Infineon's generator (ROCA, CVE-2017-15361): a power of 65537 modulo small primes."""
    primes = [number for number in range(2, 701) if all(number % divisor for divisor in range(2, number))]
    product = math.prod(primes)
    modulus = pow(65537, 12345, product) + (2**3071 // product + 1) * product
    while any(modulus % divisor == 0 for divisor in range(3, 65539, 2)):
        modulus += product
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


def request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_fresh_keys_are_not_known(curve: ec.EllipticCurve) -> None:
    assert not is_known_compromised(ec.generate_private_key(curve).public_key())
    assert not is_known_compromised(rsa.generate_private_key(65537, 3072).public_key())


def test_keys_that_standards_print() -> None:
    assert is_known_compromised(read(TEST_KEY_OF_RFC_9500))
    key = ec.derive_private_key(TEST_KEY_OF_RFC_6979, ec.SECP256R1())
    assert is_known_compromised(key.public_key())
    with pytest.raises(UnacceptableRequest) as refusal:
        read_certification_request(request(key))
    assert refusal.value.reason is KeyFlaw.KNOWN_COMPROMISED


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
@pytest.mark.parametrize("secret", [1, 2, 256])
def test_keys_that_anybody_guesses(secret: int, curve: ec.EllipticCurve) -> None:
    assert is_known_compromised(ec.derive_private_key(secret, curve).public_key())


def test_a_key_whose_factors_are_found() -> None:
    with pytest.raises(UnacceptableRequest) as refusal:
        read_certification_request(request(close_primes()))
    assert refusal.value.reason is KeyFlaw.KNOWN_COMPROMISED


def test_a_key_of_a_broken_generator() -> None:
    assert is_known_compromised(like_infineons())


def test_the_operators_own_list(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    listed = tmp_path / "compromised.txt"
    digest = spki_digest(write_public_key(key.public_key()))
    listed.write_text(f"# lost in a bus\n\n{digest.upper()}  Иванов, 2026-03-01  # reported\n", encoding="utf-8")
    digests = read_digests(listed)
    assert digests == {digest}
    assert read_certification_request(request(key))
    with pytest.raises(UnacceptableRequest) as refusal:
        read_certification_request(request(key), digests)
    assert refusal.value.reason is KeyFlaw.KNOWN_COMPROMISED


@pytest.mark.parametrize("line", ["abc", "g" * 64, "0" * 63, "0" * 65])
def test_a_list_with_a_line_that_is_no_digest(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(f"# first\n{line}\n")
    with pytest.raises(ValueError, match="list, line 2"):
        read_digests(tmp_path / "list")


def test_the_published_list() -> None:
    assert len(published_digests()) > 1000
    with pytest.raises(FileNotFoundError):
        read_digests(Path("/nowhere/list"))
