"""The judge `jury`: several models, each in both orders; more than half of them decide, and a split jury does not."""

from collections.abc import Sequence

from language_models.chat.asking import AskableModel
from language_models.judges.contract import JudgeSettings, JudgeSettingsError, PairQuestion, Round
from language_models.judges.deliberating import Ask, DeliberatingJudge, Way
from language_models.judges.library.pairwise import PROMPT
from language_models.judges.questions import version_of
from language_models.judges.settling import settle, settle_by_vote

NAME = "jury"


class JuryPlugin:
    """The judge before it has models."""

    name = NAME
    title = "A jury of several models"
    explanation = (
        "Asks each of several models in both orders. What more than half of them say is the verdict; every vote is "
        "kept, and a split jury has none."
    )
    instructions = PROMPT.instructions
    prompt_version = version_of(NAME, PROMPT.instructions, PROMPT.schema)
    reads: frozenset[str] = frozenset()
    scale: tuple[int, int] | None = None
    wants = frozenset({"others"})

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> DeliberatingJudge:
        """Return the jury of this model and the others; raises JudgeSettingsError where it is the only one."""
        others = settings.others if settings else ()
        if not others:
            message = (
                "A jury has at least two models. Choose further endpoints to ask, better an even number."
            )
            raise JudgeSettingsError(message)
        models = [model, *others]

        def way(question: PairQuestion) -> Way:
            asks = [ask for place in range(len(models)) for ask in _asks(question, place)]
            rounds = yield asks
            return settle_by_vote(settle(_of(rounds, place)).outcome for place in range(len(models)))

        return DeliberatingJudge(models, name=NAME, prompt_version=self.prompt_version, way=way)


def _asks(question: PairQuestion, place: int) -> list[Ask]:
    return PROMPT.asks(question, step=_step(place), asker=place)


def _of(rounds: Sequence[Round], place: int) -> list[Round]:
    return [each for each in rounds if each.step == _step(place)]


def _step(place: int) -> str:
    return f"juror {place + 1}"
