"""CSV files as people have them: encodings, delimiters, headers."""

from pathlib import Path

import pytest

from crm_core.domain.errors import BadValue
from crm_core.domain.party import PartyKind, Tier
from crm_core.importing.preparing import prepare
from crm_core.importing.reading import Line, lines, look_at

pytestmark = pytest.mark.unit

FILES = {
    "utf8": ("utf-8", "name,phone\nGrace,2025550143\n", ["name", "phone"], "Grace"),
    "plain": ("ascii", "Full Name;Mobile Phone\nGrace;1\n", ["name", "phone"], "Grace"),
    "excel": ("utf-8-sig", "姓名\t手机号\n王芳\t1\n", ["name", "phone"], "王芳"),
    "unicode": ("utf-16", "姓名\t手机号\n王芳\t1\n", ["name", "phone"], "王芳"),
    "chinese": ("gb18030", "姓名,手机号,备注\n王芳,1,好\n", ["name", "phone", ""], "王芳"),
    "persian": ("cp1256", "نام مشتري;تلفن\nعلي;1\n", ["name", "phone"], "علي"),
    "pipes": ("utf-8", "CUSTOMER_NAME|E-Mail|x\nGrace|g@x.org|\n", ["name", "email", ""], "Grace"),
    "unmarked": ("utf-16-le", "姓名\t手机号\r\n王芳\t1\r\n", ["name", "phone"], "王芳"),
    "big-endian": ("utf-16-be", "name,city\nGrace,Boston\n", ["name", "city"], "Grace"),
    "english body": ("gb18030", "name,city\nGrace,北京\nRuth,上海\n", ["name", "city"], "Grace"),
}


@pytest.mark.parametrize("kind", FILES)
def test_encoding_delimiter_and_columns_are_guessed(tmp_path: Path, kind: str) -> None:
    encoding, text, fields, name = FILES[kind]
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode(encoding))

    layout = look_at(path)

    assert layout.fields == fields
    first = next(iter(lines(layout)))
    assert (first.values["name"], first.number) == (name, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"   \n", "is empty"),
        (b"tier,city\n1,2\n", "no column holds a name .*COLUMN=given' and .*COLUMN=company'"),
        (bytes(range(256)), "is no text; save it as CSV"),
        (bytes(4_000), "is no text; save it as CSV"),
        (b"BEGIN:VCARD\r\nFN:Grace\r\nEND:VCARD\r\n", r"holds contact cards \(vCard\), not CSV"),
        ("BEGIN:VCARD\r\n".encode("utf-16"), r"holds contact cards \(vCard\), not CSV"),
        (b"\n<!DOCTYPE html><table><tr><td>Name</td>", "holds a web page or XML, not CSV"),
        (b'[{"name": "Grace", "phone": "1"}]', "holds JSON, not CSV"),
        (b"name," + b"x" * 70_000 + b"\nGrace,1\n", "line 1: is longer than 64 KiB"),
        (b"PK\x03\x04\x14\x00", "is a spreadsheet, not CSV; save it as CSV"),
        (b"x" * 20_000, "no column holds a name"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    with pytest.raises(BadValue, match=says):
        look_at(path)


@pytest.mark.parametrize("header", ["Name;Straße;Größe", "Name;Prénom;Société", "Name;Ciudad;Año"])
def test_umlauts_and_accents_in_a_header_are_not_taken_for_chinese(
    tmp_path: Path, header: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"{header}\nGrace;x;1\n".encode("cp1252"))
    layout = look_at(path)
    assert (layout.encoding, list(layout.header)) == ("cp1252", header.split(";"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"none\.csv: cannot be read"):
        look_at(tmp_path / "none.csv")


def test_what_is_written_otherwise_further_down_decides(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"name\n" + b"Grace\n" * 20_000 + "王芳\n李娜\n".encode("gb18030"))
    layout = look_at(path)
    assert layout.encoding == "gb18030"
    assert [line.values["name"] for line in lines(layout, skip=20_000)] == ["王芳", "李娜"]


def test_a_wrong_encoding_is_refused_not_read_with_question_marks(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("name\n王芳\n".encode() + b"Grace\n" * 20_000 + "李娜".encode("gb18030"))
    with pytest.raises(BadValue, match=r"in\.csv, line 20003: is not utf-8; say .* --encoding"):
        look_at(path)
    with pytest.raises(BadValue, match="line 2: is not ascii"):
        look_at(path, encoding="ascii")
    with pytest.raises(BadValue, match="'klingon' is none; try utf-8"):
        look_at(path, encoding="klingon")


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_that_is_none_is_refused(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name\tcity\nGrace\tBoston\n")
    with pytest.raises(BadValue, match="one character; write a tab as"):
        look_at(path, delimiter=delimiter)
    assert look_at(path, delimiter=r"\t").delimiter == "\t"


def test_what_a_spreadsheet_puts_around_the_rows_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"\r\nsep=|\r\nname|city\r\n\r\nGrace|Boston\r\n|\r\nRuth|Austin\r\n\r\n")
    layout = look_at(path)
    assert layout.delimiter == "|"
    found = [(line.number, line.values["name"]) for line in lines(layout)]
    assert found == [(5, "Grace"), (7, "Ruth")]
    assert [line.number for line in lines(layout, skip=1)] == [7]


def test_every_column_of_phones_is_read_with_what_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Name,Phone,Mobile,Office phone,Fax,Note\nGrace,1,2,3,4,5\n")
    layout = look_at(path)
    assert layout.ignored == ["Fax", "Note"]
    (line,) = lines(layout)
    assert line.phones == [("", "1"), ("mobile", "2"), ("work", "3")]


def test_the_user_may_map_columns_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Who,Where\nGrace,Boston\n")
    layout = look_at(path, mapping={"who": "name", "Where": "city"})
    assert layout.fields == ["name", "city"]
    assert look_at(path, mapping={"who": "name"}).ignored == ["Where"]
    with pytest.raises(BadValue, match="'nickname' is nothing we know: name, given"):
        look_at(path, mapping={"Who": "nickname"})
    with pytest.raises(BadValue, match=r"no column 'Whom' \(found: Who, Where\)"):
        look_at(path, mapping={"Whom": "name"})


def test_a_row_with_more_values_than_columns_is_told_not_shifted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,city\nHolloway, Grace,Boston\nRuth,Austin,,\n")
    shifted, sound = lines(look_at(path))
    with pytest.raises(BadValue, match="row: has 3 values for 2 columns"):
        prepare(shifted, region="US")
    assert prepare(sound, region="US").party.city == "Austin"


def test_line_numbers_count_lines_inside_quotes(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,city\n"Grace\nHolloway",Boston\nRuth,Austin\n')
    assert [line.number for line in lines(look_at(path))] == [2, 4]
    assert [line.number for line in lines(look_at(path), skip=1)] == [4]


def test_an_endless_field_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name\nGrace\n" + "x" * 140_000 + "\n")
    with pytest.raises(BadValue, match=r"line 3: cannot be read .*; is a quote left open"):
        list(lines(look_at(path)))


def test_a_long_note_in_a_column_that_is_not_read_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,notes\nGrace," + "x" * 100_000 + "\nRuth,short\n")
    assert [line.values["name"] for line in lines(look_at(path))] == ["Grace", "Ruth"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_quote_that_is_never_closed_swallows_no_rows_in_silence(tmp_path: Path, end: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'name,notes\nGrace,"ok"\nRuth,"open\nAda,x{end}')
    with pytest.raises(BadValue, match=r"line 3: cannot be read .*; is a quote left open"):
        list(lines(look_at(path)))


@pytest.mark.parametrize("end", ["\n", "", "\r\n\r\n"])
def test_a_last_row_within_quotes_is_read(tmp_path: Path, end: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f'name,notes\nGrace,"two\nlines"{end}'.encode())
    assert [line.values["name"] for line in lines(look_at(path))] == ["Grace"]


def test_phones_and_addresses_may_stand_one_below_the_other() -> None:
    ready = prepare(
        row(name="Grace", phone="4155550142\r\n4155550143", email="a@example.com\nb@example.com"),
        region="US",
    )
    assert [point.norm for point in ready.points] == [
        "+14155550142", "+14155550143", "a@example.com", "b@example.com",
    ]  # fmt: skip


@pytest.mark.parametrize("between", [" ::: ", ";", "; ", ", ", ",", "\n"])
def test_several_addresses_in_one_cell_are_split(between: str) -> None:
    text = between.join(["a@example.com", "b@example.com"])
    ready = prepare(row(name="Grace", email=text), region="US")
    assert [point.norm for point in ready.points] == ["a@example.com", "b@example.com"]


def row(**values: str) -> Line:
    once = {field: text for field, text in values.items() if field[:5] not in ("phone", "email")}
    phones = [("", text) for field, text in values.items() if field.startswith("phone")]
    emails = [("", text) for field, text in values.items() if field.startswith("email")]
    return Line(2, once, tuple(values.values()), phones=phones, emails=emails)


def test_a_row_becomes_a_party_with_its_points() -> None:
    ready = prepare(
        row(given="小明", family="王", phone="13900000143", phone2="010 5550 0188",
            email="W@x.cn", tier="贵宾", language="中文", company="华兴"),
        region="CN",
    )  # fmt: skip
    assert ready.party.display_name == "王小明"
    assert (ready.party.tier, ready.party.language) == (Tier.VIP, "zh")
    assert ready.party.ext == {"company": "华兴"}
    assert [p.norm for p in ready.points] == ["+8613900000143", "+861055500188", "w@x.cn"]


def test_a_row_with_a_company_alone_is_an_organisation() -> None:
    assert prepare(row(company="Northwind"), region="US").party.kind is PartyKind.ORGANIZATION
    assert prepare(row(given="Grace", family="H"), region="US").party.display_name == "Grace H"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"city": "Boston"}, "name"),
        ({"name": "A", "phone": "12"}, "phone"),
        ({"name": 'B",+12025550143\nC,+12025550144\n'}, "name"),
        ({"name": "A", "city": "\x1b[31mRed"}, "city"),
        ({"name": "A", "email": "x"}, "email"),
        ({"name": "A", "tier": "platinum"}, "tier"),
        ({"name": "A", "language": "gibberish"}, "language"),
        ({"name": "A", "number": "1" * 30}, "customer number"),
        ({"name": "A" * 201}, "name"),
        ({"name": "A", "city": "A" * 101}, "city"),
        ({"name": "A", "email": f"{'a' * 200}@example.org"}, "email"),
        ({"name": "A", "phone": f"2025550143 ext. {'1' * 13}"}, "phone"),
    ],
)
def test_a_row_that_cannot_be_used_names_its_column(values: dict[str, str], field: str) -> None:
    with pytest.raises(BadValue, match=f"^{field}"):
        prepare(row(**values), region="US")
