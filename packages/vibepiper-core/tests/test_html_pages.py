from __future__ import annotations

from vibepiper.html_pages import html_page, line_chart, share_bar


def test_a_page_escapes_its_title_and_loads_nothing() -> None:
    page = html_page("<b>", "<p>body</p>")
    assert page.count("&lt;b&gt;") == 2
    assert "<p>body</p></html>" in page
    assert [part for part in ("http", "src=", "<b>") if part in page] == []


def test_a_share_is_drawn_and_told() -> None:
    assert 'width="25.0"' in share_bar(0.25, "bad")
    assert "<title>25.00%</title>" in share_bar(0.25, "bad")
    assert 'width="1.0"' in share_bar(0.0001, "good")
    assert 'width="0.0"' in share_bar(0, "good")
    assert share_bar(None, "good") == ""


def test_a_line_goes_from_its_least_to_its_greatest_value() -> None:
    assert 'points="0.0,18.0 50.0,2.0 100.0,18.0"' in line_chart([1, 3, 1], "runs")
    assert "<title>1 to 3 in 3 runs</title>" in line_chart([1, 3, 1], "runs")
    assert 'points="0.0,18.0 100.0,18.0"' in line_chart([5, 5], "runs")
    assert line_chart([1], "runs") == line_chart([], "runs") == ""
