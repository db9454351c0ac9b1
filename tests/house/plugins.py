"""The catalogues of plug-ins, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.house.source import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of plug-in: its package, the name of its catalogue there, and its page of reference."""

    name: str
    package: str
    catalogue: str
    drawer: str = ""

    @property
    def folder(self) -> Path:
        """Where its files lie: the package, or a drawer in it where the package holds machinery too."""
        return ROOT / self.package.replace(".", "/") / self.drawer

    @property
    def page(self) -> Path:
        """Where each plug-in has a heading."""
        return ROOT / "docs" / "reference" / f"{self.name}.md"

    def paths(self) -> Mapping[str, str]:
        """Return name → dotted path of the built-in plug-ins."""
        catalogue = getattr(import_module(self.package), self.catalogue)
        return cast(Mapping[str, str], getattr(catalogue, "built_in", catalogue))


KINDS = (
    Kind(name="importers", package="curation.importers", catalogue="IMPORTERS"),
    Kind(name="exporters", package="curation.exporters", catalogue="EXPORTERS"),
    Kind(name="enrichers", package="curation.enrichers", catalogue="ENRICHERS"),
    Kind(name="detectors", package="feedback_mining.detectors", catalogue="DETECTORS"),
    Kind(name="pair_recipes", package="feedback_mining.pair_recipes", catalogue="PAIR_RECIPES"),
    Kind(name="protocols", package="annotation.protocols", catalogue="PROTOCOLS"),
    Kind(name="judges", package="language_models.judges", catalogue="JUDGES", drawer="library"),
    Kind(name="consensus", package="annotation.consensus", catalogue="CONSENSUS"),
    Kind(name="checks", package="checks", catalogue="CHECKS", drawer="library"),
    Kind(name="objectives", package="training_jobs.trainer.objectives", catalogue="OBJECTIVES"),
)
