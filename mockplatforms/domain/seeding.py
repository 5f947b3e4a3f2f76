"""How a world begins: sellers with their shops, goods, orders and chats, as a fixture describes them in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product as combinations
from typing import Any, TypeVar

from . import acceptance, cancellations, chats, orders, placing, settlements, shipping, shops
from .developers import APPS, DEVELOPERS, App, Developer
from .instants import DAY, MINUTE, Instant
from .phases import Platform
from .products import PRODUCTS, Listing, Product, Sku, Stock
from .rules import RECOMMENDED, Rules
from .shops import (
    BUYERS,
    CATEGORIES,
    COURIERS,
    ETALASES,
    SELLERS,
    SHOPS,
    WAREHOUSES,
    Address,
    Buyer,
    Category,
    Courier,
    Etalase,
    Seller,
    Shop,
    Warehouse,
)
from .table import Shelf, Table
from .timers import TIMERS
from .value import Value
from .world import Change, World

Json = Mapping[str, Any]
Row = TypeVar("Row", bound=Value)

MOST_PRODUCTS = 100_000
IMAGES = "https://images.mockplatforms.test/"  # pictures have names only: the domain ends in .test and leads nowhere


def build(
    fixture: Json, catalogue: Json, *, seed: int, epoch: int, born: Instant, rules: Rules = RECOMMENDED, sellers: Sequence[Json] | None = None
) -> World:
    """The world of a fixture as it stands at ``born``; ``sellers`` (see :func:`add_seller`) come in place of the fixture's.

    Raises ValueError in words for sellers that cannot be.
    """
    shelves, taken = _reference(catalogue)
    world = _organisation(World(seed=seed, epoch=epoch, born=born, rules=rules).but(shelves=shelves, next=taken), catalogue)
    if sellers is None:
        for spec in fixture["sellers"]:
            world = _settle(world, catalogue, spec).world
        world = _paid_out(world, born)
    else:
        for asked in sellers:
            world = add_seller(world, catalogue, asked).world
    return world.at(born).but(events=None, written=None)


_PAYING: Mapping[str, Callable[[World, int], World]] = {"settlement.due": settlements.settled, "statement.pay": settlements.paid}


def _paid_out(world: World, born: Instant) -> World:
    """What was completed before the world's birth is settled and paid, each at its own moment."""
    while True:
        late = [timer for timer in world.shelf(TIMERS).page("by_due", ("world",), ("world", born.world + 1)) if timer.kind in _PAYING]
        if not late:
            return world
        timer = late[0]
        at = Instant(timer.due, born.wire - (born.world - timer.due))
        world = _PAYING[timer.kind](world.drop(TIMERS, timer.serial).at(at), timer.subject)


# ---- a seller more ------------------------------------------------------------------------------------------------------------------------

# What the control API may say of a seller: field → (type, words). Fixtures say more: warehouses, goods one by one, orders, chats.
_ASKED: dict[str, tuple[type | tuple[type, ...], str]] = {
    "key": (str, "a text"),
    "name": (str, "a text"),
    "tokopedia": (bool, "true or false"),
    "tiktok_shop": (str, "existing or none"),
    "road": (str, "rehearsal or production"),
    "products": (int, f"a whole number from 0 to {MOST_PRODUCTS}"),
    "migrates": (bool, "true or false"),
}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def add_seller(world: World, catalogue: Json, spec: Json) -> Change:
    """One seller more, with shops, warehouse and goods: ``{"key", "name"?, "tokopedia"?, "tiktok_shop"?, "road"?, "products"?, "migrates"?}``.

    ``tokopedia``: true or false (default true); ``tiktok_shop``: existing (default) or none: then the shop is born at the merge;
    ``products``: how many goods (default 12), every third with a twin on the other side. Answers the seller's serial.
    Nothing is told of it: the goods have been there before. Raises ValueError in words for a seller that cannot be.
    """
    return _settle(world, catalogue, _judged(world, spec))


def _judged(world: World, spec: Json) -> Json:
    if not hasattr(spec, "items"):
        raise ValueError(f'a seller is an object such as {{"key": "toko-baru"}}, not {spec!r}')
    for field, given in spec.items():
        if field not in _ASKED:
            raise ValueError(f"a seller has no field {field!r}; the fields are {', '.join(_ASKED)}")
        wanted, words = _ASKED[field]
        if not isinstance(given, wanted) or (wanted is int and isinstance(given, bool)):
            raise ValueError(f"{field} of a seller is {words}, not {given!r}")
    key = spec.get("key", "")
    if not _KEY.fullmatch(key):
        raise ValueError(f"a seller needs a key of 1 to 40 letters, digits, dots, dashes or underlines, not {key!r}")
    if any(held.key == key for held in world.shelf(SELLERS).page("by_key", (key,), limit=1)):
        raise ValueError(f"there is a seller {key!r} already")
    if not 0 < len(spec.get("name", key)) <= 100:
        raise ValueError("the name of a seller has 1 to 100 letters")
    for field, choices in (("tiktok_shop", ("existing", "none")), ("road", ("rehearsal", "production"))):
        if spec.get(field, choices[0]) not in choices:
            raise ValueError(f"{field} of a seller is {' or '.join(choices)}, not {spec[field]!r}")
    if not 0 <= spec.get("products", 0) <= MOST_PRODUCTS:
        raise ValueError(f"products of a seller is a whole number from 0 to {MOST_PRODUCTS}, not {spec['products']}")
    if not spec.get("tokopedia", True) and spec.get("tiktok_shop", "existing") == "none":
        raise ValueError(f"seller {key!r} needs a shop: tokopedia true, or tiktok_shop existing")
    return spec


def _settle(world: World, catalogue: Json, spec: Json) -> Change:
    """A seller comes with everything that the spec says."""
    on_tokopedia, on_tiktok = spec.get("tokopedia", True), spec.get("tiktok_shop", "existing") == "existing"
    road = spec.get("road") or ("rehearsal" if on_tiktok else "production")
    key = spec["key"]
    number = len(world.shelf(SELLERS))
    serial, world = world.take()
    user, world = world.take()
    made: dict[Platform, int] = {}
    for platform, has, kind in ((Platform.TOKOPEDIA, on_tokopedia, "test"), (Platform.TIKTOK_SHOP, on_tiktok, "development")):
        if has:
            shop, world = world.take()
            made[platform] = shop
            opened = world.now.later(-(730 if platform is Platform.TOKOPEDIA else 210) * DAY)
            row = Shop(shop, serial, platform, spec.get("name", key), key.lower(), kind if road == "rehearsal" else "live", opened=opened, owner=user)
            world = world.put(SHOPS, row)
    seller = Seller(
        serial,
        key,
        spec.get("name", key),
        made.get(Platform.TOKOPEDIA),
        made.get(Platform.TIKTOK_SHOP),
        road,
        migrates=spec.get("migrates", on_tokopedia),
    )
    world = world.put(SELLERS, seller)
    world = _warehouses(world, catalogue, seller, spec.get("warehouses") or (_somewhere(catalogue, seller, number),))
    if on_tokopedia:
        for name in catalogue["etalases"]:
            etalase, world = world.take()
            world = world.put(ETALASES, Etalase(etalase, serial, name))
    wanted = spec.get("products", 12)
    world = _goods(world, catalogue, seller, _assorted(catalogue, wanted, seller) if isinstance(wanted, int) else wanted)
    return Change(_lived(world, seller, spec.get("orders", ()), spec.get("chats", ())), serial)


# ---- who and where ------------------------------------------------------------------------------------------------------------------------


_references: dict[int, tuple[Json, dict[str, Shelf[Any]], int]] = {}


def _reference(catalogue: Json) -> tuple[dict[str, Shelf[Any]], int]:
    """Couriers, categories and buyers, and the first serial behind them: the same for every seller, and shared by all worlds."""
    held = _references.get(id(catalogue))
    if held is None:
        world = _referenced(World(), catalogue)
        held = _references[id(catalogue)] = (catalogue, world.shelves, world.next)  # keeps the catalogue alive, so its id stays its own
    return held[1], held[2]


def _referenced(world: World, catalogue: Json) -> World:
    serial, world = world.take(len(catalogue["couriers"]))
    world = _shelve(world, COURIERS, [Courier(serial + n, *row) for n, row in enumerate(catalogue["couriers"])])
    rows: list[Category] = []
    finer: list[tuple[Json, Category]] = []
    world = _categories(world, [(said, None) for said in catalogue["categories"]], rows, finer)
    while finer:
        split, finer = finer, []
        world = _categories(world, split, rows, finer, is_new=True)
    world = _shelve(world, CATEGORIES, rows)
    serial, world = world.take(len(catalogue["buyers"]))
    buyers = []
    for n, (key, name, place, street, *test) in enumerate(catalogue["buyers"]):
        address = _address(catalogue, place, name, f"62812{3450000 + n * 7919:07d}", street)
        buyers.append(Buyer(serial + n, key, name, f"{key}@pembeli.example", address, bool(test)))
    return _shelve(world, BUYERS, buyers)


def _categories(
    world: World, branches: Iterable[tuple[Json, Category | None]], rows: list[Category], finer: list[tuple[Json, Category]], *, is_new: bool = False
) -> World:
    """Branches with all below them, each after what is above it; ``finer`` gathers what the second version has below leaves."""
    for said, above in branches:
        serial, world = world.take()
        only = Platform(said["only"]) if "only" in said else above.only if above is not None else None
        row = Category(
            serial,
            above.serial if above is not None else None,
            said["name"],
            said.get("tokopedia", 0),
            said["id"],
            "below" not in said,
            said["en"],
            said.get("asks") or (above.asks if above is not None else ""),
            tuple(said.get("words", ())),
            tuple(said.get("permission", ())),
            only,
            is_new,
            "v2" in said,
        )
        rows.append(row)
        world = _categories(world, [(one, row) for one in said.get("below", ())], rows, finer, is_new=is_new)
        finer += [(one, row) for one in said.get("v2", ())]
    return world


def _address(catalogue: Json, place: str, name: str, phone: str, street: str) -> Address:
    return Address(name, phone, street, *catalogue["places"][place])


def _organisation(world: World, catalogue: Json) -> World:
    """The ISV: one developer, one test app on Tokopedia, one app on TikTok Shop; it listens to no merge event yet."""
    serial, world = world.take(3)
    world = world.put(DEVELOPERS, Developer(serial, **catalogue["developer"]))
    for n, platform in enumerate(Platform, 1):
        said: dict[str, Any] = {name: tuple(given) if isinstance(given, list) else given for name, given in catalogue["apps"][platform.value].items()}
        world = world.put(APPS, App(serial + n, platform, **said))
    return world


def _somewhere(catalogue: Json, seller: Seller, number: int) -> Json:
    """The one warehouse of a seller of whom nothing more is said."""
    places = list(catalogue["places"])
    return {
        "name": f"Gudang {seller.name}",
        "place": places[number % len(places)],
        "street": f"Jl. Pergudangan No. {number + 1}",
        "tokopedia": seller.tokopedia is not None,
        "tiktok_shop": seller.tiktok_shop is not None,
    }


def _warehouses(world: World, catalogue: Json, seller: Seller, rows: Sequence[Json]) -> World:
    for n, row in enumerate(rows):
        serial, world = world.take()
        address = _address(catalogue, row["place"], seller.name, f"62878{5100000 + serial:07d}", row["street"])
        world = world.put(
            WAREHOUSES,
            Warehouse(serial, seller.serial, row["name"], address, n == 0, row["tokopedia"], row["tiktok_shop"], kind=row.get("kind", "sales")),
        )
    return world


# ---- what is sold -------------------------------------------------------------------------------------------------------------------------

# Fields of a product that a row of goods may set as they are.
_PLAIN = ("brand", "bundle", "insurance", "is_cod", "is_on_campaign", "min_order", "must_insurance", "preorder_days", "suspended_reason")


def _assorted(catalogue: Json, count: int, seller: Seller) -> list[Json]:
    """So many goods of all templates in turn, every third with a twin where the seller has both shops."""
    both = seller.tokopedia is not None and seller.tiktok_shop is not None
    side = Platform.TOKOPEDIA if seller.tokopedia is not None else Platform.TIKTOK_SHOP
    templates = list(catalogue["templates"])
    return [
        {"template": templates[n % len(templates)], "from": n // len(templates), "twins": int(both and n % 3 == 0), "side": side.value}
        for n in range(count)
    ]


def _goods(world: World, catalogue: Json, seller: Seller, rows: Iterable[Json]) -> World:
    """The seller's products, each with its twin on the other side where it has one."""
    etalases = [e.serial for e in world.shelf(ETALASES).page("by_seller", (seller.serial,), (seller.serial + 1,))]
    places = {platform: [w.serial for w in shops.warehouses(world, seller.serial, platform)] for platform in Platform}
    serial = world.next
    made: list[Product] = []
    twins: list[tuple[Product, Json]] = []
    for row in rows:
        template = catalogue["templates"][row["template"]]
        number = template["category"]
        category = world.shelf(CATEGORIES).page("by_tiktok_shop", (number,), (number + 1,), limit=1)[0].serial
        home = Platform(row.get("side", Platform.TOKOPEDIA))
        first = row.get("from", 0)
        for n in range(first, first + row.get("count", 1)):
            one = _product(
                serial, seller, home, template, row, n, len(made), now=world.now, category=category, etalases=etalases, places=places[home]
            )
            made.append(one)
            serial += 1 + len(one.skus)
            if n - first < row.get("twins", 0):
                twins.append((one, row.get("twin", {})))
    for n, (one, differs) in enumerate(twins):
        made.append(_twin(serial, one, differs, n, now=world.now, places=places[Platform.TIKTOK_SHOP]))
        serial += 1 + len(one.skus)
    return _shelve(world.but(next=serial), PRODUCTS, made)


def _product(
    serial: int,
    seller: Seller,
    home: Platform,
    template: Json,
    row: Json,
    n: int,
    place: int,
    *,
    now: Instant,
    category: int,
    etalases: Sequence[int],
    places: Sequence[int],
) -> Product:
    """The ``n``-th version of a template, as the row changes it; ``place`` counts all goods of the seller."""
    several = row.get("count", 1) > 1
    versions = template["versions"]
    name = row.get("name")
    if name is None or several:
        again = f" Seri {n // len(versions) + 1}" if n >= len(versions) else ""
        name = f"{name or template['name']} {versions[n % len(versions)]}{again}"
    prefix = row.get("sku", template["sku"])
    text = f"{prefix}-{n + 1:02d}" if prefix and ("sku" not in row or several) else prefix
    axes: Mapping[str, Sequence[str]] = row.get("axes", template.get("axes", {}))
    price = row.get("price", template["price"] + n % 50 * template["step"])
    stem = f"{IMAGES}{template['sku'].lower()}-{n % len(versions) + 1}"
    skus = []
    for k, options in enumerate(combinations(*axes.values())):
        code = "-".join([text, *(_short(option) for option in options)]) if text else ""
        stock = _shared(row.get("stock", 8 + (place * 17 + k * 5) % 40), places)
        skus.append(Sku(serial + 1 + k, code, price + k // 4 * 1000, stock, options, f"{stem}-{k + 1}.jpg" if axes else "", k == 0))
    listing = Listing(row.get("listing", Listing.ACTIVATE))
    length, width, height = template["size"]
    created = now.later(-(400 * DAY if home is Platform.TOKOPEDIA else 200 * DAY) + place * 90 * MINUTE % (150 * DAY))
    facts = {name: row[name] for name in _PLAIN if name in row}
    return Product(
        serial=serial,
        seller=seller.serial,
        home=home,
        name=name,
        description=f"{name}. {template['text']}",
        category=category,
        weight=row.get("weight", template["weight"]),
        weight_unit="GR" if "weight" in row else template.get("unit", "GR"),
        skus=tuple(skus),
        created=created,
        updated=created,
        revised=0,
        tokopedia=listing if home is Platform.TOKOPEDIA else None,
        tiktok_shop=listing if home is Platform.TIKTOK_SHOP else None,
        axes=tuple(axes),
        images=(f"{stem}.jpg", f"{stem}-b.jpg"),
        length=length,
        width=width,
        height=height,
        etalase=etalases[row.get("etalase", place) % len(etalases)] if etalases and home is Platform.TOKOPEDIA else 0,
        wholesale=tuple((least, each) for least, each in row.get("wholesale", ())),
        audit="NONE" if listing is Listing.DRAFT else "APPROVED",
        sold=place * 13 % 90,
        views=place * 131 % 2000,
        **{"brand": template["brand"], **facts},
    )


def _twin(serial: int, one: Product, differs: Json, n: int, *, now: Instant, places: Sequence[int]) -> Product:
    """The same goods sold on TikTok Shop under the same seller SKUs: a record of its own, with its own price, stock and sometimes weight."""
    skus = tuple(
        sku.but(serial=serial + 1 + k, price=sku.price + differs.get("price_add", 0), stock=_shared(5 + (n * 11 + k * 3) % 25, places))
        for k, sku in enumerate(one.skus)
    )
    created = now.later(-200 * DAY + n * 120 * MINUTE % (150 * DAY))
    weight = {"weight": differs["weight"], "weight_unit": "GR"} if "weight" in differs else {}
    name = f"{differs['name']} {one.name.rsplit(' ', 1)[-1]}" if "name" in differs else one.name
    return one.but(
        serial=serial, home=Platform.TIKTOK_SHOP, name=name, skus=skus, created=created, updated=created,
        tokopedia=None, tiktok_shop=Listing.ACTIVATE, etalase=0, wholesale=(), min_order=1, **weight,
    )  # fmt: skip


def _short(option: str) -> str:
    """How an option is written in a seller SKU."""
    return "".join(letter for letter in option if letter.isalnum())[:3].upper()


def _shared(stock: int | Sequence[int], places: Sequence[int]) -> tuple[Stock, ...]:
    """Units per warehouse: as listed, or one number of which the second warehouse has a third."""
    if isinstance(stock, int):
        second = stock // 3 if len(places) > 1 else 0
        stock = (stock - second, second)
    return tuple(Stock(place, units) for place, units in zip(places, stock, strict=False))


# ---- what has happened --------------------------------------------------------------------------------------------------------------------

_Step = Callable[[World, int], World]


def _each_package(world: World, serial: int) -> World:
    for package in orders.find(world, serial).packages:
        world = shipping.ship(world, package, handover="PICKUP")
    return world


# What a fixture may say has been done to an order.
_ACTS: dict[str, _Step] = {
    "pay": placing.paid,
    "accept": acceptance.accept,
    "reject": lambda world, serial: acceptance.reject(world, serial, code=5, reason="barang cacat saat dicek"),
    "pickup": shipping.request_pickup,
    "confirm": lambda world, serial: shipping.confirm_shipping(world, serial, f"CM{serial:010d}"),
    "ship": _each_package,
    "collect": shipping.collected,
    "deliver": shipping.delivered,
    "complete": orders.completed,
    "complain": orders.complain,
    "cancel": lambda world, serial: cancellations.cancelled(world, serial, by="seller", reason="stok habis"),
    "request_cancel": lambda world, serial: cancellations.request_cancel(world, serial, "salah pesan"),
    "accept_cancel": lambda world, serial: cancellations.settle_cancel(world, serial, "accepted"),
    "reject_cancel": lambda world, serial: cancellations.settle_cancel(world, serial, "rejected"),
}


def _lived(world: World, seller: Seller, placed: Sequence[Json], talks: Sequence[Json]) -> World:
    """Orders and chats before the birth of the world, by the very operations that make them later, in the order of time."""
    now = world.now
    steps: list[tuple[int, int, Json, str]] = []
    for n, row in enumerate(placed):
        steps.append((row["at"], n, row, "place"))
        steps += [(at, n, row, act) for act, at in row["acts"]]
    for n, row in enumerate(talks, len(placed)):
        steps += [(at, n, {**row, "text": text}, who) for who, at, text in row["says"]]
    keys: dict[int, int] = {}
    for at, n, row, act in sorted(steps, key=lambda step: step[:2]):
        world = world.at(now.later(at * MINUTE))
        if act == "place":
            world, keys[n] = _placed(world, seller, row)
        elif act == "buyer":
            app = Platform(row["on"])
            buyer = placing.buyer_named(world, row["buyer"]).serial
            world, (keys[n], _) = chats.buyer_writes(world, seller.serial, buyer, app, app, chats.text(row["text"]), conversation=keys.get(n))
        elif act == "seller":
            world = chats.read(chats.seller_writes(world, keys[n], chats.text(row["text"])).world, keys[n])
        else:
            world = _ACTS[act](world, keys[n])
    return world.at(now)


def _placed(world: World, seller: Seller, row: Json) -> Change:
    app = Platform(row["on"])
    lines = placing.resolve(world, seller, app, [{"sku": sku, "quantity": units} for sku, units in row["items"]])
    return placing.place(world, seller, lines, buyer=placing.buyer_named(world, row["buyer"]), buyer_app=app, platform=app, pay=False)


def _shelve(world: World, table: Table[Row], rows: Sequence[Row]) -> World:
    """Many new rows at once, as :meth:`World.put` would put each; a shelf that they outnumber is laid out anew."""
    shelf = world.shelf(table)
    if len(rows) <= len(shelf):
        for row in rows:
            world = world.put(table, row)
        return world
    written = world.written
    for row in rows:
        written = ((table.name, row.serial), written)  # type: ignore[attr-defined]  # every row has a serial
    return world.but(shelves={**world.shelves, table.name: Shelf.of(table, (*shelf.rows.values(), *rows))}, written=written)
