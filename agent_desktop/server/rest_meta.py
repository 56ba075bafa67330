"""Health, names, figures and the description of the API."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from typing import Final

import msgspec
from aiohttp import web
from aiohttp_pydantic.oas.typing import r200

from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import BACKEND
from agent_desktop.server.problems import not_found
from agent_desktop.server.views import (
    HealthView,
    NamesView,
    ReadyView,
    StrangerView,
    TrunksView,
    TrunkView,
)

routes = web.RouteTableDef()
HEALTH_WITHIN: Final = 2.0
TRUNKS: Final = "trunks"
"""The component of health that stands for the carriers."""

FIGURES_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENAPI = web.AppKey("openapi", bytes)

_DOCS: Final = {
    "docs.html": "text/html",
    "docs.js": "text/javascript",
    "docs.css": "text/css",
}
_FOLDER: Final = resources.files("agent_desktop.server") / "docs_page"
_PAGES: Final[Mapping[str, str]] = {name: (_FOLDER / name).read_text("utf-8") for name in _DOCS}
"""Read once at import, so that no request waits for the disk."""


@routes.get("/api/health", allow_head=False)
@endpoint
async def get_health(request: web.Request) -> r200[HealthView]:
    """Whether each component is well; 503 when one is not."""
    components = await _components(request)
    well = all(state == "ok" for state in components.values())
    ends = request.app[BACKEND].draining
    status = "degraded" if not well else "draining" if ends else "ok"
    view = HealthView(status=status, components=components)
    return reply(view, status=200 if well else 503)


@routes.get("/api/ready", allow_head=False)
@endpoint
async def get_ready(request: web.Request) -> r200[ReadyView]:
    """Whether new calls and pages should come here; 503 from the moment the end is asked for.

    A carrier that is away makes no other place better, so it does not count.
    """
    components = await _components(request)
    well = all(state == "ok" for part, state in components.items() if part != TRUNKS)
    ends = request.app[BACKEND].draining
    status = "draining" if ends else "ready" if well else "degraded"
    return reply(ReadyView(status=status), status=200 if status == "ready" else 503)


async def _components(request: web.Request) -> dict[str, str]:
    try:
        async with asyncio.timeout(HEALTH_WITHIN):
            return await request.app[BACKEND].health()
    except TimeoutError:
        return {"floor": f"no answer within {HEALTH_WITHIN:g} s"}


@routes.get("/api/trunks", allow_head=False)
@endpoint
async def get_trunks(request: web.Request) -> r200[TrunksView]:
    """How the ways to the carriers are, and whose calls were refused for want of a trunk."""
    backend = request.app[BACKEND]
    return reply(
        TrunksView(
            trunks=[TrunkView(**asdict(each)) for each in backend.trunks()],
            strangers=[StrangerView(**asdict(each)) for each in backend.strangers()],
        )
    )


@routes.get("/api/names", allow_head=False)
@endpoint
async def get_names(request: web.Request) -> r200[NamesView]:
    """What the site calls its queues, skills and numbers in each language."""
    return reply(NamesView.model_validate(request.app[BACKEND].names()))


async def figures(request: web.Request) -> web.Response:
    """The daemon's figures for Prometheus; the access table says who may read them."""
    return web.Response(
        text=request.app[BACKEND].figures(),
        headers={"Content-Type": FIGURES_TYPE, "Cache-Control": "no-store"},
    )


async def openapi_document(request: web.Request) -> web.Response:
    """The OpenAPI document, made once at start."""
    return web.Response(body=request.app[OPENAPI], content_type="application/json")


async def docs_page(request: web.Request) -> web.Response:
    """The page that shows the document; all of it is served from here."""
    name = request.match_info.get("name", "docs.html")
    text = _PAGES.get(name)
    if text is None:
        raise not_found("file")
    return web.Response(text=text, content_type=_DOCS[name], charset="utf-8")


def add_documents(app: web.Application, document: object) -> None:
    """Serve the description of the API and its page."""
    app.router.add_get("/metrics", figures, allow_head=False)
    app[OPENAPI] = msgspec.json.encode(document)
    app.router.add_get("/api/openapi.json", openapi_document, allow_head=False)
    app.router.add_get("/api/docs", docs_page, allow_head=False)
    app.router.add_get("/api/docs/{name}", docs_page, allow_head=False)
