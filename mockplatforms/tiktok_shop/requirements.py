"""What TikTok Shop asks of the products of a category, and the brands that there are: reference data, and a product held against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..domain.products import Product
from ..domain.world import World
from . import product_view, rows
from .words import refuse

Condition = tuple[str, str]  # an attribute by name, and the value that it must have
_POSITIVE = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """An attribute of a category; ``values`` are (Indonesian, English). ``when``: it is asked for once another has some value."""

    name: str
    english: str
    is_sales: bool
    values: tuple[tuple[str, str], ...]
    is_multiple: bool
    is_customizable: bool
    is_number: bool
    has_icons: bool
    when: Condition | None

    @property
    def id(self) -> str:
        return product_view.attribute(self.name)

    def value_id(self, value: str) -> str:
        return product_view.attribute(f"{self.name}:{value}")


@dataclass(frozen=True, slots=True, eq=False)
class Certification:
    """A paper that the seller shows; name and details are (Indonesian, English). ``expires``: its last day must be told."""

    id: str
    name: tuple[str, str]
    details: tuple[str, str]
    expires: bool


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A line of a size chart: its range as texts, in centimetres and in inches."""

    id: str
    name: tuple[str, str]
    role: str
    unit: str
    metric: tuple[str, ...]
    imperial: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Asks:
    """All that a category asks. A certification is wanted always (True), never (False), or where an attribute has some value."""

    attributes: tuple[Attribute, ...]
    required: frozenset[str]  # names of attributes
    certifications: tuple[tuple[Certification, bool | Condition], ...]
    measures: tuple[Measure, ...]  # empty: no size chart
    needs_size_chart: bool
    takes_cod: bool
    takes_pre_order: bool

    def product_attributes(self) -> Iterator[Attribute]:
        return (one for one in self.attributes if not one.is_sales)


@dataclass(frozen=True, slots=True, eq=False)
class Brand:
    """A brand and the departments where it is sold. A T1 brand is protected: only authorised sellers list it on TikTok Shop."""

    name: str
    departments: tuple[str, ...]
    is_authorized: bool
    is_t1: bool
    is_available: bool

    @property
    def id(self) -> str:
        return product_view.attribute(f"brand:{self.name}")


# ---- reading the reference data -----------------------------------------------------------------------------------------------------------


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("requirements.json").read_bytes())
    return found


@cache
def _attributes() -> Mapping[str, Attribute]:
    read = _read()["attributes"]

    def condition(said: Any) -> Condition | None:
        return (read[said[0]]["name"], said[1]) if said else None

    return {
        key: Attribute(
            said["name"],
            said["en"],
            said.get("sales", False),
            tuple((value, value) if isinstance(value, str) else (value[0], value[1]) for value in said.get("values", ())),
            said.get("many", False),
            said.get("custom", False),
            said.get("number", False),
            said.get("icons", False),
            condition(said.get("when")),
        )
        for key, said in read.items()
    }


@cache
def asks(key: str) -> Asks:
    """What the categories that name this key ask. Raises KeyError when there is no such key."""
    read, attributes = _read(), _attributes()
    said = read["asks"][key]
    chart = said.get("size_chart", {})
    certifications = []
    for name, wanted in said.get("certifications", {}).items():
        paper = read["certifications"][name]
        when = wanted if isinstance(wanted, bool) else (attributes[wanted[0]].name, wanted[1])
        certifications.append((Certification(paper["id"], (paper["name"], paper["en"]), tuple(paper["details"]), paper["expires"]), when))
    return Asks(
        tuple(attributes[name] for name in said["attributes"]),
        frozenset(attributes[name].name for name in said.get("required", ())),
        tuple(certifications),
        tuple(_measure(read["measures"][name]) for name in chart.get("measures", ())),
        chart.get("is_required", False),
        said.get("cod", True),
        said.get("pre_order", True),
    )


def _measure(said: dict[str, Any]) -> Measure:
    return Measure(said["id"], (said["name"], said["en"]), said["role"], said["unit"], tuple(said["metric"]), tuple(said["imperial"]))


@cache
def brands() -> tuple[Brand, ...]:
    """All brands, by name."""
    return tuple(
        Brand(name, tuple(said["in"]), said.get("authorized", False), said.get("t1", False), not said.get("unavailable", False))
        for name, said in _read()["brands"].items()
    )


@cache
def attribute_names() -> Mapping[str, str]:
    """Attribute id → name."""
    return {one.id: one.name for one in _attributes().values()}


@cache
def value_names() -> Mapping[str, str]:
    """Id of an attribute value → its name."""
    return {one.value_id(value): value for one in _attributes().values() for value, _ in one.values}


@cache
def brands_by_id() -> Mapping[str, Brand]:
    return {one.id: one for one in brands()}


# ---- a product held against it ------------------------------------------------------------------------------------------------------------


def check(world: World, wanted: Asks, body: dict[str, Any], product: Product | None, *, on_tiktok: bool) -> None:
    """Refuse a body that doesn't meet what its category asks; ``on_tiktok``: it is for TikTok Shop, alone or too.

    A draft may leave out what is required. A partial edit (a ``product`` and no category) is held to what it speaks of.
    """
    draft = body.get("save_mode") == "AS_DRAFT"
    whole = product is None or bool(body.get("category_id"))
    chosen = _chosen(world, wanted, body.get("product_attributes") or ())
    if not whole and "product_attributes" not in body and product is not None:
        chosen = _written(wanted, product)
    elif not draft:
        _complete(wanted, chosen)
    if whole or "certifications" in body:
        _papers(world, wanted, body.get("certifications") or (), chosen, draft=draft)
    if whole or "size_chart" in body:
        _size_chart(wanted, body.get("size_chart") or {}, draft=draft)
    if body.get("is_cod_allowed"):
        _cod(wanted)
    if any((row.get("pre_sale") or {}).get("type") == "PRE_ORDER" for row in body.get("skus") or ()):
        _pre_order(wanted)
    _brand(body, product, on_tiktok=on_tiktok)


def check_whole(world: World, wanted: Asks, product: Product, *, on_tiktok: bool) -> None:
    """Refuse a product that lacks, as it is written, what its category asks of one that is handed in."""
    chosen = _written(wanted, product)
    _complete(wanted, chosen)
    papers = [{"id": one.id, "images": one.images, "files": one.files, "expiration_date": one.expires} for one in product.details.certifications]
    _papers(world, wanted, papers, chosen, draft=False)
    _size_chart(wanted, dict([product.details.size_chart]) if product.details.size_chart else {}, draft=False)
    if product.is_cod:
        _cod(wanted)
    if product.preorder_days:
        _pre_order(wanted)
    brand = next((one for one in brands() if one.name == product.brand), None)
    if brand is not None:
        _sold(brand, on_tiktok=on_tiktok)


def _written(wanted: Asks, product: Product) -> dict[str, set[str]]:
    """The attributes that a product has, as :func:`_chosen` tells those of a body."""
    known = {one.name: {english: value for value, english in one.values} for one in wanted.product_attributes()}
    chosen: dict[str, set[str]] = {}
    for name, value in product.attributes:
        chosen.setdefault(name, set()).add(known.get(name, {}).get(value, value))
    return chosen


def _cod(wanted: Asks) -> None:
    if not wanted.takes_cod:
        raise refuse(12052222, "is_cod_allowed is true: this category is not paid on delivery, as its rules say (cod.is_supported)")


def _pre_order(wanted: Asks) -> None:
    if not wanted.takes_pre_order:
        raise refuse(12052712, "pre_sale.type is PRE_ORDER: the rules of this category don't list it under allowed_special_product_types")


def _chosen(world: World, wanted: Asks, given: Any) -> dict[str, set[str]]:
    """Names of attributes → the values that were chosen, in Indonesian where they are listed ones."""
    known = {one.id: one for one in wanted.product_attributes()}
    chosen: dict[str, set[str]] = {}
    seen: set[str] = set()
    for row in given:
        if row["id"] in seen:
            raise refuse(12052254, f"product attribute {row['id']} stands twice: give all its values in one row")
        seen.add(row["id"])
        attribute = known.get(row["id"])
        if attribute is not None:
            chosen[attribute.name] = _values(attribute, row["values"])
        elif world.rules.unlisted_attributes == "refuse":
            raise refuse(12052247, f"attribute {row['id']} is none of this category's: Get Attributes lists them", rule="unlisted_attributes")
    return chosen


def _values(attribute: Attribute, given: list[dict[str, Any]]) -> set[str]:
    if len(given) > 1 and not attribute.is_multiple:
        message = _filled(12052246, property_type="product attribute", property_id=attribute.id)
        raise refuse(12052246, f"{attribute.name} takes one value, {len(given)} were given", message=message)
    by_id = {attribute.value_id(value): value for value, _ in attribute.values}
    by_name = {name.casefold(): value for value, english in attribute.values for name in (value, english)}
    found: list[str] = []
    for row in given:
        number, name = row.get("id") or "", row.get("name") or ""
        if not number and not name:
            message = _filled(12052248, property_type="product attribute")
            raise refuse(12052248, f"a value of {attribute.name} has neither an id nor a name", message=message)
        value = by_id.get(number) or by_name.get(name.casefold())
        if value is None and number and not (name and attribute.is_customizable):
            raise refuse(12052529, f"value {number} is none of {attribute.name}'s: Get Attributes lists them")
        if value is None and not attribute.is_customizable:
            raise refuse(12052247, f"{attribute.name} takes listed values only, not {name[:40]!r}: Get Attributes lists them")
        value = value or name
        if attribute.is_number and (not _POSITIVE.fullmatch(value) or not float(value)):
            raise refuse(12052256, f"{attribute.name} is {value[:40]!r}: it must be a number above 0", message=_filled(12052256, property_name=attribute.name))
        found.append(value)
    if len(set(found)) < len(found):
        raise refuse(12052251, f"{attribute.name} has the same value twice")
    return set(found)


def _complete(wanted: Asks, chosen: dict[str, set[str]]) -> None:
    for one in wanted.product_attributes():
        if one.name in wanted.required and not chosen.get(one.name):
            raise refuse(12052104, f"{one.name} (attribute {one.id}) is required in this category: Get Attributes says so (is_requried)")
        if one.when is None or one.when[0] not in chosen:
            continue
        parent, value = one.when
        met, message = value in chosen[parent], {"sub_property_name": one.name, "parent_property_name": parent}
        if met and one.name not in chosen:
            filled = _filled(12052182, **message, parent_property_value=value)
            raise refuse(12052182, f"{parent} is {value}: then {one.name} (attribute {one.id}) is required", message=filled)
        if not met and one.name in chosen:
            filled = _filled(12052183, **message, parent_property_value=", ".join(sorted(chosen[parent])))
            raise refuse(12052183, f"{one.name} is only for products whose {parent} is {value}", message=filled)


def _papers(world: World, wanted: Asks, given: Any, chosen: dict[str, set[str]], *, draft: bool) -> None:
    known = {paper.id: paper for paper, _ in wanted.certifications}
    shown: set[str] = set()
    for row in given:
        paper = known.get(row["id"])
        if paper is None:
            raise refuse(12052655, f"certification {row['id']} is none of this category's: Get Category Rules lists them")
        if row.get("images") or row.get("files"):
            shown.add(paper.id)
        if paper.expires and not draft and not row.get("expiration_date"):
            raise refuse(12052385, f"certification {paper.id} ({paper.name[0]}) has no expiration_date: tell the last moment at which it is valid, in Unix seconds")
    for paper, when in wanted.certifications:
        needed = when if isinstance(when, bool) else when[1] in chosen.get(when[0], ())
        if needed and paper.id not in shown and not draft:
            why = "" if isinstance(when, bool) else f" where {when[0]} is {when[1]}"
            raise refuse(12052105, f"certification {paper.id} ({paper.name[0]}) is required in this category{why}, with its pictures or files")


def _size_chart(wanted: Asks, given: dict[str, Any], *, draft: bool) -> None:
    picture, template = given.get("image") or {}, given.get("template") or {}
    if wanted.needs_size_chart and not picture and not template and not draft:
        raise refuse(12052673, "the rules of this category require a size chart: give size_chart.image or size_chart.template")


def _brand(body: dict[str, Any], product: Product | None, *, on_tiktok: bool) -> None:
    brand = brands_by_id().get(body.get("brand_id") or "")
    if brand is None or (product is not None and product.brand == brand.name):
        return
    _sold(brand, on_tiktok=on_tiktok)


def _sold(brand: Brand, *, on_tiktok: bool) -> None:
    if not brand.is_available:
        raise refuse(12052200, f"brand {brand.name} is UNAVAILABLE: Get Brands tells the brand_status of each")
    if brand.is_t1 and not brand.is_authorized and on_tiktok:  # documented: what is listed on Tokopedia alone may be of any brand
        raise refuse(12052201, f"brand {brand.name} is a T1 brand and this seller is not authorised to sell it: Get Brands tells the authorized_status of each")


def _filled(code: int, **words: str) -> str:
    message = rows.message(code)
    for name, text in words.items():
        message = message.replace("{{" + name + "}}", text)
    return message
