from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pytest_harness.backends.registry import PROVIDERS
from pytest_harness.cli.group import HarnessGroup
from pytest_harness.cli.promote import promote
from pytest_harness.config import read_config
from pytest_harness.config_models import ModelTables
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat
from tests.cli.evidence_files import entry, put_parity, put_verdicts

GROUP = HarnessGroup(commands={"promote": promote})
TEXT = ToolFormat.TEXT
NATIVE = ToolFormat.NATIVE

CONFIG = """\
# Ours.
[backends.small]   # cheap
provider = "codex-cli"
timeout = 600

[models."openai:gpt-5.5"]  # slow
timeout = 900 # seconds
format = "text"   # by feel

# Prices of May.
[models."openai:gpt-5.5".price]
input = 1.0
output = 2.0

[defaults]
backend = "small" # for now
"""


def call(*arguments: str | Path) -> Result:
    words = ["promote", *map(str, arguments)]
    return CliRunner().invoke(GROUP, words, catch_exceptions=False)


def models(path: Path = Path("harness.toml")) -> ModelTables:
    options = {name: provider.options for name, provider in PROVIDERS.items()}
    return read_config(path, options, os.environ).models


def formats(path: Path = Path("harness.toml")) -> dict[str, ToolFormat]:
    return dict(models(path).formats)


def untouched(sentence: str, result: Result) -> None:
    """Assert that the command refused with this sentence, and left nothing behind."""
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert not list(Path().glob(".harness.toml*"))


@pytest.fixture(autouse=True)
def parity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Verdicts on three models, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return put_parity(
        Path(".harness/runs/nightly/evidence/tool_mode_parity.toml"),
        openai__gpt=entry(),
        ollama__qwen3=entry((4, 12), (10, 12), ParityVerdict.NATIVE_UNRELIABLE, preferred=TEXT),
        ollama__tiny=entry((0, 12), (1, 12), ParityVerdict.UNUSABLE, preferred=None),
    )


def test_verdicts_become_the_formats_of_their_models(parity: Path) -> None:
    result = call(parity)
    assert result.exit_code == 0
    assert formats() == {"openai:gpt": NATIVE, "ollama:qwen3": TEXT}
    assert (
        Path("harness.toml")
        .read_text()
        .endswith(
            '[models."openai:gpt"]\n'
            'format = "native"\n'
            'format_evidence = ".harness/runs/nightly/evidence/tool_mode_parity.toml"\n'
            'format_date = "2026-03-04"\n'
        )
    )
    assert "openai:gpt: native (text-unreliable; native 11/12, text 5/12" in result.stdout
    assert "ollama:tiny: not written, because it is unusable" in result.stdout
    assert "wrote 2 formats to harness.toml" in result.stdout


def test_a_second_time_nothing_changes(parity: Path) -> None:
    call(parity)
    before, state = Path("harness.toml").read_bytes(), Path("harness.toml").stat()
    result = call(parity)
    assert result.exit_code == 0
    assert "harness.toml says so already; it is as it was" in result.stdout
    assert Path("harness.toml").read_bytes() == before
    assert Path("harness.toml").stat().st_mtime_ns == state.st_mtime_ns


def test_comments_order_and_other_keys_stay() -> None:
    Path("harness.toml").write_text(CONFIG)
    call(put_parity(Path("p.toml"), openai__gpt_5=entry(), **{"openai__gpt-5.5": entry()}))
    found = Path("harness.toml").read_text()
    added = found.splitlines()
    for line in CONFIG.splitlines():
        line = line.replace('"text"', '"native"')
        assert line in added
        added = added[added.index(line) + 1 :]
    assert 'timeout = 900 # seconds\nformat = "native"   # by feel\nformat_evidence = ' in found
    assert formats() == {"openai:gpt-5.5": NATIVE, "openai:gpt_5": NATIVE}


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# nothing yet",
        '[models]\n"openai:gpt" = {timeout = 3} # x\n\n[defaults]\nbackend = "fake"\n',
        'models = {"openai:gpt" = {timeout = 3}}\n[defaults]\nbackend = "fake"\n',
        'models."openai:gpt".timeout = 3\n[defaults]\nbackend = "fake"\n',
        '[models."openai:gpt".price]\ninput = 1\noutput = 2\n',
        '[models.a]\ntimeout = 1\n[defaults]\nbackend = "fake"\n[models.b]\ntimeout = 2\n# end\n',
        '[models."openai:gpt"]\r\ntimeout = 1 # ä\r\n\r\n# über\r\n[tiers]\r\na="openai:b"\r\n',
        '[models."openai:gpt"]\nformat = "native"\nformat_date = "2020-01-01"\n',
    ],
)
def test_every_way_to_write_tables_is_understood(parity: Path, before: str) -> None:
    Path("harness.toml").write_bytes(before.encode())
    assert call(parity).exit_code == 0
    assert formats() == {"openai:gpt": NATIVE, "ollama:qwen3": TEXT}
    after = Path("harness.toml").read_bytes()
    for comment in ("# nothing yet", "# x", "# end", "# ä", "# über"):
        assert (comment in before) == (comment.encode() in after)
    assert after.count(b"\n") == after.count(b"\r\n") or b"\r" not in after
    assert "as it was" in call(parity).stdout
    assert Path("harness.toml").read_bytes() == after


def test_a_model_that_the_file_has_by_another_name_is_not_written_twice(parity: Path) -> None:
    Path("harness.toml").write_text(
        '[aliases]\nbig = "openai:gpt"\n[models.big]\nformat = "text"\n'
        '[vendors.lab]\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    call(parity)
    assert formats()["openai:gpt"] is NATIVE
    assert '"openai:gpt"]' not in Path("harness.toml").read_text()
    assert call(put_parity(Path("p.toml"), lab__x=entry())).exit_code == 0
    assert formats()["lab:x"] is NATIVE


def test_two_tables_of_one_model_are_refused(parity: Path) -> None:
    Path("harness.toml").write_text(
        '[aliases]\nbig = "openai:gpt"\n[models.big]\nformat = "text"\n'
        '[models."openai:gpt"]\ntimeout = 3\n'
    )
    untouched("are both openai:gpt; keep one of them", call(parity))


def test_low_confidence_needs_force() -> None:
    path = put_parity(Path("p.toml"), openai__a=entry(), openai__b=entry(confidence=Confidence.LOW))
    untouched("low confidence in its verdict on openai:b", call(path))
    assert not Path("harness.toml").exists()
    assert call(path, "--force").exit_code == 0
    assert formats() == {"openai:a": NATIVE, "openai:b": NATIVE}


def test_what_is_not_written_keeps_what_it_had() -> None:
    Path("harness.toml").write_text('[models."openai:a"]\nformat = "text"\n')
    unknown = entry(verdict=ParityVerdict.UNKNOWN, confidence=Confidence.LOW, preferred=None)
    result = call(put_parity(Path("p.toml"), openai__a=unknown))
    assert result.exit_code == 0
    assert "it keeps text as before; measure more" in result.stdout
    assert "there is nothing to promote" in result.stdout
    assert Path("harness.toml").read_text() == '[models."openai:a"]\nformat = "text"\n'


def test_a_dry_run_shows_the_change_and_writes_nothing(parity: Path) -> None:
    Path("harness.toml").write_text(CONFIG)
    result = call(parity, "--dry-run")
    assert result.exit_code == 0
    assert '+[models."openai:gpt"]' in result.stdout
    assert "nothing was written" in result.stdout
    assert Path("harness.toml").read_text() == CONFIG


def test_links_are_followed_and_permissions_stay(parity: Path) -> None:
    Path(".harness/runs/latest").symlink_to("nightly")
    Path("shared").mkdir()
    Path("shared/real.toml").write_text("# ours\n")
    Path("shared/real.toml").chmod(0o640)
    Path("harness.toml").symlink_to("shared/real.toml")
    call(".harness/runs/latest/evidence/tool_mode_parity.toml")
    assert Path("harness.toml").is_symlink()
    assert stat.S_IMODE(Path("shared/real.toml").stat().st_mode) == 0o640
    text = Path("harness.toml").read_text()
    assert text.startswith("# ours\n")
    assert '"../.harness/runs/nightly/evidence/tool_mode_parity.toml"' in text


def test_unicode_in_paths_and_names() -> None:
    name = 'openai:größe-"模型"'
    path = put_verdicts(Path('Übung "${X}" é/p.toml'), {name: entry()})
    assert call(path, "--config", "ключ.toml").exit_code == 0
    assert formats(Path("ключ.toml")) == {name: NATIVE}
    assert "as it was" in call(path, "--config", "ключ.toml").stdout


def test_a_path_that_is_not_utf8_is_refused(parity: Path) -> None:
    odd = Path(os.fsdecode(b"od\xff"))
    odd.mkdir()
    moved = parity.rename(odd / "p.toml")
    untouched("is not UTF-8; rename it", call(moved))
    assert not Path("harness.toml").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file"),
        (b"", "has schema None"),
        (b"schema = 2\n", "has schema 2 and this version reads 1"),
        (b"schema = 1\n", "is damaged"),
        (b'schema = 1\nrun = "x"\ndate = "soon"\n', "is damaged"),
        (b"= not toml", "is damaged"),
        (b"\xff\xfe", "is damaged"),
    ],
)
def test_a_wrong_parity_file_is_one_sentence(content: bytes | None, sentence: str) -> None:
    if content is not None:
        Path("p.toml").write_bytes(content)
    untouched(sentence, call("p.toml"))
    assert not Path("harness.toml").exists()


@pytest.mark.parametrize("name", ["nobody:gpt", "gpt", "openai:"])
def test_a_model_that_is_not_known_is_one_sentence(name: str) -> None:
    path = put_verdicts(Path("p.toml"), {"openai:a": entry(), name: entry()})
    untouched("p.toml: model ", call(path))
    assert not Path("harness.toml").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[models\n", "harness.toml: it is no TOML"),
        (b"\xff", "harness.toml: it is no TOML"),
        (b"models = 3\n", "harness.toml: models is no table"),
        (b'[models]\n"openai:gpt" = 3\n', "harness.toml: models.openai:gpt is no table"),
        (b'[aliases]\na = "b"\n', "harness.toml: aliases.a"),
        (b'[models."openai:gpt"]\nformat = "xml"\n', "'xml' is unknown"),
        (b'[models."openai:gpt"]\nformat_date = "2026-01-01"\n', "has format_date but no format"),
        (b"[models.x]\nformat = 1\n", "models.x"),
    ],
)
def test_a_wrong_harness_toml_is_one_sentence(parity: Path, content: bytes, sentence: str) -> None:
    Path("harness.toml").write_bytes(content)
    untouched(sentence, call(parity))
    assert Path("harness.toml").read_bytes() == content


def test_a_place_that_cannot_be_written_is_one_sentence(parity: Path) -> None:
    untouched("it cannot be written: ", call(parity, "--config", "/proc/self/harness.toml"))
    untouched("it cannot be written: ", call(parity, "--config", "nowhere/harness.toml"))
    untouched("it cannot be read: ", call(parity, "--config", "."))


def test_a_write_that_fails_half_way_leaves_the_file(
    parity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("harness.toml").write_text(CONFIG)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    untouched("it cannot be written: No space left on device", call(parity))
    assert Path("harness.toml").read_text() == CONFIG


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("locked", ["harness.toml", "."])
def test_what_is_read_only_stays(parity: Path, locked: str) -> None:
    Path("harness.toml").write_text(CONFIG)
    mode = Path(locked).stat().st_mode
    Path(locked).chmod(mode & ~0o222)
    try:
        untouched("it cannot be written: Permission denied", call(parity))
    finally:
        Path(locked).chmod(mode)
    assert Path("harness.toml").read_text() == CONFIG


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('format_date = "4.3.2026"', "format_date is no date"),
        ('format_date = "2026-02-30"', "format_date is no date"),
        ("format_date = 2026-03-04", "format_date is no date"),
        ("format_evidence = 3", "format_evidence is no path"),
        ('format_evidence = ""', "format_evidence is no path"),
        ('format_proof = "x"', "unknown key 'format_proof'"),
    ],
)
def test_harness_toml_is_checked_when_it_is_read(line: str, sentence: str) -> None:
    Path("harness.toml").write_text(f'[models."openai:a"]\nformat = "text"\n{line}\n')
    with pytest.raises(Exception, match=sentence):
        models()


def test_the_command_reads_its_own_file_in_a_session_of_its_own(parity: Path) -> None:
    code = (
        "from pytest_harness.cli.group import HarnessGroup as G;"
        "from pytest_harness.cli.promote import promote as p; G(commands={'promote': p})()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "promote", str(parity)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert formats() == {"openai:gpt": NATIVE, "ollama:qwen3": TEXT}
