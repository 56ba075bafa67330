"""The built pages: hashed assets are cached for ever, every other path gets the index."""

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import web

from agent_desktop.server.keys import CONFIG
from agent_desktop.server.problems import Problem

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"

routes = web.RouteTableDef()


@routes.get("/{path:.*}")
async def page(request: web.Request) -> web.StreamResponse:
    """A file of the build, or the index for the page's own routes."""
    path = request.match_info["path"]
    if path.startswith("api/"):
        raise Problem(404, "not_found", "there is no such API route; see /api/docs")
    dist = request.app[CONFIG].web_dist
    try:
        file = await asyncio.to_thread(_file, dist, path)
    except (OSError, ValueError):  # too long, or with a NUL: no file can be called that
        raise Problem(404, "not_found", "there is no such page") from None
    if file is None:
        if path.startswith("assets/"):
            raise Problem(404, "not_found", "this file belongs to another build; reload the page")
        raise Problem(503, "pages_not_built", "no pages yet: run parley up --prepare-only")
    hashed = file.parent == dist / "assets"
    return web.FileResponse(file, headers={"Cache-Control": FOR_EVER if hashed else ASK_AGAIN})


def _file(dist: Path, path: str) -> Path | None:
    """The file for ``path`` inside ``dist``; nothing outside it, whatever the path says."""
    wanted = (dist / path).resolve()
    if wanted.is_relative_to(dist.resolve()) and wanted.is_file():
        return dist / wanted.relative_to(dist.resolve())
    index = dist / "index.html"
    return None if path.startswith("assets/") or not index.is_file() else index
