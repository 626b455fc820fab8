"""The pytest plugin: hooks that hand over to the rooms where the work is done.

A session without targets pays for reading the options and for nothing else: every hook returns at
its first line, and everything heavy is imported where the first cell needs it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_harness.errors import HarnessError
from pytest_harness.options import add_options
from pytest_harness.state import STATE, HarnessState, state_of

if TYPE_CHECKING:
    from pytest_harness.session_plugin import SessionPlugin

_HOOKS = "harness-session"
"""Name under which the hooks of a session with cells are registered."""


@pytest.fixture
def harness_point(request: pytest.FixtureRequest) -> Any:
    """The point of the matrix that the current test is for: backend, model, variant, trial."""
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
    try:
        state = HarnessState(config)
        state.validate()
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[STATE] = state
    if state.worker == "main":
        state.terminal = _duplicate_terminal()
    if config.getoption("htmlpath", None):
        from pytest_harness.reports.html import HtmlReport

        config.pluginmanager.register(HtmlReport(config, state.run), "harness-html")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the run, whatever ended the session."""
    state = config.stash.get(STATE, None)
    if state is not None:
        state.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which session and run it belongs to."""
    state = state_of(node.config)
    node.workerinput["harness_session"] = state.session
    node.workerinput["harness_run"] = state.run_name
    _session_plugin(state)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests of a target their cells."""
    if _targets_exist():
        from pytest_harness.collection import parametrize

        parametrize(metafunc, state_of(metafunc.config))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note each test's cell, select by target, keep the tests of a cell together."""
    if _targets_exist():
        from pytest_harness.collection import arrange

        arrange(config, items, state_of(config))


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
        _session_plugin(state_of(session.config)).begin(found)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which options were given."""
    state = state_of(config)
    given = state.settings.given()
    if not given or config.option.verbose < 0:
        return None
    return "harness: " + ", ".join(f"{name}={value}" for name, value in given.items())


def _duplicate_terminal() -> int | None:
    """Keep a way to the terminal that capturing does not reach; it is suspended just now."""
    try:
        return os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return None


def _session_plugin(state: HarnessState) -> SessionPlugin:
    """Register the hooks that only a session with cells needs."""
    from pytest_harness.session_plugin import SessionPlugin

    manager = state.config.pluginmanager
    plugin = manager.get_plugin(_HOOKS)
    if plugin is None:
        plugin = SessionPlugin(state)
        manager.register(plugin, _HOOKS)
    return plugin


def _targets_exist() -> bool:
    """Whether anything has imported what declares targets; a cheap way to return early."""
    return "pytest_harness.declare" in sys.modules
