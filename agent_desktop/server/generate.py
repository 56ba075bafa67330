"""Writes what the page's build needs: ``protocol.gen.ts`` and ``openapi.json``.

``python -m agent_desktop.server.generate`` writes, ``--check`` fails when they are out of date.
"""

import ast
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from agent_desktop.server import openapi, protocol

WEB = Path(__file__).parent.parent / "web"
PROTOCOL_FILE = WEB / "src" / "core" / "protocol.gen.ts"
OPENAPI_FILE = WEB / "openapi.json"
_HEAD = """\
// Generated from agent_desktop/server/protocol.py by `python -m agent_desktop.server.generate`.
// Do not edit.

/** RFC 3339, UTC. */
export type Instant = string;
"""
_PLAIN: Mapping[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    datetime: "Instant",
    Any: "unknown",
}


def _type(hint: Any) -> str:
    """A Python annotation in TypeScript's words."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is list:
        inner = _type(args[0])
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {_type(args[1])}>"
    if origin in (Union, UnionType):
        return " | ".join(_type(arg) for arg in args)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    raise TypeError(f"protocol.py: no TypeScript for {hint!r}; add it to generate.py")


def _field_docs(struct: ast.ClassDef) -> dict[str, str]:
    """The strings that follow fields."""
    docs = {}
    for before, here in zip(struct.body, struct.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(here, ast.Expr)
            and isinstance(here.value, ast.Constant)
        ):
            docs[before.target.id] = " ".join(str(here.value.value).split())
    return docs


def _comment(text: str, indent: str = "") -> str:
    return f"{indent}/** {' '.join(text.split())} */\n"


def _interface(struct: type[msgspec.Struct], docs: Mapping[str, str], *, sent: bool) -> str:
    """One struct as an interface; defaults are optional only in what the client sends."""
    out = [_comment(inspect.getdoc(struct) or ""), f"export interface {struct.__name__} {{\n"]
    if struct.__struct_config__.tag is not None:
        out.append(f'  type: "{struct.__struct_config__.tag}";\n')
    hints = get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        if field.name in docs:
            out.append(_comment(docs[field.name], "  "))
        mark = "?" if sent and not field.required else ""
        out.append(f"  {field.name}{mark}: {_type(hints[field.name])};\n")
    return "".join([*out, "}\n"])


def _structs() -> Iterator[tuple[type[msgspec.Struct], Mapping[str, str]]]:
    """The structs of protocol.py in its order, without the two bases."""
    for node in ast.parse(inspect.getsource(protocol)).body:
        if isinstance(node, ast.ClassDef) and node.name not in ("Wire", "Ask"):
            yield getattr(protocol, node.name), _field_docs(node)


def protocol_ts() -> str:
    """The message types of the websocket in TypeScript."""
    sent = set(get_args(protocol.ClientFrame))
    parts = [_HEAD]
    parts += [_interface(struct, docs, sent=struct in sent) for struct, docs in _structs()]
    parts.append(
        _comment("Keys of the topic `agent:<id>`; a key is absent when there is no such thing.")
        + "export interface AgentTopic {\n"
        + "".join(f"  {key}?: {_type(hint)};\n" for key, hint in protocol.AGENT_TOPIC.items())
        + "}\n"
    )
    parts.append(
        _comment("Shared topics: the value under each key.")
        + "export interface SharedTopics {\n"
        + "".join(
            f"  {topic}: Record<string, {_type(hint)}>;\n"
            for topic, hint in protocol.SHARED_TOPICS.items()
        )
        + "}\n"
    )
    for name in ("ServerFrame", "ClientFrame"):
        union = " | ".join(arg.__name__ for arg in get_args(getattr(protocol, name)))
        parts.append(f"export type {name} = {union};\n")
    closes = ", ".join(f"{key}: {code}" for key, code in protocol.CLOSE_CODES.items())
    parts.append(
        _comment("Websocket close codes of the server.")
        + f"export const CLOSE_CODES = {{ {closes} }} as const;\n"
    )
    return "\n".join(parts)


def files() -> dict[Path, str]:
    """Every generated file with its text."""
    spec = json.dumps(openapi.document(), indent=2, ensure_ascii=False) + "\n"
    return {PROTOCOL_FILE: protocol_ts(), OPENAPI_FILE: spec}


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` tell which are out of date."""
    stale = [
        (path, text)
        for path, text in files().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in stale:
        if "--check" in arguments:
            sys.stderr.write(
                f"{path.name} is out of date: run python -m agent_desktop.server.generate\n"
            )
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
