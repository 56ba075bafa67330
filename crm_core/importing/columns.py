"""What a column's header means, in the words of people and of the programs they export from.

Outlook, Google Contacts, Salesforce, HubSpot, Pipedrive and telephones name a column by what is in
it, where it is used, and its turn: ``E-mail 2 Address``, ``Phone 1 - Value``, ``Person - Phone -
Work``. So a header is first looked up as it is written, then without the words that say no more
than whose it is, and at last a phone or an address is told by the one word that names it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crm_core.domain.names import fold

COLUMNS: Final[Mapping[str, str]] = {
    "name": "name;full name;fullname;display name;customer;customer name;contact;contact name;"
    "client;姓名;名称;客户;客户名称;客户姓名;联系人;联系人姓名;人员 姓名;人员 名称;"
    "نام و نام خانوادگی;نام کامل;نام مشتری;مشتری",
    "given": "first name;firstname;given name;given;vorname;名;名字;نام;نام کوچک",
    "family": "last name;lastname;surname;family name;family;nachname;familienname;"
    "姓;姓氏;نام خانوادگی;فامیلی;شهرت",
    "company": "firma;firmenname;unternehmen;"
    "company;company name;organization;organisation;account;account name;firm;business;"
    "organization name;organisation name;associated company;primary associated company;"
    "公司;公司名称;单位;单位名称;企业;企业名称;组织;组织名称;客户名;关联的公司;关联公司;人员 组织;"
    "شرکت;نام شرکت;سازمان;موسسه",
    "phone": "telefon;telefonnummer;"
    "phone;phone number;telephone;tel;mobile;mobile phone;cell;cell phone;"
    "电话;手机;手机号;手机号码;电话号码;联系电话;"
    "تلفن;تلفن همراه;موبایل;شماره تلفن;شماره موبایل;شماره تماس;همراه",
    "email": "email;e-mail;mail;email address;e-mail address;邮箱;电子邮件;电子邮箱;邮件;"
    "ایمیل;رایانامه;پست الکترونیک",
    "city": "ort;stadt;wohnort;"
    "city;town;locality;mailing city;billing city;business city;home city;other city;"
    "address city;城市;所在城市;邮寄城市;商务地址 市/县;住宅地址 市/县;شهر",
    "language": "language;lang;sprache;preferred language;语言;زبان",
    "number": "kundennummer;"
    "customer number;customer no;customer id;account number;客户编号;客户号;会员号;"
    "شماره مشتری;کد مشتری;شماره اشتراک",
    "tier": "tier;class;level;grade;等级;客户等级;级别;会员等级;سطح;رده;درجه",
}  # fmt: skip
SEVERAL: Final = frozenset({"phone", "email"})
"""Fields of which a person may have more than one: every such column is read."""

_ALIASES: Final = {"phone2": "phone", "email2": "email"}
_LABELS: Final[Mapping[str, str]] = {
    fold(word): label
    for label, words in {
        "mobile": "mobile mobil mobiltelefon handy cell cellular iphone 手机 移动电话 همراه موبایل",
        "home": "home privat 住宅 家庭 منزل خانه",
        "work": "work geschäftlich dienstlich business office company main "
        "商务 办公 工作 公司 座机 کار دفتر",
        "other": "other 2 3 4 其他 其它 دوم دیگر ثابت",
    }.items()
    for word in words.split()
}
_PHONE: Final = re.compile(
    r"\b(?:phones?|telephone|tel|telefon\w*|mobile?|mobiltelefon|handy\w*|cell|cellular|iphone)\b|电话|手机|座机|تلفن|موبایل|همراه"
)
_EMAIL: Final = re.compile(r"\be ?mails?\b|邮箱|邮件|ایمیل|رایانامه")
_OTHERS: Final = re.compile(
    r"\b(?:fax|pager|telex|tty|tdd|isdn|radio|assistant\w*|manager\w*)\b"
    r"|传真|助理|寻呼|فکس|نمابر"
)
"""Words of columns with numbers that nobody is to be rung on, or another's."""
_ABOUT: Final = re.compile(
    r"\b(?:label|type|typ|name|domain|status|opt|out|owner|ext|extension|country|code|date|time|last"
    r"|count|source|consent|verified|bounced?|unsubscribed?|subject|quarantined|eligible|sends?|sent"
    r"|opens?|opened|clicks?|clicked|delivered|replied|call|calls|id|ids)\b"
    r"|类型|标签|分机|显示名称|状态|نوع|داخلی"
)
"""Words of columns that tell something about a phone or an address."""
_OWNERS: Final = frozenset(["person", "contact", "primary", "value", "值", "联系人"])
_MARKS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's meaning: a key of ``COLUMNS``, or "" for none; a phone's label, such as work."""

    field: str
    label: str = ""


NOTHING: Final = Column("")


def meaning(header: str) -> Column:
    """Return what a column with this header holds."""
    words = _words(header)
    bare = [word for word in words if word not in _OWNERS and not word.isdigit()]
    for tried in (words, bare):
        if field := _MEANINGS.get(" ".join(tried)):
            return Column(field, _label(words) if field in SEVERAL else "")
    text = " ".join(words)
    if _ABOUT.search(text) or _OTHERS.search(text):
        return NOTHING
    if _EMAIL.search(text):
        return Column("email", _label(words))
    return Column("phone", _label(words)) if _PHONE.search(text) else NOTHING


def is_others(header: str) -> bool:
    """Tell whether a column holds numbers to be left out: of a fax, say, or of an assistant."""
    return _OTHERS.search(" ".join(_words(header))) is not None


def named(field: str, header: str) -> Column | None:
    """Return the column that a person says ``header`` is, or None if there is no such field."""
    field = _ALIASES.get(field, field)
    if field and field not in COLUMNS:
        return None
    return Column(field, _label(_words(header)) if field in SEVERAL else "")


def _words(header: str) -> list[str]:
    return _MARKS.sub(" ", fold(header)).split()


def _label(words: list[str]) -> str:
    text = " ".join(words)
    return next((label for word, label in _LABELS.items() if _holds(text, word)), "")


def _holds(text: str, word: str) -> bool:
    return f" {word} " in f" {text} " if word.isascii() else word in text


_MEANINGS: Final[Mapping[str, str]] = {
    " ".join(_words(synonym)): field
    for field, synonyms in COLUMNS.items()
    for synonym in synonyms.split(";")
}
