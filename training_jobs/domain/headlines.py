"""What may be said of an evaluation: a figure is only called after whoever decided the rows it was measured on."""

RANDOM_MODEL_SENTENCE = "a random tiny model: this proves the pipeline, not quality"


def percent(share: float | None) -> str:
    """Return a share as people read it."""
    return "unknown" if share is None else f"{100 * share:.1f} %"


def interval_text(low: float | None, high: float | None) -> str:
    """Return an interval of shares as people read it."""
    return "" if low is None or high is None else f"{100 * low:.1f} % to {100 * high:.1f} %"
