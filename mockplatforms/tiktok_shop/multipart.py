"""The fields of a multipart body."""

from __future__ import annotations

import re

from ..gateway.call import Call
from .words import refuse

_NAME = re.compile(rb'content-disposition:[^\r\n]*[; ]name="?([^";\r\n]+)"?', re.IGNORECASE)


def parts(call: Call, invalid: int) -> dict[str, bytes]:
    """Each field by its name, the first of several; ``invalid`` is the code for a body that has none."""
    kind = call.request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)"?', kind, re.IGNORECASE)
    if boundary is None:
        raise refuse(invalid, "the content-type names no boundary")
    found: dict[str, bytes] = {}
    for part in call.request.body.split(b"--" + boundary[1].strip().encode("latin-1", "replace")):
        head, gap, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if gap and name is not None:
            found.setdefault(name[1].decode("ascii", "replace"), content.removesuffix(b"\r\n"))
    return found
