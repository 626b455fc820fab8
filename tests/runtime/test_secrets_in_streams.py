"""Secrets are kept out of all that a supervised process prints."""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.redaction import Vault
from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.hidden_capture import HiddenCapture

SECRET = "kQ7/mP2v+L8nR'4tY-x91"


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(Vault([SECRET])) as supervisor:
        yield supervisor


def spec(code: str, tmp_path: Path, keep: int = 1 << 20) -> ProcessSpec:
    return ProcessSpec(
        argv=(sys.executable, "-c", code),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "S": SECRET},
        timeout=60,
        stdout=tmp_path / "stdout",
        stderr=tmp_path / "stderr",
        keep=keep,
    )


def test_both_streams_and_their_files(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import base64, os, sys, time; s = os.environ['S']\n"
        "for out in (sys.stdout, sys.stderr):\n"
        "    out.write('begin ' + s[:9]); out.flush(); time.sleep(.05)\n"
        "    out.write(s[9:] + ' end ')\n"
        "    out.write(base64.b64encode(b'u:' + s.encode()).decode())"
    )
    result = supervisor.run(spec(code, tmp_path))
    for captured, name in ((result.stdout, "stdout"), (result.stderr, "stderr")):
        assert captured.data().startswith(b"begin [hidden] end ")
        assert base64.b64encode(b"u:" + SECRET.encode())[3:-3] not in captured.data()
        assert (tmp_path / name).read_bytes() == captured.data()
        assert captured.cut == 0
    assert result.stdout.total > len(SECRET) * 2


def test_lines_are_handed_on_without_secrets(supervisor: Supervisor, tmp_path: Path) -> None:
    code = "import json, os; print('a'); print(json.dumps({'k': os.environ['S'], 'n': 1}))"
    lines: list[bytes] = []
    supervisor.run(spec(code, tmp_path), lambda line, _at: lines.append(line))
    assert lines[0] == b"a"
    assert json.loads(lines[1]) == {"k": "[hidden]", "n": 1}


def test_a_gigabyte_is_counted_not_searched(tmp_path: Path) -> None:
    class Watched(Vault):
        searched = 0

        def spans(self, data: bytes, *, formats: bool = True):  # type: ignore[no-untyped-def]
            Watched.searched += len(data)
            return super().spans(data, formats=formats)

    with Supervisor(Watched([SECRET])) as supervisor:
        code = "import sys\nfor _ in range(200): sys.stdout.write('x' * 1_000_000)"
        result = supervisor.run(spec(code, tmp_path, keep=100_000))
    assert result.stdout.total == 200_000_000
    assert Watched.searched < 1_000_000


@settings(max_examples=200, deadline=None)
@given(lead=st.integers(0, 400), trail=st.integers(0, 400), keep=st.integers(2, 500), cut=st.data())
def test_no_piece_of_a_secret_is_kept_at_the_cut(
    lead: int, trail: int, keep: int, cut: st.DataObject
) -> None:
    whole = b"." * lead + SECRET.encode() + b"-" * trail
    at = cut.draw(st.integers(0, len(whole)))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "stream")
        capture = HiddenCapture(keep, path, Vault([SECRET]))
        capture.feed(whole[:at])
        capture.feed(whole[at:])
        kept = capture.finish()
        assert capture.finish() is kept
        assert path.read_bytes() == kept.data()
    assert set((kept.head + kept.tail).replace(b"[hidden]", b"")) <= set(b".-")
    assert kept.total == len(whole)
    assert kept.cut == max(0, len(whole) - keep)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(0, 100))
def test_what_holds_no_secret_is_kept_as_it_is(parts: list[bytes], keep: int) -> None:
    whole = b"".join(parts)
    capture = HiddenCapture(keep, None, Vault([SECRET]))
    for part in parts:
        capture.feed(part)
    kept = capture.finish()
    if len(whole) <= keep:
        assert (kept.head, kept.tail, kept.cut) == (whole, b"", 0)
    else:
        first, last = keep - keep // 2, keep // 2
        assert (kept.head, kept.tail) == (whole[:first], whole[len(whole) - last :])
        assert kept.cut == len(whole) - keep
