"""Files of users that are none: told with place and remedy, nothing of them used."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from crm_core.domain.errors import BadValue
from crm_core.domain.user import User, UserRole
from cti.user_file import Refused, read_staff

pytestmark = pytest.mark.unit


def read(row: Mapping[str, str]) -> User:
    return User(id=row["user"], name=row["name"], roles=(UserRole(row["roles"]),))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'user,name,roles\nana,"Ana\n' + b"x" * 200_000, "cannot be read as CSV .* quote left"),
        (b"a\rb\xfe\xff,\n", "cannot be read as CSV"),
        (bytes(4_000), "is no text; save it as CSV"),
        (b"user,name,roles\nana,A\0na,agent\n", "is no text; save it as CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    with pytest.raises(BadValue, match=says):
        read_staff(path, read)


def test_a_quote_left_open_makes_no_user_of_the_lines_after_it(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('user,roles,name\nana,agent,"Ana\nbea,agent,Bea\n')
    with pytest.raises(Refused, match="line 2: name: holds a line break"):
        read_staff(path, read)
