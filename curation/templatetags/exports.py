"""What exports leave out and find wrong, in words."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.domain.exporters.exporting import LeftOut
from curation.domain.exporters.validating import Fault
from curation.exporters import EXPORTERS

register = template.Library()

LEFT_OUT = {
    LeftOut.TIE: _("no answer was preferred"),
    LeftOut.NO_CHOSEN: _("a bad answer alone"),
    LeftOut.NO_REJECTED: _("a good answer alone"),
    LeftOut.TWO_PROMPTS: _("two different prompts"),
    LeftOut.TOOLS: _("tool calls, which this format does not hold"),
    LeftOut.ATTACHMENTS: _("attachments that this format does not hold, or whose bytes are gone"),
    LeftOut.SEVERAL_TURNS: _("an answer of several messages"),
    LeftOut.SHORT_LIST: _("too few answers for a list"),
    LeftOut.NO_SCORE: _("no score that all answers have"),
    LeftOut.NO_ATTRIBUTES: _("no rated attributes"),
    LeftOut.NO_JUDGEMENT: _("nobody wrote a judgement"),
    LeftOut.NO_STEPS: _("no labelled steps"),
    LeftOut.BOTH_LABELS: _("an answer that both won and lost"),
    LeftOut.SAME_AGAIN: _("written already"),
}
FAULTS = {
    Fault.EQUAL_ANSWERS: _("both answers are the same but for space"),
    Fault.EMPTY_MESSAGE: _("an empty message"),
    Fault.ROLES_OUT_OF_ORDER: _("roles that do not take turns"),
    Fault.TEMPLATE_REFUSES: _("refused by the chat template"),
    Fault.TEXT_CHANGED: _("text that the chat template changes or drops"),
    Fault.PROMPT_NOT_A_PREFIX: _("a prompt that the template does not keep as a beginning: trainers cut it"),
    Fault.SPECIAL_TOKEN_IN_TEXT: _("text that holds a mark of the tokenizer"),
}


@register.filter
def left_out_reason(code: str) -> str | Promise:
    """Return why rows were left out, in words."""
    return LEFT_OUT[LeftOut(code)] if code in set(LeftOut) else code


@register.filter
def fault_reason(code: str) -> str | Promise:
    """Return what is wrong with rows for a trainer, in words."""
    return FAULTS[Fault(code)] if code in set(Fault) else code


@register.filter
def format_title(name: str) -> str:
    """Return the title of a format; its name where it is not known any more."""
    return EXPORTERS.load(name).title if name in EXPORTERS else name
