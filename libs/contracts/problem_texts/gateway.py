"""Problems that only the gateway answers with."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "service_not_reached": ProblemText(
        503,
        Text(bn="সেবা সাময়িকভাবে বন্ধ", en="Not available just now"),
        Text(
            bn="অনুরোধটি জমা হয়নি। কিছুক্ষণ পর আবার চেষ্টা করুন।",
            en="The request was not taken. Try again after a short while.",
        ),
    ),
    "answer_late": ProblemText(
        504,
        Text(bn="উত্তর আসতে দেরি হচ্ছে", en="The answer is late"),
        Text(
            bn="উত্তর সময়মতো আসেনি। কিছুক্ষণ পর আবার দেখুন।",
            en="The answer did not come in time. Look again after a short while.",
        ),
    ),
    "answer_late_repeat_safe": ProblemText(
        504,
        Text(bn="উত্তর আসতে দেরি হচ্ছে", en="The answer is late"),
        Text(
            bn="আবেদনটি জমা হয়ে থাকতে পারে। একই Idempotency-Key দিয়ে আবার পাঠান; তাতে আবেদন একবারই জমা হবে।",
            en="The application may have been taken. Send it again with the same "
            "Idempotency-Key: it is then taken once only.",
        ),
    ),
    "live_view_unknown": ProblemText(
        404,
        Text(bn="ঠিকানাটি আর চলে না", en="This address is used up"),
        Text(
            bn="সরাসরি অবস্থা দেখার ঠিকানা এক মিনিটের মধ্যে একবারই খোলা যায়। নতুন ঠিকানা নিন।",
            en="The address of a live view can be opened once and within a minute. Get a new one.",
        ),
    ),
    "too_many_watchers": ProblemText(
        429,
        Text(bn="অনেক বেশি খোলা পাতা", en="Too many open live views"),
        Text(
            bn="একসঙ্গে এতগুলো পাতায় সরাসরি অবস্থা দেখা যায় না। অন্য পাতা বন্ধ করে আবার চেষ্টা করুন।",
            en="Too many live views are open at once. Close some and try again.",
        ),
    ),
}
