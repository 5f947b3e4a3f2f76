"""What buyers ask in public about a product of a Tokopedia shop, and what is answered."""

from __future__ import annotations

from . import products
from .errors import Invalid, QuestionUnknown
from .events import Discussed
from .instants import Instant
from .shops import Buyer
from .table import Table
from .value import Value, value
from .world import Change, World


@value
class Answer(Value):
    """``buyer`` is None where the seller answers."""

    serial: int
    buyer: int | None
    text: str
    at: Instant


@value
class Question(Value):
    serial: int
    seller: int
    product: int
    buyer: int
    text: str
    at: Instant
    answers: tuple[Answer, ...] = ()


QUESTIONS = Table("questions", Question, by_product=lambda q: ((q.product, q.serial),))


def ask(world: World, product: int, buyer: Buyer, text: str) -> Change:
    """A buyer asks about a product. Answers the question's serial."""
    record = products.find(world, product)
    serial, world = world.take()
    world = world.put(QUESTIONS, Question(serial, record.seller, product, buyer.serial, _said(text), world.now))
    return Change(world.tell(Discussed(record.seller, world.now, serial, 0)), serial)


def answer(world: World, question: int, buyer: Buyer | None, text: str) -> Change:
    """The seller (no buyer) or another buyer answers. Answers the serial of what was said."""
    held = find(world, question)
    serial, world = world.take()
    made = Answer(serial, None if buyer is None else buyer.serial, _said(text), world.now)
    world = world.put(QUESTIONS, held.but(answers=(*held.answers, made)))
    return Change(world.tell(Discussed(held.seller, world.now, question, serial)), serial)


def find(world: World, serial: int | None) -> Question:
    found = None if serial is None else world.get(QUESTIONS, serial)
    if found is None:
        raise QuestionUnknown("there is no such question")
    return found


def _said(text: str) -> str:
    if not text.strip():
        raise Invalid("there is nothing said", "text")
    return text.strip()
