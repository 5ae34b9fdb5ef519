"""A live page looks again less often where many look; no run and no browser are needed to say how often."""

import pytest

from pages.shared import pace


@pytest.fixture
def others(monkeypatch):
    """Lets so many others look, so many seconds ago; leaves nobody behind."""
    looks = pace._looks()
    looks.clear()
    clock = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])

    def come(count: int, ago: float = 0.0) -> None:
        looks.update({f"other {len(looks)} {number}": clock[0] - ago for number in range(count)})

    yield come
    looks.clear()


def test_few_look_as_often_as_the_page_wants(others):
    assert pace.between(1.0) == 1.0
    others(9)
    assert pace.between(1.0) == 1.0 and pace.between(2.0) == 2.0


def test_all_looks_together_stay_under_their_number(others):
    others(29)
    assert pace.between(1.0) == pytest.approx(30 / pace.UPDATES)
    others(70)
    assert 100 / pace.between(2.0) == pytest.approx(pace.UPDATES)


def test_who_has_gone_is_not_counted(others):
    others(99, ago=pace.YOUNG_S + 1)
    assert pace.between(1.0) == 1.0
