"""What is called clean at once holds nothing that a slower search would find."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_harness.redaction import Vault
from pytest_harness.redaction.formats import FORMATS, Format
from pytest_harness.redaction.quick import MOST, Quick

# Its pattern takes too long to make examples of; those of the other tests go the same way.
SHORT = [each for each in FORMATS if each.name != "private key"]


@pytest.mark.parametrize("form", SHORT, ids=lambda each: str(each.triggers[0], "ascii"))
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_whatever_a_pattern_matches_is_not_called_clean(form: Format, data: st.DataObject) -> None:
    key = data.draw(st.from_regex(form.pattern))
    assume(form.pattern.search(key))

    assert not Quick([form.rough], []).surely_nothing_in(key)


def test_a_word_is_found_in_the_middle_and_next_to_any_letter() -> None:
    quick = Quick([], [b"needle"])

    assert quick.surely_nothing_in("häystack of needl e".encode())
    assert not quick.surely_nothing_in("häneedleä".encode())


def test_nothing_is_said_of_bytes_that_are_no_text() -> None:
    assert not Quick([], [b"needle"]).surely_nothing_in(b"\xff plain")


def test_nothing_is_said_where_there_are_too_many_words() -> None:
    words = [f"{number:06}".encode() for number in range(MOST + 1)]

    assert not Quick([], words).surely_nothing_in(b"plain")


def test_a_secret_that_is_added_after_a_search_is_found_by_the_next() -> None:
    vault = Vault(["hqZ83hVb0Lr5Tn2Xw9"])
    text = "it said Ky4Jd7Ps1Gf6MaT0 at last"

    assert vault.hide(text) == text
    vault.add(["Ky4Jd7Ps1Gf6MaT0"])
    assert vault.hide(text) == "it said [hidden] at last"
