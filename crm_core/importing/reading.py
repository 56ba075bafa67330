"""Reads a CSV file of unknown origin: encoding, delimiter and the meaning of its columns.

Files of our users are UTF-8 with or without a mark, UTF-16, GB18030 from Chinese and Windows-1256
from Persian spreadsheets. The first bytes that tell decide; a file that then does not decode is
refused with the line before anything of it is used, never read with question marks in it.
"""

import codecs
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from crm_core.domain.errors import BadValue
from crm_core.domain.names import fold
from crm_core.importing.columns import COLUMNS, SEVERAL, Column, meaning, named

SAMPLE: Final = 64 * 1024
DELIMITERS: Final = ",;\t|"
LONGEST_FIELD: Final = 131_072
"""Characters: the longest text that Salesforce keeps; notes are long, also in columns not read."""
_CANDIDATES: Final = ("gb18030", "cp1252", "cp1256")
_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls
_OTHERS: Final = {
    "begin:vcard": "contact cards (vCard)",
    "begin:vcalendar": "a calendar",
    "<": "a web page or XML",
    "{": "JSON",
    "[{": "JSON",
}
"""How files begin that are text and no table."""
_WRITTEN: Final = {"\\t": "\t", "tab": "\t", "TAB": "\t"}
"""How people name a delimiter that they cannot type."""

_NOTE: Final = re.compile(
    r"(?:grand |sub)?totals?\b|confidential|copyright|generated (?:by|on|at)|report\b|filtered by"
    r"|as of\b|page \d|合计|总计|共 ?\d|版权|机密|生成于|جمع|مجموع|محرمانه",
    re.IGNORECASE,
)
"""How lines begin that programs write below a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is to be read. ``columns`` has the meaning of each column."""

    path: Path
    encoding: str
    delimiter: str
    before: int
    """Lines before the header: empty ones, and the one in which Excel names the delimiter."""
    header: Sequence[str]
    columns: Sequence[Column]
    digest: str
    size: int

    unwanted: frozenset[str] = frozenset()
    """Headers of columns that the user wants left out."""

    @property
    def fields(self) -> list[str]:
        """The fields of the columns, "" for those that mean nothing to us."""
        return [column.field for column in self.columns]

    @property
    def ignored(self) -> list[str]:
        """The columns that mean nothing to us."""
        return [name for name, field in zip(self.header, self.fields, strict=True) if not field]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file; ``number`` is the line in the file where it begins."""

    number: int
    values: Mapping[str, str]
    """What the row says of each field that a customer has once."""
    cells: Sequence[str]
    columns: int = 0
    """How many the header has, if this row has more of them."""
    phones: Sequence[tuple[str, str]] = ()
    """Label and text of each cell with phones."""
    emails: Sequence[tuple[str, str]] = ()
    is_note: bool = False
    """Whether it is a remark below the table, such as a total, and no customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bytes:
    """The file as bytes: its beginning, the first part that is not plain ASCII, and the whole."""

    first: bytes
    telling: bytes
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Top:
    """How a text begins: what comes before the header, and the text from the header on."""

    before: int
    delimiter: str
    """What Excel's ``sep=`` says, or ""."""
    text: str

    @property
    def header(self) -> str:
        """The header's first line."""
        return next(io.StringIO(self.text, newline=""), "").rstrip("\r\n")


NAMES: Final = frozenset({"name", "given", "family", "company"})


def look_at(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Layout:
    """Guess the file's layout; what the user knows better is taken as given.

    ``mapping`` maps a column's header to one of ``COLUMNS``.
    """
    content = _bytes_of(path)
    if not content.first.strip():
        raise BadValue(path.name, "is empty; the first line must name the columns")
    if content.first.startswith(_SPREADSHEETS):
        raise BadValue(path.name, "is a spreadsheet, not CSV; save it as CSV (UTF-8) first")
    encoding = _known_encoding(encoding) or guess_encoding(content.first + content.telling)
    _check_encoding(path, encoding)
    top = _top(_decoded(content.first, encoding))
    _check_table(path, top, whole=content.size <= SAMPLE)
    delimiter = _one_character(delimiter) or top.delimiter or guess_delimiter(top.header)
    header = _header(path, top, delimiter)
    columns = _columns(path, header, mapping or {})
    return Layout(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        before=top.before,
        header=header,
        columns=columns,
        digest=content.digest,
        size=content.size,
        unwanted=frozenset(fold(name) for name, field in (mapping or {}).items() if not field),
    )


def _check_table(path: Path, top: _Top, *, whole: bool) -> None:
    """Refuse what is no table at all by its name, not by the columns that it lacks."""
    if "\0" in top.header:
        raise BadValue(path.name, "is no text; save it as CSV (UTF-8)")
    if not whole and top.header == top.text:
        raise BadValue(
            f"{path.name}, line {top.before + 1}",
            f"is longer than {SAMPLE // 1024} KiB; it must name the columns",
        )
    begin = top.header.lower().lstrip()
    if other := next((what for how, what in _OTHERS.items() if begin.startswith(how)), ""):
        raise BadValue(path.name, f"holds {other}, not CSV; export it as CSV (UTF-8)")


def guess_encoding(sample: bytes) -> str:
    """Return the encoding of a file that begins with ``sample``."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    if sample.count(0) * 20 > len(sample):  # UTF-16 without a mark: digits and line ends have one
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    if _decodes(sample, "utf-8"):
        return "utf-8"
    header = next(line for line in sample.splitlines() if line.strip() and line[:4] != b"sep=")
    known = {name: _known_columns(header, name) for name in _CANDIDATES if _decodes(sample, name)}
    best = max(known, key=lambda name: (known[name], -_mixed(header.decode(name))), default="")
    if best and known[best]:
        non_ascii = any(byte > 0x7F for byte in header)
        if non_ascii:
            return best
    guess = from_bytes(sample, cp_isolation=list(_CANDIDATES)).best()
    return guess.encoding if guess is not None else best or "utf-8"


def _mixed(text: str) -> int:
    """Count what a wrong encoding makes: scripts within a word, words of accents alone."""
    kinds = [_script(c) for c in text]
    touching = sum(a != b and a is not None and b is not None for a, b in pairwise(kinds))
    accents = re.findall(r"[\u00c0-\u024f]{2,}(?![A-Za-z])", text)
    return touching + len(accents)


def _script(c: str) -> str | None:
    if c.isalpha() and unicodedata.name(c, "").startswith("LATIN"):
        return "latin"
    return "other" if unicodedata.category(c)[0] in "LM" else None


def guess_delimiter(header: str) -> str:
    """Return the delimiter of a file whose first line is ``header``."""

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=delimiter))
        return sum(1 for cell in cells if meaning(cell).field), len(cells)

    return max(DELIMITERS, key=worth)


class _Text:
    """A file's lines for a ``csv.reader``, which itself takes the file's end for a closing quote.

    A row that is complete asks for no more lines: one that came to the end was never closed.
    """

    def __init__(self, file: Iterable[str]) -> None:
        self._file, self._ended = file, False

    def __iter__(self) -> Iterator[str]:
        yield from self._file
        self._ended = True

    def check_closed(self) -> None:
        """Raise ``csv.Error`` if the row that was just read swallowed the rest of the file."""
        if self._ended:
            raise csv.Error("the file ends within quotes")


def lines(layout: Layout, *, skip: int = 0) -> Iterator[Line]:
    """Read the file's rows after its header, without the first ``skip`` of them."""
    previous = csv.field_size_limit(LONGEST_FIELD)
    start, at = layout.before + 1, 0
    try:
        with layout.path.open(encoding=layout.encoding, newline="") as file:
            for _ in range(layout.before):
                next(file)
            text = _Text(file)
            reader = csv.reader(text, delimiter=layout.delimiter)
            next(reader, None)
            start = layout.before + reader.line_num + 1
            below = False
            for cells in reader:
                text.check_closed()
                if any(map(str.strip, cells)):
                    line = _line(start, layout, cells)
                    below = _is_note(line, layout, below=below)
                    at += 1
                    if at > skip:
                        yield replace(line, is_note=below)
                else:
                    below = True
                start = layout.before + reader.line_num + 1
    except UnicodeDecodeError as error:
        raise _not_in(layout.path, layout.encoding, start) from error
    except csv.Error as error:
        raise BadValue(
            f"{layout.path.name}, line {start}", f"cannot be read ({error}); is a quote left open?"
        ) from error
    finally:
        csv.field_size_limit(previous)


def _line(number: int, layout: Layout, cells: Sequence[str]) -> Line:
    values: dict[str, str] = {}
    several: dict[str, list[tuple[str, str]]] = {field: [] for field in SEVERAL}
    for column, cell in zip(layout.columns, cells, strict=False):
        if text := cell.strip():
            if column.field in SEVERAL:
                several[column.field].append((column.label, text))
            elif column.field:
                values.setdefault(column.field, text)
    columns = len(layout.header)
    return Line(
        number,
        values,
        cells,
        columns if any(map(str.strip, cells[columns:])) else 0,
        phones=several["phone"],
        emails=several["email"],
    )


def _is_note(line: Line, layout: Layout, *, below: bool) -> bool:
    """Tell a remark below the table from a customer: one lone cell where a row has several.

    It says what such remarks say, or is cut short after an empty line or another one (``below``).
    """
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    if len(filled) != 1 or len(layout.header) == 1 or line.phones or line.emails:
        return False
    return bool(_NOTE.match(filled[0])) or (below and len(line.cells) == 1)


def _bytes_of(path: Path) -> _Bytes:
    whole = hashlib.sha256()
    first = telling = b""
    try:
        with path.open("rb") as file:
            while block := file.read(SAMPLE):
                whole.update(block)
                if not first:
                    first = block
                elif first.isascii() and not telling and not block.isascii():
                    telling = block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1]
        size = path.stat().st_size
    except OSError as error:
        raise BadValue(path.name, f"cannot be read: {error.strerror}") from error
    return _Bytes(first=first, telling=telling, digest=whole.hexdigest(), size=size)


def _known_encoding(encoding: str | None) -> str:
    try:
        with suppress(UnicodeDecodeError):
            b"a".decode(encoding or "utf-8")
    except LookupError as error:
        raise BadValue(
            "encoding", f"{encoding!r} is none; try utf-8, utf-16, gb18030, big5, cp1256 or cp1252"
        ) from error
    return encoding or ""


def _check_encoding(path: Path, encoding: str) -> None:
    """Read the file through, so that nothing of it is used if any of it is written otherwise."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        try:
            while block := file.read(SAMPLE):
                line += _breaks(decoder.decode(block))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "ignore")
            raise _not_in(path, encoding, line + _breaks(before)) from error


def _breaks(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))


def _not_in(path: Path, encoding: str, line: int) -> BadValue:
    return BadValue(
        f"{path.name}, line {line}", f"is not {encoding}; say the file's encoding with --encoding"
    )


def _decoded(sample: bytes, encoding: str) -> str:
    """Decode the beginning of a file, which may end within a letter."""
    return codecs.getincrementaldecoder(encoding)().decode(sample).lstrip("\ufeff")


def _one_character(delimiter: str | None) -> str:
    given = _WRITTEN.get(delimiter or "", delimiter or "")
    if delimiter is not None and (len(given) != 1 or given in '\r\n"'):
        raise BadValue("delimiter", r"must be one character; write a tab as \t")
    return given


def _top(text: str) -> _Top:
    """Skip what comes before the header."""
    file = io.StringIO(text, newline="")
    before, at, delimiter = 0, 0, ""
    for line in file:
        words = line.strip()
        if words.startswith("sep=") and not delimiter:
            delimiter = line.rstrip("\r\n").removeprefix("sep=")[:1]
        elif words:
            break
        before, at = before + 1, file.tell()
    return _Top(before=before, delimiter=delimiter, text=text[at:])


def _header(path: Path, top: _Top, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader(io.StringIO(top.text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise BadValue(
            f"{path.name}, line {top.before + 1}", f"names no columns: {error}"
        ) from error
    return [cell.strip() for cell in cells]


def _columns(path: Path, header: Sequence[str], mapping: Mapping[str, str]) -> list[Column]:
    """Tell the meaning of each column."""
    for name in mapping:
        if fold(name) not in map(fold, header):
            raise BadValue("--map", f"there is no column {name!r} (found: {_listed(header)})")
    given = {fold(name): _named(field, name) for name, field in mapping.items()}
    columns = [given.get(fold(name)) or meaning(name) for name in header]
    fields = {each.field for each in columns}
    unclear = any(
        not each.field and fold(name) not in given
        for name, each in zip(header, columns, strict=True)
    )
    # A list of nothing but addresses or numbers needs no names.
    if not NAMES & fields and (unclear or not SEVERAL & fields):
        raise BadValue(
            f"{path.name}, line 1",
            f"no column holds a name (found: {_listed(header)}); say which one does, such as"
            " --map 'COLUMN=name', or --map 'COLUMN=given' and --map 'COLUMN=family', or"
            " --map 'COLUMN=company', or that none does: --map 'COLUMN=' for each that is unclear;"
            " or say the file's encoding with --encoding",
        )
    return columns


def _named(field: str, header: str) -> Column:
    column = named(field, header)
    if column is None:
        raise BadValue("--map", f"{field!r} is nothing we know: {', '.join(COLUMNS)}")
    return column


def _listed(header: Sequence[str]) -> str:
    return ", ".join(header)[:200]


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _known_columns(header: bytes, encoding: str) -> int:
    text = header.decode(encoding, "replace").strip()
    return sum(
        1
        for cell in next(csv.reader([text], delimiter=guess_delimiter(text)))
        if meaning(cell).field
    )
