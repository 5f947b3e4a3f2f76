"""Labels and slips, under the addresses that the platforms hand out."""

from __future__ import annotations

from typing import Any

from ...gateway.call import Reply
from ...tiktok_shop import documents
from .routes import Ask, Problem, Route


async def fetch(ask: Ask) -> Any:
    """A label as PDF or picture."""
    made = documents.document(ask.world, ask.params["package"], ask.params["document"])
    if made is None:
        raise Problem(404, "unknown-document", "No such document", f"package {ask.params['package']} has no document {ask.params['document']!r}")
    return Reply((made.content,), content_type=made.content_type)


ROUTES = (Route("GET", "/documents/{id}/{package}/{document}", fetch, "A label of a package, as the platform's answer names it"),)
