"""Run the warden; a script, because running a directory takes Python twice as long to start."""

import importlib
import sys

if __name__ == "__main__":
    # Last on the path, so that nothing beside this package hides a module of Python's own.
    sys.path.append(__file__.rpartition("/")[0].rpartition("/")[0])
    importlib.import_module("warden.service").main()
