"""Chat logs as somebody would bring their own: requests, poor answers, complaints, and better answers later."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Story(NamedTuple):
    """One conversation of five messages."""

    question: str
    poor: str
    complaint: str
    better: str
    thanks: str


STORIES = [
    Story(
        "How long do I boil an egg soft?",
        "Eggs come from hens.",
        "That is not what I asked.",
        "Six minutes from boiling water, then cold water at once.",
        "Perfect, thank you!",
    ),
    Story(
        "What is the capital of Australia?",
        "Sydney.",
        "That's wrong.",
        "Canberra, since 1913.",
        "Thanks a lot.",
    ),
    Story(
        "Name three rivers of France.",
        "The Danube, the Po and the Elbe.",
        "No, that is incorrect.",
        "The Loire, the Seine and the Rhône.",
        "Great, thanks!",
    ),
    Story(
        "How do I undo my last git commit but keep the changes?",
        "Delete the folder and clone it again.",
        "That doesn't work for me.",
        "Run git reset --soft HEAD~1: the changes stay staged.",
        "It worked, thank you.",
    ),
    Story(
        "Summarise photosynthesis in one sentence.",
        "Plants are green. They grow. They like light. There is much more.",
        "I asked for one sentence!",
        "Plants turn light, water and carbon dioxide into sugar and oxygen.",
        "Perfect.",
    ),
    Story(
        "Which gas do we breathe in most?",
        "Oxygen is the largest part.",
        "That is wrong, check again.",
        "Nitrogen: about 78 per cent of the air.",
        "Thank you very much.",
    ),
    Story(
        "How can I get red wine out of a carpet?",
        "Buy a new carpet.",
        "That is not helpful at all.",
        "Blot it, pour on soda water, blot again, then cover it with salt.",
        "That helped a lot, thanks.",
    ),
    Story(
        "Translate 'good night' into Spanish.",
        "Bonne nuit.",
        "That is wrong, this is French.",
        "Buenas noches.",
        "Thanks!",
    ),
    Story(
        "How far is the Moon?",
        "Quite far away.",
        "That is too vague.",
        "About 384,400 kilometres on average.",
        "Great answer, thank you.",
    ),
    Story(
        "What do I feed a sourdough starter?",
        "Starters are old.",
        "You did not answer my question.",
        "Equal weights of flour and water, once a day at room temperature.",
        "Thank you!",
    ),
    Story(
        "Who painted The Night Watch?",
        "Vermeer did.",
        "That's incorrect.",
        "Rembrandt, in 1642.",
        "Thanks a lot!",
    ),
    Story(
        "Give me a short name for a bakery.",
        "The Most Wonderful Bread And Cake House Of The Whole Town",
        "That is way too long.",
        "Crumb.",
        "Perfect, I love it.",
    ),
    Story(
        "How do I sort a list in Python without changing it?",
        "Use my_list.sort().",
        "No, this is wrong: it changes it.",
        "Use sorted(my_list): it returns a new list.",
        "Exactly what I needed, thanks.",
    ),
    Story(
        "When was the Berlin Wall opened?",
        "In the spring of 1961.",
        "That is wrong.",
        "On 9 November 1989.",
        "Thank you.",
    ),
    Story(
        "How do I politely decline an invitation?",
        "Do not go.",
        "This is useless, I need words to write.",
        "Thank you for thinking of me. I cannot come this time, and hope to next.",
        "Wonderful, thanks!",
    ),
    Story(
        "Convert 100 degrees Fahrenheit to Celsius.",
        "It is 212 degrees.",
        "Wrong answer.",
        "37.8 degrees Celsius.",
        "Thanks!",
    ),
    Story(
        "What is a haiku?",
        "A kind of sushi.",
        "That's nonsense.",
        "A poem of three lines: five, seven, five syllables.",
        "Great, thank you!",
    ),
    Story(
        "How often should I water a cactus?",
        "Every morning and every evening.",
        "That can't be right.",
        "Every two to four weeks, when the soil is dry.",
        "Very helpful, thanks.",
    ),
    Story(
        "List the noble gases.",
        "Gold, silver, platinum.",
        "That is completely wrong.",
        "Helium, neon, argon, krypton, xenon, radon.",
        "Perfect, thanks.",
    ),
    Story(
        "Why is the sea salty?",
        "Because of fish.",
        "That is not true.",
        "Rivers carry dissolved minerals, and they stay.",
        "Interesting, I did not know that. Thanks!",
    ),
    Story(
        "Which tyre pressure for a city bicycle?",
        "Bicycles have two wheels.",
        "You didn't answer my question.",
        "About 3.5 to 4.5 bar; the tyre's side names its limits.",
        "Thank you!",
    ),
    Story(
        "How do I say 'library' in German?",
        "Librarie.",
        "That's wrong.",
        "Bibliothek.",
        "Thanks, that helps.",
    ),
    Story(
        "What does HTTP 404 mean?",
        "The server is on fire.",
        "That is wrong.",
        "The address was not found on the server.",
        "Great, thanks a lot.",
    ),
    Story(
        "How many strings has a violin?",
        "Six, like every guitar.",
        "No, that is wrong.",
        "Four: G, D, A and E.",
        "Thank you so much.",
    ),
    Story(
        "What should a cover letter begin with?",
        "With the end.",
        "That makes no sense.",
        "With the position, and one line on why you fit it.",
        "Excellent, thank you.",
    ),
    Story(
        "How do I freeze fresh basil?",
        "Put it on the balcony.",
        "That is a bad answer.",
        "Chop it, cover it with oil in an ice tray, and freeze it.",
        "Love it, thanks!",
    ),
]
HOSTILE = Story(
    "<script>alert('question')</script> What is <b>HTML</b>? \u202egnihtyna\u202c",
    "<img src=x onerror=alert('rejected')> [click](javascript:alert('link')) \u202eesrever",
    "That is wrong. <svg onload=alert('complaint')></svg><iframe src='javascript:alert(1)'></iframe>",
    "A language for pages. <a href='javascript:alert(2)' onclick='alert(3)'>more</a> ![x](http://example.org/x.png)",
    "Thanks! <style>body { display: none }</style>",
)
BROKEN = '{"messages": [{"role": "user", "content": "this line ends too soo'
SECRET_MODEL = "secret-model-7"


def write_chat_log(path: Path, stories: Iterable[Story], *, broken_line: int | None = None) -> Path:
    """Write the stories as OpenAI chat JSONL; the line with this number, counted from 1, is broken."""
    lines = [json.dumps(_record(story)) for story in stories]
    if broken_line is not None:
        lines.insert(broken_line - 1, BROKEN)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _record(story: Story) -> dict[str, object]:
    roles = ("user", "assistant", "user", "assistant", "user")
    messages = [{"role": role, "content": text} for role, text in zip(roles, story, strict=True)]
    return {"model": SECRET_MODEL, "messages": messages}
