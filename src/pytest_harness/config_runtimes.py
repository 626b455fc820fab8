"""The tables of ``harness.toml`` that say where processes run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.runtime.registry import LIMIT_KEYS, RUNTIMES
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Network, RuntimeMode

_COMMON = ("mode", *LIMIT_KEYS)
_SHARED = {*_COMMON, "network", "ports", "readable", "home", "seed"}


class RuntimeTables:
    """Reads ``[runtimes.NAME]`` and ``[backends.NAME.runtime]``."""

    def __init__(self, values: Values, others: Collection[str]) -> None:
        self.named: dict[str, RuntimeSettings] = {}
        """What ``[runtimes.NAME]`` says, by name."""
        self._values = values
        self._others = others
        self._tables: dict[str, Mapping[str, Any]] = {}

    def read(self, tables: Mapping[str, Any]) -> None:
        """Read all ``[runtimes.NAME]``; ``mode`` is the name unless it is given."""
        for name, value in tables.items():
            where = f"runtimes.{name}"
            table = self._values.table(where, value)
            if "mode" not in table and name not in RUNTIMES and name not in self._others:
                self._values.wrong(f"{where} has no mode; name one of {', '.join(self._modes)}")
            self._tables[name] = table = {"mode": name, **table}
            self.named[name] = self._heard(where, table, self._settings(where, table))

    def of_backend(self, where: str, value: object) -> RuntimeSettings | None:
        """Read a backend's own table, laid over the one that its ``mode`` names."""
        if value is None:
            return None
        table = self._values.table(where, value)
        if "mode" not in table:
            self._values.wrong(f"{where} has no mode; name one of {', '.join(self._known)}")
        own = table
        below = self._tables.get(self._values.text(f"{where}.mode", table["mode"]))
        if below is not None:
            table = {**below, **table, "mode": below["mode"]}
        return self._heard(where, own, self._settings(where, table))

    def _heard(self, where: str, own: Mapping[str, Any], made: RuntimeSettings) -> RuntimeSettings:
        """Refuse ports that a table names itself and that its network does not ask for."""
        if own.get("ports") and made.network is not Network.LOOPBACK:
            self._values.wrong(
                f'{where}.ports need network = "loopback", and it is "{made.network}"; '
                "change it, or leave them out"
            )
        return made

    @property
    def _modes(self) -> tuple[str, ...]:
        return tuple(sorted({*RUNTIMES, *self._others}))

    @property
    def _known(self) -> tuple[str, ...]:
        return tuple(sorted({*RUNTIMES, *self._others, *self._tables}))

    def _settings(self, where: str, table: Mapping[str, Any]) -> RuntimeSettings:
        values = self._values
        mode = values.text(f"{where}.mode", table["mode"])
        if mode not in RUNTIMES and mode not in self._others:
            values.wrong(f"{where}.mode: {mode!r} is unknown; {values.hint(mode, self._modes)}")
        if mode == RuntimeMode.SANDBOX and {"engine", "image"} & table.keys():
            values.wrong(
                f'{where} asks for an image or an engine, which is mode = "container" here; '
                'mode = "sandbox" fences in processes of this machine'
            )
        if mode in RUNTIMES:
            values.known(where, table, (*_COMMON, *RUNTIMES[mode].keys))
        own = {
            key: values.filled(f"{where}.{key}", value)
            for key, value in table.items()
            if key not in _SHARED
        }
        made = RuntimeSettings(
            mode=mode,
            limits=ResourceLimits(
                memory=values.optional(where, table, "memory", values.size),
                processes=values.optional(where, table, "processes", values.count),
                file_size=values.optional(where, table, "file_size", values.size),
            ),
            network=self._network(where, table),
            ports=tuple(
                values.port(f"{where}.ports", each)
                for each in values.items(f"{where}.ports", table.get("ports", []))
            ),
            readable=tuple(
                values.place(f"{where}.readable", each)
                for each in values.items(f"{where}.readable", table.get("readable", []))
            ),
            home=values.optional(where, table, "home", values.place),
            seed=values.optional(where, table, "seed", values.place),
            options=own,
        )
        if mode in RUNTIMES:
            try:
                RUNTIMES[mode].make(made)
            except ConfigurationError as error:
                values.wrong(f"{where}: {error}")
        return made

    def _network(self, where: str, table: Mapping[str, Any]) -> Network:
        given = table.get("network", Network.ON)
        if isinstance(given, bool):
            return Network.ON if given else Network.OFF
        text = self._values.text(f"{where}.network", given)
        if text not in set(Network):
            known = ", ".join(Network)
            self._values.wrong(f"{where}.network: {text!r} is unknown; use one of {known}")
        return Network(text)
