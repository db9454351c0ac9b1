"""The story of a set as a drawing: a line for each criterion, a bar for each wording, a mark for each thumb."""

from collections.abc import Iterator
from html import escape

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from annotation.domain.criteria.drift import CriterionLine, PlacedThumb, SetStory, WordingLine
from curation.queries.judging.label_charts import LINES, MARK, SOFT, TEXT, DrawnChart

LEFT, RIGHT, TOP, ROW, BAR = 190, 24, 12, 52, 30
STEP, NARROWEST, WIDEST = 16, 320, 760
NAME_CHARACTERS = 26
TICKS = 6


def story_chart(story: SetStory) -> DrawnChart | None:
    """Draw a story; None where nothing was graded, and so nothing happened in between."""
    if not story.steps:
        return None
    drawn = _Drawing(story)
    title = _("Wordings and thumbs, output by output")
    return DrawnChart(
        svg=mark_safe(drawn.svg()),  # noqa: S308 - drawn here, its text escaped
        title=title,
        description=f"{title}: {'; '.join(_said(line) for line in story.lines)}.",
        columns=(_("criterion"), _("version"), _("from"), _("to"), _("good"), _("bad"), _("outdated")),
        rows=tuple(
            (
                wording.wording.name,
                wording.wording.version,
                wording.first_step,
                wording.last_step,
                wording.up,
                wording.down,
                wording.outdated,
            )
            for line in story.lines
            for wording in line.wordings
        ),
    )


class _Drawing:
    """The shapes of a story, as SVG; colours are names that the theme gives a colour."""

    def __init__(self, story: SetStory) -> None:
        self.story = story
        self.width = max(NARROWEST, min(WIDEST, story.steps * STEP))
        self.bottom = TOP + ROW * len(story.lines)

    def svg(self) -> str:
        whole, height = LEFT + self.width + RIGHT, self.bottom + 46
        shapes = [*self._axis()]
        for place, line in enumerate(self.story.lines):
            shapes += self._line(line, middle=TOP + ROW * place + ROW // 2)
        inside = "".join(shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{height}" '
            f'viewBox="0 0 {whole} {height}" font-size="12">{inside}</svg>'
        )

    def _x(self, step: float) -> float:
        return round(LEFT + self.width * step / self.story.steps, 1)

    def _axis(self) -> Iterator[str]:
        end = self._x(self.story.steps)
        yield f'<path d="M{LEFT} {self.bottom}H{end}" stroke="{LINES}" fill="none"/>'
        gap = max(1, -(-self.story.steps // TICKS))
        for step in range(0, self.story.steps + 1, gap):
            at = self._x(step)
            yield f'<path d="M{at} {self.bottom}v5" stroke="{LINES}" fill="none"/>'
            yield _text(str(step), x=at, y=self.bottom + 19, anchor="middle")
        yield _text(_("outputs graded"), x=LEFT + self.width / 2, y=self.bottom + 38, anchor="middle")

    def _line(self, line: CriterionLine, *, middle: int) -> Iterator[str]:
        yield _text(_short(_name(line)), x=LEFT - 12, y=middle + 4, anchor="end")
        if not line.wordings:
            yield f'<path d="M{LEFT} {middle}H{self._x(self.story.steps)}" stroke="{LINES}" fill="none"/>'
        for wording in line.wordings:
            yield from self._bar(wording, middle=middle)
        for thumb in line.thumbs:
            yield self._thumb(thumb, middle=middle)

    def _bar(self, wording: WordingLine, *, middle: int) -> Iterator[str]:
        start, end = self._x(wording.first_step), self._x(wording.last_step)
        yield (
            f'<rect x="{start}" y="{middle - BAR // 2}" width="{max(2, end - start)}" height="{BAR}" rx="3" '
            f'fill="{SOFT}" stroke="{LINES}"/>'
        )
        if end - start >= STEP:
            yield _text(f"v{wording.wording.version}", x=start + 2, y=middle - BAR // 2 - 3, size=9)

    def _thumb(self, thumb: PlacedThumb, *, middle: int) -> str:
        at, colour = self._x(thumb.step - 0.5), MARK if thumb.is_good else TEXT
        tip, base = (-10, -1) if thumb.is_good else (11, 2)
        fill = "none" if thumb.is_outdated else colour
        return (
            f'<path d="M{at} {middle + tip}L{at + 5} {middle + base}H{at - 5}Z" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.4"/>'
        )


def _text(words: str, *, x: float, y: float, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{TEXT}">{escape(words)}</text>'


def _name(line: CriterionLine) -> str:
    return line.name if line.wordings else _("the whole answer")


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS else f"{name[: NAME_CHARACTERS - 1]}…"


def _said(line: CriterionLine) -> str:
    good = sum(thumb.is_good for thumb in line.thumbs)
    counts = _("{good} good, {bad} bad").format(good=good, bad=len(line.thumbs) - good)
    versions = [
        _("version {version} from output {first} to {last}").format(
            version=each.wording.version, first=each.first_step, last=each.last_step
        )
        for each in line.wordings
    ]
    outdated = sum(thumb.is_outdated for thumb in line.thumbs)
    told = [counts, *versions]
    if outdated:
        told.append(_("{count} under older words").format(count=outdated))
    return f"{_name(line)}: {', '.join(told)}"
