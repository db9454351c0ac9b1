"""In the right form."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import code_blocks_of, prose_of

# Of each form: what one entry of it looks like in the prose, and what people call it.
_ENTRIES = {
    "bullets": (re.compile(r"^[ \t]*[-*+•–][ \t]+\S", re.MULTILINE), "bulleted entries"),
    "numbered": (re.compile(r"^[ \t]*\d{1,3}[.)][ \t]+\S", re.MULTILINE), "numbered entries"),
    "headings": (re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S", re.MULTILINE), "headings"),
    "highlights": (
        re.compile(r"(?<![*\w])(?:\*\*[^*\s][^*\n]{0,500}\*\*|\*[^*\s][^*\n]{0,500}\*)(?![*\w])"),
        "highlighted parts",
    ),
    "table": (re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|", re.MULTILINE), "tables"),
    "title": (
        re.compile(r"\A\s*#[ \t]+\S|<<[ \t]*[^<>\s][^<>\n]{0,500}>>|\A\s*\*\*[^*\n]{1,200}\*\*[ \t]*\n"),
        "titles",
    ),
}
_MARKDOWN = re.compile(
    r"^[ \t]{0,3}#{1,6}[ \t]|^[ \t]*[-*+][ \t]+\S|^[ \t]*>[ \t]|^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|"
    r"|\*\*[^*\s]|__[^_\s]|`[^`\n]+`|^[ \t]*(?:`{3}|~{3})|\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCheck:
    """Looks at the marks of Markdown; what stands in a code block is no list. A title may stand in << >>."""

    name: ClassVar[str] = "format"
    title: ClassVar[str] = "Format"
    skip_sentence: ClassVar[str] = ""

    form: Literal[
        "bullets",
        "numbered",
        "headings",
        "highlights",
        "table",
        "title",
        "no_markdown",
        "code_block",
    ] = parameter("Form", default="bullets")
    at_least: int = parameter("How many entries or blocks at least", default=1)
    at_most: int | None = parameter("How many at most", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a number that asks for nothing, or that nothing can keep."""
        if self.at_least < 1:
            message = f"at_least must be 1 or more, found {self.at_least}."
            raise ParameterError(message)
        if self.at_most is not None and self.at_most < self.at_least:
            message = f"No text has at least {self.at_least} and at most {self.at_most} of them."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say which form was asked for."""
        if self.form == "no_markdown":
            return "The answer is marked up with Markdown."
        parts = "blocks of code" if self.form == "code_block" else _ENTRIES[self.form][1]
        if self.at_most is None:
            return f"The answer has fewer than {self.at_least} {parts}."
        return f"The answer does not have {self.at_least} to {self.at_most} {parts}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the form is there."""
        return follows(response, reading=self.reading, rule=self._is_there)

    def _is_there(self, response: str) -> bool:
        if self.form == "no_markdown":
            return _MARKDOWN.search(response) is None
        count = self._count(response)
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    def _count(self, response: str) -> int:
        if self.form == "code_block":
            return len(code_blocks_of(response))
        return len(_ENTRIES[self.form][0].findall(prose_of(response)))
