"""Tables keep rows and indexes together, in order, and an older version never notices a newer one."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockplatforms.domain import products
from mockplatforms.domain.table import TOP, Shelf, Sorted, Table
from mockplatforms.domain.value import Value, value

from .conftest import Scene

keys = st.tuples(st.integers(0, 30), st.integers(0, 40))
bounds = st.one_of(st.none(), keys, st.tuples(st.integers(0, 31)))
moves = st.lists(st.tuples(st.sampled_from(["add", "remove", "replace"]), keys, keys), max_size=60)


@given(st.sets(keys, max_size=900), moves, bounds, bounds, st.booleans(), st.one_of(st.none(), st.integers(0, 30)), st.integers(0, 20))
def test_an_index_is_what_a_sorted_set_would_be(begin, acts, low, high, reverse, limit, skip):
    model, index = set(begin), Sorted.from_sorted(sorted(begin))
    versions = []
    for act, key, other in acts:
        versions.append((index, sorted(model)))
        if act == "add":
            model.add(key)
            index = index.add(key)
        elif act == "remove":
            model.discard(key)
            index = index.remove(key)
        else:
            model.discard(key)
            model.add(other)
            index = index.replace(key, other)
    every = sorted(model)
    assert list(index) == every and list(reversed(index)) == every[::-1] and len(index) == len(every)
    chosen = [key for key in every if (low is None or key >= low) and (high is None or key < high)]
    assert index.count(low, high) == len(chosen)
    ordered = chosen[::-1] if reverse else chosen
    assert index.page(low, high, reverse=reverse, limit=limit, skip=skip) == ordered[skip:][: limit if limit is not None else None]
    assert index.first(low) == next((key for key in every if low is None or key >= low), None)
    assert index.last(high) == next((key for key in reversed(every) if high is None or key < high), None)
    for before, was in versions:
        assert list(before) == was


@given(st.sets(keys, min_size=1, max_size=300), keys)
def test_rank_and_at_are_each_others_inverse(begin, probe):
    index = Sorted.from_sorted(sorted(begin))
    assert [index.rank(index.at(n)) for n in range(len(index))] == list(range(len(index)))
    assert index.rank(probe) == sum(key < probe for key in begin)
    assert (probe in index) == (probe in begin)
    assert index.at(-1) == max(begin)


def test_an_index_grows_and_shrinks_through_all_its_depths():
    index, order = Sorted(), [(n * 7919 % 6000,) for n in range(6000)]
    for key in order:
        index = index.add(key)
    assert list(index) == sorted(order)
    for key in order[:5990]:
        index = index.remove(key)
    assert list(index) == sorted(order[5990:])


def test_an_index_refuses_keys_out_of_order_and_places_that_are_not():
    with pytest.raises(ValueError, match="ascending"):
        Sorted.from_sorted([(2,), (1,)])
    with pytest.raises(IndexError, match="there are 1"):
        Sorted.from_sorted([(1,)]).at(1)


def test_top_is_greater_than_everything_and_there_is_one_of_it():
    assert (7, 10**18) < (7, TOP) < (8,)
    assert copy.deepcopy(TOP) is TOP and pickle.loads(pickle.dumps(TOP)) is TOP


@value
class Row(Value):
    serial: int
    group: int
    tags: tuple[int, ...] = ()


ROWS = Table("rows", Row, by_group=lambda r: ((r.group, r.serial),), by_tag=lambda r: tuple((tag, r.serial) for tag in dict.fromkeys(r.tags)))
rows = st.builds(Row, st.integers(1, 20), st.integers(0, 5), st.lists(st.integers(0, 4), max_size=3).map(tuple))


@given(st.lists(rows, max_size=15), st.lists(st.one_of(rows, st.integers(1, 20)), max_size=30))
def test_a_shelf_keeps_its_indexes_with_its_rows(begin, acts):
    shelf, model = Shelf.of(ROWS, begin), {row.serial: row for row in begin}
    for act in acts:
        if isinstance(act, int):
            shelf = shelf.drop(act)
            model.pop(act, None)
        else:
            shelf = shelf.put(act)
            model[act.serial] = act
    assert dict(shelf.rows) == model
    assert [row.serial for row in shelf.page("by_group", (2,), (3,))] == sorted(r.serial for r in model.values() if r.group == 2)
    assert list(shelf.index("by_tag")) == sorted({(tag, r.serial) for r in model.values() for tag in r.tags})


def test_a_value_changes_by_a_copy_and_knows_its_fields():
    row = Row(1, 2)
    assert row.but(group=3) == Row(1, 3) and row.group == 2
    with pytest.raises(TypeError, match="no field 'colour'"):
        row.but(colour="red")
    with pytest.raises(AttributeError):
        row.group = 5


def test_a_write_that_says_which_indexes_move_leaves_every_index_right(scene: Scene) -> None:
    demo = scene.build()
    record = next(row for row in demo.shelf(products.PRODUCTS).rows.values() if row.axes)
    later = scene.later(demo, 60)
    written = products.set_price(later, record.serial, record.skus[-1].serial, 123_400).shelf(products.PRODUCTS)
    anew = Shelf.of(products.PRODUCTS, written.rows.values())
    assert [list(index) for index in written.indexes] == [list(index) for index in anew.indexes]
