"""How the command fails: one line on standard error, never a traceback for a user's mistake."""

from __future__ import annotations

import io
import sys
from typing import IO, Any

import click

from pytest_harness.errors import HarnessError
from pytest_harness.reports.plain import printable


class Failure(click.ClickException):
    """An error of the user, or of the disk, as one line."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        line = " ".join(printable(self.message).split())
        click.echo(f"pytest-harness: {line}", file=file, err=file is None)


class HarnessGroup(click.Group):
    """A group of commands whose expected errors are one line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that lacks a letter is no error
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except HarnessError as error:
            raise Failure(str(error)) from error
        except BrokenPipeError:
            raise  # click ends quietly when the reader has had enough
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            raise Failure(
                f"cannot use{where}: {error.strerror or error}; check the path"
            ) from error
        return result
