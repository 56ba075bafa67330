"""The typed face of aiohttp-pydantic: handlers with validated arguments, models as answers."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web
from aiohttp_pydantic.decorator import inject_params
from pydantic import BaseModel, ValidationError

from agent_desktop.server.problems import Problem
from agent_desktop.server.views import FieldProblem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _refuse(error: ValidationError, where: str) -> web.StreamResponse:
    """Turn pydantic's complaints into one problem that names each field; values stay out."""
    errors = [
        FieldProblem(
            where=where, field=".".join(str(part) for part in one["loc"]), message=one["msg"]
        )
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    first = errors[0]
    raise Problem(
        422,
        "invalid",
        f"{where} {first.field or 'as a whole'}: {first.message}",
        errors=errors,
    )


_inject = inject_params(on_validation_error=_refuse).and_request


def endpoint(handler: Callable[..., Awaitable[Any]]) -> Handler:
    """Validate path, query and body by the handler's annotations; list it in the OpenAPI document.

    Arguments before ``/`` come from the path, pydantic models from the body, the rest from the
    query string. The annotation of the result (``r200[Model]``) describes the answer.
    """
    return cast("Handler", _inject(handler))


def reply(view: BaseModel, *, status: int = 200) -> web.Response:
    """Answer with a model as JSON; never cached, because all of it is personal or fleeting."""
    return web.Response(
        body=view.model_dump_json().encode(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
