"""The tables built from the sources: joined, counted, ranked."""

from vibepiper_expectations import expect
from vibepiper_transform import Avg, Count, Min, Sum, col, join, lag, make_date, rank, transform


@transform(group="tables", key=("time_hour", "carrier", "flight", "origin"))
@expect.row_count_between(300_000, 400_000)
@expect.column_values_not_null("carrier_name")
def flight_details(flights, airlines, planes, airports, weather):
    """Each flight with its carrier, plane, destination, and the weather at its origin in the
    hour it was to depart. Every flight is kept, whether or not the rest is known."""
    carriers = airlines.select("carrier", carrier_name="name")
    aircraft = planes.select("tailnum", plane_maker="manufacturer", plane_year="year")
    destinations = airports.select(dest="faa", dest_name="name")
    hourly = weather.select("origin", "time_hour", "temp", "wind_speed", "precip", "visib")
    details = join(flights, carriers, on="carrier", how="left")
    details = join(details, aircraft, on="tailnum", how="left")
    details = join(details, destinations, on="dest", how="left")
    details = join(details, hourly, on=["origin", "time_hour"], how="left")
    return details.mutate(date=make_date("year", "month", "day"))


@transform(group="tables", key=("date", "carrier"))
@expect.column_values_between("rank_in_day", 1, 16)
@expect.column_pair_comparison("cancelled", "<=", "flights")
@expect.columns_unique_together(["date", "carrier"])
@expect.group_measure_between("date", "flights", "sum", 600, 1_100)
def carrier_daily(flight_details):
    """Each carrier's day; ranked by mean arrival delay, 1 = best, unknown last."""
    days = flight_details.groupby("date", "carrier").aggregate(
        name=Min("carrier_name"),
        flights=Count(),
        cancelled=Count(where=col("dep_time").is_null()),
        mean_dep_delay=Avg("dep_delay"),
        mean_arr_delay=Avg("arr_delay"),
    )
    best_first = col("mean_arr_delay").asc(nulls="last")
    return days.mutate(rank_in_day=rank().over(partition_by="date", order_by=best_first))


@transform(group="tables", key=("month", "origin", "dest"))
@expect.column_values_between("month", 1, 12)
@expect.column_values_between("flights", 1)
@expect.sql_value_between("SELECT SUM(flights) FROM this", 300_000, 400_000)
def route_monthly(flight_details):
    """Each route's month, and how many more flights it had than the month before."""
    months = flight_details.groupby("month", "origin", "dest").aggregate(
        dest_name=Min("dest_name"),
        flights=Count(),
        cancelled=Count(where=col("dep_time").is_null()),
        mean_arr_delay=Avg("arr_delay"),
        miles=Sum("distance"),
    )
    before = lag("flights").over(partition_by=["origin", "dest"], order_by="month")
    return months.mutate(more_flights=col("flights") - before)
