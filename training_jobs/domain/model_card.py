"""The model card of a finished run: what the adapter is, where it comes from, and how far it can be trusted."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training_jobs.domain.headlines import RANDOM_MODEL_SENTENCE, interval_text, percent

NOTHING_STATED = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEvaluation:
    """The figures of the held-out rows; shares in [0, 1], intervals are Wilson's at 95 %."""

    title: str
    who_decided: str
    split: str
    pair_count: int
    accuracy: float
    interval: tuple[float, float]
    margin: float
    policy_ranking: float
    base_ranking: float
    longer_wins: float
    by_decider: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a model card is written from."""

    name: str
    run: str
    objective_title: str
    paper: str
    base_model: str
    base_revision: str
    base_is_random: bool
    is_adapter: bool
    version: str
    configuration: Mapping[str, Any]
    configuration_sha256: str
    weights_sha256: str
    manifest: Mapping[str, Any]
    skipped_rows: Mapping[str, Mapping[str, Any]]
    attempt_count: int
    packages: Mapping[str, str]
    evaluation: CardEvaluation | None


def render_model_card(facts: CardFacts) -> str:
    """Return the card as Markdown with the front matter that model hubs read."""
    sections = [
        _front_matter(facts),
        f"# {_inline(facts.name)}",
        _what_it_is(facts),
        _intended_use(facts),
        _lineage(facts),
        _labels(facts),
        _training(facts),
        _evaluation(facts),
        _limitations(facts),
        _loading(facts),
        _rights(facts),
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(facts: CardFacts) -> str:
    # JSON strings are YAML strings, whatever a name holds.
    lines = [
        "---",
        f"base_model: {json.dumps(facts.base_model)}",
        f"library_name: {'peft' if facts.is_adapter else 'transformers'}",
        "pipeline_tag: text-generation",
        "tags:",
        f"- {json.dumps(facts.configuration['objective'])}",
        '- "preference-tuning"',
        "---",
    ]
    return "\n".join(lines)


def _what_it_is(facts: CardFacts) -> str:
    kind = "LoRA adapter" if facts.is_adapter else "model"
    sentence = (
        f"A {kind} trained with {facts.objective_title} on the frozen dataset version `{facts.version}`, "
        f"from the base model `{_inline(facts.base_model)}`"
        + (f" at revision `{facts.base_revision}`." if facts.base_revision else ".")
    )
    warning = f"\n\n**The base is {RANDOM_MODEL_SENTENCE}.**" if facts.base_is_random else ""
    return sentence + warning


def _intended_use(facts: CardFacts) -> str:
    if facts.base_is_random:
        use = "To check that the way from conversations to an adapter works from end to end. It writes noise."
    else:
        use = (
            "Chat in the domains and languages of the conversations it was trained on. It was tuned towards the "
            "answers that these users were content with; it was not tuned for safety, and for nothing beyond."
        )
    return f"## Intended use\n\n{use}"


def _lineage(facts: CardFacts) -> str:
    manifest = facts.manifest
    splits = _table(["split", "rows", "used by the trainer"], _split_rows(facts))
    dropped = manifest.get("dropped") or {}
    lines = [
        f"The version holds {manifest.get('rows', 0):,} preferences. "
        f"Its content hash is `{manifest.get('content_hash')}`."
    ]
    if dropped:
        lines.append("Left out when it was frozen: " + _counted(dropped) + ".")
    sources = _table(["source of the preference", "rows"], sorted((manifest.get("sources") or {}).items()))
    return "\n\n".join(["## Lineage", " ".join(lines), splits, sources])


def _split_rows(facts: CardFacts) -> Iterable[Sequence[object]]:
    for split, count in (facts.manifest.get("splits") or {}).items():
        used = facts.skipped_rows.get(split, {}).get("used", NOTHING_STATED)
        yield split, count, used


def _labels(facts: CardFacts) -> str:
    names = {
        "people": "people",
        "miner": "the miner (mined from users' reactions)",
        "imported": "the source",
        "judge": "a judge that people's decisions validated",
    }
    decided = facts.manifest.get("decided_by") or {}
    test = facts.manifest.get("test_decided_by") or {}
    rows = [(words, decided.get(key, 0), test.get(key, 0)) for key, words in names.items()]
    return "\n\n".join(
        [
            "## How the labels were decided",
            _table(["decided by", "rows", "of them in test"], rows),
            _confirmation(facts),
        ]
    )


def _confirmation(facts: CardFacts) -> str:
    people = facts.manifest.get("people") or {}
    judged = people.get("judged", 0)
    if not judged:
        return "Nobody has judged any of the project's mined pairs, so how often the miner is right is not known."
    low, high = people.get("interval") or (None, None)
    share = percent(people["confirmed"] / judged)
    return (
        f"People judged {judged} of the project's {people.get('mined_pairs', 0)} mined pairs and confirmed "
        f"{people['confirmed']} of them: {share} ({interval_text(low, high)})."
    )


def _training(facts: CardFacts) -> str:
    flat = {key: value for key, value in facts.configuration.items() if not isinstance(value, Mapping)}
    for group in ("objective_settings", "lora"):
        flat |= {f"{group}.{key}": value for key, value in (facts.configuration.get(group) or {}).items()}
    hidden = {"base_model", "schema", "heartbeat_seconds"}
    settings = _table(
        ["setting", "value"], [(key, value) for key, value in flat.items() if key not in hidden]
    )
    packages = ", ".join(f"{name} {number}" for name, number in sorted(facts.packages.items()))
    return "\n\n".join(
        [
            "## Training",
            f"{facts.objective_title}. {facts.paper}",
            settings,
            f"Configuration sha256 `{facts.configuration_sha256}`; weights sha256 `{facts.weights_sha256}`. "
            f"Attempts: {facts.attempt_count}. Packages: {packages or NOTHING_STATED}.",
        ]
    )


def _evaluation(facts: CardFacts) -> str:
    found = facts.evaluation
    if found is None:
        return "## Evaluation\n\nThe version holds no rows out, so nothing is known of how the model does on others."
    title = found.title[0].upper() + found.title[1:]
    rows = [
        (
            f"{title}: training raised chosen over rejected",
            percent(found.accuracy),
            interval_text(*found.interval),
        ),
        (f"{title}: chosen is the more probable answer", percent(found.policy_ranking), ""),
        ("The same, of the base model", percent(found.base_ranking), ""),
        ("The longer answer is the chosen one", percent(found.longer_wins), ""),
        ("Mean reward margin", f"{found.margin:.4f}", ""),
    ]
    slices = [
        (
            f"{title}, rows decided by {name}",
            percent(entry["preference_accuracy"]),
            interval_text(*entry["interval"]),
        )
        for name, entry in found.by_decider.items()
        if len(found.by_decider) > 1
    ]
    table = _table([f"{found.split}, {found.pair_count} pairs", "value", "95 % interval"], rows + slices)
    return f"## Evaluation\n\n{found.who_decided}\n\n{table}"


def _limitations(facts: CardFacts) -> str:
    lines = [
        "- Preferences were taken from logged conversations: they hold what these users asked for, with their biases.",
        "- An accuracy on pairs says which of two given answers the model favours, not how good its own answers are.",
    ]
    if facts.evaluation and facts.evaluation.pair_count < 100:
        lines.append(
            f"- {facts.evaluation.pair_count} held-out pairs are few; read the interval, not the figure."
        )
    if facts.base_is_random:
        lines.insert(0, f"- The base is {RANDOM_MODEL_SENTENCE}.")
    return "## Limitations\n\n" + "\n".join(lines)


def _loading(facts: CardFacts) -> str:
    if not facts.is_adapter:
        code = "\n".join(
            [
                "from transformers import AutoModelForCausalLM",
                "",
                'model = AutoModelForCausalLM.from_pretrained("THIS_FOLDER")',
            ]
        )
        return f"## Loading\n\n```python\n{code}\n```"
    base = "THIS_FOLDER/base_model" if facts.base_is_random else facts.base_model
    code = "\n".join(
        [
            "from peft import PeftModel",
            "from transformers import AutoModelForCausalLM",
            "",
            f"base = AutoModelForCausalLM.from_pretrained({json.dumps(base)})",
            'model = PeftModel.from_pretrained(base, "THIS_FOLDER")',
        ]
    )
    return f"## Loading\n\n```python\n{code}\n```"


def _rights(facts: CardFacts) -> str:
    imports = facts.manifest.get("imports") or []
    licences = [
        (entry.get("name"), entry.get("licence") or NOTHING_STATED, entry.get("consent") or NOTHING_STATED)
        for entry in imports
    ]
    models = [
        (entry.get("name"), entry.get("terms") or NOTHING_STATED)
        for entry in facts.manifest.get("models") or []
    ]
    return "\n\n".join(
        [
            "## Licences and terms",
            "Before you pass this on, check that each of these allows it, and the base model's licence as well.",
            _table(["import", "licence", "consent of the users"], licences),
            _table(["model that wrote answers", "terms"], models),
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = [f"| {' | '.join(_inline(str(cell)) for cell in row)} |" for row in rows]
    return "\n".join(
        [
            f"| {' | '.join(head)} |",
            f"|{' --- |' * len(head)}",
            *(body or ["|" + " none |" + " |" * (len(head) - 1)]),
        ]
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in sorted(counts.items()))


def _inline(text: str) -> str:
    """Return text that cannot leave its line or its cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
