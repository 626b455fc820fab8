"""The cheat's program: it tries one trick in a workspace and tells what it managed.

It is copied into the scratch directory of a proposal and run there as a program of its own, with
whatever Python the runtime has, so it uses the standard library alone. Standard input holds one
JSON object (see `order`), standard output gets lines of JSON (see `evidence`). It hurts nothing but
the workspace: elsewhere it reads, and opens files without changing them, unless the order says
that harm may be done.
"""
