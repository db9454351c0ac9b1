"""A few records of every format, written by hand."""

import json
from typing import Any

from tests.curation.import_files import chat
from tests.curation.platform_files import (
    argilla_record,
    otel_request,
    otel_span,
    otel_text,
    studio_task,
    webui_chat,
    webui_message,
)

TURNS = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
SPOKEN = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
ASKED = SPOKEN[:1]
DIALOGUE = "\n\nHuman: q\n\nAssistant: "
MODERATION = [
    {"categories": {"harassment": False}, "category_scores": {"harassment": 0.001}, "flagged": False},
    {"categories": {"harassment": True}, "category_scores": {"harassment": 0.7}, "flagged": True},
]


def answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def share(text: str) -> dict[str, str]:
    return {"from": "gpt", "value": text}


WILDCHAT = {
    "conversation_hash": "c1",
    "model": "gpt-4",
    "timestamp": "2023-04-09T00:02:53+00:00",
    "conversation": [
        {**SPOKEN[0], "hashed_ip": "ip1", "language": "English", "toxic": False, "redacted": False},
        {**SPOKEN[1], "toxic": True, "redacted": False, "timestamp": "2023-04-09T00:03:00+00:00"},
    ],
    "turn": 1,
    "language": "English",
    "openai_moderation": MODERATION,
    "detoxify_moderation": [{"toxicity": 0.0005}, {"toxicity": 0.9}],
    "toxic": True,
    "redacted": False,
    "country": "Nowhere",
    "hashed_ip": "ip1",
    "header": {"user-agent": "browser"},
}
LMSYS = {
    "conversation_id": "l1",
    "model": "vicuna-13b",
    "conversation": SPOKEN,
    "turn": 1,
    "language": "German",
    "openai_moderation": MODERATION,
    "redacted": True,
}
ULTRAFEEDBACK = {
    "source": "made up",
    "instruction": "q",
    "models": ["m1", "m2"],
    "completions": [
        {
            "model": "m1",
            "custom_system_prompt": "Be kind.",
            "response": "poor",
            "annotations": {
                "helpfulness": {"Rating": "2", "Rationale": "short"},
                "honesty": {"Rating": "N/A"},
            },
            "overall_score": 3,
            "critique": "It says nothing.",
        },
        {
            "model": "m2",
            "response": "good",
            "annotations": {"helpfulness": {"Rating": "5", "Rationale": "full"}},
            "overall_score": 8.5,
            "critique": "",
        },
    ],
}
HELPSTEER = {
    "prompt": "q",
    "response": "a",
    "helpfulness": 3,
    "correctness": 4,
    "coherence": 4,
    "complexity": 1,
    "verbosity": 0,
}
HELPSTEER_PREFERENCE = {
    "split": "train",
    "prompt": "q",
    "response_1": "a",
    "response_2": "b",
    "preference_strength": 2,
    "preference_statement": "Response 2 is better.",
    "preference_elaboration": "It answers.",
}


def utterance(number: int, text: str, **fields: Any) -> dict[str, Any]:
    """Return a row of WildFeedback's file of labels, its keys as they were released."""
    return {
        "UtteranceId": number,
        "TurnId": number // 2 + 1,
        "Role": "Agent" if number % 2 else "User",
        "Content": text,
        "Satisfaction": False,
        "Disatisfaction": False,
        "Satisfaction-Justificiation": "",
        "Dissatisfaction-Justificiation": "",
        "State": "NEWTOPIC",
        **fields,
    }


BATTLE = {
    "question_id": "b1",
    "model_a": "m1",
    "model_b": "m2",
    "winner": "model_b",
    "judge": "arena_user_7",
    "conversation_a": [*ASKED, *answer("first")],
    "conversation_b": [*ASKED, *answer("second")],
    "turn": 1,
    "anony": True,
    "language": "English",
    "tstamp": 1682351591.1,
    "openai_moderation": MODERATION[1],
    "toxic_chat_tag": {"t5-large": {"flagged": False, "score": 0.1}},
}
DOVE = {"i_chosen": "q", "r_chosen": "a", "i_reject": "r", "r_reject": "b"}

# Format → records that are of it, by what tells them apart.
SAMPLES: dict[str, dict[str, Any]] = {
    "openai_chat": {
        "messages": chat("q", "a"),
        "fine-tuning with tools": {**chat("q", "a"), "tools": [], "parallel_tool_calls": True},
        "conversation": {"conversation_id": "x", "conversation": SPOKEN},
    },
    "sharegpt": {
        "turns": {"conversations": TURNS},
        "system and tools": {"conversations": TURNS, "system": "s", "tools": "[]"},
    },
    "oasst": {"message": {"message_id": "1", "parent_id": None, "role": "prompter", "text": "q"}},
    "hh": {"dialogues": {"chosen": DIALOGUE + "a", "rejected": DIALOGUE + "b"}},
    "trl_preference": {
        "text": {"prompt": "q", "chosen": "a", "rejected": "b"},
        "messages": {"prompt": ASKED, "chosen": answer("a"), "rejected": answer("b")},
        "implicit": {"chosen": SPOKEN, "rejected": [*ASKED, *answer("b")]},
        "with whole conversations": {
            "prompt": "q",
            "prompt_id": "p",
            "chosen": SPOKEN,
            "rejected": [*ASKED, *answer("b")],
            "messages": SPOKEN,
            "score_chosen": 8,
            "score_rejected": 3,
        },
        "triples": {
            "prompt": ASKED,
            "reference": answer("r"),
            "chosen": answer("a"),
            "rejected": answer("b"),
        },
    },
    "trl_unpaired": {
        "text": {"prompt": "q", "completion": "a", "label": True},
        "messages": {"prompt": ASKED, "completion": answer("a"), "label": False},
        "bad answer alone": {"prompt": ASKED, "rejected": answer("b")},
    },
    "trl_prompt_completion": {
        "text": {"prompt": "q", "completion": "a"},
        "messages": {"prompt": ASKED, "completion": answer("a")},
        "prompt alone": {"prompt": ASKED},
        "prompt alone as text": {"id": "1", "prompt": "q", "split": "train"},
    },
    "wildchat": {"log": WILDCHAT},
    "lmsys_chat": {"log": LMSYS},
    "wildfeedback": {
        "labels": utterance(0, "q"),
        "pairs": {"conversations": TURNS[:1], "chosen": {"value": "a"}, "rejected": {"value": "b"}},
        "wishes": {"prompt": SPOKEN, "user_preference": "Be brief."},
    },
    "ultrafeedback": {"completions": ULTRAFEEDBACK},
    "helpsteer2": {
        "ratings": HELPSTEER,
        "ratings by person": {**HELPSTEER, "helpfulness": [3, 4, 3]},
        "preferences": HELPSTEER_PREFERENCE,
    },
    "steerlm": {
        "labels": {
            "system": "",
            "mask": "User",
            "type": "VALUE_TO_TEXT",
            "conversations": [
                {"from": "User", "value": "q", "label": None},
                {"from": "Assistant", "value": "a", "label": "helpfulness:4,verbosity:2"},
            ],
        }
    },
    "arena": {
        "battle": BATTLE,
        "lists": {
            "id": 7,
            "model_a": "m1",
            "model_b": "m2",
            "prompt": '["q"]',
            "response_a": '["first"]',
            "response_b": "['second']",
            "winner_model_a": 0,
            "winner_model_b": 1,
            "winner_tie": 0,
        },
    },
    "joint_pairs": {
        "dove": DOVE,
        "ours": {"chosen_prompt": "q", "chosen": "a", "rejected_prompt": "r", "rejected": "b"},
    },
    "ranked_lists": {
        "ranks": {
            "prompt": ASKED,
            "responses": [
                {"content": "a", "model": "m1", "rank": 0},
                {"content": "b", "model": "m2", "rank": 1},
            ],
        },
        "knowpat": {"query": "q", "responses": ["a", "b"], "scores": [2, 1]},
        "named scores": {
            "prompt": ASKED,
            "responses": ["a", "b"],
            "scores": [0.5, 0.1],
            "score_name": "reward",
        },
        "pro": {
            "meta": {"id": "1", "source": "s"},
            "prefix": [["<|prompter|>q", "<|assistant|>"]] * 2,
            "suffix": ["a", "b"],
            "reward": [2.0, 1.0],
            "sft_index": 0,
        },
        "steps": {
            "prompt": "q",
            "response_list": [{"response": ["a\n", "b"], "score": 2.0}, {"response": ["c"], "score": 1.0}],
        },
    },
    "argilla": {"record": argilla_record()},
    "label_studio": {"task": studio_task()},
    "langfuse": {
        "trace": {
            "id": "t1",
            "sessionId": "s1",
            "timestamp": "2024-05-01T10:00:00Z",
            "input": "q",
            "output": "a",
        }
    },
    "open_webui": {
        "chat": webui_chat(
            webui_message("u1", "user", "q"), webui_message("a1", "assistant", "a", "u1"), current="a1"
        )
    },
    "otel": {
        "request": otel_request(
            otel_span("1", 1, gen_ai__input__messages=json.dumps([otel_text("user", "q")]))
        )
    },
    "sharegpt_preference": {
        "sides": {"conversations": TURNS[:1], "chosen": share("a"), "rejected": share("b")},
        "label": {"conversations": TURNS, "kto_tag": True},
    },
    "openai_preference": {
        "sides": {
            "input": {"messages": ASKED, "tools": [], "parallel_tool_calls": True},
            "preferred_output": answer("a"),
            "non_preferred_output": answer("b"),
        }
    },
    "harken_table": {
        "row": {
            "id": "1",
            "prompt": "q",
            "chosen": "a",
            "rejected": "b",
            "rejected_prompt": None,
            "decided_by": "people",
            "is_tie": False,
            "strength": 2.0,
            "chosen_model": "m1",
            "chosen_scores": '{"reward": 1.5}',
            "chosen_attributes": "{}",
            "rejected_judgement": "Too short.",
            "prompt_messages": '[{"role": "user", "content": "q"}]',
            "chosen_messages": '[{"role": "assistant", "content": "a"}]',
            "rejected_messages": '[{"role": "assistant", "content": "b"}]',
            "rejected_prompt_messages": "[]",
        }
    },
    "alpaca": {
        "answer": {"instruction": "q", "input": "", "output": "a"},
        "sides": {"instruction": "q", "input": "", "chosen": "a", "rejected": "b"},
        "label": {"instruction": "q", "input": "", "output": "a", "kto_tag": False},
        "judgement": {"instruction": "q", "output": "a", "judgment": "Too short.", "score": 1},
    },
}
