"""What a run says about plain models: formats compared, verdicts, readiness, and what to look at.

`gather` reads a run, `write` puts it down as files, and `reading` reads those files again. Nothing
here runs anything; equal records give equal bytes.
"""
