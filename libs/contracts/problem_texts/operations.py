"""The problems that the operators' routes answer with."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "role_missing": ProblemText(
        403,
        Text(bn="এই কাজের অনুমতি নেই", en="Not allowed with this role"),
        Text(
            bn="আপনার দায়িত্বে এই কাজের অনুমতি নেই। প্রয়োজন হলে প্রশাসকের কাছে অনুমতি চান।",
            en="Your role does not allow this. Ask the administrator if your work needs it.",
        ),
    ),
    "recent_login_needed": ProblemText(
        401,
        Text(bn="পরিচয় আবার নিশ্চিত করুন", en="Confirm your login again"),
        Text(
            bn="এই কাজের আগে পাসওয়ার্ড ও দ্বিতীয় প্রমাণ দিয়ে পরিচয় আবার নিশ্চিত করুন।",
            en="This needs a login of the last 5 minutes. Confirm yours with password and second "
            "factor, then try again.",
        ),
    ),
    "dead_letter_unknown": ProblemText(
        404,
        Text(bn="আটকে থাকা বার্তাটি নেই", en="There is no such dead letter"),
        Text(
            bn="এই নম্বরে কোনো আটকে থাকা বার্তা নেই। তালিকা থেকে নম্বরটি আবার দেখুন।",
            en="There is no dead letter with this number. Take the number from the list.",
        ),
    ),
}
