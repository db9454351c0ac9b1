"""Which answers a measure is run over, as a job remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

ScopeKind: TypeAlias = Literal["view", "version", "responses", "recipe", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringScope:
    """All answers of a project, those of a saved view, a dataset version or a response set, or what a recipe takes.

    `uuid` names the view, version or set; `recipe` is a recipe's document.
    """

    kind: ScopeKind = "all"
    uuid: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the scope in the form that a job stores."""
        stored: dict[str, Any] = {"kind": self.kind}
        if self.uuid:
            stored["uuid"] = self.uuid
        return stored | ({"recipe": dict(self.recipe)} if self.kind == "recipe" else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read a scope back from its stored form."""
        return cls(kind=stored["kind"], uuid=stored.get("uuid", ""), recipe=stored.get("recipe", {}))
