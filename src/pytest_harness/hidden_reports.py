"""What pytest shows of tests, without secrets."""

from __future__ import annotations

import json
import linecache
import logging
import warnings
from pathlib import Path
from typing import TypeVar

import pytest

from pytest_harness.redaction import Vault

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)

NAMES = frozenset({"$report_type", "keywords", "location", "nodeid", "outcome", "when"})
"""Parts of a report by which tests are told apart: names, which are no secrets."""

OURS = "harness."
"""Beginning of the properties that are drawn from records, which hold no secrets."""


def hide_report(config: pytest.Config, vault: Vault, report: _Report) -> _Report:
    """Return a report without secrets: the same one, if it has none.

    Its text, what was captured, properties and what other plugins put on it are searched.
    """
    extra = {key: value for key, value in vars(report).items() if key not in NAMES}
    if report.longrepr is None and not _any(vault, extra):
        return report
    data = config.hook.pytest_report_to_serializable(config=config, report=report)
    if data is None:
        return report
    shown = {
        key: value if key in NAMES else vault.hide_json(value, numbers=False)
        for key, value in data.items()
    }
    if "user_properties" in data:
        shown["user_properties"] = [
            each if str(each[0]).startswith(OURS) else vault.hide_json(each, numbers=False)
            for each in data["user_properties"]
        ]
    if shown == data:
        return report
    hidden: _Report = config.hook.pytest_report_from_serializable(config=config, data=shown)
    if isinstance(report, pytest.CollectReport):
        hidden.result = report.result
    return hidden


def _any(vault: Vault, parts: dict[str, object]) -> bool:
    """Tell whether anything in parts of a report is a secret."""
    text = json.dumps(parts, default=str)
    return bool(vault.spans(text.encode()))


def hide_warning(vault: Vault, warning: warnings.WarningMessage) -> None:
    """Take secrets out of a warning before anybody shows it."""
    message = warning.message
    text = str(message)
    hidden = vault.hide(text)
    if hidden != text:
        if isinstance(message, Warning):
            message.args = tuple(vault.hide_json(each) for each in message.args)
        if str(warning.message) != hidden:
            warning.message = UserWarning(hidden)
    # The line is shown below the warning.
    source = linecache.getline(warning.filename, warning.lineno)
    if vault.hide(source) != source:
        warning.line = vault.hide(source)


class _HidingFormatter(logging.Formatter):
    """Takes secrets out of what another formatter made."""

    def __init__(self, inner: logging.Formatter, vault: Vault) -> None:
        super().__init__()
        self._inner = inner
        self._vault = vault

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        return self._vault.hide(self._inner.format(record))


def hide_logs(config: pytest.Config, vault: Vault) -> None:
    """Take secrets out of pytest's live log and its log file; what it captures is in reports."""
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    for name in ("log_cli_handler", "log_file_handler"):
        handler = getattr(plugin, name, None)
        inner = getattr(handler, "formatter", None)
        if handler is not None and inner is not None and not isinstance(inner, _HidingFormatter):
            handler.setFormatter(_HidingFormatter(inner, vault))


def hide_files(config: pytest.Config, vault: Vault) -> None:
    """Take known secrets out of the finished JUnit XML and HTML.

    Reports hold none, but a test can write to these files past its report. Keys that are known by
    their look alone stay, so that no program within a page is touched.
    """
    for option in ("xmlpath", "htmlpath"):
        given = config.getoption(option, default=None)
        path = None if given is None else Path(given)
        if path is not None and path.is_file():
            data = path.read_bytes()
            hidden = vault.hide_bytes(data, formats=False)
            if hidden != data:
                path.write_bytes(hidden)
