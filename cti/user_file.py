"""`parley user import`: many users from a CSV file, all of them or none."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from crm_core.domain.errors import BadValue
from crm_core.domain.user import User, checked
from crm_core.importing.reading import guess_delimiter, guess_encoding
from crm_core.storage.unit_of_work import UnitOfWork

COLUMNS: Final = ("user", "name", "roles", "skills", "queues", "language")
NEEDED: Final = ("user", "name", "roles")
LARGEST: Final = 4 * 1024 * 1024
"""Bytes: some 50,000 users."""

_NO_TEXT: Final = "is no text; save it as CSV (UTF-8)"

Read = Callable[[Mapping[str, str]], User]
"""Makes a user of a row: column -> text, "" where the file says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The users that a file names, each with its line."""

    users: Sequence[tuple[int, User]]
    columns: frozenset[str]


class Refused(Exception):
    """The file cannot be used; ``complaints`` says what is wrong in which line."""

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


def read_staff(path: Path, read: Read) -> Staff:
    """Read all rows, or raise ``Refused`` with the complaints about all of them."""
    try:
        rows = list(_rows(path))
    except csv.Error as error:
        raise BadValue(
            path.name, f"cannot be read as CSV ({error}); is a quote left open?"
        ) from error
    complaints: list[str] = []
    users: list[tuple[int, User]] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        try:
            user = checked(read(_clean(row)))
        except BadValue as error:
            complaints.append(f"line {line}: {error}")
            continue
        if user.id in seen:
            complaints.append(f"line {line}: user: {user.id!r} is in line {seen[user.id]} too")
        seen[user.id] = line
        users.append((line, user))
    if complaints:
        raise Refused(complaints)
    columns = frozenset(rows[0][1]) if rows else frozenset()
    return Staff(users=users, columns=columns)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    text = _text(path)
    delimiter = guess_delimiter(text.split("\n", 1)[0].strip())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [cell.strip().lower() for cell in next(reader, [])]
    _check_header(path, header)
    line = reader.line_num + 1
    for cells in reader:
        if any(map(str.strip, cells)):
            given = [cell.strip() for cell in cells]
            if any(given[len(header) :]):
                raise Refused([f"line {line}: has {len(given)} values for {len(header)} columns"])
            padded = given[: len(header)] + [""] * (len(header) - len(given))
            yield line, dict(zip(header, padded, strict=True))
        line = reader.line_num + 1


def _clean(row: Mapping[str, str]) -> Mapping[str, str]:
    for column, text in row.items():
        if any(c < " " or c == "\x7f" for c in text):
            raise BadValue(
                column, "holds a line break or a control character; is a quote left open?"
            )
    return row


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise BadValue(path.name, f"is larger than {LARGEST // 1024 // 1024} MiB; split it")
        content = path.read_bytes()
    except OSError as error:
        raise BadValue(path.name, f"cannot be read: {error.strerror}") from error
    if not content.strip():
        raise BadValue(path.name, f"is empty; its first line names {', '.join(COLUMNS)}")
    try:
        text = content.decode(guess_encoding(content))
    except UnicodeDecodeError as error:
        raise BadValue(path.name, _NO_TEXT) from error
    if "\0" in text:
        raise BadValue(path.name, _NO_TEXT)
    return text


def _check_header(path: Path, header: Sequence[str]) -> None:
    if "password" in header:
        raise BadValue(
            path.name, "leave passwords out: each new user gets one, in a file that you alone read"
        )
    missing = [column for column in NEEDED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        wrong = [f"without {', '.join(missing)}"] if missing else []
        wrong += [f"with {', '.join(map(repr, unknown))}"] if unknown else []
        said = " and ".join(wrong) or "a column twice"
        raise BadValue(path.name, f"has a first line {said}; it may name {', '.join(COLUMNS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the file asks of the database."""

    new: Sequence[User]
    changed: Sequence[User]
    same: int


async def compare(work: UnitOfWork, staff: Staff, *, update: bool) -> Change:
    """Tell new users from those that are there, which only ``update`` may change.

    Columns that the file has not stay as they are; passwords always do.
    """
    there = {user.id: user for user in await work.users.all()}
    complaints = [
        f"line {line}: user: {user.id!r} is there; --update gives users what the file says"
        for line, user in staff.users
        if user.id in there and not update
    ]
    if complaints:
        raise Refused(complaints)
    wanted = [_merged(there[user.id], user, staff) for _, user in staff.users if user.id in there]
    changed = [user for user in wanted if user != there[user.id]]
    new = [user for _, user in staff.users if user.id not in there]
    return Change(new=new, changed=changed, same=len(wanted) - len(changed))


def _merged(there: User, said: User, staff: Staff) -> User:
    fields = {column: getattr(said, column) for column in COLUMNS[1:] if column in staff.columns}
    if "queues" in fields:
        fields["queues"] = tuple(sorted(fields["queues"]))
    return replace(there, **fields)


def write_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    """Write user and password to a new file that only its owner may read."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("user", "password"), *passwords.items()])
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadValue(
            path.name, f"cannot be made: {error.strerror}; name another with --out"
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
