"""Problems of cases and of the workflows by which they go."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "case_changed": ProblemText(
        409,
        Text(bn="নথিটি এর মধ্যে বদলেছে", en="The case has changed meanwhile"),
        Text(
            bn="আপনি যে ধাপ দেখেছিলেন নথিটি আর সেখানে নেই। পাতাটি আবার খুলে দেখুন।",
            en="The case is no longer at the step that you saw. Open the page again.",
        ),
    ),
    "case_ended": ProblemText(
        409,
        Text(bn="নথিটি নিষ্পত্তি হয়ে গেছে", en="The case has ended"),
        Text(
            bn="এই নথিতে আর কিছু করার নেই।",
            en="Nothing can be done in this case any more.",
        ),
    ),
    "action_unknown": ProblemText(
        422,
        Text(bn="এই ধাপে এটি করা যায় না", en="This cannot be done at this step"),
        Text(
            bn="পাতায় যে কাজগুলো দেখানো আছে তার একটি বেছে নিন।",
            en="Choose one of the actions that the page shows.",
        ),
    ),
    "role_has_not_the_case": ProblemText(
        403,
        Text(bn="নথিটি আপনার দায়িত্বে নেই", en="The case is not with your duty"),
        Text(
            bn="নথিটি এখন অন্য দায়িত্বের কর্মকর্তার কাছে আছে।",
            en="The case is with an officer of another duty now.",
        ),
    ),
    "corrections_used_up": ProblemText(
        409,
        Text(bn="আর সংশোধন চাওয়া যাবে না", en="No further correction can be asked for"),
        Text(
            bn="আবেদনকারীর কাছে যতবার সংশোধন চাওয়া যায় ততবার চাওয়া হয়েছে। অন্য একটি কাজ বেছে নিন।",
            en="The applicant was asked as often as the rules allow. Choose another action.",
        ),
    ),
    "files_missing": ProblemText(
        422,
        Text(bn="কাগজ বাকি আছে", en="A paper is missing"),
        Text(
            bn="এই কাজের সঙ্গে যে কাগজ দিতে হয় তা যোগ করুন।",
            en="Add the papers that this action needs.",
        ),
    ),
    "values_missing": ProblemText(
        422,
        Text(bn="তথ্য বাকি আছে", en="A value is missing"),
        Text(
            bn="এই কাজের সঙ্গে যে তথ্য দিতে হয় তা লিখুন।",
            en="Enter the values that this action needs.",
        ),
    ),
    "appeal_not_possible": ProblemText(
        409,
        Text(bn="এই সিদ্ধান্তের বিরুদ্ধে আপিল করা যায় না", en="There is no appeal against this"),
        Text(
            bn="এই সিদ্ধান্তের বিরুদ্ধে এখানে আপিলের সুযোগ নেই।",
            en="No appeal against this decision is possible here.",
        ),
    ),
    "appeal_too_late": ProblemText(
        409,
        Text(bn="আপিলের সময় শেষ", en="The time for an appeal is over"),
        Text(
            bn="এই সিদ্ধান্তের বিরুদ্ধে আপিল করার সময় শেষ হয়েছে।",
            en="The days within which an appeal was possible are over.",
        ),
    ),
}
