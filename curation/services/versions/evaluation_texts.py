"""Texts of evaluation sets that people upload, so that recipes keep their rows apart from them."""

from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.domain.errors import RecipeError
from curation.models import EvaluationText, Project, User
from curation.services.work.audit import record_event

MOST_BYTES = 8 << 20
MOST_TEXTS = 100_000
TOO_LARGE = gettext_lazy("An evaluation set has at most 8 MB of text. Cut the file into several.")


@transaction.atomic
def save_evaluation_text(
    *, project: Project, name: str, content: bytes, actor: User | None = None
) -> EvaluationText:
    """Store the lines of an evaluation set under a name, in the place of what had it; raises RecipeError."""
    texts = _lines_of(content)
    saved, _made = EvaluationText.objects.update_or_create(
        project=project,
        name=name,
        defaults={"texts": texts, "sha256": sha256(content).hexdigest(), "created_by": actor},
    )
    record_event(
        action="evaluation_text.saved",
        project=project,
        actor=actor,
        target=saved,
        details={"texts": len(texts)},
    )
    return saved


def _lines_of(content: bytes) -> list[str]:
    if len(content) > MOST_BYTES:
        raise RecipeError(str(TOO_LARGE))
    try:
        lines = content.decode("utf-8-sig").replace("\x00", "").splitlines()
    except UnicodeDecodeError as error:
        raise RecipeError(_("The file is not UTF-8 text. Save it as UTF-8 and upload it again.")) from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise RecipeError(_("The file holds no text. Write one text a line."))
    if len(texts) > MOST_TEXTS:
        raise RecipeError(_("An evaluation set has at most 100,000 lines. Cut the file into several."))
    return texts
