"""Reads a CSV file of unknown origin: encoding, delimiter and the meaning of its columns.

Files of our users are UTF-8 with or without a mark, GB18030 from Chinese and Windows-1256 from
Persian spreadsheets. The first bytes decide; a file that then does not decode is refused with the
line, never read with question marks in it.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from crm_core.domain.errors import BadValue
from crm_core.domain.names import fold

SAMPLE: Final = 64 * 1024
DELIMITERS: Final = ",;\t|"
LONGEST_FIELD: Final = 10_000
_CANDIDATES: Final = ("gb18030", "cp1256", "cp1252")

COLUMNS: Final[Mapping[str, str]] = {
    "name": "name;full name;fullname;display name;customer;customer name;contact;contact name;"
    "client;姓名;名称;客户;客户名称;客户姓名;联系人;نام و نام خانوادگی;نام کامل;نام مشتری;مشتری",
    "given": "first name;firstname;given name;given;名;名字;نام;نام کوچک",
    "family": "last name;lastname;surname;family name;family;姓;姓氏;نام خانوادگی;فامیلی;شهرت",
    "company": "company;company name;organization;organisation;account;firm;business;"
    "公司;公司名称;单位;企业;企业名称;شرکت;نام شرکت;سازمان;موسسه",
    "phone": "phone;phone number;telephone;tel;mobile;mobile phone;cell;cell phone;phone 1;"
    "电话;手机;手机号;手机号码;电话号码;联系电话;"
    "تلفن;تلفن همراه;موبایل;شماره تلفن;شماره موبایل;شماره تماس;همراه",
    "phone2": "phone 2;other phone;home phone;work phone;second phone;telephone 2;office phone;"
    "其他电话;家庭电话;办公电话;座机;固定电话;تلفن ثابت;تلفن 2;تلفن دوم;تلفن منزل;تلفن محل کار",
    "email": "email;e-mail;mail;email address;e-mail address;邮箱;电子邮件;电子邮箱;邮件;"
    "ایمیل;رایانامه;پست الکترونیک",
    "city": "city;town;城市;所在城市;شهر",
    "language": "language;lang;语言;زبان",
    "number": "customer number;customer no;customer id;account number;客户编号;客户号;会员号;"
    "شماره مشتری;کد مشتری;شماره اشتراک",
    "tier": "tier;class;level;grade;等级;客户等级;级别;会员等级;سطح;رده;درجه",
}  # fmt: skip
MEANINGS: Final[Mapping[str, str]] = {
    fold(synonym).replace("_", " "): field
    for field, synonyms in COLUMNS.items()
    for synonym in synonyms.split(";")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is to be read. ``fields`` has the meaning of each column, "" for none."""

    path: Path
    encoding: str
    delimiter: str
    header: Sequence[str]
    fields: Sequence[str]
    digest: str
    size: int

    @property
    def ignored(self) -> list[str]:
        """The columns that mean nothing to us."""
        return [name for name, field in zip(self.header, self.fields, strict=True) if not field]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file; ``number`` is the line in the file where it begins."""

    number: int
    values: Mapping[str, str]
    cells: Sequence[str]


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
    try:
        with path.open("rb") as file:
            sample = file.read(SAMPLE)
        digest, size = _digest(path), path.stat().st_size
    except OSError as error:
        raise BadValue(path.name, f"cannot be read: {error.strerror}") from error
    if not sample.strip():
        raise BadValue(path.name, "is empty; the first line must name the columns")
    encoding = encoding or guess_encoding(sample)
    header_line = _first_line(path, sample, encoding)
    delimiter = delimiter or guess_delimiter(header_line)
    header = [cell.strip() for cell in next(csv.reader([header_line], delimiter=delimiter))]
    given = {fold(name): field for name, field in (mapping or {}).items()}
    fields = [given.get(fold(name)) or meaning(name) for name in header]
    _check(path, header, fields)
    return Layout(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        header=header,
        fields=fields,
        digest=digest,
        size=size,
    )


def guess_encoding(sample: bytes) -> str:
    """Return the encoding of a file that begins with ``sample``."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    if _decodes(sample, "utf-8"):
        return "utf-8"
    header = sample.split(b"\n", 1)[0]
    known = {name: _known_columns(header, name) for name in _CANDIDATES if _decodes(sample, name)}
    best = max(known, key=lambda name: known[name], default="")
    if best and known[best]:
        non_ascii = any(byte > 0x7F for byte in header)
        if non_ascii:
            return best
    guess = from_bytes(sample, cp_isolation=list(_CANDIDATES)).best()
    return guess.encoding if guess is not None else best or "utf-8"


def guess_delimiter(header: str) -> str:
    """Return the delimiter of a file whose first line is ``header``."""

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=delimiter))
        return sum(1 for cell in cells if meaning(cell)), len(cells)

    return max(DELIMITERS, key=worth)


def meaning(column: str) -> str:
    """Return which field a column's header means, or ""."""
    return MEANINGS.get(" ".join(fold(column).replace("_", " ").split()), "")


def lines(layout: Layout, *, skip: int = 0) -> Iterator[Line]:
    """Read the file's rows after its header, without the first ``skip`` of them."""
    previous = csv.field_size_limit(LONGEST_FIELD)
    try:
        with layout.path.open(encoding=layout.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=layout.delimiter)
            next(reader, None)
            start = reader.line_num + 1
            for at, cells in enumerate(reader):
                if at >= skip:
                    yield Line(start, _values(layout, cells), cells)
                start = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise BadValue(
            layout.path.name,
            f"is not {layout.encoding} throughout; say its encoding with --encoding",
        ) from error
    except csv.Error as error:
        raise BadValue(f"{layout.path.name}, line {start}", f"cannot be read: {error}") from error
    finally:
        csv.field_size_limit(previous)


def _values(layout: Layout, cells: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field, cell in zip(layout.fields, cells, strict=False):
        text = cell.strip()
        if field and text and field not in values:
            values[field] = text
    return values


def _first_line(path: Path, sample: bytes, encoding: str) -> str:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except (UnicodeDecodeError, LookupError) as error:
        raise BadValue(path.name, f"is not {encoding}; say its encoding with --encoding") from error
    return text.lstrip("\ufeff\r\n").splitlines()[0]


def _check(path: Path, header: Sequence[str], fields: Sequence[str]) -> None:
    strange = sorted(set(fields) - set(COLUMNS) - {""})
    if strange:
        raise BadValue(f"column {strange[0]!r}", f"map to one of {', '.join(COLUMNS)}")
    if not {"name", "given", "family", "company"} & set(fields):
        raise BadValue(
            f"{path.name}, line 1",
            f"no column holds a name (found: {', '.join(header)[:200]});"
            " name one 'name' or 'company', or map it with --map",
        )


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _known_columns(header: bytes, encoding: str) -> int:
    text = header.decode(encoding, "replace").strip()
    return sum(
        1 for cell in next(csv.reader([text], delimiter=guess_delimiter(text))) if meaning(cell)
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
