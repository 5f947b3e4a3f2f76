"""Values: frozen, slotted rows that are made and changed by generated, straight-line code."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self, TypeVar, dataclass_transform

T = TypeVar("T")


class Value:
    """Base of every row: it never changes; :meth:`but` answers a changed copy."""

    __slots__ = ()

    def but(self, **changes: Any) -> Self:
        """A copy with some fields changed. Raises TypeError when it has no such field."""
        raise TypeError(f"{type(self).__name__} is no @value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class a frozen, slotted dataclass whose ``__init__`` and ``but`` set the slots directly.

    A frozen dataclass pays ``object.__setattr__`` for every field it sets; on a row of 45 fields that is most of the cost of a write.
    """
    made = dataclass(frozen=True, slots=True)(cls)
    names = [f.name for f in fields(made)]  # type: ignore[arg-type]  # it is a dataclass now
    scope: dict[str, Any] = {f"_set_{name}": getattr(made, name).__set__ for name in names}
    scope["_new"] = object.__new__
    scope["_cls"] = made
    parameters = []
    body = []
    for f in fields(made):  # type: ignore[arg-type]  # it is a dataclass now
        if f.default is not MISSING:
            scope[f"_default_{f.name}"] = f.default
            parameters.append(f"{f.name}=_default_{f.name}")
        elif f.default_factory is not MISSING:
            scope[f"_factory_{f.name}"] = f.default_factory
            scope["_unset"] = MISSING
            parameters.append(f"{f.name}=_unset")
            body.append(f" if {f.name} is _unset: {f.name} = _factory_{f.name}()")
        else:
            parameters.append(f.name)
    sets = [f" _set_{name}(self, {name})" for name in names]
    init = f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(body + sets) + "\n"
    copies = [f" _set_{name}(made, pop('{name}', self.{name}))" for name in names]
    # An unchanged field is copied without a look-up where few changes are asked for; what is left over in the end is no field.
    but = (
        "def but(self, **changes):\n made = _new(_cls)\n pop = changes.pop\n"
        + "\n".join(copies)
        + "\n if changes:\n  raise TypeError(f'{_cls.__name__} has no field ' + ', '.join(sorted(changes)))\n return made\n"
    )
    exec(init + but, scope)  # straight-line code is several times faster than a loop over the fields
    for name in ("__init__", "but"):
        function = scope[name]
        function.__qualname__ = f"{made.__qualname__}.{name}"
        setattr(made, name, function)
    return made
