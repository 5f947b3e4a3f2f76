"""What buyers ask in public about products of a Tokopedia shop, and what is answered."""

from __future__ import annotations

from typing import Any

from ...domain import discussions, placing, products
from ...domain.discussions import QUESTIONS, Question
from ...domain.errors import Ambiguous
from ...domain.phases import Platform
from ...domain.shops import BUYERS
from ...domain.world import World
from . import naming
from .routes import SELLER, Ask, Field, Json, Problem, Route

_TEXT: Field = {"t": "str", "req": True, "len": [1, 1000]}
_BUYER: Field = {"t": "str", "help": "short name of a buyer; absent: the seed picks"}


def described(world: World, question: Question) -> Json:
    record = products.find(world, question.product)
    return {
        "question_id": naming.wire(world, "message", question.serial, Platform.TOKOPEDIA),
        "product_id": naming.wire(world, "product", record.serial, Platform.TOKOPEDIA),
        "buyer": _named(world, question.buyer),
        "text": question.text,
        "at": naming.instant(question.at),
        "answers": [{"by": "seller" if one.buyer is None else _named(world, one.buyer), "text": one.text, "at": naming.instant(one.at)} for one in question.answers],
    }


def _named(world: World, serial: int) -> str:
    buyer = world.get(BUYERS, serial)
    return buyer.key if buyer is not None else ""


async def ask(ask: Ask) -> Any:
    """A buyer asks about a product."""
    body, world = ask.body, ask.world
    if body.get("product_id"):
        record, _ = naming.product(world, ask.seller.serial, body["product_id"])
    elif body.get("sku"):
        found = {one.serial: one for one, _ in products.by_seller_sku(world, ask.seller.serial, body["sku"], Platform.TOKOPEDIA)}
        if len(found) > 1:
            raise Ambiguous(f"{len(found)} products carry the SKU {body['sku']!r}: name one by its product_id", tuple(found))
        record = next(iter(found.values()), None) or naming.product(world, ask.seller.serial, body["sku"])[0]
    else:
        raise Problem(422, "invalid", "No product is named", "name the product by product_id or sku", field="product_id")
    serial = ask.apply(discussions.ask, record.serial, placing.buyer_named(world, body.get("buyer")), body["text"])
    return 201, described(ask.world, discussions.find(ask.world, serial))


async def answer(ask: Ask) -> Any:
    """The seller answers a question, or a buyer does who is named."""
    serial = naming.serial(ask.world, "message", ask.params["question"], Platform.TOKOPEDIA)
    buyer = placing.buyer_named(ask.world, ask.body["buyer"]) if ask.body.get("buyer") else None
    question = discussions.find(ask.world, serial)
    ask.apply(discussions.answer, question.serial, buyer, ask.body["text"])
    return 201, described(ask.world, discussions.find(ask.world, question.serial))


async def every(ask: Ask) -> Any:
    """All questions of a seller's shop, the latest first."""
    world, owner = ask.world, ask.seller.serial
    rows = [row for row in world.shelf(QUESTIONS).rows.values() if row.seller == owner]
    return {"questions": [described(world, row) for row in sorted(rows, key=lambda row: -row.serial)]}


_AT = "/workspaces/{id}/discussions"
_ANSWER: Json = {
    "question_id": 7000000021,
    "product_id": 11555123456,
    "buyer": "budi",
    "text": "Ready kak?",
    "at": {"world": 1737342000, "wire": 1737342000},
    "answers": [],
}

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        _AT,
        ask,
        "A buyer asks about a product in the Tokopedia app",
        body={**SELLER, "product_id": {"t": "str"}, "sku": {"t": "str"}, "buyer": _BUYER, "text": _TEXT},
        example={"sku": "KAOS-01", "text": "Ready kak?"},
        answer=_ANSWER,
        status=201,
    ),
    Route("GET", _AT, every, "All questions, the latest first", query=SELLER, answer={"questions": [_ANSWER]}),
    Route(
        "POST",
        _AT + "/{question}/answers",
        answer,
        "The seller answers, or a buyer who is named",
        body={"text": _TEXT, "buyer": {"t": "str", "help": "short name of a buyer; absent: the seller"}},
        example={"text": "Ready, silakan dipesan"},
        answer=_ANSWER,
        status=201,
    ),
)
