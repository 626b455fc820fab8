"""Ids of cells: a function of the cell alone, and safe wherever pytest and JUnit put them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.ids import MAX_ID, clean
from pytest_harness.matrix import MatrixPoint

NAMES = st.one_of(st.none(), st.text(min_size=1, max_size=150))


@given(st.text(max_size=200), st.text(max_size=200))
def test_different_texts_have_different_names(one: str, two: str) -> None:
    assert (clean(one) == clean(two)) == (one == two)


@given(st.text(max_size=300))
def test_names_are_safe(text: str) -> None:
    name = clean(text)
    assert len(name) <= MAX_ID
    assert re.fullmatch(r"[A-Za-z0-9._-]*", name)


@given(NAMES, NAMES, st.integers(1, 999))
def test_ids_are_safe(model: str | None, variant: str | None, trial: int) -> None:
    id_ = MatrixPoint("codex", model, None, variant, trial).id
    assert len(id_) <= MAX_ID
    assert re.fullmatch(r"[A-Za-z0-9._-]+-t\d+", id_)


def test_a_plain_model_stands_as_it_is() -> None:
    assert MatrixPoint("codex", "gpt-5.5").id == "codex-gpt-5.5-t1"
    assert MatrixPoint("fake").id == "fake-t1"
