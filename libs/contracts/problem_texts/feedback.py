"""The problems of feedback on an application."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "feedback_before_decision": ProblemText(
        409,
        Text(bn="এখনো মতামত দেওয়া যাবে না", en="Feedback is not possible yet"),
        Text(
            bn="আপনার আবেদনে এখনো সিদ্ধান্ত হয়নি। সিদ্ধান্ত জানার পরে মতামত দিন।",
            en="The ministry has not decided yet. Give feedback once you know its decision.",
        ),
    ),
    "feedback_given": ProblemText(
        409,
        Text(bn="মতামত আগেই দেওয়া হয়েছে", en="Feedback was given before"),
        Text(
            bn="এই আবেদনে আপনি আগেই মতামত দিয়েছেন। একটি আবেদনে একবারই মতামত দেওয়া যায়।",
            en="You gave feedback on this application before. It is taken once per application.",
        ),
    ),
    "feedback_not_given": ProblemText(
        404,
        Text(bn="এখনো মতামত দেননি", en="No feedback yet"),
        Text(
            bn="এই আবেদনে আপনি এখনো মতামত দেননি।",
            en="You have given no feedback on this application.",
        ),
    ),
}
