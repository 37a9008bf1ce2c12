"""The problems of workshops."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "workshop_ahead": ProblemText(
        409,
        Text(bn="কর্মশালা এখনো হয়নি", en="The workshop lies ahead"),
        Text(
            bn="উপস্থিতি, প্রশ্ন ও কার্যবিবরণী কর্মশালার দিন থেকে লেখা যায়।",
            en="Attendance, questions and minutes are recorded from the day of the workshop on.",
        ),
    ),
}
