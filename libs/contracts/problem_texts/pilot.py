"""The problems of the criteria of the pilot; read by the programme's staff."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "pilot_ended": ProblemText(
        409,
        Text(bn="পাইলট শেষ হয়েছে", en="The pilot has ended"),
        Text(
            bn="শেষ দিনের পরে মানদণ্ড বদলানো যায় না।",
            en="After its last day no criterion is changed.",
        ),
    ),
    "pilot_days_wrong": ProblemText(
        422,
        Text(bn="দিনগুলো ঠিক নয়", en="The days are not right"),
        Text(
            bn="শেষ দিনটি আজকের পরে ও প্রথম দিনের পরে হয়, পাইলট সর্বোচ্চ ৭৩০ দিনের, আর চালু থাকার "
            "দিন পাইলটের দিনের বেশি নয়।",
            en="The last day lies ahead of today and of the first day, the pilot has 730 days at "
            "most, and not more open days than days.",
        ),
    ),
}
