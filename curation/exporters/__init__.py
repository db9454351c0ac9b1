"""The formats that datasets leave in.

An exporter is a class without arguments that fits `curation.domain.exporters.exporting.Exporter`. To add one, write a
module here and list it below, or name it in the entry-point group `harken.exporters` of another package.
"""

from curation.domain.catalogue import Catalogue
from curation.domain.exporters.exporting import Exporter

_HERE = "curation.exporters"

# In the order in which people choose: pairs first, then what is made of them, then rarer shapes.
EXPORTERS: Catalogue[Exporter] = Catalogue(
    "exporters",
    singular="exporter",
    built_in={
        "trl_preference": f"{_HERE}.trl_preference.TrlPreferenceExporter",
        "trl_preference_text": f"{_HERE}.trl_preference.TrlPreferenceTextExporter",
        "trl_unpaired": f"{_HERE}.trl_unpaired.TrlUnpairedExporter",
        "trl_unpaired_text": f"{_HERE}.trl_unpaired.TrlUnpairedTextExporter",
        "trl_prompt_completion": f"{_HERE}.trl_prompt_completion.TrlPromptCompletionExporter",
        "trl_prompt_completion_text": f"{_HERE}.trl_prompt_completion.TrlPromptCompletionTextExporter",
        "trl_prompt_only": f"{_HERE}.trl_prompt_only.TrlPromptOnlyExporter",
        "trl_prompt_only_text": f"{_HERE}.trl_prompt_only.TrlPromptOnlyTextExporter",
        "trl_triples": f"{_HERE}.trl_triples.TrlTriplesExporter",
        "table": f"{_HERE}.table.TableExporter",
        "openai_chat": f"{_HERE}.openai_chat.OpenAIChatExporter",
        "openai_dpo": f"{_HERE}.openai_dpo.OpenAIDpoExporter",
        "sharegpt": f"{_HERE}.sharegpt.ShareGptExporter",
        "llama_factory": f"{_HERE}.llama_factory.LlamaFactoryExporter",
        "ranked_lists": f"{_HERE}.ranked_lists.RankedListsExporter",
        "pro": f"{_HERE}.pro.ProExporter",
        "knowpat": f"{_HERE}.knowpat.KnowPatExporter",
        "tree_lists": f"{_HERE}.tree_lists.TreeListsExporter",
        "scored_responses": f"{_HERE}.scored_responses.ScoredResponsesExporter",
        "negatives": f"{_HERE}.negatives.NegativesExporter",
        "joint_pairs": f"{_HERE}.joint_pairs.JointPairsExporter",
        "judgements": f"{_HERE}.judgements.JudgementsExporter",
        "helpsteer2": f"{_HERE}.helpsteer2.HelpSteer2Exporter",
        "steerlm": f"{_HERE}.steerlm.SteerLmExporter",
        "stepwise": f"{_HERE}.stepwise.StepwiseExporter",
    },
)


def load_exporter(name: str) -> Exporter:
    """Return the exporter of a name; raises UnknownFormatError, with the known names, for another."""
    return EXPORTERS.load(name)
