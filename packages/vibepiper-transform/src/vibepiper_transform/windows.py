"""Functions over a window: the rows of a group, in an order, around each row."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression
from vibepiper_transform.frames import Range, Rows, frame
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import ManyRows, check_whole, column_tree, refuse_windows, tree_of
from vibepiper_transform.ordering import Columns, Order, column_trees, order_terms

__all__ = [
    "OrderedWindow",
    "Windowed",
    "cume_dist",
    "dense_rank",
    "first",
    "lag",
    "last",
    "lead",
    "nth",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
]


class Windowed(ManyRows):
    """A function that needs a window: ``Sum("x").over(partition_by=..., order_by=...)``."""

    def over(
        self,
        *,
        partition_by: Columns = (),
        order_by: Order = (),
        rows: Rows | None = None,
        range: Range | None = None,
    ) -> Expression:
        """One value for each row. Ascending with nulls last unless told.

        A frame is ``rows=(-2, 0)``, the two rows before and this one, or ``range``, the rows
        whose value to order by is so far away, in numbers or timedeltas; None is without end.
        Without a frame: with an order all rows up to this one and its equals, else all.
        """
        terms = order_terms(order_by)
        window = exp.Window(
            this=self.function.copy(),
            partition_by=column_trees(partition_by),
            order=exp.Order(expressions=terms) if terms else None,
            spec=frame(rows, range, len(terms)),
        )
        for part in (window.this, *window.args["partition_by"], *terms):
            refuse_windows(part, "a window")
        return Expression(window)


class OrderedWindow(Windowed):
    """A function of the order, which must be given: ``rank().over(order_by=...)``."""

    frame: Rows | None = None

    def over(
        self,
        *,
        partition_by: Columns = (),
        order_by: Order = (),
        rows: Rows | None = None,
        range: Range | None = None,
    ) -> Expression:
        """See `Windowed.over`. Raises `DefinitionError` where there is no order."""
        if not order_terms(order_by):
            raise DefinitionError(
                f"{self!r} needs an order", at=callsite(), hint="Give over(...) an order_by."
            )
        if rows is None and range is None:
            rows = self.frame
        return super().over(partition_by=partition_by, order_by=order_by, rows=rows, range=range)


class _Picked(OrderedWindow):
    """A value of one row of the frame, which is the whole group unless told."""

    frame = (None, None)


def row_number() -> Windowed:
    """1, 2, 3 ... in the window's order."""
    return OrderedWindow(exp.RowNumber())


def rank() -> Windowed:
    """The place in the window's order; equals share one, and the next leaves a gap."""
    return OrderedWindow(exp.Rank())


def dense_rank() -> Windowed:
    """The place in the window's order; equals share one, and there is no gap."""
    return OrderedWindow(exp.DenseRank())


def percent_rank() -> Windowed:
    """`rank` from 0 to 1: less 1, by the number of rows less 1."""
    return OrderedWindow(exp.PercentRank())


def cume_dist() -> Windowed:
    """The share of rows that are not after this one, above 0 to 1."""
    return OrderedWindow(exp.CumeDist())


def ntile(parts: int) -> Windowed:
    """Which of so many equal parts in the window's order, 1 to ``parts``; the first parts have
    one row more where it does not come out even."""
    return OrderedWindow(exp.Ntile(this=literal(check_whole("parts", parts, least=1))))


def lag(of: str | Expression, offset: int = 1, default: object = None) -> Windowed:
    """The value ``offset`` rows before, in the window's order."""
    return OrderedWindow(exp.Lag(this=column_tree(of), **_reach(offset, default)))


def lead(of: str | Expression, offset: int = 1, default: object = None) -> Windowed:
    """The value ``offset`` rows after, in the window's order."""
    return OrderedWindow(exp.Lead(this=column_tree(of), **_reach(offset, default)))


def first(of: str | Expression) -> Windowed:
    """The value of the frame's first row, in the window's order; the frame is the whole group
    unless told."""
    return _Picked(exp.FirstValue(this=column_tree(of)))


def last(of: str | Expression) -> Windowed:
    """The value of the frame's last row, in the window's order; the frame is the whole group
    unless told."""
    return _Picked(exp.LastValue(this=column_tree(of)))


def nth(of: str | Expression, place: int) -> Windowed:
    """The value of the frame's row at ``place``, 1 being the first; null where there is none.
    The frame is the whole group unless told."""
    check_whole("a place", place, least=1)
    return _Picked(exp.NthValue(this=column_tree(of), offset=literal(place)))


def _reach(offset: int, default: object) -> dict[str, exp.Expr]:
    reach: dict[str, exp.Expr] = {"offset": literal(check_whole("an offset", offset, least=0))}
    if default is not None:
        reach["default"] = tree_of(default)
    return reach
