"""Whatever lies where: the deepest rule prevails."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.runtime.sandbox.landlock import granted
from pytest_harness.runtime.sandbox.paths import Installations, below
from pytest_harness.runtime.sandbox.view import Access, Sight, _without_repetition, shows

PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=5).map(
    lambda each: "/" + "/".join(each)
)
WANTED = st.dictionaries(PATHS, st.sampled_from([Access.READ, Access.WRITE, Access.HIDE]))


def allowed(wanted: dict[str, Access], path: str) -> Access | None:
    """What the deepest rule above a path says."""
    above = [each for each in wanted if below(path, each)]
    return wanted[max(above, key=len)] if above else None


@given(WANTED, PATHS)
def test_nothing_is_lost_and_nothing_added(wanted: dict[str, Access], path: str) -> None:
    sights = _without_repetition({p: Sight(p, a, p) for p, a in wanted.items()})
    kept = {sight.path: sight.access for sight in sights}
    expected, found = allowed(wanted, path), allowed(kept, path)
    if Access.WRITE in (expected, found) and expected is Access.READ:
        # What may be written may be read.
        assert found is Access.WRITE
        return
    hidden = (None, Access.HIDE)
    assert found == expected or (found in hidden and expected in hidden)
    assert shows(sights, path) == (expected not in hidden)
    assert [each.path for each in sights] == sorted(kept, key=lambda each: (each.count("/"), each))


def test_rights_on_a_directory_leave_out_what_is_hidden_in_it(tmp_path: Path) -> None:
    for name in ("a/deep/secret", "a/deep/other", "a/b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "deep")
    sights = [
        Sight(f"{tmp_path}/a", Access.READ, f"{tmp_path}/a"),
        Sight(f"{tmp_path}/a/deep/secret", Access.HIDE, f"{tmp_path}/a/deep/secret"),
    ]
    found = set(granted(sights, (Access.READ,)))
    assert found == {f"{tmp_path}/a/b", f"{tmp_path}/a/deep/other"}


def test_a_prefix_is_shown_whole_only_if_nothing_guarded_lies_in_it(tmp_path: Path) -> None:
    for name in ("tool/bin", "tool/lib", "me/.local/bin", "me/.local/lib", "me/bin", "me/lib"):
        (tmp_path / name).mkdir(parents=True)
    home = f"{tmp_path}/me"
    found = Installations((home,))
    assert next(iter(found.directory(f"{tmp_path}/tool/bin"))) == f"{tmp_path}/tool"
    assert list(found.directory(f"{home}/.local/bin")) == [f"{home}/.local/bin"]
    assert list(found.directory(f"{home}/bin")) == [f"{home}/bin"]
    assert list(found.directory(home)) == []
    assert set(found.prefix(home)) == {f"{home}/bin", f"{home}/lib"}
