"""Top-level errors: each with a code, none with our insides."""

from __future__ import annotations

import logging
import re
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import MaskErrors
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from models.enums import Language
from rules.refusals import Refusal
from schema.request_errors import RequestCode

log = logging.getLogger("graphql")

SUGGESTION = re.compile(r" Did you mean .*", re.DOTALL)

INTERNAL = {Language.RU: "Внутренняя ошибка; она записана.", Language.EN: "Internal error; it has been recorded."}


class CodedErrors(MaskErrors):
    """Gives every error an `extensions.code`: a refusal its own, a fault in the request that of `RequestCode`, anything
    else INTERNAL with its cause in our log alone. Without `suggestions` no error guesses at names of the schema."""

    def __init__(self, *, suggestions: bool = True) -> None:
        super().__init__()
        self._suggestions = suggestions

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """The error as a client may see it."""
        caller = getattr(self.execution_context.context, "caller", None)
        language = caller.language if caller is not None else Language.RU
        cause = _cause(error)
        if cause is None or isinstance(cause, GraphQLError | InvalidOperationTypeError | CannotGetOperationTypeError):
            message = error.message if self._suggestions else SUGGESTION.sub("", error.message)
            return _like(error, message, {"code": self._code(error, cause), **(error.extensions or {})})
        tellable = told(cause, language)
        return _like(error, tellable["message"], tellable["extensions"])

    @staticmethod
    def _code(error: GraphQLError, cause: BaseException | None) -> str:
        """What is wrong with a request that no rule has judged; faults found by validation say it themselves."""
        if isinstance(error, GraphQLSyntaxError):
            return RequestCode.GRAPHQL_PARSE_FAILED.value
        if isinstance(cause, CannotGetOperationTypeError):
            return RequestCode.OPERATION_RESOLUTION_FAILURE.value
        if isinstance(cause, InvalidOperationTypeError):
            return RequestCode.BAD_REQUEST.value
        return RequestCode.BAD_USER_INPUT.value


def told(cause: BaseException, language: Language) -> dict[str, Any]:
    """What a client may know of an exception: a refusal's own words, of anything else nothing but that it is logged."""
    if isinstance(cause, Refusal):
        extensions: dict[str, Any] = {"code": cause.code.value, "field": cause.field, "details": cause.details}
        return {
            "message": cause.message(language),
            "extensions": {name: value for name, value in extensions.items() if value},
        }
    log.error("unexpected error", exc_info=cause)
    return {"message": INTERNAL[language], "extensions": {"code": "INTERNAL"}}


def _cause(error: GraphQLError) -> BaseException | None:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _like(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
