"""MySQL and MariaDB: DuckDB's meaning in their words.

What is compared by its bytes is so because the connection says it: see vibepiper-mysql.
"""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.existence import exists_as_in, windows_before_in
from vibepiper_transform.dialects.patterns import pattern_in
from vibepiper_transform.dialects.rounding import decimal_of_double, round_halves_away
from vibepiper_transform.dialects.rules import (
    COMMON,
    TIME_TYPES,
    TIMES,
    TO_BIGINT,
    WIDER,
    Rule,
    constant_place,
    duckdbs,
    frame,
    instant,
    interval_parts,
    is_decimal,
    is_float,
    is_whole,
    no_place,
    not_zero,
    parts_by,
    refuse,
    refusing,
)
from vibepiper_transform.dialects.trees import (
    call,
    case,
    concat,
    default_beside,
    integer,
    is_constant,
    is_made,
    made,
    noted_depth,
    raising,
    text,
    whole,
)
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["MYSQL"]

_NAME = "mysql"
_DEEPEST = 8
_DEPTH = "vibepiper_depth"
_PARTS = ("YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def _filter(node: exp.Expr) -> exp.Expr:
    """An aggregate of some rows as one of CASE."""
    aggregate, test = node.this, node.expression.this
    made: exp.Expr
    if isinstance(aggregate, exp.Count) and isinstance(aggregate.this, exp.Star):
        return exp.Count(this=case((test, integer(1))))
    made = aggregate.copy()
    target = made.this
    if isinstance(target, exp.Distinct):
        target.set("expressions", [case((test, e)) for e in target.expressions])
    else:
        made.set("this", case((test, target)))
    return made


def _cast(node: exp.Expr) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    target = node.to
    if target.is_type(*exp.DataType.TEXT_TYPES):
        return _to_text(node.this)
    if target.is_type(*WIDER):
        raise refuse(f"a cast to {target.sql('duckdb')}", _NAME, "it has no such type", TO_BIGINT)
    if target.is_type(*exp.DataType.INTEGER_TYPES):
        return _to_whole(node)
    if target.is_type("BOOLEAN"):
        return _to_boolean(node.this)
    if target.is_type(*TIME_TYPES):
        return _to_time(node)
    if target.is_type("FLOAT", "DOUBLE"):
        return _to_double(node)
    if target.is_type("DECIMAL"):
        return _to_decimal(node)
    if target.is_type("TIME") and isinstance(node.this, exp.Literal):
        return exp.cast(node.this.copy(), "TIME(6)", dialect="mysql")
    if target.is_type("INTERVAL") and isinstance(node.this, exp.Literal):
        return node
    raise refuse(f"a cast to {target.sql()}", _NAME, "it has no such type")


def _to_text(value: exp.Expr) -> exp.Expr:
    known = kind(value)
    if known == "VARCHAR" or isinstance(value, exp.Null) or value.is_string:
        return value.copy()
    if known == "BOOLEAN":
        return case((value, text("true")), (exp.Not(this=exp.paren(value.copy())), text("false")))
    if is_whole(value) or is_decimal(value) or known == "DATE":
        return exp.cast(value.copy(), "CHAR")
    if known in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        digits = exp.cast(exp.cast(value.copy(), "DATETIME(6)", dialect="mysql"), "CHAR")
        short = exp.Trim(this=digits, expression=text("0"), position="TRAILING")
        plain = exp.Trim(this=short, expression=text("."), position="TRAILING")
        return plain if known == "TIMESTAMP" else concat([plain, text("+00")])
    raise refuse(f"the text of a {known}", _NAME, "it writes it otherwise than DuckDB")


def _to_whole(node: exp.Cast) -> exp.Expr:
    value: exp.Expr = node.this
    known = kind(value)
    if isinstance(value, exp.Literal | exp.Neg) and whole(value) is not None:
        return no_place(value, node.parent)
    if isinstance(value, exp.Null):
        return exp.cast(value, "SIGNED", dialect="mysql")
    if known == "BOOLEAN":
        return exp.paren(exp.Add(this=exp.paren(value.copy()), expression=integer(0)), copy=False)
    if not (is_whole(value) or is_decimal(value) or is_float(value)):
        raise refuse("a cast of text to a number", _NAME, "it makes a number of any text")
    size = {"TINYINT": 7, "SMALLINT": 15, "INT": 31}.get(node.to.this.value, 63)
    if known == "BIGINT" and size == 63 and not isinstance(value.unnest(), exp.Sum | exp.Window):
        return value
    return _within(_rounded(value), value, size)


def _rounded(value: exp.Expr) -> exp.Expr:
    """Whole, and an error beyond 64 bits: doubles to even, decimals away from zero."""
    if is_float(value):
        return exp.cast(value.copy(), "SIGNED", dialect="mysql")
    rounded = call("ROUND", value) if is_decimal(value) else value.copy()
    return exp.IntDiv(this=exp.paren(rounded), expression=integer(1))


def _within(found: exp.Expr, value: exp.Expr, size: int) -> exp.Expr:
    """``found``, of a value that must fit; to cast would cut it off in silence."""
    if is_whole(value) and size == 63:
        return found
    low, high = integer(-(2**size)), integer(2**size - 1)
    if size == 63:
        low, high = (exp.cast(bound, "DOUBLE") for bound in (low, high))
    inside = exp.Between(this=exp.paren(value.copy()), low=low, high=high)
    return case(
        (exp.Is(this=value.copy(), expression=exp.Null()), exp.Null()),
        (inside, found),
        otherwise=raising(value),
    )


def _to_boolean(value: exp.Expr) -> exp.Expr:
    if kind(value) == "BOOLEAN" or isinstance(value, exp.Null):
        return value.copy()
    if is_whole(value):
        return exp.NEQ(this=exp.paren(value.copy()), expression=integer(0))
    raise refuse("a cast to a boolean", _NAME, "it has none but numbers")


def _to_time(node: exp.Cast) -> exp.Expr:
    value, known = node.this, kind(node.this)
    day = node.to.is_type("DATE")
    if (constant := instant(node)) is not None:
        return exp.cast(text(constant), "DATE" if day else "DATETIME(6)", dialect="mysql")
    if isinstance(value, exp.Null) or known in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        made = exp.cast(value.copy(), "DATE" if day else "DATETIME(6)", dialect="mysql")
        return as_kind(made, kind(node))
    raise refuse("a cast of text to a time", _NAME, "it makes null of what is none")


def _to_double(node: exp.Cast) -> exp.Expr:
    value = node.this
    if isinstance(value, exp.Literal) and value.is_string:
        if value.name.strip("+-").lower() in ("nan", "inf", "infinity"):
            raise refuse(f"the number {value.name}", _NAME, "it has neither NaN nor infinity")
        return (
            exp.cast(exp.Literal.number(value.name.lstrip("-")), "DOUBLE")
            if value.name[0] != "-"
            else exp.Neg(this=exp.cast(exp.Literal.number(value.name[1:]), "DOUBLE"))
        )
    if kind(value) == "VARCHAR":
        raise refuse("a cast of text to a number", _NAME, "it makes a number of any text")
    if node.to.is_type("FLOAT") and kind(value) != "FLOAT":
        raise refuse("a cast to FLOAT", _NAME, "it computes with doubles", "Cast to DOUBLE.")
    return exp.cast(value, "DOUBLE", copy=False)


def _to_decimal(node: exp.Cast) -> exp.Expr:
    value = node.this
    if kind(value) == "VARCHAR" and not isinstance(value, exp.Literal):
        raise refuse("a cast of text to a number", _NAME, "it makes a number of any text")
    precision, scale = (int(e.name) for e in (*node.to.expressions, exp.Literal.number(0))[:2])
    if isinstance(value, exp.Literal):
        return node
    if is_float(value):
        node, precision = decimal_of_double(node, _NAME), min(precision, 18)
    limit = exp.Literal.number(str(10 ** (precision - scale)))
    inside = exp.LT(this=exp.Abs(this=value.copy()), expression=limit)
    nothing = exp.Is(this=value.copy(), expression=exp.Null())
    return case((nothing, exp.Null()), (inside, node.copy()), otherwise=raising(value))


def _dpipe(node: exp.Expr) -> exp.Expr:
    """A chain of texts is one call."""
    before: exp.Expr = node.this.unnest()
    after = node.expression
    if is_made(before) and before.name == "CONCAT":
        before.append("expressions", after)
        return before
    return concat([node.this, after])


def _avg(node: exp.Expr) -> exp.Expr:
    """Of a double: a mean of integers would have four digits."""
    if kind(node.this) in TIMES:
        raise refuse(f"{node.key}() of times", _NAME, "it makes numbers of them")
    if isinstance(node.this, exp.Distinct):
        raise refuse("a mean of distinct values", _NAME, "it is a decimal of four digits")
    return type(node)(this=exp.cast(node.this.copy(), "DOUBLE"))


def _round(node: exp.Expr) -> exp.Expr:
    digits = whole(node.args.get("decimals") or integer(0))
    if is_whole(node.this) and digits is not None:
        return node.this.copy() if digits >= 0 else node
    return node if is_decimal(node.this) else round_halves_away(node, _NAME)


def _mod(node: exp.Expr) -> exp.Expr:
    return exp.Mod(this=node.this, expression=not_zero(node.expression))


def _int_div(node: exp.Expr) -> exp.Expr:
    if not (is_whole(node.this) and is_whole(node.expression)):
        raise refuse("// of fractions", _NAME, "it is for whole numbers there")
    return exp.IntDiv(this=node.this, expression=not_zero(node.expression))


def _move(node: exp.Expr) -> exp.Expr:
    """Sums and differences of times."""
    left, right = kind(node.this), kind(node.expression)
    sign = -1 if isinstance(node, exp.Sub) else 1
    if left in TIMES and (parts := interval_parts(node.expression)) is not None:
        return _moved(node.this, parts, sign)
    if left == "DATE" and right == "DATE" and sign < 0:
        return call("DATEDIFF", node.this, node.expression)
    if left == "DATE" and is_whole(node.expression):
        days = exp.Mul(this=exp.paren(node.expression.copy()), expression=integer(sign))
        return exp.cast(_interval(node.this, days, "DAY"), "DATE")
    if left in TIMES or right in TIMES or "INTERVAL" in (left, right):
        raise refuse(f"{left} and {right} in a sum", _NAME, "it has no such interval")
    return node


def _moved(value: exp.Expr, parts: tuple[int, int, int], sign: int) -> exp.Expr:
    found: exp.Expr = exp.cast(value.copy(), "DATETIME(6)", dialect="mysql")
    for amount, unit in zip(parts, ("MONTH", "DAY", "MICROSECOND"), strict=True):
        if amount:
            found = _interval(found, integer(sign * amount), unit)
    return found


def _interval(value: exp.Expr, amount: exp.Expr, unit: str) -> exp.Expr:
    return exp.DateAdd(this=value.copy(), expression=amount.copy(), unit=exp.var(unit))


def _extract(node: exp.Expr) -> exp.Expr:
    part, value = node.name.upper(), node.expression
    if part in _PARTS:
        return node
    if part == "WEEK":
        return call("WEEK", value, integer(3))
    if part in ("DOW", "DAYOFWEEK"):
        return exp.paren(exp.Sub(this=call("DAYOFWEEK", value), expression=integer(1)))
    if part == "ISODOW":
        return exp.paren(exp.Add(this=call("WEEKDAY", value), expression=integer(1)))
    if part in ("DOY", "DAYOFYEAR"):
        return call("DAYOFYEAR", value)
    if part == "ISOYEAR":
        week = exp.paren(call("YEARWEEK", value, integer(3)))
        return exp.IntDiv(this=week, expression=integer(100))
    if part == "EPOCH":
        base = exp.cast(text("1970-01-01"), "DATETIME(6)", dialect="mysql")
        micros = exp.cast(call("TIMESTAMPDIFF", exp.var("MICROSECOND"), base, value), "DOUBLE")
        return exp.Div(this=micros, expression=integer(1_000_000), typed=True)
    raise refuse(f"the {part.lower()} of a time", _NAME, "it has another meaning, or none")


def _truncate(node: exp.Expr) -> exp.Expr:
    value, unit = node.this, str(node.args["unit"].name).upper()
    day = exp.cast(value.copy(), "DATE")
    if unit in ("HOUR", "MINUTE", "SECOND"):
        form = {"HOUR": "%Y-%m-%d %H:00:00", "MINUTE": "%Y-%m-%d %H:%i:00"}
        shown = call("DATE_FORMAT", value, text(form.get(unit, "%Y-%m-%d %H:%i:%s")))
        return exp.cast(shown, "DATETIME(6)", dialect="mysql")
    first = call("MAKEDATE", call("YEAR", value), integer(1))
    less = exp.Sub(this=call("DAYOFMONTH", value), expression=integer(1))
    found = {
        "YEAR": first,
        "QUARTER": _interval(
            first, exp.paren(exp.Sub(this=call("QUARTER", value), expression=integer(1))), "QUARTER"
        ),
        "MONTH": _interval(day, exp.Neg(this=exp.paren(less)), "DAY"),
        "WEEK": _interval(day, exp.Neg(this=call("WEEKDAY", value)), "DAY"),
        "DAY": day,
    }.get(unit)
    if found is None:
        raise refuse(f"date_trunc to the {unit.lower()}", _NAME, "it has no such part")
    return exp.cast(found, "DATETIME(6)", dialect="mysql")


def _make_date(node: exp.Expr) -> exp.Expr:
    """An error, as in DuckDB, for what is no date: null would be silent."""
    year, month, day = (node.args[part] for part in ("year", "month", "day"))
    padded = [call("LPAD", year, integer(4), text("0"))]
    padded += [call("LPAD", e, integer(2), text("0")) for e in (month, day)]
    found = exp.cast(concat([padded[0], text("-"), padded[1], text("-"), padded[2]]), "DATE")
    nothing = exp.or_(*(exp.Is(this=e.copy(), expression=exp.Null()) for e in (year, month, day)))
    valid = exp.Not(this=exp.Is(this=found.copy(), expression=exp.Null()))
    raised = exp.cast(raising(year), "DATE")
    return case((nothing, exp.Null()), (valid, found), otherwise=raised)


def _date_diff(node: exp.Expr) -> exp.Expr:
    unit = str(node.args["unit"].name if node.args.get("unit") else "DAY").upper()
    one, two = node.this, node.expression
    if unit == "DAY":
        return call("DATEDIFF", one, two)
    years = exp.Sub(this=call("YEAR", one), expression=call("YEAR", two))
    sizes = {"YEAR": 1, "QUARTER": 4, "MONTH": 12}
    if unit not in sizes:
        raise refuse(f"boundaries of {unit.lower()}s between times", _NAME, "it counts whole ones")
    if unit == "YEAR":
        return exp.paren(years)
    whole_years = exp.Mul(this=exp.paren(years), expression=integer(sizes[unit]))
    rest = exp.Sub(this=call(unit, one), expression=call(unit, two))
    return exp.paren(exp.Add(this=whole_years, expression=exp.paren(rest)))


def _like(node: exp.Expr) -> exp.Expr:
    """DuckDB's LIKE has no escape; MySQL's is the backslash."""
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        if "\\" not in pattern.name:
            return node
        doubled: exp.Expr = text(pattern.name.replace("\\", "\\\\"))
    else:
        doubled = call("REPLACE", pattern, text("\\"), text("\\\\"))
    return exp.Like(this=node.this.copy(), expression=doubled)


def _upper(node: exp.Expr) -> exp.Expr:
    return call("REPLACE", call("UPPER", node.this), text("ß"), text("ẞ"))


def _substring(node: exp.Expr) -> exp.Expr:
    start, length = whole(node.args["start"]), node.args.get("length")
    if start is None or start < 1 or (length is not None and (whole(length) or 0) < 0):
        raise refuse("a substring from a place that is computed", _NAME, "0 and below differ")
    return node


def _trim(node: exp.Expr) -> exp.Expr:
    """MySQL takes a text off as a whole."""
    taken = node.expression
    if taken is not None and not (isinstance(taken, exp.Literal) and len(taken.name) == 1):
        raise refuse("trim of several letters", _NAME, "it takes the text off as a whole")
    return node


def _window(node: exp.Expr) -> exp.Expr:
    function, spec = node.this, node.args.get("spec")
    if isinstance(function, exp.IgnoreNulls | exp.RespectNulls) or function.find(exp.Distinct):
        raise refuse("windows that ignore nulls or repeats", _NAME, "it has none")
    if spec is not None and frame(spec) == "RANGE":
        bounds = [spec.args.get(b) for b in ("start", "end")]
        if any(isinstance(b, exp.Expr) and not isinstance(b, exp.Var) for b in bounds):
            raise refuse("windows of a range of values", _NAME, "nulls and order differ")
    if spec is not None and (frame(spec) == "GROUPS" or spec.args.get("exclude")):
        raise refuse("windows of groups", _NAME, "it has none")
    if isinstance(function, exp.Lag | exp.Lead) and _is_computed(function.args.get("offset")):
        raise refuse(f"{function.key} by a number that is computed", _NAME, "null is none there")
    if isinstance(function, exp.Lag | exp.Lead) and function.args.get("default") is not None:
        return default_beside(node.copy(), node.copy())
    _drop_constants(node)
    if isinstance(function, exp.PercentRank | exp.CumeDist):
        return _share(node)
    if isinstance(function, exp.Rank | exp.DenseRank):
        return _ranked(node)
    return node


def _drop_constants(node: exp.Expr) -> None:
    """Keys that are the same in all rows: beside a window with one, MariaDB computes others over
    rows that are not in their order."""
    order = node.args.get("order")
    node.set("partition_by", [k for k in node.args.get("partition_by") or () if not is_constant(k)])
    terms = [] if order is None else [term for term in order.expressions if not is_constant(term)]
    if terms or not isinstance(node.this, exp.Lag | exp.Lead):
        node.set("order", exp.Order(expressions=terms) if terms else None)


def _ranked(node: exp.Expr) -> exp.Expr:
    """MariaDB ranks nothing without an order, by which all rows are the first."""
    return node if node.args.get("order") else integer(1)


def _share(node: exp.Expr) -> exp.Expr:
    """MariaDB's own are cut off after ten digits."""
    rows = exp.Window(this=exp.Count(this=exp.Star()))
    rows.set("partition_by", [key.copy() for key in node.args.get("partition_by") or ()])
    before = node.copy()
    before.args.pop("spec", None)
    if isinstance(node.this, exp.CumeDist):
        before.set("this", exp.Count(this=exp.Star()))
        return exp.paren(_fraction(before, rows), copy=False)
    before.set("this", exp.Rank())
    before = _ranked(before)
    one = exp.EQ(this=rows, expression=integer(1))
    others = (exp.paren(exp.Sub(this=each, expression=integer(1))) for each in (before, rows))
    return case((one, exp.cast(integer(0), "DOUBLE")), otherwise=_fraction(*others))


def _fraction(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    return exp.Div(this=exp.cast(above.copy(), "DOUBLE"), expression=below.copy(), typed=True)


def _nullif(node: exp.Expr) -> exp.Expr:
    """It computes the first value twice, and so twice that for each that stands within another."""
    depth = 1 + noted_depth(node.this, _DEPTH)
    if depth > _DEEPEST:
        why, hint = "it computes each twice", "Compute the inner ones in a WITH."
        raise refuse(f"divisors within divisors, {depth} deep", _NAME, why, hint)
    node.meta[_DEPTH] = depth
    return node


def _is_computed(offset: exp.Expr | None) -> bool:
    return offset is not None and whole(offset) is None


def _cte(node: exp.Expr) -> exp.Expr:
    """MariaDB takes no word of how it is computed."""
    node.set("materialized", None)
    return node


def _order(node: exp.Expr) -> exp.Expr:
    """MySQL's nulls are the least of all; where they are to be elsewhere, a term says so. The name
    of an aggregate can be ordered by, and not be part of an expression."""
    named = _named(node.parent)
    terms: list[exp.Expr] = []
    for term in node.expressions:
        first, down = bool(term.args.get("nulls_first")), bool(term.args.get("desc"))
        if first == down:
            is_name = isinstance(term.this, exp.Column) and not term.this.table
            meant = named.get(term.this.name, term.this) if is_name else term.this
            absent = exp.Is(this=exp.paren(meant.copy()), expression=exp.Null())
            terms.append(exp.Ordered(this=absent, desc=first, nulls_first=not first))
        terms.append(exp.Ordered(this=term.this.copy(), desc=down, nulls_first=not down))
    return exp.Order(expressions=terms)


def _named(query: exp.Expr | None) -> dict[str, exp.Expr]:
    """What the columns of a SELECT are that it gives a name itself."""
    columns = query.expressions if isinstance(query, exp.Select) else []
    return {each.alias: each.this for each in columns if isinstance(each, exp.Alias)}


def _sqrt(node: exp.Expr) -> exp.Expr:
    """Of what is below zero an error, not null."""
    below = exp.LT(this=exp.paren(node.this.copy()), expression=integer(0))
    return case((below, raising(node.this)), otherwise=call("SQRT", node.this))


def _ln(node: exp.Expr) -> exp.Expr:
    """Of zero and of what is below an error, not null."""
    below = exp.LTE(this=exp.paren(node.this.copy()), expression=integer(0))
    return case((below, raising(node.this)), otherwise=call("LN", node.this))


def _regexp_like(node: exp.Expr) -> exp.Expr:
    options = node.args.get("flag")
    if options is not None and not set(options.name if options.is_string else "?") <= set("cis"):
        raise refuse("options of regular expressions", _NAME, "its others are c, i and s")
    pattern = pattern_in(_NAME, node.expression, "" if options is None else options.name)
    return made(exp.RegexpLike(this=node.this, expression=text(pattern)))


def _round_even(node: exp.Expr) -> exp.Expr:
    """As it rounds doubles, to no digits."""
    if whole(node.expressions[1]) != 0:
        raise refuse("rounding to even digits", _NAME, "it has none")
    return call("ROUND", exp.cast(node.expressions[0].copy(), "DOUBLE"))


def _bytes(node: exp.Expr) -> exp.Expr:
    return call("LENGTH", node.expressions[0])


_SPREADS = (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)

MYSQL: dict[type[exp.Expr], Rule] = {
    **COMMON,
    **dict.fromkeys((exp.NthValue, exp.Ntile), constant_place(_NAME)),
    exp.Add: _move,
    exp.Anonymous: duckdbs({("ROUND_EVEN", 2): _round_even, ("STRLEN", 1): _bytes}),
    exp.Avg: _avg,
    exp.CTE: _cte,
    exp.Cast: _cast,
    exp.DPipe: _dpipe,
    exp.DateDiff: _date_diff,
    exp.DateFromParts: _make_date,
    exp.Order: _order,
    exp.Sqrt: _sqrt,
    exp.Median: refusing("median()", _NAME, "it has no such aggregate"),
    exp.PercentileCont: refusing("quantiles", _NAME, "it has no such aggregate"),
    exp.GroupConcat: refusing("a text of values", _NAME, "a long one is cut off in silence"),
    exp.AtTimeZone: refusing("time zones", _NAME, "it need not know any"),
    **dict.fromkeys(_SPREADS, _avg),
    **parts_by(_extract),
    exp.Exists: exists_as_in,
    exp.Extract: _extract,
    exp.Filter: _filter,
    exp.In: windows_before_in,
    exp.IntDiv: _int_div,
    exp.Like: _like,
    exp.Ln: _ln,
    exp.Mod: _mod,
    exp.Nullif: _nullif,
    exp.RegexpLike: _regexp_like,
    exp.Round: _round,
    exp.Sub: _move,
    exp.Substring: _substring,
    exp.TimestampTrunc: _truncate,
    exp.DateTrunc: _truncate,
    exp.TryCast: refusing("try_cast", _NAME, "what does not fit is cut off in silence"),
    exp.ArrayAgg: refusing("lists", _NAME, "it has none"),
    exp.Array: refusing("lists", _NAME, "it has none"),
    exp.Struct: refusing("structs", _NAME, "it has none"),
    exp.Trim: _trim,
    exp.Upper: _upper,
    exp.Window: _window,
}
