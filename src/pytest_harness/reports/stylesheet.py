"""The style of everything that `fragments` draws; all rules are below ``.hx``."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
.hx{--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--back:#f6f8fa;--good:#1a7f37;--bad:#b42318;
--warn:#9a6700;color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;
text-align:left}
.hx p{color:inherit;margin:.5em 0}
.hx a{color:#0a58ca}
.hx table{border-collapse:collapse;margin:.5em 0;background:#fff;max-width:100%}
.hx th,.hx td{border:1px solid var(--line);padding:.25em .6em;text-align:left;vertical-align:top}
.hx th{background:var(--back);font-weight:600;white-space:nowrap}
.hx .scroll{overflow-x:auto}
.hx td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.hx td.wide{min-width:16em;overflow-wrap:anywhere}
.hx caption{text-align:left;font-weight:600;padding:.25em 0}
.hx .good{color:var(--good);font-weight:600}
.hx .bad{color:var(--bad);font-weight:600}
.hx .warn{color:var(--warn);font-weight:600}
.hx .soft{color:var(--soft)}
.hx pre{background:var(--back);border:1px solid var(--line);border-radius:6px;margin:.5em 0;
padding:.6em .8em;overflow:auto;max-height:32em;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;
white-space:pre;color:var(--ink)}
.hx pre.message{white-space:pre-wrap;overflow-wrap:anywhere}
.hx pre.diff{padding:.4em 0}
.hx pre.diff span{display:block;padding:0 .8em;min-height:1.5em}
.hx pre.diff .add{background:#dafbe1}
.hx pre.diff .del{background:#ffebe9}
.hx pre.diff .hunk{background:#ddf4ff;color:var(--soft)}
.hx pre.diff .file{font-weight:700;border-top:1px solid var(--line)}
.hx details{margin:.4em 0}
.hx summary{cursor:pointer;font-weight:600}
.hx .bar{display:flex;height:14px;border-radius:4px;overflow:hidden;background:var(--back);
max-width:720px;border:1px solid var(--line)}
.hx .bar i{display:block;min-width:2px}
.hx .legend{display:flex;flex-wrap:wrap;gap:.2em 1.2em;margin:.3em 0;padding:0;list-style:none;
font-size:12px;color:var(--soft)}
.hx .legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:.4em}
.hx .wait{background:#afb8c1}.hx .stage{background:#54aeff}.hx .propose{background:#8250df}
.hx .diff-phase{background:#bf8700}.hx .validate{background:#e16f24}
.hx .evaluate{background:#2da44e}.hx .record{background:#57606a}
.hx .files a{margin-right:1em;white-space:nowrap}
"""
