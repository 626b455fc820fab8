"""The pytest plugin: hooks that hand over to the rooms where the work is done.

A session without targets pays for reading the options and for nothing else: every hook returns at
its first line, and everything heavy is imported where the first cell needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_harness.errors import HarnessError
from pytest_harness.options import add_options, anything_given
from pytest_harness.reports.descriptor import open_terminal

if TYPE_CHECKING:
    from pytest_harness.session_plugin import SessionPlugin
    from pytest_harness.state import HarnessState

_HOOKS = "harness-session"
"""Name under which the hooks of a session with cells are registered."""

_STATE_MODULE = "pytest_harness.state"

_TERMINAL: pytest.StashKey[int | None] = pytest.StashKey()
"""On the configuration: a descriptor of the terminal that capturing does not reach."""


@pytest.fixture
def harness_point(request: pytest.FixtureRequest) -> Any:
    """The point of the matrix of the current test: backend, model, format, variant, trial."""
    from pytest_harness.collection import point_of

    return point_of(request)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare what others may implement."""
    from pytest_harness import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Read and check the options; a mistake ends the session with one sentence."""
    config.addinivalue_line(
        "markers",
        "harness(target, backend, model, format, variant, trial): the cell of a test; "
        "set by pytest-harness, for use with -m",
    )
    config.addinivalue_line(
        "markers",
        "harness_accept(outcome, ...): outcomes that are no error for this test, "
        "such as 'scope-violation'",
    )
    if not hasattr(config, "workerinput"):
        config.stash[_TERMINAL] = open_terminal()
    if anything_given(config, os.environ) or (config.rootpath / "harness.toml").exists():
        state = _state(config)
        if state.selfcheck:
            from pytest_harness.selfcheck import SelfcheckPlugin

            config.pluginmanager.register(SelfcheckPlugin(), "harness-selfcheck")
    if config.getoption("htmlpath", None):
        from pytest_harness.reports.html import HtmlReport

        run = _state(config).run
        config.pluginmanager.register(HtmlReport(config, run), "harness-html")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the run, whatever ended the session."""
    terminal = config.stash.get(_TERMINAL, None)
    if terminal is not None:
        os.close(terminal)
    if _STATE_MODULE in sys.modules:
        from pytest_harness.state import close_state

        close_state(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which session and run it belongs to."""
    state = _state(node.config)
    node.workerinput["harness_session"] = state.session
    node.workerinput["harness_run"] = state.run_name
    if state.settings.run.include_local:
        node.workerinput["harness_local"] = "\n".join(str(ref.model) for ref in state.local_models)
    _session_plugin(state)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests of a target their cells."""
    if _targets_exist():
        from pytest_harness.collection import parametrize

        parametrize(metafunc, _state(metafunc.config))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note each test's cell, select by target, keep the tests of a cell together."""
    if _targets_exist():
        from pytest_harness.collection import arrange

        arrange(config, items, _state(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the run, if any test of a cell is left."""
    option = session.config.option
    if option.collectonly or option.setuponly or not _targets_exist():
        return
    if session.testsfailed and not option.continue_on_collection_errors:
        return  # pytest is about to end the session, and nothing is to be left behind
    from pytest_harness.collection import planned

    found = planned(session.items)
    if found:
        _session_plugin(_state(session.config)).begin(found)


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """Keep a secret that is a parameter out of the test's name."""
    if isinstance(val, str) and _targets_exist() and _state(config).vault.hide(val) != val:
        return "hidden"
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Take secrets out of what is said of a file that cannot be collected."""
    report = yield
    if report.passed or not _targets_exist():
        return report
    from pytest_harness.hidden_reports import hide_report

    return hide_report(collector.config, _state(collector.config).vault, report)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which options were given."""
    if config.option.verbose < 0 or not anything_given(config, os.environ):
        return None
    given = _state(config).settings.given()
    shown = "harness: " + ", ".join(f"{name}={value}" for name, value in given.items())
    return _state(config).vault.hide(shown)


def _state(config: pytest.Config) -> HarnessState:
    """Return this process's state, made and checked when it is first wanted.

    Raises `pytest.UsageError`, which can happen in ``pytest_configure`` only: what was given is
    checked there.
    """
    from pytest_harness.state import make_state

    try:
        return make_state(config)
    except HarnessError as error:
        from pytest_harness.redaction import Vault

        raise pytest.UsageError(Vault.of(os.environ).hide(str(error))) from None


def _session_plugin(state: HarnessState) -> SessionPlugin:
    """Register the hooks that only a session with cells needs."""
    from pytest_harness.session_plugin import SessionPlugin

    manager = state.config.pluginmanager
    plugin = manager.get_plugin(_HOOKS)
    if plugin is None:
        plugin = SessionPlugin(state, state.config.stash.get(_TERMINAL, None))
        manager.register(plugin, _HOOKS)
    return plugin


def _targets_exist() -> bool:
    """Whether anything has imported what declares targets; a cheap way to return early."""
    return "pytest_harness.declare" in sys.modules
