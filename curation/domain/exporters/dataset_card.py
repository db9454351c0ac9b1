"""A dataset's card: what its manifest says, for whoever trains on it, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curation.domain.versions.recipes import SPLITS

LIST_PAIRS_TAKEN = {
    "all": "every two",
    "adjacent": "every two of neighbouring ranks",
    "best_worst": "the best and the worst",
}


def dataset_card(manifest: Mapping[str, Any], *, charts: Mapping[str, str] | None = None) -> str:
    """Write the card of a version; `charts` names the file of each chart by its title."""
    title = f"# {manifest.get('dataset', 'dataset')}@{manifest.get('version', '?')}"
    sections = [
        title,
        _summary(manifest),
        "## How the rows were chosen",
        _steps(manifest),
        _pair_rule(manifest),
        "## Who decided",
        _deciders(manifest),
        "## Who spoke",
        _speaking(manifest.get("feedback") or {}),
        "## Length and style",
        _style(manifest.get("style") or {}),
        *[f"![{name}]({file})" for name, file in (charts or {}).items()],
        "## Who mined, wrote and judged",
        _makers(manifest),
        "## Rights",
        _rights(manifest),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(manifest: Mapping[str, Any]) -> str:
    counts = manifest.get("splits") or {}
    splits = ", ".join(f"{name} {counts[name]:,}" for name in SPLITS if name in counts)
    lines = [
        f"{manifest.get('rows', 0):,} preferences ({splits}). Content hash `{manifest.get('content_hash', '')}`.",
        f"On its test split an accuracy is called “{manifest.get('test_accuracy_is', 'agreement with the miner')}”.",
    ]
    return "\n".join([*lines, "", _table(["source", "rows"], _items(manifest.get("sources")))])


def _steps(manifest: Mapping[str, Any]) -> str:
    rows = [
        [
            step["step"],
            f"{step['came']:,}",
            f"{step['stayed']:,}",
            ", ".join(f"{reason} {count:,}" for reason, count in step["reasons"].items()) or "–",
        ]
        for step in manifest.get("steps") or []
    ]
    return _table(["step", "came", "stayed", "left out"], rows)


def _pair_rule(manifest: Mapping[str, Any]) -> str:
    rule = manifest.get("pair_rule")
    if not rule:
        return ""
    evaluations = ", ".join(f"`{each['name']}`" for each in manifest.get("evaluations") or [])
    kept_apart = f" Kept apart from {evaluations}." if evaluations else ""
    return (
        f"Of ranked and rated answers, {LIST_PAIRS_TAKEN[rule['list_pairs']]} became a row where they were at "
        f"least {rule['minimum_gap']:g} apart; ties were {rule['ties']}.{kept_apart}"
    )


def _deciders(manifest: Mapping[str, Any]) -> str:
    votes = manifest.get("votes") or {}
    people = manifest.get("people") or {}
    tables = [_table(["decided by", "rows"], _items(manifest.get("decided_by")))]
    if people.get("judged"):
        low, high = people["interval"]
        tables.append(
            f"In the whole project, whatever of it this version takes, people confirmed {people['confirmed']:,} of "
            f"{people['judged']:,} mined pairs that they judged "
            f"(95 % interval {100 * low:.1f} % to {100 * high:.1f} %)."
        )
    if votes.get("compared"):
        tables.append(
            f"Two people's blind votes on one row agree in {votes['agreeing']:,} of {votes['compared']:,} cases."
        )
    tables += [
        _table([name, "votes"], _items(votes.get(plural)))
        for name, plural in (
            ("annotator", "annotators"),
            ("guideline", "guidelines"),
            ("protocol", "protocols"),
        )
    ]
    tables.append(_table(["criterion", "rows"], _items(manifest.get("criteria"))))
    return "\n\n".join(table for table in tables if table)


def _speaking(feedback: Mapping[str, Any]) -> str:
    """Say how few users the mined feedback comes from, and what was refused of the pairs."""
    counts, built = feedback.get("speaking"), feedback.get("pair_building")
    sentences = []
    if counts and counts["conversations"] and counts["users"]:
        sentences.append(
            f"By the detector `{feedback['detector']}`, {counts['speaking_users']:,} of {counts['users']:,} users "
            f"({_share(counts['speaking_users'], counts['users'])}) gave any signal, in "
            f"{counts['speaking_conversations']:,} of {counts['conversations']:,} conversations "
            f"({_share(counts['speaking_conversations'], counts['conversations'])}); the busiest 1 % of users gave "
            f"{_share(counts['top_signals'], counts['signals'])} of all signals. Mined pairs speak for those who "
            "speak: silence was never counted as satisfaction."
        )
    if built and built["candidates"]:
        leaning = sum(
            (built["skipped"] or {}).get(name, 0) for name in ("refers_to_complaint", "carries_wish")
        )
        sentences.append(
            f"The newest pair building (`{built['recipe']}`) refused {leaning:,} of {built['candidates']:,} "
            f"candidates ({_share(leaning, built['candidates'])}) whose chosen answer leans on the complaint."
        )
    return "\n\n".join(sentences) or "No feedback of users was mined in this project."


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def _style(style: Mapping[str, Any]) -> str:
    if not style.get("pairs"):
        return "No pair has two sides to compare."
    parts = []
    if style.get("interval"):
        low, high = style["interval"]
        parts.append(
            f"The longer side is chosen in {100 * style['longer_share']:.1f} % of {style['unequal']:,} pairs "
            f"(95 % interval {100 * low:.1f} % to {100 * high:.1f} %)."
        )
    if style.get("explains"):
        parts.append(
            f"**Length alone explains many labels: “take the {style['explains']} answer” is often right.**"
        )
    rows = [
        [each["measure"], *(f"{each[name]:.2f}" for name in ("chosen", "rejected", "difference"))]
        for each in style["differences"]
    ]
    return "\n\n".join([*parts, _table(["on average", "chosen", "rejected", "difference"], rows)])


def _makers(manifest: Mapping[str, Any]) -> str:
    makers = manifest.get("makers") or {}
    rows = [
        [
            *(", ".join(group.get(deed, [])) or "–" for deed in ("mined", "wrote", "judged")),
            f"{group['rows']:,}",
            ", ".join(group["did_two"]) or "–",
        ]
        for group in makers.get("groups", [])[:20]
    ]
    flagged = makers.get("flagged", 0)
    warning = f"**In {flagged:,} rows one maker did two of these.**" if flagged else ""
    if not any(name != "–" for row in rows for name in row[:3]):
        return "Nobody who mined, wrote or judged these rows is named."
    table = _table(["mined", "wrote", "judged", "rows", "did two"], rows)
    return "\n\n".join(part for part in (warning, table) if part)


def _rights(manifest: Mapping[str, Any]) -> str:
    imports = [
        [
            batch["name"],
            batch.get("licence") or "not stated",
            batch.get("consent") or "not stated",
            batch.get("commercial_use", "unknown"),
        ]
        for batch in manifest.get("imports") or []
    ]
    models = [
        [model["name"], model.get("terms") or "not stated", model.get("commercial_use", "unknown")]
        for model in manifest.get("models") or []
    ]
    tables = [
        _table(["import", "licence", "consent", "commercial use"], imports),
        _table(["model that wrote", "terms", "commercial use"], models),
    ]
    return "\n\n".join(table for table in tables if table) or "Nothing is known of licences and models."


def _items(counts: Mapping[str, int] | None) -> list[list[str]]:
    return [[name, f"{count:,}"] for name, count in (counts or {}).items()]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, "" without rows."""
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])


def _cell(text: str) -> str:
    """Return a name as a cell: what sources call themselves must not break out of it."""
    flat = " ".join(str(text).split())
    for sign in ("\\", "|", "[", "]", "<", ">", "`", "*", "!"):
        flat = flat.replace(sign, f"\\{sign}")
    return flat
