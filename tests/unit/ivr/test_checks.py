import pytest

from acd.ids import QueueId, SkillId
from ivr.checks import lint, reachable
from ivr.load import FLOWS, load_flow
from prompts import catalogue

pytestmark = pytest.mark.unit

DEMO = load_flow(FLOWS / "demo.yaml")
KEYS = catalogue().keys()


def test_a_prompt_that_is_not_recorded_is_told_with_its_languages() -> None:
    without = {language: keys - {"menu-main"} for language, keys in KEYS.items()}

    (complaint,) = lint(DEMO, without)

    assert complaint.key == "steps.main"
    assert "'menu-main' is not recorded in en, fa, zh" in complaint.message
    assert "catalogue.toml" in complaint.remedy
    assert complaint.line > 1


def test_a_prompt_in_one_language_is_looked_for_only_there() -> None:
    flow_without_zh_choice = {**KEYS, "zh": KEYS["zh"] - {"language-choice"}}

    (complaint,) = lint(DEMO, flow_without_zh_choice)

    assert complaint.message == "prompt 'language-choice' is not recorded in zh"


def test_a_queue_the_site_does_not_have_is_told() -> None:
    found = lint(DEMO, KEYS, queues={QueueId("sales"), QueueId("support")})

    assert [(each.key, each.message) for each in found] == [
        ("steps.billing.queue", "the site has no queue 'billing'")
    ]


def test_a_skill_the_site_does_not_have_is_told() -> None:
    found = lint(DEMO, KEYS, skills={SkillId("lang-en"), SkillId("lang-zh")})

    assert [each.key for each in found] == ["language_skills.fa"]


def test_a_language_the_site_does_not_speak_is_told() -> None:
    found = lint(DEMO, KEYS, languages={"en", "zh"})

    assert [each.message for each in found] == ["the site does not speak 'fa'"]


def test_every_step_of_the_demo_can_be_reached() -> None:
    assert reachable(DEMO) == set(DEMO.steps)
