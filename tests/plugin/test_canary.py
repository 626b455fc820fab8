"""No byte that a run writes or prints holds a secret, whoever prints it, however encoded."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.conftest import Project
from tests.redaction import encodings

pytestmark = pytest.mark.slow

PEM = "-----BEGIN RSA {}-----\n{}\n-----END RSA {}-----".format(
    "PRIVATE KEY",
    "\n".join(base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(3, 200, 17)),
    "PRIVATE KEY",
)
PASSWORD = "Pw-d0nt_t3ll%2Fme"
LEAF = "f00dfeed5ca1ab1e0ddba11c0ffee123"

VARIABLES = {
    "CANARY_API_KEY": "canary/Key+0123456789=abcDEF",
    "CANARY_TOKEN": "tok_QwErTyUiOp1234567890",
    "MY_PASSWORD": 'it\'s "quoted" & <odd> \\ $pend 100%',
    "SERVICE_SECRET": "pässwört-日本-Geheim-ключ-42",
    "CARD_PIN_TOKEN": "4929123412341234",
    "SIGNING_KEY_PEM": PEM,
    "GOOGLE_CREDENTIALS": json.dumps({"type": "service", "private_key_id": LEAF, "key": PEM}),
    "DATABASE_URL": f"postgres://canary:{PASSWORD}@db.example.org/x",
    "SESSION_COOKIE": "spaces and 77 more words in it",
    "AWS_SECRET_ACCESS_KEY": "/Zx9kQ7mP2vL8nR4tY6w/kQ7mP2vL8nR4tY6wAb3",
    "LONG_AUTH": "Ln" + "g0kQ7mP2vL8nR4tY6w" * 17,
    "ODD_NAME": "only-named-by-an-option-1",
}
FROM_FILE = {"FILE_TOKEN": "from-the-env-file-9876"}
LOGIN = "login-token-" + "A1b2C3d4E5" * 3
VALUES = {
    **VARIABLES,
    **FROM_FILE,
    "login": LOGIN,
    "leaf": LEAF,
    "password": PASSWORD,
    "pem-line": PEM.splitlines()[3],
}

CONFTEST = """
import dataclasses
import json
import os
import sys
from pathlib import Path

if os.environ.get("CONTROL"):
    from pytest_harness.redaction import Vault
    Vault.spans = lambda self, data, *, formats=True: []

from pytest_harness.backends.base import Probe
from pytest_harness.backends.logins import lend
from pytest_harness.records import ProposalRecord, ToolCall
from pytest_harness.runtime import ProcessSpec
from pytest_harness.vocabulary import RuntimeMode

NAMES = json.loads(os.environ["CANARY_NAMES"])
HERE = Path(__file__).parent

@dataclasses.dataclass(frozen=True, kw_only=True)
class Hostile:
    model: str | None = None
    id: str = "hostile"
    provider: str = "hostile"
    runtime: RuntimeMode = RuntimeMode.HOST
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self):
        return {}

    def probe(self, runner, environment):
        return Probe(backend=self.id, provider=self.provider, ready=True)

    def propose(self, request):
        values = {name: request.environment[name] for name in NAMES}
        home = request.scratch / "home"
        home.mkdir(parents=True)
        with lend(HERE / "auth.json", home / "auth.json", "hostile") as lent:
            request.vault.add(lent)
            values["login"] = json.loads((home / "auth.json").read_text())["tokens"]["access"]
            result = request.runner.run(
                ProcessSpec(
                    argv=(sys.executable, str(HERE / "agent.py")),
                    cwd=request.workspace,
                    env={**values, "CANARY_ALL": ",".join(values), "PYTHONPATH": str(HERE)},
                    timeout=60,
                    stdout=request.artifacts / "stdout.jsonl",
                    stderr=request.artifacts / "stderr.txt",
                ),
                lambda line, at: seen.append(line),
            ) if (seen := []) is not None else None
        (request.artifacts / "mine.txt").write_bytes(b"\\n".join(seen))
        everything = "\\n".join(values.values())
        (request.artifacts / "more.txt").write_text(everything)
        return ProposalRecord(
            backend=self.id, provider=self.provider, runtime=self.runtime,
            argv=("agent", *values.values()), cwd=str(request.workspace), completed=True,
            exit=result.exit, answer=everything, reason=everything[:300],
            tool_calls=tuple(ToolCall(name="shell", summary=each) for each in values.values()),
            reported_changes=tuple(values.values()),
        )

def pytest_harness_backends(config):
    return {"hostile": lambda model: Hostile(model=model)}
"""

AGENT = """
import os, sys, time
from ways import ENCODINGS
lines = []
for name in os.environ["CANARY_ALL"].split(","):
    for way, encode in ENCODINGS.items():
        lines.append(f"{name} {way} " + encode(os.environ[name]))
for number, line in enumerate(lines):
    data = line.encode() + b"\\n"
    for out in (sys.stdout.buffer, sys.stderr.buffer):
        out.write(data[: len(data) // 2]); out.flush()
        if number % 40 == 0:
            time.sleep(0.01)
        out.write(data[len(data) // 2 :]); out.flush()
with open("a.txt", "a") as file:
    file.write("all\\n" + "\\n".join(lines))
with open("new.bin", "wb") as file:
    file.write(b"\\0\\xff" + "\\n".join(lines).encode())
"""

TESTS = """
import json, logging, os, warnings
from ways import ENCODINGS

NAMES = [name for name in json.loads(os.environ["CANARY_NAMES"]) if name in os.environ]
KEY = os.environ["CANARY_API_KEY"]
WAYS = list(ENCODINGS.values())[::5]  # the agent prints them all

def everything(*names):
    return "\\n".join(
        encode(os.environ[name]) for name in names or NAMES for encode in WAYS
    )

def shows(context):
    raise ValueError((context.workspace / "a.txt").read_text())

@harness_target
def leaking():
    return target(
        checks=[
            FileContains("all", "a.txt", ["all"]),
            FileContains("phrase", "a.txt", [KEY + " is not there"]),
            Command("prints", "cat a.txt; cat a.txt >&2; exit 1"),
        ],
        objective="Do it with " + KEY,
    )

def test_prints(leaking, record_property, record_testsuite_property, record_xml_attribute):
    print(everything())
    logging.getLogger("x").warning(everything())
    for name in NAMES:
        record_property(name, os.environ[name])
        record_testsuite_property(name, os.environ[name])
        warnings.warn(os.environ[name])
    record_xml_attribute("odd", KEY)

@pytest.mark.parametrize("name", NAMES)
def test_raises(leaking, name):
    local = os.environ[name]
    raise AssertionError(everything(name))

@pytest.mark.parametrize("name", NAMES)
def test_asserts(leaking, name):
    assert {"got": os.environ[name], "list": [os.environ[name]]} == {"got": "other"}

@pytest.mark.parametrize("value", [KEY, "harmless"])
def test_parameter(leaking, value):
    assert value == "harmless"

@pytest.fixture
def broken():
    yield 1
    raise RuntimeError(everything())

def test_teardown(leaking, broken):
    print(everything())

def test_skips(leaking):
    pytest.skip(KEY)

@pytest.mark.xfail(reason=KEY)
def test_xfails(leaking):
    logging.getLogger("x").error(everything())
    assert 0, everything()

def test_logs_an_exception(leaking):
    try:
        raise KeyError(KEY)
    except KeyError:
        logging.getLogger("x").exception("it is %s", KEY)
    assert leaking.best.evaluation is None, leaking.best.proposal.answer
"""

BROKEN = """
import os
import pytest_harness.declare
raise RuntimeError("cannot be collected: " + os.environ["CANARY_API_KEY"])
"""


@pytest.fixture
def leaky(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CANARY_NAMES", json.dumps([*VARIABLES, *FROM_FILE]))
    path = project.path
    (path / ".env").write_text("".join(f"{name}={value}\n" for name, value in FROM_FILE.items()))
    (path / "auth.json").write_text(json.dumps({"tokens": {"access": LOGIN}}))
    (path / "ways.py").write_text(Path(encodings.__file__).read_text())
    (path / "conftest.py").write_text(CONFTEST)
    (path / "agent.py").write_text(AGENT)
    (path / "test_broken.py").write_text(BROKEN)
    (path / "ws" / "seen.txt").write_text(f"key = {VARIABLES['CANARY_API_KEY']}\n{PEM}\n")
    project.write(TESTS)
    return project


def written(project: Project, *arguments: str) -> dict[str, bytes]:
    """Run and return every byte that came of it."""
    before = {path for path in project.path.rglob("*") if path.is_file()}
    result = project.pytester.runpytest_subprocess(
        "--harness-backend=hostile", "--harness-env-file=.env", "--harness-secrets=ODD_NAME",
        "--junitxml=out.xml", "-ojunit_logging=all", "--html=out.html", "--self-contained-html",
        "-olog_file=out.log", "-rA", "-l", "-vv", "-p", "no:cacheprovider",
        "--continue-on-collection-errors", *arguments,
    )  # fmt: skip
    # Each process that collects has the error of the file that cannot be.
    errors = 3 if "-n2" in arguments else 2
    result.assert_outcomes(passed=3, failed=26, errors=errors, skipped=1, xfailed=1)
    found = {"terminal": (result.stdout.str() + result.stderr.str()).encode()}
    for path in set(project.path.rglob("*")) - before:
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            found[str(path.relative_to(project.path))] = path.read_bytes()
    return found


def spellings(value: str) -> Iterator[tuple[str, bytes]]:
    """Yield what must not be found of a value."""
    data = value.encode()
    for name, encode in encodings.ENCODINGS.items():
        if not name.startswith("base64"):
            text = encode(value)
            if name in {"json-twice", "json-html"}:
                text = text.partition(": ")[2][:-6]
            yield name, text.strip("'\"$&b").encode()
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + data).decode()
        inner = text[-(-shift * 8 // 6) : (len(data) + shift) * 8 // 6]
        yield f"base64-{shift}", inner.encode()
        yield f"base64-{shift}-safe", inner.translate(str.maketrans("+/", "-_")).encode()


def leaks(found: dict[str, bytes]) -> dict[tuple[str, str, str], int]:
    """Return where which value was found in which encoding."""
    hits: dict[tuple[str, str, str], int] = {}
    for place, data in found.items():
        joined = re.sub(rb"(?:\\+n|\s|&#10;|E   )+", b"", data)
        for name, value in VALUES.items():
            for way, spelling in spellings(value):
                flat = re.sub(rb"(?:\\+n|\s|&#10;)+", b"", spelling)
                count = data.count(spelling) + joined.count(flat)
                if count:
                    hits[place, name, way] = count
    return hits


@pytest.mark.parametrize(
    "arguments",
    [pytest.param((), id="alone"), pytest.param(("-n2",), id="n2", marks=pytest.mark.slow)],
)
def test_no_byte_of_a_run_holds_a_secret(leaky: Project, arguments: tuple[str, ...]) -> None:
    found = written(leaky, *arguments)
    assert {"out.xml", "out.html", "out.log", "terminal"} <= found.keys()
    assert any(name.endswith("best.patch") for name in found)
    assert sorted(leaks(found))[:20] == []
    assert b"CANARY_API_KEY" in found["terminal"]
    assert b"[hidden]" in found["out.xml"]
    record = json.loads(next(data for name, data in found.items() if name.endswith("cell.json")))
    assert record["candidates"][1]["proposal"]["answer"].startswith("[hidden]\n")


def test_without_a_vault_everything_would_be_found(
    leaky: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTROL", "1")
    hits = leaks(written(leaky))
    for name in VALUES:
        assert len({way for _, who, way in hits if who == name}) >= 6, name
    places = {Path(place).name for place, _, _ in hits}
    assert {
        "out.xml", "out.html", "out.log", "terminal", "cell.json", "candidate.json",
        "evaluation.json", "stdout.jsonl", "stderr.txt", "mine.txt", "more.txt",
        "workspace.diff", "best.patch", "ledger.jsonl", "prompt.md", "seen.txt",
    } <= places  # fmt: skip
