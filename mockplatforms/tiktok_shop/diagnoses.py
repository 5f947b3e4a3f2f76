"""What could be better about a product that may be listed all the same."""

from __future__ import annotations

from typing import Any

# Part of a product → (code, whether it falls short, what helps). The first code is documented, the others are made after it (inferred).
_LOOKS: tuple[tuple[str, str, str], ...] = (
    ("TITLE", "TITLE_LESS_THAN_40_CHARACTERS", "Names must be at least 40 characters long and contain product-identifying information."),
    ("DESCRIPTION", "DESCRIPTION_LESS_THAN_300_CHARACTERS", "Descriptions should have at least 300 characters."),
    ("IMAGE", "LESS_THAN_5_MAIN_IMAGES", "Show the product in at least 5 pictures."),
    ("ATTRIBUTE", "NO_PRODUCT_ATTRIBUTES", "Tell the attributes of the product's category."),
)


def of(body: dict[str, Any], category: str) -> list[dict[str, Any]]:
    """One entry per part of the product that falls short; for a title the name of its category may help."""
    short = {
        "TITLE": len(body.get("title") or "") < 40,
        "DESCRIPTION": len(body.get("description") or "") < 300,
        "IMAGE": len(body.get("main_images") or ()) < 5,
        "ATTRIBUTE": not body.get("product_attributes"),
    }
    helped = {"TITLE": {"seo_words": [{"text": category}], "smart_texts": [{"text": f"{body.get('title') or ''} - {category}"}]}} if category else {}
    return [
        {"field": field, "diagnosis_results": [{"code": code, "how_to_solve": helps}], "suggestions": helped.get(field, {})} for field, code, helps in _LOOKS if short[field]
    ]
