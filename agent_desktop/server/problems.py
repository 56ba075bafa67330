"""Refusals as ``application/problem+json`` with stable codes."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from agent_desktop.server.views import FieldProblem, ProblemView

CODES: Final[Mapping[int, str]] = {
    400: "malformed",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "not_json",
    426: "upgrade_required",
}
"""Codes of the refusals that aiohttp itself raises."""
DETAILS: Final[Mapping[int, str]] = {
    400: "send a JSON object as the body; /api/docs shows what belongs in it",
    405: "this route is not for that method; /api/docs shows which it is for",
    413: "the body is too large; send less at once",
}
"""What aiohttp's own words leave open."""


class Problem(Exception):
    """A refusal to be told to the client."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = list(errors), dict(headers or {})


def not_found(what: str) -> Problem:
    """There is no such thing, or it is not yours to see."""
    return Problem(404, "not_found", f"there is no such {what}")


def unread(status: int) -> Problem:
    """What came could not be read as HTTP, or we failed before anybody could look at it."""
    if status < 500:
        return Problem(400, "malformed", "this is not HTTP as this server reads it")
    return Problem(500, "internal", "something went wrong here; it has been logged")


def response_of(problem: Problem) -> web.Response:
    """The problem as an answer."""
    view = ProblemView(
        type=f"urn:parley:problem:{problem.code}",
        title=problem.code.replace("_", " "),
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        errors=problem.errors,
    )
    return web.Response(
        body=view.model_dump_json().encode(),
        status=problem.status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **problem.headers},
    )
