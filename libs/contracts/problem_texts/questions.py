"""The problems of questions to the programme."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "question_names_person": ProblemText(
        422,
        Text(bn="কারও নম্বর বা ঠিকানা আছে", en="It has the number or address of a person"),
        Text(
            bn="ফোন, পরিচয়পত্র ও আবেদনের নম্বর এবং মেইল ঠিকানা বাদ দিন। নামের বদলে পদ ও দপ্তর লিখুন।",
            en="Leave out numbers of phones, identity cards and applications, and mail addresses. "
            "Write post and body instead of a name.",
        ),
    ),
    "question_not_answered": ProblemText(
        409,
        Text(bn="এখনো উত্তর দেওয়া হয়নি", en="It has no answer yet"),
        Text(
            bn="আগে দপ্তরকে উত্তর দিন, তারপর সবার জন্য প্রকাশ করুন।",
            en="Answer the body first. Then publish it for everybody.",
        ),
    ),
}
