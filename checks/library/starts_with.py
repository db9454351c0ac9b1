"""How it begins."""

from dataclasses import dataclass
from typing import ClassVar

from checks.ends import PhrasesAtAnEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsWithCheck(PhrasesAtAnEnd):
    """Looks at how the answer begins."""

    name: ClassVar[str] = "starts_with"
    title: ClassVar[str] = "Begins with"
    verb: ClassVar[str] = "begin with"

    def _stands(self, text: str, phrases: tuple[str, ...]) -> bool:
        return text.startswith(phrases)
