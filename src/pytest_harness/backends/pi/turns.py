"""A limit on requests to the model, which Pi itself does not have: an extension of ours."""

from __future__ import annotations

_EXTENSION = """\
export default (pi) => {{
  let asked = 0;
  pi.on("turn_end", (event, context) => {{
    asked += 1;
    if (asked >= {turns} && event.message.stopReason !== "stop") context.abort();
  }});
}};
"""


def extension(turns: int) -> str:
    """Return an extension that ends the run before one request more than ``turns`` is made.

    Tools that the last answer called have run by then. Saying so over standard input would come
    too late: the next request is made at once.
    """
    return _EXTENSION.format(turns=turns)
