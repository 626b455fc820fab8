"""The tasks and their file."""

import pathlib


class UnknownTask(Exception):
    """There is no open task of that number."""


class Store:
    """The tasks in one JSON file, which need not exist yet."""

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = pathlib.Path(path)

    def add(self, text: str) -> int:
        """Add a task and return its number."""
        raise NotImplementedError

    def done(self, number: int) -> None:
        """Close a task; raise `UnknownTask` if it is not open."""
        raise NotImplementedError

    def open_tasks(self) -> list[tuple[int, str]]:
        """Return number and text of what is open, in order of the numbers."""
        raise NotImplementedError
