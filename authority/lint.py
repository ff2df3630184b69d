"""
Lint: pkilint's word on what the authority makes, against RFC 5280 and RFC 6960.

The linters are built at the first use and kept; they hold no state of a document, so threads may share them.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pkilint import document, loader, pkix, validation
from pkilint.pkix import certificate as certificates
from pkilint.pkix import crl as revocation_lists
from pkilint.pkix import extension, name
from pkilint.pkix import ocsp as ocsp_responses

Severity = Literal["FATAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"]

REFUSED: frozenset[Severity] = frozenset({"FATAL", "ERROR", "WARNING"})


@dataclass(frozen=True)
class Finding:
    """One remark of the linter: `code` names the rule, `path` the place in the document."""

    severity: Severity
    code: str
    path: str
    message: str

    @property
    def refuses(self) -> bool:
        """Whether it is a clear violation of a MUST or a SHOULD: WARNING or worse."""
        return self.severity in REFUSED


@dataclass(frozen=True)
class LintReport:
    """All that the linter remarked, gravest first."""

    findings: tuple[Finding, ...]

    @property
    def acceptable(self) -> bool:
        """Whether nothing of WARNING or worse was found."""
        return not any(finding.refuses for finding in self.findings)

    def as_json(self) -> str:
        """The report as it is kept with the certificate: {"linter", "findings": [{severity, code, path, message}]}."""
        findings = [vars(finding) for finding in self.findings]
        return json.dumps({"linter": "pkilint", "findings": findings}, ensure_ascii=False)


def lint_certificate(der: bytes) -> LintReport:
    """Lint a DER certificate. What does not parse is a FATAL finding, not an exception."""
    return _report(_certificate_linter(), loader.load_der_certificate, der)


def lint_revocation_list(der: bytes) -> LintReport:
    """Lint a DER certificate revocation list."""
    return _report(_revocation_list_linter(), loader.load_der_crl, der)


def lint_ocsp_response(der: bytes) -> LintReport:
    """Lint a DER OCSP response."""
    return _report(_ocsp_response_linter(), loader.load_der_ocsp_response, der)


def _report(linter: validation.ValidatorContainer, load: Callable[..., document.Document], der: bytes) -> LintReport:
    try:
        results = linter.validate(load(der, "document").root)
    except ValueError as error:
        return LintReport((Finding("FATAL", "document.does_not_parse", "", str(error)),))
    described: list[tuple[Any, Any]] = [
        (result, description) for result in results for description in result.finding_descriptions
    ]
    described.sort(key=lambda pair: pair[1].finding.severity)
    return LintReport(
        tuple(
            Finding(
                severity=description.finding.severity.name,
                code=description.finding.code,
                path=result.node.path,
                message=description.message or "",
            )
            for result, description in described
        )
    )


@functools.cache
def _certificate_linter() -> validation.ValidatorContainer:
    return certificates.create_pkix_certificate_validator_container(
        certificates.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificates.create_issuer_validator_container([]),
            certificates.create_validity_validator_container(),
            certificates.create_subject_validator_container([]),
            certificates.create_extensions_validator_container([]),
            certificates.create_spki_validator_container([]),
        ],
    )


@functools.cache
def _revocation_list_linter() -> validation.ValidatorContainer:
    return revocation_lists.create_pkix_crl_validator_container(
        _decoders(),
        [
            revocation_lists.create_issuer_validator_container([]),
            revocation_lists.create_validity_validator_container([]),
            revocation_lists.create_extensions_validator_container([]),
        ],
    )


@functools.cache
def _ocsp_response_linter() -> validation.ValidatorContainer:
    return ocsp_responses.create_pkix_ocsp_response_validator_container(
        [ocsp_responses.create_response_decoder(), *_decoders()], []
    )


def _decoders() -> list[validation.Validator]:
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
