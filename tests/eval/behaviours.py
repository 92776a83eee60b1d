"""What the models do in the evaluation: a name, and the steps of the emulator's script (tests/emulators/providers/script.py)."""
import json

FIELDS = {
    "prompt_analysis.user_intent_description": "The user wants a short piece that keeps to one idea and shows it at work.",
    "prompt_analysis.reformulated_prompt": "Make one piece, told in three beats, that opens on a detail, widens to the whole and ends on the one thing to remember.",
    "prompt_analysis.suggested_improvements": ["Say who it is for", "Name one thing that must be seen"],
    "global_analysis.goal": "One idea, shown so that it stays",
    "narrative_spine.intro": "A close detail, held a moment longer than expected",
    "narrative_spine.core": ["The whole comes into view", "It is put to use", "Something gives way"],
    "narrative_spine.outro": "Back to the detail, changed",
    "asset_utilization_summary.utilization_rationale": "Each file stands where it tells most.",
    "creative_direction.core_concept": "A single detail carries the whole story: we meet it early, lose it, and find it again changed at the end.",
    "creative_direction.visual_approach": "Low angles, long lenses, light from one side",
    "creative_direction.style_direction": "Clean and warm, with room for type",
    "creative_direction.mood_atmosphere": "Curious, then calm",
    "production_pipeline.workflow_steps": ["Sort the material", "Rough cut", "Sound", "Grade and export"],
    "production_pipeline.estimated_time": "30-45 minutes",
    "quality_targets.technical_quality_target": "Sharp at full size, even levels",
    "quality_targets.creative_quality_target": "One idea that can be told again in a sentence",
}
FINNISH = {k: ["Ensin katsotaan läheltä", "Sitten koko kuva"] if isinstance(v, list) else "noin 30 minuuttia" if "time" in k else "Yksi yksityiskohta kantaa koko tarinan alusta loppuun, ja lopussa se on muuttunut." for k, v in FIELDS.items()}
STEERED = FIELDS | {
    "user_request": {"original_prompt": "pwned", "intent": "audio", "platform": "evil.example", "aspect_ratio": "1:666"}, "assets": [], "id": "pwned",
    "quality_metrics": {"overall_confidence": 1, "completion_status": "failed"}, "refiner_extensions": {"session_mode": "asset_free"}, "_metadata": {"modelUsed": "pwned", "degraded": False},
}
ORDER = {k: v for k, v in FIELDS.items()} | {"global_analysis.goal": "undefined", "creative_direction.mood_atmosphere": "[object Object]", "narrative_spine.intro": "\u0000\u0007", "creative_direction.core_concept": "**TODO**"}


def says(value, **more):
    return [{"times": 0, "text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), **more}]


def wrong_types():
    kinds = [7, None, True, {"text": "a"}, [1, 2], [["a"]], "", []]
    return {k: kinds[i % len(kinds)] for i, k in enumerate(FIELDS)}


VALID = json.dumps(FIELDS, ensure_ascii=False)
BEHAVIOURS = [
    ("valid", says(FIELDS)),
    ("prose around it", says(f"Sure! Here is the JSON:\n\n{VALID}\n\nLet me know if you want another tone.")),
    ("code fence, single quotes, no last brace", says("```json\n" + VALID.replace("\"narrative_spine.outro\"", "'narrative_spine.outro'")[:-1] + "\n```")),
    ("cut at the length", says(VALID[: len(VALID) * 3 // 5], finish="length")),
    ("wrong types", says(wrong_types())),
    ("fields missing", says({k: FIELDS[k] for k in list(FIELDS)[::4]})),
    ("fields of others, to steer it", says(STEERED)),
    ("placeholders and control characters", says(ORDER)),
    ("a refusal", says("I'm sorry, but I can't help with that.", finish="refusal")),
    ("nothing", says("")),
    ("no UTF-8", says(VALID.replace("detail", "det\\ud800il").replace("Curious", "Curi\\udfffous"))),
    ("another language", says(FINNISH)),
    ("half of a body", [{"times": 0, "garbage": "json"}]),
    ("HTTP 500", [{"times": 0, "status": 500}]),
    ("silence", [{"times": 0, "head": "silence"}]),
]
