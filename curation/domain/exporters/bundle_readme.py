"""README.md of a bundle: a head that lets `datasets` load the folder, and the dataset's card."""

from collections.abc import Iterable
from typing import Any

import yaml

from curation.domain.versions.recipes import SPLITS

_LOADED = (".jsonl", ".parquet", ".csv")
_LOADING = """## Files

What was read, filtered and left out stands in `manifest.json`; the votes behind the rows in `votes.parquet`, by
the row's id; the sums of all files in `SHA256SUMS`.

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder")
votes = load_dataset("parquet", data_files="path/to/this/folder/votes.parquet")
```
"""


def bundle_readme(*, title: str, files: Iterable[str], has_votes: bool, card: str) -> str:
    """Return the file: YAML that names the file of each split and the votes, and the card's text below it.

    Votes are not named where there are none, since `datasets` loads no table without rows, nor beside rows of another
    ending, since it reads all files of a folder in one way.
    """
    loaded = [name for name in files if name.endswith(_LOADED) and name.partition(".")[0] in SPLITS]
    configs: list[dict[str, Any]] = []
    if has_votes and all(name.endswith(".parquet") for name in loaded):
        configs.append({"config_name": "votes", "data_files": "votes.parquet"})
    if loaded:
        rows = [{"split": name.partition(".")[0], "path": name} for name in loaded]
        configs.insert(0, {"config_name": "default", "data_files": rows, "default": True})
    head = {"pretty_name": title, "tags": ["preference", "harken"], "configs": configs}
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n\n{card}\n{_LOADING}"
