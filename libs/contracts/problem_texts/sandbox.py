"""Problems that only the sandbox answers with."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "sandbox_party_unknown": ProblemText(
        404,
        Text(bn="এই নামে কেউ নেই", en="Nobody of that name"),
        Text(
            bn="মন্ত্রণালয়ের আইডি, অথবা ministries, sms বা registry লিখুন।",
            en="Give a ministry's id, or ministries, sms or registry.",
        ),
    ),
    "sandbox_nid_malformed": ProblemText(
        422,
        Text(bn="জাতীয় পরিচয়পত্রের নম্বর ঠিক নেই", en="The national ID number is not right"),
        Text(
            bn="জাতীয় পরিচয়পত্রের নম্বর ১০, ১৩ বা ১৭ অঙ্কের হয়। মিলিয়ে আবার লিখুন।",
            en="A national ID number has 10, 13 or 17 digits. Compare it and write it again.",
        ),
    ),
}
