"""What a killed session left in the temporary directory is removed by the next one."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.leftovers import ALIVE, claim, sweep


def test_only_what_nobody_holds_is_removed(tmp_path: Path) -> None:
    places = [tmp_path / f"pytest-{number}" / "harness" for number in range(3)]
    for place in places:
        place.mkdir(parents=True)
        (place / "home").mkdir()
        (place / "home" / "auth.json").write_text("secret")
    (places[0] / ALIVE).touch()
    living = claim(places[1])
    second = claim(places[1])
    assert sweep(tmp_path) == 1
    assert [place.exists() for place in places] == [False, True, True]
    living.release()
    assert sweep(tmp_path) == 0
    second.release()
    assert sweep(tmp_path) == 1
    assert sorted(tmp_path.glob("*/harness")) == [places[2]]
