"""The charts of a model ranking, drawn from its figures."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.versions.intervals import Interval, score_interval
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot, win_rate_bars

# A chart of more rows is a wall; the table below has them all.
MOST_ROWS = 40


def ranking_charts(result: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return the strengths, the shares won, and where style was counted the strengths and effects of that."""
    ranking = result.get("ranking")
    if not ranking:
        return {}
    models = dict(list(ranking["models"].items())[:MOST_ROWS])
    charts = {
        "strengths": forest_plot(
            [
                _estimated(name, each["strength"], each["interval"], each["games"])
                for name, each in models.items()
            ],
            title=_("Strength of each model"),
            axis=_("strength, in log-odds"),
        ),
        "wins": win_rate_bars(
            [_won(name, each) for name, each in models.items()], title=_("Share of games won")
        ),
    }
    return charts | _at_equal_style(result.get("equal_style"), games=models)


def _won(name: str, each: Mapping[str, Any]) -> Estimated:
    interval = score_interval(each["win_rate"], n=each["games"])
    return Estimated(name=name, value=each["win_rate"], interval=interval, count=each["games"])


def _at_equal_style(
    controlled: Mapping[str, Any] | None, *, games: Mapping[str, Any]
) -> dict[str, DrawnChart | None]:
    if not controlled:
        return {}
    ordered = sorted(controlled["models"].items(), key=lambda named: -named[1]["value"])
    return {
        "equal_style": forest_plot(
            [
                _estimated(name, each["value"], each["interval"], games[name]["games"])
                for name, each in ordered
                if name in games
            ],
            title=_("Strength at equal style"),
            axis=_("strength, in log-odds"),
        ),
        "style_effects": forest_plot(
            [
                _estimated(name, each["value"], each["interval"], None)
                for name, each in controlled["effects"].items()
                if each
            ],
            title=_("What style alone brings"),
            axis=_("log-odds for one root mean square more"),
        ),
    }


def _estimated(name: str, value: float, interval: list[float] | None, count: int | None) -> Estimated:
    return Estimated(name=name, value=value, interval=Interval(*interval) if interval else None, count=count)
