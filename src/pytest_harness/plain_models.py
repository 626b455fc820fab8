"""Plain models in a session's settings: their names in full, and their tool formats."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from pytest_harness.backends.script_files import is_script
from pytest_harness.settings import BackendRef, Layer
from pytest_harness.vocabulary import ToolFormat

if TYPE_CHECKING:
    from pytest_harness.backends.registry import Catalog


def usual_formats(catalog: Catalog, ref: BackendRef) -> tuple[ToolFormat, ...]:
    """Return the tool formats in which a backend is asked where none is given.

    None for a backend that has no formats; the preferred one of ``harness.toml`` for a model that
    has one there.
    """
    if not catalog.is_plain(ref.id):
        return ()
    model = ref.model or catalog.own_model(ref.id)
    if model is None or is_script(model):
        return (ToolFormat.NATIVE,)
    tables = catalog.config.models
    return (tables.formats.get(str(tables.vendors.select(model)), ToolFormat.NATIVE),)


def is_nameless(catalog: Catalog, ref: BackendRef) -> bool:
    """Tell whether a backend asks a plain model, and nobody said which."""
    return catalog.is_plain(ref.id) and (ref.model or catalog.own_model(ref.id)) is None


def with_selectors(catalog: Catalog, layer: Layer) -> Layer:
    """Spell plain models in full, ``vendor:model``, and name none twice.

    Raises `ConfigurationError` for one that names no vendor.
    """
    given = layer.backend or ()
    refs = tuple(
        dict.fromkeys(BackendRef(ref.id, _spelt(catalog, ref.id, ref.model)) for ref in given)
    )
    models = layer.model
    if models is not None and len(refs) == 1:
        spelt = (_spelt(catalog, refs[0].id, model) or model for model in models)
        models = tuple(dict.fromkeys(spelt))
    return dataclasses.replace(layer, backend=refs or layer.backend, model=models)


def _spelt(catalog: Catalog, backend: str, model: str | None) -> str | None:
    """Spell a model in full, if it is a plain one."""
    if model is None or is_script(model) or not catalog.is_plain(backend):
        return model
    return str(catalog.config.models.vendors.select(model))
