"""The statistics of labels on plain files: the same arithmetic as on the screens, without a database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotation.domain.agreement.report import Cluster, Drawing, report_agreement
from annotation.domain.label_files import LabelReading, read_label_file
from annotation.domain.labels import Level

CLUSTERS = tuple(cluster.value for cluster in Cluster)


def measure_agreement_in_file(*, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `measure_agreement` prints; raises LabelTableError or SourceError with a sentence.

    Options: level, order, by, cluster, rounds, seed, missing, encoding.
    """
    reading = LabelReading(
        encoding=options["encoding"],
        missing=options["missing"],
        order=options["order"],
        level=Level(options["level"]),
        by=options["by"],
    )
    file = read_label_file(path, reading=reading)
    drawing = Drawing(cluster=Cluster(options["cluster"]), rounds=options["rounds"], seed=options["seed"])
    report = report_agreement(file.labels, level=reading.level, drawing=drawing, slices=file.slices)
    return report.as_json()
