"""What the site calls things: one text for all languages, or a table with one per language."""

import typing
from pathlib import Path

import pytest

from acd.ids import QueueId, SkillId
from agent_desktop.server import bodies
from telephony_config.complaint import Complaint
from telephony_config.load import SiteRefused, load_site
from telephony_config.model import PAGE_LANGUAGES, Skill, in_page_languages
from tests.unit.telephony_config.sites import GOOD, written

pytestmark = pytest.mark.unit

SUPPORT = QueueId("support")
SKILL = 'support = "Support"'
QUEUE = '[queues.support]\nname = "Support"'
LABEL = 'label = "Main"'


def refused(folder: Path, text: str) -> Complaint:
    with pytest.raises(SiteRefused) as caught:
        load_site(written(folder, text))
    (complaint,) = caught.value.complaints
    return complaint


def test_a_plain_text_serves_for_every_language(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, GOOD))

    assert site.skills == (Skill(id=SkillId("support"), name="Support"),)
    assert site.queue_names == {}
    assert site.numbers[0].labels == {}
    assert in_page_languages("Main", {}) == {"en": "Main", "zh": "Main", "fa": "Main"}


def test_queues_skills_and_numbers_have_a_name_per_language(tmp_path: Path) -> None:
    text = (
        GOOD.replace(SKILL, 'support = { en = "Support", fa = "پشتیبانی" }')
        .replace(QUEUE, '[queues.support]\nname = { en = "Help", zh = "技术支持" }')
        .replace(LABEL, 'label = { fa = "خط اصلی", en = "Main" }')
    )

    site = load_site(written(tmp_path, text))

    assert site.skills[0].name == "Support"
    assert site.skills[0].names == {"en": "Support", "fa": "پشتیبانی"}
    assert site.queues[0].name == "Help"
    assert site.queue_names == {SUPPORT: {"en": "Help", "zh": "技术支持"}}
    assert site.numbers[0].label == "Main"
    assert in_page_languages("Main", site.numbers[0].labels)["fa"] == "خط اصلی"


def test_names_may_be_a_table_of_their_own(tmp_path: Path) -> None:
    text = GOOD.replace(QUEUE, "[queues.support]") + '[queues.support.name]\nzh = "技术支持"\n'

    assert load_site(written(tmp_path, text)).queues[0].name == "技术支持"


@pytest.mark.parametrize(
    ("languages", "shown"),
    [('["en", "fa"]', "Help"), ('["fa", "en"]', "پشتیبانی"), ('["de"]', "技术支持")],
)
def test_a_language_without_a_text_gets_the_sites_first_language_then_any(
    tmp_path: Path, languages: str, shown: str
) -> None:
    names = '{ zh = "技术支持", fa = "پشتیبانی", en = "Help" }'
    text = GOOD.replace('["en", "fa"]', languages).replace(
        QUEUE, f"[queues.support]\nname = {names}"
    )

    assert load_site(written(tmp_path, text)).queues[0].name == shown


def test_a_name_may_be_in_a_language_that_is_only_spoken(tmp_path: Path) -> None:
    text = GOOD.replace('["en", "fa"]', '["de", "fa"]').replace(
        LABEL, 'label = { de = "Zentrale" }'
    )

    assert load_site(written(tmp_path, text)).numbers[0].label == "Zentrale"


SPOILED = [
    (
        SKILL,
        'support = { en = "Support", xx = "?" }',
        "skills.support.xx",
        "language",
        "en, fa, zh",
    ),
    (LABEL, 'label = { "zh-CN" = "总机" }', "numbers[1].label.zh-CN", "no language", "en, fa, zh"),
    (LABEL, 'label = { de = "Zentrale" }', "numbers[1].label.de", "language", "site.languages"),
    (LABEL, "label = {}", "numbers[1].label", "is empty", 'en = "..."'),
    (LABEL, 'label = { en = "" }', "numbers[1].label.en", "empty", "plain text"),
    (LABEL, "label = { en = 5 }", "numbers[1].label.en", "wrong type", "text in quotes"),
    (LABEL, "label = 5", "numbers[1].label", "wrong type", "text in quotes"),
    (SKILL, "support = []", "skills.support", "wrong type", "text in quotes"),
]


@pytest.mark.parametrize(("old", "new", "key", "message", "remedy"), SPOILED)
def test_a_wrong_name_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, key: str, message: str, remedy: str
) -> None:
    complaint = refused(tmp_path, GOOD.replace(old, new))

    assert complaint.key == key
    assert message in complaint.message
    assert remedy in complaint.remedy
    assert complaint.line == 1 + GOOD[: GOOD.index(old)].count("\n")


def test_the_languages_of_the_pages_are_those_that_users_may_choose() -> None:
    assert typing.get_args(bodies.Language) == PAGE_LANGUAGES


def test_the_demo_site_has_every_name_in_every_language() -> None:
    site = load_site(Path("telephony_config/demo_site.toml"))

    for texts in (
        *(site.queue_names[queue.id] for queue in site.queues),
        *(skill.names for skill in site.skills),
        *(number.labels for number in site.numbers),
    ):
        assert set(texts) == set(PAGE_LANGUAGES)
        assert len(set(texts.values())) == len(PAGE_LANGUAGES)
