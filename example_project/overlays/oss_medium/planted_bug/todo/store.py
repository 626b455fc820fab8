"""The tasks and their file."""

import json
import pathlib


class UnknownTask(Exception):
    """There is no open task of that number."""


class Store:
    """The tasks in one JSON file, which need not exist yet."""

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = pathlib.Path(path)

    def add(self, text: str) -> int:
        """Add a task and return its number."""
        tasks = self._read()
        tasks.append({"text": text, "open": True})
        self._write(tasks)
        return len(tasks) - 1

    def done(self, number: int) -> None:
        """Close a task; raise `UnknownTask` if it is not open."""
        tasks = self._read()
        if not 1 <= number <= len(tasks) or not tasks[number - 1]["open"]:
            raise UnknownTask(f"there is no open task {number}")
        tasks[number - 1]["open"] = False
        self._write(tasks)

    def open_tasks(self) -> list[tuple[int, str]]:
        """Return number and text of what is open, in order of the numbers."""
        return [
            (number, task["text"])
            for number, task in enumerate(self._read(), start=1)
            if task["open"]
        ]

    def _read(self) -> list[dict]:
        if not self.path.exists():
            return []
        return json.loads(self.path.read_text(encoding="utf-8"))

    def _write(self, tasks: list[dict]) -> None:
        self.path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
