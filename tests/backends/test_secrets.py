"""Values of credentials are kept out of what is written."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.secrets import Secrets, named_like_secrets

VALUE = 'sk-0123/4567+89"ab'


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        json.dumps(VALUE),
        quote(VALUE, safe=""),
        VALUE.encode().hex(),
        VALUE.encode().hex().upper(),
        base64.b64encode(VALUE.encode()).decode(),
    ],
)
def test_common_encodings_are_hidden(form: str) -> None:
    hidden = Secrets([VALUE]).hide(f"before {form} after")
    assert form.strip('"') not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")


@given(before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_base64_of_a_longer_text_is_hidden(before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + VALUE.encode() + after).decode()
    assert "[hidden]" in Secrets([VALUE]).hide(encoded)


@given(st.text(max_size=50))
def test_other_text_stays(text: str) -> None:
    assert Secrets([]).hide(text) == text
    assert Secrets(["", "abc"]).hide(text) == text


def test_files_are_cleaned(tmp_path: Path) -> None:
    file = tmp_path / "stdout"
    file.write_bytes(b"\xff key=" + VALUE.encode())
    secrets = Secrets([VALUE])
    secrets.hide_file(file)
    secrets.hide_file(tmp_path / "absent")
    assert file.read_bytes() == b"\xff key=[hidden]"


def test_names_tell_secrets() -> None:
    environment = {
        "OPENAI_API_KEY": "a",
        "GH_TOKEN": "b",
        "DB_PASSWORD": "c",
        "PATH": "d",
        "GIT_AUTHOR_NAME": "e",
    }
    assert named_like_secrets(environment) == ("a", "b", "c")
