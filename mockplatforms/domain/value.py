"""Values: frozen, slotted rows that are made and changed by generated, straight-line code."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self, TypeVar, dataclass_transform

T = TypeVar("T")


class Value:
    """Base of every row: it never changes; :meth:`but` answers a changed copy."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, f.name) == getattr(other, f.name) for f in fields(self))  # type: ignore[arg-type]  # every value is a dataclass

    def __hash__(self) -> int:
        return hash(tuple([getattr(self, f.name) for f in fields(self)]))  # type: ignore[arg-type]  # as above

    def __repr__(self) -> str:
        told = ", ".join([f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr])  # type: ignore[arg-type]  # as above
        return f"{type(self).__qualname__}({told})"

    def but(self, **changes: Any) -> Self:
        """A copy with some fields changed. Raises TypeError when it has no such field."""
        raise TypeError(f"{type(self).__name__} is no @value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class a frozen, slotted dataclass with fast, generated ``__init__`` and ``but``.

    Defaults, ``KW_ONLY``, ``ClassVar`` and inheritance work as in a dataclass, and so do equality, hash, repr, copying and pickling.
    ``__post_init__`` runs after both. Raises TypeError for a field with ``init=False``: every field of a value is given to it.
    """
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass works out a signature, which takes longer than all the rest
    made: Any = dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)(cls)
    scope = _scope(made)
    exec(_source(made), scope)  # noqa: S102  # written from field names alone; several times faster than a loop over them
    for name in ("__init__", "but"):
        function = scope[name]
        function.__module__, function.__qualname__ = made.__module__, f"{made.__qualname__}.{name}"
        function.__doc__ = None if name == "__init__" else Value.but.__doc__
    made.__init__, made.but = scope["__init__"], scope["but"]
    return made  # type: ignore[no-any-return]  # dataclass(slots=True) answers a new class of the same type


def _scope(made: Any) -> dict[str, Any]:
    """What the generated code sees.

    A frozen instance can be filled only by one call per field. So a value is filled as a ``_draft``, a class of the same slots whose
    attributes may be assigned (a few nanoseconds each), and becomes what it is when it is complete. Measured on 45 fields, Python 3.11:
    ``but`` 1.1 µs against 3.2 by the slots' setters and 24 by ``dataclasses.replace``; ``__init__`` 0.9 against 2.0 and 4.1.
    """
    draft = {"__slots__": made.__slots__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return {
        "_new": object.__new__,
        "_draft": type(made.__name__, (made.__base__,), draft),
        "_become": object.__dict__["__class__"].__set__,
        "_setters": {f.name: getattr(made, f.name).__set__ for f in fields(made)},
        "_unset": MISSING,
        **{f"_default_{f.name}": f.default for f in fields(made) if f.default is not MISSING},
        **{f"_factory_{f.name}": f.default_factory for f in fields(made) if f.default_factory is not MISSING},
    }


def _source(made: Any) -> str:
    """The text of ``__init__`` and ``but``."""
    placed: list[str] = ["self"]
    named: list[str] = []
    factories: list[str] = []
    for f in fields(made):
        if not f.init:
            raise TypeError(f"{made.__name__}.{f.name}: every field of a value is given to it, init=False has no place here")
        text = f.name
        if f.default is not MISSING:
            text += f"=_default_{f.name}"
        elif f.default_factory is not MISSING:
            text += "=_unset"
            factories.append(f" if {f.name} is _unset: {f.name} = _factory_{f.name}()")
        (named if f.kw_only else placed).append(text)
    parameters = ", ".join([*placed, "*", *named] if named else placed)
    checked = hasattr(made, "__post_init__")
    lines = [
        f"def __init__({parameters}):",
        *factories,
        " _kind = self.__class__",
        " _become(self, _draft)",
        *(f" self.{f.name} = {f.name}" for f in fields(made)),
        " self.__class__ = _kind",
        *([" self.__post_init__()"] if checked else []),
        "def but(self, /, **changes):",
        " made = _new(_draft)",
        *(f" made.{f.name} = self.{f.name}" for f in fields(made)),
        " made.__class__ = self.__class__",
        " for name in changes:",
        "  if name not in _setters: raise TypeError(f'{self.__class__.__name__} has no field {name!r}')",
        "  _setters[name](made, changes[name])",
        *([" made.__post_init__()"] if checked else []),
        " return made",
    ]
    return "\n".join(lines) + "\n"
