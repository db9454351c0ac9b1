"""Groups of annotators in a plain file of labels."""

from collections import Counter
from pathlib import Path
from typing import Any

from annotation.domain.disagreement.division import divide_items, group_pairs
from annotation.domain.disagreement.groups import find_groups
from annotation.domain.label_files import LabelReading, read_label_file

# Divided items that are printed; the counts tell of all.
MOST_SHOWN = 50


def groups_in_file(*, path: Path, reading: LabelReading, permutations: int, seed: int = 0) -> dict[str, Any]:
    """Return what `find_annotator_groups` prints; raises LabelTableError with a sentence."""
    labels = read_label_file(path, reading=reading).labels
    finding = find_groups(labels, permutations=permutations, seed=seed)
    report = {
        **finding.as_json(),
        "items": len(labels.items),
        "annotators": len(labels.annotators),
        "missing": dict(labels.missing),
    }
    if not finding.groups:
        return report
    divisions = divide_items(labels, groups=finding.groups)
    parted = [each for each in divisions if each.standing == "divided"]
    parted.sort(key=lambda each: (not each.is_sure, 1.0 if each.p_value is None else each.p_value))
    return {
        **report,
        "standing": Counter(str(each.standing) for each in divisions),
        "divided": [each.as_json() for each in parted[:MOST_SHOWN]],
        "preferences": [len(group_pairs(divisions, group=at)) for at in range(len(finding.groups))],
    }
