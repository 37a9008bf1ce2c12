"""The problems of HTTP itself, which are the same for all services."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "duplicate_member": ProblemText(
        400,
        Text(bn="একই নাম দুইবার আছে", en="A name stands twice"),
        Text(
            bn="অনুরোধের একই অংশে একটি নাম দুইবার আছে। একটি রেখে আবার পাঠান।",
            en="An object in the body has the same member twice. Keep one and send it again.",
        ),
    ),
    "bad_request": ProblemText(
        400,
        Text(bn="অনুরোধ পড়া যায়নি", en="The request cannot be read"),
        Text(
            bn="অনুরোধটি সঠিক HTTP অনুরোধ নয়। ঠিক করে আবার পাঠান।",
            en="The request is not well formed. Correct it and send it again.",
        ),
    ),
    "request_late": ProblemText(
        408,
        Text(bn="অনুরোধ সময়মতো আসেনি", en="The request did not arrive in time"),
        Text(
            bn="অনুরোধ পুরোটা আসার আগেই সময় শেষ হয়েছে। আবার পাঠান।",
            en="The request was not complete when the time was over. Send it again.",
        ),
    ),
    "head_too_large": ProblemText(
        431,
        Text(bn="অনুরোধের শিরোনাম অনেক বড়", en="The headers are too large"),
        Text(
            bn="অনুরোধের ঠিকানা ও শিরোনাম মিলে সর্বোচ্চ ৬৪ কিলোবাইট হতে পারে।",
            en="Address and headers of a request may have at most 64 KiB.",
        ),
    ),
    "https_needed": ProblemText(
        403,
        Text(bn="শুধু HTTPS-এ চলে", en="HTTPS only"),
        Text(
            bn="অনুরোধটি গোপন না রেখেই পাঠানো হয়েছে, পথে কেউ পড়ে থাকতে পারে। "
            "লগইন থাকলে শেষ করে HTTPS-এ আবার পাঠান।",
            en="The request was not encrypted: somebody may have read it on its way. Send it over "
            "HTTPS. If it had a token, end that session.",
        ),
    ),
    "certificate_needed": ProblemText(
        403,
        Text(bn="প্রেরকের সনদ প্রয়োজন", en="A certificate is needed"),
        Text(
            bn="এই ঠিকানায় শুধু আমাদের নিজস্ব সেবা সরাসরি অনুরোধ করতে পারে। প্রকাশ্য ঠিকানা ব্যবহার করুন।",
            en="Only our own services ask here, each with its certificate. Use the public address.",
        ),
    ),
    "bad_query": ProblemText(
        422,
        Text(bn="ঠিকানার প্রশ্ন-অংশ ঠিক নেই", en="The query is not right"),
        Text(
            bn="ঠিকানার প্রশ্ন-অংশে এমন মান আছে যা গ্রহণ করা যায় না। ঠিক করে আবার পাঠান।",
            en="The query has a value that cannot be taken. Correct it and try again.",
        ),
    ),
}
