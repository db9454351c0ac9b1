"""The judge `cascade`: a cheap model first, and a strong one only where the cheap one contradicts itself."""

from language_models.chat.asking import AskableModel
from language_models.judges.contract import JudgeSettings, JudgeSettingsError, PairQuestion
from language_models.judges.deliberating import DeliberatingJudge, Way
from language_models.judges.library.pairwise import PROMPT
from language_models.judges.questions import version_of
from language_models.judges.settling import settle

NAME = "cascade"
FIRST, STRONG = "first model", "strong model"


class CascadePlugin:
    """The judge before it has models."""

    name = NAME
    title = "The cheap model first, the strong one for conflicts"
    explanation = (
        "Asks the endpoint in both orders. Only where its orders disagree, or it cannot be read, the further endpoint "
        "is asked in both orders too, and its verdict counts."
    )
    instructions = PROMPT.instructions
    prompt_version = version_of(NAME, PROMPT.instructions, PROMPT.schema)
    reads: frozenset[str] = frozenset()
    scale: tuple[int, int] | None = None
    wants = frozenset({"others"})

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> DeliberatingJudge:
        """Return the cascade of this model and the one after it; raises JudgeSettingsError without exactly one."""
        others = settings.others if settings else ()
        if len(others) != 1:
            message = (
                "A cascade has two models: the one that is asked first, and one further endpoint. Choose one."
            )
            raise JudgeSettingsError(message)
        return DeliberatingJudge([model, *others], name=NAME, prompt_version=self.prompt_version, way=_way)


def _way(question: PairQuestion) -> Way:
    settled = settle((yield PROMPT.asks(question, step=FIRST)), method=FIRST)
    if settled.outcome.is_decided:
        return settled
    return settle((yield PROMPT.asks(question, step=STRONG, asker=1)), method=STRONG)
