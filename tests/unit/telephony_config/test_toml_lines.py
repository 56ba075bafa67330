"""Keys of a TOML text are found on the lines where a person would look for them."""

import tomllib

import pytest

from telephony_config.toml_lines import key_lines

pytestmark = pytest.mark.unit

TEXT = '''\
# a comment with = and [brackets]
top = 1
[site]
name = "a = b # no comment"   # [not.a.table]
"quoted key" = 2
dotted.key = 3
text = """
[fake]
fake = 1
"""
raw = \'\'\'
other = "x"
\'\'\'
list = [
  "one]", # ]
  { inner = 1 },
]
after = true

[[numbers]]
number = "1"
[[numbers]]
number = "2"
[numbers.more]
deep = 1
[queues.support]
name = 'x'
'''


def test_every_key_is_found_on_its_line() -> None:
    lines = key_lines(TEXT)

    assert lines["top",] == 2
    assert lines["site",] == 3
    assert lines["site", "name"] == 4
    assert lines["site", "quoted key"] == 5
    assert lines["site", "dotted", "key"] == 6
    assert lines["site", "text"] == 7
    assert lines["site", "raw"] == 11
    assert lines["site", "list"] == 14
    assert lines["site", "after"] == 18
    assert lines["numbers", 0, "number"] == 21
    assert lines["numbers", 1] == 22
    assert lines["numbers", 1, "number"] == 23
    assert lines["numbers", 1, "more", "deep"] == 25
    assert lines["queues", "support", "name"] == 27


def test_text_within_strings_is_not_taken_for_keys() -> None:
    assert not {path for path in key_lines(TEXT) if path[-1] in {"fake", "other", "inner"}}
    assert tomllib.loads(TEXT)["site"]["after"] is True


def test_a_text_without_a_last_newline_is_read_to_its_end() -> None:
    assert key_lines("[a]\nb = 1") == {("a",): 1, ("a", "b"): 2}
