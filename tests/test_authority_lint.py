"""pkilint finds nothing to warn of in any certificate or list that the authority makes."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkilint import loader, pkix, validation  # type: ignore[import-untyped]
from pkilint.pkix import certificate as lint_certificate  # type: ignore[import-untyped]
from pkilint.pkix import crl as lint_crl
from pkilint.pkix import extension, name

from authority.certificates import to_der
from authority.issuer import new_serial, prepare
from authority.public_keys import write_public_key
from tests.test_authority_issuer import LONG_NAME
from tests.test_authority_setting import IVANOV, NOW, authority, founded, issue_to, ivanov, sealed_key


def findings(results: Iterable[validation.ValidationResult]) -> list[str]:
    return [
        f"{description.finding.severity.name} {description.finding.code}: {description.message}"
        for result in results
        for description in result.finding_descriptions
        if description.finding.severity <= validation.ValidationFindingSeverity.WARNING
    ]


def lint(der: bytes) -> list[str]:
    decoders = lint_certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS)
    linter = lint_certificate.create_pkix_certificate_validator_container(
        decoders,
        [
            lint_certificate.create_issuer_validator_container([]),
            lint_certificate.create_validity_validator_container(),
            lint_certificate.create_subject_validator_container([]),
            lint_certificate.create_extensions_validator_container([]),
            lint_certificate.create_spki_validator_container([]),
        ],
    )
    return findings(linter.validate(loader.load_der_certificate(der, "certificate").root))


@pytest.mark.parametrize("file", ["root", "issuing", "time-stamping", "ocsp"])
def test_the_authoritys_own_certificates(file: str) -> None:
    certificate = x509.load_pem_x509_certificate((founded()[0] / f"{file}.crt").read_bytes())
    assert lint(to_der(certificate)) == []


def test_holders_certificates() -> None:
    assert lint(to_der(ivanov().certificate)) == []
    assert lint(to_der(issue_to(sealed_key().public_key, LONG_NAME))) == []
    rsa_key = rsa.generate_private_key(65537, 3072).public_key()
    assert lint(to_der(issue_to(write_public_key(rsa_key)))) == []


def test_a_rehearsal_can_be_linted_before_the_real_key_is_used() -> None:
    plan = prepare(
        authority(),
        holder=IVANOV,
        public_key=sealed_key().public_key,
        serial=new_serial(),
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
    )
    assert lint(plan.rehearsal) == []


def test_the_roots_revocation_list() -> None:
    linter = lint_crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            lint_crl.create_issuer_validator_container([]),
            lint_crl.create_validity_validator_container([]),
            lint_crl.create_extensions_validator_container([]),
        ],
    )
    assert findings(linter.validate(loader.load_der_crl(authority().root_revocation_list, "root.crl").root)) == []


def test_the_linter_does_find_what_is_wrong() -> None:
    """Without this, an empty list of findings would prove nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(authority().root.subject)
        .issuer_name(authority().root.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=False)
        .sign(key, hashes.SHA256())
    )
    assert any("ERROR" in finding for finding in lint(to_der(certificate)))
