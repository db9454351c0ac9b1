"""The formats that datasets leave in.

An exporter is a class without arguments that fits `curation.domain.exporting.Exporter`. To add one, write a
module here and list it below, or name it in the entry-point group `harken.exporters` of another package.
"""

from curation.domain.catalogue import Catalogue
from curation.domain.exporting import Exporter

EXPORTERS: Catalogue[Exporter] = Catalogue(
    "exporters",
    singular="exporter",
    built_in={"trl_preference": "curation.exporters.trl_preference.TrlPreferenceExporter"},
)


def load_exporter(name: str) -> Exporter:
    """Return the exporter of a name; raises UnknownFormatError, with the known names, for another."""
    return EXPORTERS.load(name)
