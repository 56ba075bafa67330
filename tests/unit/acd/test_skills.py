import pytest

from acd.ids import SkillId
from acd.skills import holds, lacking, merged
from tests.unit.acd.house import need

pytestmark = pytest.mark.unit

ENGLISH, SALES = SkillId("english"), SkillId("sales")


def test_merged_needs_are_sorted_and_keep_the_highest_level_of_each() -> None:
    both = merged((need("sales", 2), need("english", 4)), (need("english", 3), need("sales", 5)))

    assert both == (need("english", 4), need("sales", 5))


def test_no_needs_are_met_by_anybody() -> None:
    assert holds({}, ())


def test_a_skill_below_the_level_does_not_do() -> None:
    assert lacking({ENGLISH: 2, SALES: 5}, (need("english", 3), need("sales"))) == ENGLISH
    assert holds({ENGLISH: 3, SALES: 1}, (need("english", 3), need("sales")))
