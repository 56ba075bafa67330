"""Files as other programs export them: what of a person arrives, and what is told beforehand."""

import csv
from pathlib import Path

import pytest

from crm_core.domain.errors import BadValue
from crm_core.importing import Layout, foresee, look_at
from crm_core.importing.columns import meaning
from crm_core.importing.preparing import Ready, prepare
from crm_core.importing.reading import lines

pytestmark = pytest.mark.unit

GRACE = "+12025550143"
WORK = "+12025550188"
HOME = "+12025550199"
MAIL = "grace@example.org"

EXPORTS: dict[str, dict[str, str]] = {
    "Outlook": {
        "First Name": "Grace", "Middle Name": "", "Last Name": "Holloway", "Company": "Northwind",
        "Business City": "Boston", "Home City": "", "Business Fax": "+1 202 555 0100",
        "Business Phone": WORK, "Business Phone 2": "", "Company Main Phone": "",
        "Home Phone": HOME, "Mobile Phone": GRACE, "Assistant's Phone": "+1 202 555 0177",
        "Pager": "12", "TTY/TDD Phone": "12", "E-mail Address": MAIL, "E-mail Type": "SMTP",
        "E-mail Display Name": f"Grace ({MAIL})", "E-mail 2 Address": "g2@example.org",
        "Manager's Name": "Ruth", "Language": "en",
    },
    "Outlook in Chinese": {
        "名": "Grace", "姓": "Holloway", "单位": "Northwind", "商务地址 市/县": "Boston",
        "商务传真": "12", "商务电话": WORK, "住宅电话": HOME, "移动电话": GRACE,
        "助理的电话": "12", "寻呼机": "12", "电子邮件地址": MAIL, "电子邮件类型": "SMTP",
        "电子邮件显示名称": "Grace", "电子邮件 2 地址": "g2@example.org",
    },
    "Google, old": {
        "Name": "Grace Holloway", "Given Name": "Grace", "Additional Name": "",
        "Family Name": "Holloway", "Organization 1 - Name": "Northwind",
        "Address 1 - City": "Boston", "E-mail 1 - Type": "* Work",
        "E-mail 1 - Value": f"{MAIL} ::: g2@example.org", "Phone 1 - Type": "Mobile",
        "Phone 1 - Value": f"{GRACE} ::: {WORK}", "Phone 2 - Type": "Home", "Phone 2 - Value": HOME,
    },
    "Google, new": {
        "First Name": "Grace", "Last Name": "Holloway", "Nickname": "", "File As": "",
        "Organization Name": "Northwind", "Organization Title": "", "Labels": "* myContacts",
        "E-mail 1 - Label": "* ", "E-mail 1 - Value": MAIL, "E-mail 2 - Value": "g2@example.org",
        "Phone 1 - Label": "Mobile", "Phone 1 - Value": GRACE, "Phone 2 - Value": WORK,
        "Phone 3 - Value": HOME, "Address 1 - City": "Boston",
    },
    "Google in Chinese": {
        "名字": "Grace", "姓氏": "Holloway", "组织名称": "Northwind", "城市": "Boston",
        "电子邮件 1 - 标签": "工作", "电子邮件 1 - 值": MAIL, "电子邮件 2 - 值": "g2@example.org",
        "电话 1 - 标签": "手机", "电话 1 - 值": GRACE, "电话 2 - 值": WORK, "电话 3 - 值": HOME,
    },
    "Salesforce": {
        "Salutation": "Dr.", "First Name": "Grace", "Last Name": "Holloway", "Title": "CTO",
        "Account Name": "Northwind", "Mailing City": "Boston", "Phone": WORK, "Mobile": GRACE,
        "Home Phone": HOME, "Fax": "12", "Email": MAIL, "Alt Email": "g2@example.org",
        "Contact Owner": "Ana", "Account Owner": "Ana", "Email Opt Out": "0",
    },
    "Salesforce in Chinese": {
        "名字": "Grace", "姓氏": "Holloway", "客户名": "Northwind", "邮寄城市": "Boston",
        "电话": WORK, "手机": GRACE, "住宅电话": HOME, "传真": "12", "电子邮件": MAIL,
        "其他电子邮件": "g2@example.org",
    },
    "HubSpot": {
        "Record ID": "151", "First Name": "Grace", "Last Name": "Holloway", "Email": MAIL,
        "Work email": "g2@example.org", "Email Domain": "example.org", "Phone Number": WORK,
        "Mobile Phone Number": GRACE, "Home Phone": HOME, "Contact owner": "Ana",
        "Associated Company": "Northwind", "City": "Boston", "Lead Status": "Open",
        "Last Activity Date": "2026-01-01", "Marketing emails opened": "3",
    },
    "HubSpot in Chinese": {
        "名字": "Grace", "姓氏": "Holloway", "电子邮件": MAIL, "工作邮箱": "g2@example.org",
        "电话号码": WORK, "手机号码": GRACE, "家庭电话": HOME, "公司名称": "Northwind",
        "城市": "Boston",
    },
    "HubSpot in Chinese, of today": {
        "名字": "Grace", "姓氏": "Holloway", "电子邮件": MAIL, "工作邮箱": "g2@example.org",
        "电话号码": WORK, "手机号码": GRACE, "家庭电话": HOME, "关联公司": "Northwind",
        "城市": "Boston",
    },
    "Pipedrive in Chinese": {
        "人员 - 姓名": "Grace Holloway", "人员 - 组织": "Northwind", "人员 - 负责人": "Ana",
        "人员 - 电话 - 工作": WORK, "人员 - 电话 - 手机": GRACE, "人员 - 电话 - 住宅": HOME,
        "人员 - 电子邮件 - 工作": MAIL, "人员 - 电子邮件 - 住宅": "g2@example.org",
        "城市": "Boston",
    },
    "Pipedrive": {
        "Person - Name": "Grace Holloway", "Person - Label": "Hot", "Person - ID": "12",
        "Person - Organization": "Northwind", "Person - Owner": "Ana",
        "Person - Email - Work": MAIL, "Person - Email - Home": "g2@example.org",
        "Person - Phone - Work": WORK, "Person - Phone - Home": HOME,
        "Person - Phone - Mobile": GRACE, "City": "Boston", "Person - Open deals": "3",
    },
    "iPhone": {
        "First name": "Grace", "Last name": "Holloway", "Organization": "Northwind",
        "Phone : iPhone": GRACE, "Phone : work": WORK, "Phone : home": HOME, "Email : home": MAIL,
        "Email : work": "g2@example.org", "City": "Boston", "Phone : work fax": "12",
    },
    "iPhone in Chinese": {
        "名字": "Grace", "姓氏": "Holloway", "公司": "Northwind", "电话 : iPhone": GRACE,
        "电话 : 工作": WORK, "电话 : 住宅": HOME, "电子邮件 : 住宅": MAIL,
        "电子邮件 : 工作": "g2@example.org", "城市": "Boston", "电话 : 工作传真": "12",
    },
    "Outlook in German": {
        "Vorname": "Grace", "Nachname": "Holloway", "Firma": "Northwind", "Ort": "Boston",
        "Fax geschäftlich": "12", "Telefon geschäftlich": WORK, "Telefon (privat)": HOME,
        "Mobiltelefon": GRACE, "E-Mail-Adresse": MAIL, "E-Mail-Typ": "SMTP",
        "E-Mail 2: Adresse": "g2@example.org",
    },
    "a Persian spreadsheet": {
        "نام": "Grace", "نام خانوادگی": "Holloway", "نام شرکت": "Northwind", "شهر": "Boston",
        "تلفن همراه": GRACE, "تلفن محل کار": WORK, "تلفن منزل": HOME, "فکس": "12",
        "ایمیل": MAIL, "ایمیل دوم": "g2@example.org",
    },
}  # fmt: skip


def a_file(folder: Path, rows: list[list[str]], *, encoding: str = "utf-8-sig") -> Layout:
    path = folder / "export.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return look_at(path)


def prepared(layout: Layout) -> list[Ready]:
    return [prepare(line, region="US") for line in lines(layout) if not line.is_note]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("program", EXPORTS)
def test_name_company_city_phones_and_mails_of_an_export_arrive(
    tmp_path: Path, program: str, encoding: str
) -> None:
    export = EXPORTS[program]
    layout = a_file(tmp_path, [list(export), list(export.values())], encoding=encoding)

    (grace,) = prepared(layout)

    assert grace.party.display_name == "Grace Holloway"
    assert grace.party.ext == {"company": "Northwind"}
    assert grace.party.city == "Boston"
    assert {point.norm for point in grace.points} == {GRACE, WORK, HOME, MAIL, "g2@example.org"}
    assert next(point for point in grace.points if point.norm == MAIL).is_primary
    labels = {point.norm: point.label for point in grace.points}
    assert labels[GRACE] in ("mobile", "")
    assert foresee(layout, region="US").guesses == []


@pytest.mark.parametrize(
    ("header", "field", "label"),
    [
        ("Phone 1 - Value", "phone", ""),
        ("PHONE_NUMBER", "phone", ""),
        ("Other Phone", "phone", "other"),
        ("Handy phone", "phone", "mobile"),
        ("E-mail 3 Address", "email", "other"),
        ("Phone 1 - Type", "", ""),
        ("E-mail Display Name", "", ""),
        ("Last phone call", "", ""),
        ("Opted out of email: Marketing", "", ""),
        ("Country Code Phone", "", ""),
        ("Emails sent", "", ""),
        ("", "", ""),
        ("   ", "", ""),
        ("1", "", ""),
    ],
)
def test_a_header_means_a_phone_only_if_the_column_holds_one(
    header: str, field: str, label: str
) -> None:
    found = meaning(header)
    assert (found.field, found.label) == (field, label)


def test_columns_that_look_like_phones_are_told_before_anything_is_stored(tmp_path: Path) -> None:
    layout = a_file(
        tmp_path,
        [
            ["Name", "Reach at", "Post", "Age", "Phone"],
            ["Grace", "202-555-0143", "grace@example.org", "41", ""],
            ["Ruth", "(202) 555-0188", "ruth@example.org", "52", "+12025550111"],
            ["Ada", "", "", "36", "+12025550112"],
            ["Lin", "+86 138 0013 8000", "lin@example.org", "28", ""],
            ["Zoe", "2025550166", "zoe@example.org", "", ""],
        ],
    )
    forecast = foresee(layout, region="US")
    assert (forecast.without_phone, forecast.people) == (3, 5)
    assert forecast.phones_missed == ["Reach at"]
    assert forecast.emails_missed == ["Post"]
    unwanted = look_at(layout.path, mapping={"Reach at": "", "Post": ""})
    assert foresee(unwanted, region="US").guesses == []


def test_a_column_of_numbers_as_spreadsheets_leave_them_looks_like_phones(tmp_path: Path) -> None:
    told = ["Name", "Reach at", "Born"]
    rows = [["Lin", "13800138000.0", "01/01/1970"], ["Bo", "13900000143; 13800138001", "1.1.1980"]]
    layout = a_file(tmp_path, [told, *rows])
    assert foresee(layout, region="CN").phones_missed == ["Reach at"]


def test_a_row_with_only_a_mail_or_only_a_phone_is_kept(tmp_path: Path) -> None:
    layout = a_file(
        tmp_path,
        [["First Name", "Last Name", "Email", "Phone"], ["", "", MAIL, ""], ["", "", "", GRACE]],
    )
    assert [row.party.display_name for row in prepared(layout)] == [MAIL, GRACE]
    mails = a_file(tmp_path, [["Email Address"], [MAIL]])
    assert [row.party.display_name for row in prepared(mails)] == [MAIL]


def test_people_are_not_called_by_their_number_while_an_unclear_column_may_hold_names(
    tmp_path: Path,
) -> None:
    rows = [["Wer", "Tel"], ["Grace", GRACE]]
    with pytest.raises(BadValue, match=r"no column holds a name .* --map 'COLUMN=' for each"):
        a_file(tmp_path, rows)
    nameless = look_at(tmp_path / "export.csv", mapping={"Wer": ""})
    assert [row.party.display_name for row in prepared(nameless)] == [GRACE]


def test_a_cell_may_hold_several_numbers_or_say_that_there_is_none(tmp_path: Path) -> None:
    layout = a_file(
        tmp_path,
        [
            ["Name", "Phone"],
            ["Grace", f"{GRACE}; {WORK}"],
            ["Ruth", "n/a"],
            ["Ada", "2025550143.0"],
        ],
    )
    found = [[point.norm for point in row.points] for row in prepared(layout)]
    assert found == [[GRACE, WORK], [], [GRACE]]


def test_lines_below_the_table_are_told_apart_from_customers(tmp_path: Path) -> None:
    layout = a_file(
        tmp_path,
        [
            ["Last Name", "Phone", "City"],
            ["Total", "+12025550143", "Boston"],
            ["Ruth", "", ""],
            ["Grand Totals (2 records)", "", ""],
            [],
            ["Confidential Information - Do Not Distribute"],
            ["Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."],
            ["Generated By:  Ana  2026-11-30"],
            ["Northwind"],
            [],
            ["合计: 2"],
        ],
    )
    assert [row.party.display_name for row in prepared(layout)] == ["Total", "Ruth"]
    assert foresee(layout, region="US").notes == 6


def test_a_lone_name_in_a_list_of_names_is_a_customer(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone\nGrace,+12025550143\nRuth\n\nAda,\n")
    assert [row.party.display_name for row in prepared(look_at(path))] == ["Grace", "Ruth", "Ada"]


@pytest.mark.parametrize(
    ("text", "tag"),
    [("German", "de"), ("Deutsch", "de"), ("德语", "de"), ("آلمانی", "de"), ("de_AT", "de-AT"),
     ("zh-hant-tw", "zh-Hant-TW"), ("pt-BR", "pt-BR"), ("中文", "zh"), ("Farsi", "fa")],
)  # fmt: skip
def test_a_customer_may_speak_any_language(tmp_path: Path, text: str, tag: str) -> None:
    layout = a_file(tmp_path, [["Name", "Language"], ["Grace", text]])
    assert [row.party.language for row in prepared(layout)] == [tag]


@pytest.mark.parametrize("text", ["gibberish", "xx", "en-Qqqq", "de-XX-", "a" * 40])
def test_a_language_that_is_none_is_refused_with_the_remedy(tmp_path: Path, text: str) -> None:
    layout = a_file(tmp_path, [["Name", "Language"], ["Grace", text]])
    with pytest.raises(BadValue, match=r"^language: .* is none; write its name or a tag such as"):
        prepared(layout)
