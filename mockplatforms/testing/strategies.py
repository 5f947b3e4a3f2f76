"""Hypothesis strategies: what the platforms take, what is wrong with it in one named way, and what may happen around a merge."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ..domain import shops
from ..domain.phases import Phase, Platform
from ..domain.shops import CATEGORIES
from ..gateway.endpoint import unversioned
from ..gateway.faults import FIELDS, KINDS, PARAMETERS
from ..gateway.fields import Kind, Spec
from ..tiktok_shop import ids as tiktok_ids
from ..tiktok_shop import rows
from ..tokopedia import bodies as tokopedia
from .hosts import VIRTUAL
from .shop import Shop

Json = dict[str, Any]
Specs = Mapping[str, Spec]


class Wrong(NamedTuple):
    """What is wrong with a body: the field, as refusals name it (``skus[0].price.currency``), and in which way."""

    field: str
    kind: Kind


# ---- bodies --------------------------------------------------------------------------------------------------------------------------------


def body(endpoint: str, **fixed: Any) -> SearchStrategy[Any]:
    """A body whose form the endpoint takes: every field as the platform documents it.

    ``endpoint`` is named as docs/coverage.md does, with or without version. ``fixed``: fields of the first level, values or strategies, instead
    of what would be drawn. What the things behind the ids make of it is another matter. Raises ValueError in words for an endpoint without a body.
    """
    specs, inside = _facts(endpoint)
    made = _object(specs, fixed)
    return st.lists(made, min_size=1, max_size=3).map(lambda few: {inside: few}) if inside else made


def invalid_body(endpoint: str, kind: Kind | None = None, field: str = "", **fixed: Any) -> SearchStrategy[tuple[Any, Wrong]]:
    """A body with one thing wrong, and what that is: a field missing, of the wrong type, out of its length, range or enum.

    ``kind`` and ``field`` (without positions: ``skus.price.currency``) narrow it down. Raises ValueError in words where nothing can be wrong so.
    """
    specs, inside = _facts(endpoint)
    every = list(_ways(specs))
    ways = [way for way in every if kind in (None, way.kind) and field in ("", ".".join(way.names))]
    if not ways:
        known = ", ".join(sorted({f"{'.'.join(way.names)} ({way.kind})" for way in every})[:20])
        raise ValueError(f"nothing of {endpoint} can be wrong with field {field or 'any'!r} and kind {kind or 'any'!r}; there are {known} …")
    made = st.sampled_from(ways).flatmap(lambda way: _spoiled(specs, way, fixed))
    return made.map(lambda told: ({inside: [told[0]]}, Wrong(f"{inside}[0].{told[1].field}", told[1].kind))) if inside else made


def hostile_body(endpoint: str) -> SearchStrategy[bytes]:
    """Bytes that no client should send: broken JSON, huge and deep JSON, known fields that hold anything at all."""
    specs, inside = _facts(endpoint)
    odd = st.fixed_dictionaries({}, optional=dict.fromkeys(specs, ANYTHING))
    near = st.tuples(_object(specs, {}), odd).map(lambda parts: {**parts[0], **parts[1]})
    rows_ = st.one_of(near, odd, ANYTHING)
    return st.one_of(RAW, (rows_.map(lambda row: {inside: [row]}) if inside else rows_).map(_written))


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


_ODD = ["", " ", "0", "-1", "٣", "1e5", "NaN", "null", "[]", "\x00", "\u202e", "\ud83d", "𝕏" * 40, "'; DROP--", "../..", "%s%n", "${x}", "9" * 30, "x" * 300, "1729000000000000000"]
_NUMBERS = [0, -1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**30, 0.5, 1e300]
ANYTHING: SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from(_NUMBERS), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(_ODD), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
RAW: SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"", b"null", b"[]", b"[1]", b'"text"', b"NaN", b"{", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"a":1}{"b":2}', b"[" * 50_000, b'{"a":' * 50_000, b'{"a":"\\ud800"}', b"a=1&b=2", b"<xml/>"]),
)


def _facts(endpoint: str) -> tuple[Specs, str]:
    """The fields of an endpoint's body; and the list in whose rows they stand, where it takes many."""
    if endpoint in tokopedia.BODIES:
        return tokopedia.BODIES[endpoint]
    known = {name: name for name in rows.ids() if rows.row(name).body and rows.row(name).media == "json"}
    known = {unversioned(name): name for name in sorted(known)} | known
    if endpoint not in known:
        close = difflib.get_close_matches(endpoint, [*known, *tokopedia.BODIES], n=3)
        raise ValueError(f"there is no endpoint {endpoint!r} that takes a body of JSON" + (f"; did you mean {' or '.join(close)}?" if close else ": name it as docs/coverage.md does"))
    return rows.row(known[endpoint]).body, ""


# What a text is when its name says so: few of them are free.
_NAMED: tuple[tuple[tuple[str, ...], SearchStrategy[str]], ...] = (
    (("id", "_id", "ids"), st.integers(10**18, 2 * 10**18).map(str)),
    (("amount", "price", "value", "length", "width", "height", "fee"), st.integers(1, 10**6).map(str)),
    (("url", "urls", "uri"), st.integers(1, 999).map(lambda n: f"https://isv.example.com/{n}.jpg")),
)
_LETTERS = st.characters(categories=["L", "N", "P", "S"])


def _object(specs: Specs, fixed: Mapping[str, Any]) -> SearchStrategy[Json]:
    made = {name: _value(name, spec) for name, spec in specs.items()}
    must = {name for name, spec in specs.items() if spec.get("req")}
    chosen = {name: value if isinstance(value, SearchStrategy) else st.just(value) for name, value in fixed.items()}
    return st.fixed_dictionaries(
        {**{name: made[name] for name in must - chosen.keys()}, **chosen}, optional={name: one for name, one in made.items() if name not in must and name not in chosen}
    )


def _value(name: str, spec: Spec) -> SearchStrategy[Any]:
    if "enum" in spec:
        return st.sampled_from(spec["enum"])
    match spec["t"]:
        case "obj":
            return _object(spec.get("fields", {}), {})
        case "list":
            low, high = _bounds(spec, 1 if spec.get("req") else 0, 3)
            return st.lists(_value(name, _item(spec)), min_size=low, max_size=high)
        case "str":
            return _text(name, spec)
        case "int" | "num":
            least, most = spec.get("range", [None, None])
            return st.integers(int(1 if least is None else least), int(10**6 if most is None else most))
        case "bool":
            return st.booleans()
    return st.integers(1, 100)


def _bounds(spec: Spec, least: int, most: int) -> tuple[int, int]:
    low, high = spec.get("len", [None, None])
    low = max(least, low or 0)
    return low, max(low, most if high is None else min(high, most))


def _text(name: str, spec: Spec) -> SearchStrategy[str]:
    if "len" not in spec:
        for endings, made in _NAMED:
            if name in endings or name.endswith(tuple(f"_{ending}" for ending in endings)):
                return made
    low, high = _bounds(spec, 1, 60)
    return st.text(_LETTERS, min_size=low, max_size=high)


# ---- what can be wrong ---------------------------------------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """How one field can be wrong: the names that lead to it (lists by their first item), and what it holds then; None: nothing."""

    names: tuple[str, ...]
    steps: tuple[str | int, ...]
    kind: Kind
    held: SearchStrategy[Any] | None


_OTHERS: Mapping[str, list[Any]] = {
    "str": [[], {}, True, 1.5],
    "int": ["text", 1.5, True, []],
    "num": ["text", True, []],
    "bool": ["yes", 1, []],
    "list": ["text", 7, {}],
    "obj": ["text", 7, True],
}


def _ways(specs: Specs, names: tuple[str, ...] = (), steps: tuple[str | int, ...] = ()) -> Iterator[_Way]:
    for name, spec in specs.items():
        here, way = (*names, name), (*steps, name)
        if spec.get("req") and "default" not in spec:
            yield _Way(here, way, "missing", None)
        yield from _wrong(name, spec, here, way)


def _wrong(name: str, spec: Spec, names: tuple[str, ...], steps: tuple[str | int, ...]) -> Iterator[_Way]:
    kind = spec["t"]
    if kind in _OTHERS:
        yield _Way(names, steps, "type", st.sampled_from(_OTHERS[kind]))
    if "enum" in spec:
        yield _Way(names, steps, "enum", st.just("NO_SUCH_VALUE" if kind == "str" else 987_654))
    elif kind == "str" and "len" in spec:
        low, high = spec["len"]
        yield from (_Way(names, steps, "length", st.just("x" * size)) for size in _outside(low, high) if size > 0)
    elif kind in ("int", "num") and "range" in spec:
        low, high = (None if bound is None else int(bound) for bound in spec["range"])
        yield from (_Way(names, steps, "range", st.just(number)) for number in _outside(low, high))
    elif kind == "list":
        item = _item(spec)
        low, high = spec.get("len", [None, None])
        yield from (_Way(names, steps, "length", _value(name, item).map(partial(_repeated, size))) for size in _outside(low, high) if size > 0)
        if "fields" in item:
            yield from _ways(item["fields"], names, (*steps, 0))
        else:
            yield from _wrong(name, item, names, (*steps, 0))
    elif kind == "obj" and "fields" in spec:
        yield from _ways(spec["fields"], names, steps)


_ANY: Spec = {"t": "any"}


def _item(spec: Spec) -> Spec:
    return spec.get("items", _ANY)


def _repeated(times: int, one: Any) -> list[Any]:
    return [copy.deepcopy(one) for _ in range(times)]


def _outside(low: int | None, high: int | None) -> list[int]:
    return [*([] if low is None else [low - 1]), *([] if high is None else [high + 1])]


@st.composite
def _spoiled(draw: DrawFn, specs: Specs, way: _Way, fixed: Mapping[str, Any]) -> tuple[Json, Wrong]:
    made = copy.deepcopy(draw(_object(specs, fixed)))  # what was drawn belongs to Hypothesis
    spec: Spec = {"t": "obj", "fields": dict(specs)}
    holder: Any = made
    name = ""
    for step in way.steps[:-1]:
        spec, name = (spec["items"], name) if isinstance(step, int) else (spec["fields"][step], step)
        empty = not holder if isinstance(step, int) else not holder.get(step)
        if empty:
            one: Any = [] if spec["t"] == "list" else draw(_value(name, spec))
            holder.append(one) if isinstance(step, int) else holder.__setitem__(step, one)
        holder = holder[step]
    last = way.steps[-1]
    if way.held is None:
        holder.pop(last, None)
    elif isinstance(last, int):
        holder[:] = [draw(way.held), *holder[1:]]
    else:
        holder[last] = draw(way.held)
    return made, Wrong("".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way.steps).removeprefix("."), way.kind)


# ---- products ------------------------------------------------------------------------------------------------------------------------------

_WORDS = ["Kopi", "Teh", "Tas", "Kaos", "Batik", "Rajut", "Bambu", "Kulit", "Pedas", "Manis", "Yogyakarta", "Lampung", "Bandung", "Asli", "Premium", "250 gram", "Isi 2"]


def products(shop: Shop, on: str = "tiktok_shop") -> SearchStrategy[Json]:
    """What makes a product in this shop: a body of Create Product, or (``on="tokopedia"``) a row of Create Products V3. The platform takes each."""
    world = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].world)
    leaf = next(row for row in world.shelf(CATEGORIES).page("by_serial") if row.is_leaf)
    title = st.lists(st.sampled_from(_WORDS), min_size=5, max_size=8).map(" ".join)
    price, stock = st.integers(1_000, 5_000_000), st.integers(1, 9_999)
    sku = st.integers(0, 10**9).map(lambda n: f"SKU-{n}")
    if Platform(on) is Platform.TOKOPEDIA:
        facts: dict[str, SearchStrategy[Any]] = {
            "name": title.map(lambda text: text[:70].strip()), "category_id": st.just(leaf.tokopedia), "price_currency": st.just("IDR"), "price": price, "status": st.just("LIMITED"),
            "min_order": st.just(1), "weight": st.integers(1, 30_000), "weight_unit": st.just("GR"), "condition": st.sampled_from(["NEW", "USED"]), "stock": stock, "sku": sku,
            "description": title, "pictures": st.just([{"file_path": "https://isv.example.com/1.jpg"}]),
        }  # fmt: skip
        return st.fixed_dictionaries(facts)
    place = shops.default_warehouse(world, shops.named(world, shop.seller).serial, Platform.TIKTOK_SHOP)
    warehouse = tiktok_ids.text(tiktok_ids.warehouse(world), place.serial)
    variant = st.fixed_dictionaries(
        {
            "seller_sku": sku,
            "price": price.map(lambda amount: {"amount": str(amount), "currency": "IDR"}),
            "inventory": stock.map(lambda quantity: [{"warehouse_id": warehouse, "quantity": quantity}]),
        }
    )
    return st.fixed_dictionaries(
        {
            "title": title.filter(lambda text: len(text) >= 25),
            "description": title.map(lambda text: f"<p>{text}</p>"),
            "category_id": st.just(str(leaf.tiktok_shop)),
            "main_images": st.just([{"uri": "tos-maliva-i-1"}]),
            "package_weight": st.integers(1, 20).map(lambda kilos: {"value": str(kilos), "unit": "KILOGRAM"}),
            "skus": st.lists(variant, min_size=1, max_size=1),
        }
    )


# ---- orders, and a merge -------------------------------------------------------------------------------------------------------------------


def apps() -> SearchStrategy[str]:
    """The app in which a buyer is."""
    return st.sampled_from(["tokopedia", "tiktok_shop"])


def orders() -> SearchStrategy[Json]:
    """What ``shop.place_order(**order)`` takes: one order in either app, paid at once, hours later, or not."""
    paid = st.one_of(st.just(True), st.just(False), st.sampled_from([60, 3600, 3 * 3600]).map(lambda seconds: {"after": seconds}))
    return st.fixed_dictionaries({"on": apps(), "pay": paid}, optional={"count": st.integers(1, 2)})


OFFSETS = (-3600, -60, -1, 1, 60, 3600)


def orders_around_the_merge(least: int = 0, most: int = 3) -> SearchStrategy[list[tuple[int, str, bool]]]:
    """Orders around a merge: seconds before or after it, the app, and whether the buyer pays at once or some hours later."""
    return st.lists(st.tuples(st.sampled_from(OFFSETS), apps(), st.booleans()), min_size=least, max_size=most)


@st.composite
def timelines(draw: DrawFn, world: str = "small", most: int = 4) -> Json:
    """A schedule for ``mockplatforms run``: orders around a merge, in a workspace in which two runs are the same."""
    rows_ = sorted(draw(orders_around_the_merge(most=most)))
    steps: list[Json] = [{"do": "PUT /preconditions/merge_event_subscription", "with": {"met": True}}, {"do": "POST /migration/link"}]
    at = None
    for offset, app, paid in rows_:
        if offset != at:
            if offset < 0 or at is None or at < 0:
                steps.append({"do": "POST /clock/advance", "with": {"until": "MERGED", "before": max(0, -offset)}})
            if offset > 0:
                steps.append({"do": "POST /clock/advance", "with": {"seconds": offset - max(at or 0, 0)}})
        at = offset
        steps.append({"do": "POST /orders", "with": {"buyer_app": app, "items": [], "pay": paid or {"after": 3 * 3600}}})
    if at is None or at < 0:
        steps.append({"do": "POST /clock/advance", "with": {"until": "MERGED"}})
    if draw(st.booleans()):
        steps.append({"do": "POST /migration/confirm-product-merge"})
    return {"workspace": {"seed": draw(st.integers(1, 99)), "world": world, "clock": dict(VIRTUAL), "ids": "repeat"}, "timeline": steps}


# ---- trouble -------------------------------------------------------------------------------------------------------------------------------

_HELD: Mapping[str, SearchStrategy[Any]] = {
    "seconds": st.one_of(st.sampled_from([0.5, 3, 90]), st.just({"low": 0.5, "high": 3})),
    "bytes": st.integers(0, 200),
    "status": st.sampled_from(FIELDS["status"]["enum"]),
    "form": st.sampled_from(FIELDS["form"]["enum"]),
    "retry_after": st.integers(0, 60),
    "skew": st.sampled_from([-600, 600]),
    "content_type": st.sampled_from(["text/html", "text/plain"]),
}


def faults(*kinds: str) -> SearchStrategy[Json]:
    """A rule of trouble (docs/faults.md): what POST …/faults takes, and ``shop.fault(**rule)``. No ``kinds``: any. Raises ValueError for an unknown one."""
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}; the faults are {', '.join(KINDS)}")
    return st.sampled_from(kinds or tuple(KINDS)).flatmap(_fault)


def _fault(name: str) -> SearchStrategy[Json]:
    kind = KINDS[name]
    which: dict[str, SearchStrategy[Any]] = {
        "effect": st.sampled_from(["read", "write"]),
        "phase": st.sampled_from([str(phase) for phase in Phase]),
        "times": st.integers(1, 3),
        "nth": st.lists(st.integers(1, 5), min_size=1, max_size=2, unique=True).map(sorted),
        "probability": st.sampled_from([0.1, 0.5, 1.0]),
    }
    must = {name_: _HELD[name_] for name_ in kind.needs}
    may = {name_: _HELD[name_] for name_ in PARAMETERS if name_ in kind.takes and name_ not in kind.needs}
    made = st.fixed_dictionaries({"fault": st.just(name), "side": st.sampled_from(kind.sides), **must}, optional={**may, **which})
    return made.filter(lambda rule: (rule.get("status"), rule.get("form")) != (502, "platform"))  # which only proxies say


def webhook_answers(most: int = 5) -> SearchStrategy[list[int]]:
    """Statuses with which a receiver answers the next webhooks, one after the other: yes, no, broken, busy."""
    return st.lists(st.sampled_from([200, 200, 204, 400, 500, 503]), max_size=most)


__all__ = [
    "ANYTHING", "OFFSETS", "RAW", "Wrong", "apps", "body", "faults", "hostile_body", "invalid_body", "orders", "orders_around_the_merge", "products", "timelines", "webhook_answers",
]  # fmt: skip
