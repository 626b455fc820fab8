"""Homes for programs."""

from __future__ import annotations

import itertools
from pathlib import Path

from pytest_harness.runtime.profile import fresh_profile, host_environment


def test_no_directory_holds_another(tmp_path: Path) -> None:
    with fresh_profile(tmp_path) as profile:
        paths = (profile.home, profile.config, profile.tmp, profile.run)
        assert all(path.is_dir() for path in paths)
        assert not any(one.is_relative_to(two) for one, two in itertools.permutations(paths, 2))


def test_environment_lets_only_named_secrets_through(tmp_path: Path) -> None:
    source = {"PATH": "/bin", "A_KEY": "a", "B_KEY": "b", "HOME": "/root", "PYTHONPATH": "x"}
    with fresh_profile(tmp_path) as profile:
        made = profile.environment(source, ["A_KEY"], {"OWN": "c"})
    assert made["HOME"] == str(profile.home)
    assert made["TMPDIR"] == str(profile.tmp)
    assert made["XDG_CONFIG_HOME"].startswith(str(profile.home))
    assert (made["PATH"], made["A_KEY"], made["OWN"]) == ("/bin", "a", "c")
    assert not {"B_KEY", "PYTHONPATH"} & made.keys()


def test_profile_is_fresh_and_removed_whatever_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "profile" / "home").mkdir(parents=True)
    (tmp_path / "profile" / "home" / "old").touch()
    with fresh_profile(tmp_path) as profile:
        assert not (profile.home / "old").exists()
        locked = profile.home / "locked"
        locked.mkdir()
        (locked / "file").touch()
        locked.chmod(0o500)
    assert list(tmp_path.iterdir()) == []


def test_host_keeps_all_but_what_is_ours() -> None:
    source = {"PATH": "/bin", "EDITOR": "vi", "PYTEST_ADDOPTS": "-x", "HARNESS_BACKEND": "codex"}
    assert host_environment(source, {"X": "1"}) == {"PATH": "/bin", "EDITOR": "vi", "X": "1"}
