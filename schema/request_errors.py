"""Why a request is refused before anything of it is executed: codes for programs, words for people.

The codes are those that Apollo's and others' clients know already, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError

from models.enums import Language

RU, EN = Language.RU, Language.EN


class RequestCode(StrEnum):
    """`extensions.code` of errors that no rule makes; those of rules are `ProblemCode`s."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    QUERY_NOT_IN_SAFELIST = "QUERY_NOT_IN_SAFELIST"
    DOCUMENT_TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
    COST_TOO_HIGH = "COST_TOO_HIGH"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"


WORDS: Mapping[str, Mapping[Language, str]] = {
    "BAD_REQUEST": {RU: "Это не запрос GraphQL.", EN: "This is no GraphQL request."},
    "OPERATION_RESOLUTION_FAILURE": {
        RU: "Неясно, какую операцию выполнить: назовите её в operationName.",
        EN: "It is unclear which operation to run: name it in operationName.",
    },
    "INTROSPECTION_DISABLED": {
        RU: "Схема здесь не раскрывается запросами: возьмите schema.graphql.",
        EN: "The schema is not told by queries here: take schema.graphql.",
    },
    # Apollo's clients compare these two messages.
    "PERSISTED_QUERY_NOT_FOUND": {RU: "PersistedQueryNotFound", EN: "PersistedQueryNotFound"},
    "PERSISTED_QUERY_NOT_SUPPORTED": {RU: "PersistedQueryNotSupported", EN: "PersistedQueryNotSupported"},
    "QUERY_NOT_IN_SAFELIST": {
        RU: "Принимаются только известные документы.",
        EN: "Only documents that are known beforehand are taken.",
    },
    "DOCUMENT_TOO_COMPLEX": {
        RU: "Документ слишком велик ({limit}).",
        EN: "The document is too large ({limit}).",
    },
    "COST_TOO_HIGH": {
        RU: "Запрос стоит {requested}, а может стоить не больше {limit}: возьмите меньшие страницы.",
        EN: "The request costs {requested} and may cost {limit}: take smaller pages.",
    },
    "RATE_LIMITED": {
        RU: "Слишком много запросов: повторите через {seconds} с.",
        EN: "Too many requests: try again in {seconds} s.",
    },
    "too_many_operations": {
        RU: "Слишком много операций на этом соединении.",
        EN: "Too many operations on this connection.",
    },
    "body_too_large": {RU: "Тело запроса слишком велико.", EN: "The request's body is too large."},
    "body_too_slow": {RU: "Тело запроса приходит слишком медленно.", EN: "The request's body comes too slowly."},
    "media_type": {RU: "Нужно тело application/json.", EN: "The body has to be application/json."},
    "not_acceptable": {RU: "Ответ бывает только JSON.", EN: "Answers are JSON only."},
    "method": {RU: "Так сюда обращаться нельзя.", EN: "This address takes no such request."},
    "mutation_by_get": {RU: "Изменения принимаются только методом POST.", EN: "Mutations are taken by POST only."},
}


class RequestRefused(Exception):
    """The request is not executed.

    Parameters: `code`; `reason`, a key of `WORDS` (the code's own words if left out); `status` of the answer by HTTP;
    `details`, particulars for programs, also filled into the words.
    """

    def __init__(
        self,
        code: RequestCode,
        reason: str | None = None,
        *,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.reason, self.status = code, reason or code.value, status
        self.details = {name: value for name, value in (details or {}).items() if value is not None}
        self.headers = dict(headers or {})

    def error(self, language: Language) -> GraphQLError:
        """What the client is told, in `language`."""
        words = WORDS[self.reason][language].format(**self.details)
        extensions: dict[str, Any] = {"code": self.code.value}
        if self.details:
            extensions["details"] = self.details
        return GraphQLError(words, extensions=extensions)


def too_many_requests(seconds: int) -> RequestRefused:
    """The refusal of whoever asks too much for now; they may ask again in so many `seconds`."""
    return RequestRefused(
        RequestCode.RATE_LIMITED,
        status=HTTPStatus.TOO_MANY_REQUESTS,
        details={"seconds": seconds},
        headers={"Retry-After": str(seconds)},
    )
