"""The OpenAPI 3.1 document, made from the handlers' annotations and the access table.

aiohttp-pydantic walks the routes; its 3.0 translation loses formats and fails on references, so it
is switched off: pydantic's JSON schema is what OpenAPI 3.1 wants as it is.
"""

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from aiohttp_pydantic.oas.pydantic_schema_to_oas import add_or_replace_translater
from aiohttp_pydantic.oas.view import generate_oas

from agent_desktop.server import (
    rest_calls,
    rest_cases,
    rest_demo,
    rest_me,
    rest_meta,
    rest_parties,
    rest_session,
    rest_work,
)
from agent_desktop.server.access import PUBLIC, ROUTES
from agent_desktop.server.views import ProblemView

SUBJECTS = {
    "session": rest_session.routes,
    "me": rest_me.routes,
    "parties": rest_parties.routes,
    "cases": rest_cases.routes,
    "calls": rest_calls.routes,
    "work": rest_work.routes,
    "demo": rest_demo.routes,
    "meta": rest_meta.routes,
}
"""Tag -> its routes; ``app`` adds these, so the document cannot miss one."""
_REF = "#/components/schemas/{model}"


def _as_it_is(schema: dict[str, Any]) -> None:
    """Pydantic already speaks OpenAPI 3.1."""


add_or_replace_translater("3.0.0", _as_it_is)


def document() -> dict[str, Any]:
    """The whole description of the REST API."""
    app = web.Application()
    handlers: dict[tuple[str, str], tuple[str, str]] = {}
    for tag, routes in SUBJECTS.items():
        app.add_routes(routes)
        for route in _definitions(routes):
            handlers[route.method, route.path] = (tag, route.handler.__name__)
    spec: dict[str, Any] = generate_oas([app], version_spec="1", title_spec="Parley")
    spec["openapi"] = "3.1.0"
    spec["info"]["description"] = (
        "What the agent desktop asks of Parley. Problems have stable codes."
    )
    spec["servers"] = [{"url": "/"}]
    components = spec.setdefault("components", {})
    problem = ProblemView.model_json_schema(ref_template=_REF)
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemView"] = problem
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "parley_session"},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            tag, name = handlers[method.upper(), path]
            _complete(operation, tag=tag, name=name, method=method.upper(), path=path)
    return spec


def _definitions(routes: web.RouteTableDef) -> Iterable[web.RouteDef]:
    return [route for route in routes if isinstance(route, web.RouteDef)]


def _complete(operation: dict[str, Any], *, tag: str, name: str, method: str, path: str) -> None:
    """Add what the annotations cannot say: name, tag, roles, refusals."""
    roles = ROUTES[method, path]
    operation["operationId"] = name
    operation["tags"] = [tag]
    operation["summary"] = operation.get("description", "").split(";")[0].split(".")[0]
    operation["x-roles"] = sorted(roles)
    if roles is PUBLIC:
        operation["security"] = []
    elif method == "GET":
        operation["security"] = [{"session": []}]
    else:
        operation["security"] = [{"session": [], "csrf": []}]
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    for status, answer in operation.setdefault("responses", {}).items():
        answer.setdefault("description", "Done" if status.startswith("2") else "Refused")
    operation["responses"]["default"] = {
        "description": "A problem with a stable code",
        "content": {
            "application/problem+json": {"schema": {"$ref": _REF.format(model="ProblemView")}}
        },
    }
