"""The problems of the OpenID provider that people and operators see."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

_ASK_THE_SITE = Text(
    bn="যে সাইট থেকে এসেছেন সেখানে ফিরে গিয়ে আবার শুরু করুন। আবার হলে সেই সাইটের সহায়তায় জানান।",
    en="Go back to the site you came from and start again. If it happens again, tell that site.",
)

PROBLEMS: Mapping[str, ProblemText] = {
    "client_unknown": ProblemText(
        404, Text(bn="সাইটটি আমাদের চেনা নয়", en="We do not know this site"), _ASK_THE_SITE
    ),
    "redirect_uri_unknown": ProblemText(
        400,
        Text(bn="ফেরার ঠিকানাটি নিবন্ধিত নয়", en="The address to return to is not registered"),
        _ASK_THE_SITE,
    ),
    "login_form_invalid": ProblemText(
        403, Text(bn="পাতাটি আর চলবে না", en="This page is no longer valid"), _ASK_THE_SITE
    ),
    "client_exists": ProblemText(
        409,
        Text(bn="এই নামের সাইট আগে থেকেই আছে", en="There is a client with this id"),
        Text(bn="অন্য একটি নাম দিন।", en="There is a client with this id. Choose another one."),
    ),
    "client_uri_invalid": ProblemText(
        422,
        Text(bn="ঠিকানাটি চলবে না", en="The address is not allowed"),
        Text(
            bn="ঠিকানা https দিয়ে শুরু হবে; ব্যবহারকারী বা # অংশ থাকবে না।",
            en="An address is whole and begins with https, or with http on the loopback; it has no "
            "user and no fragment.",
        ),
    ),
    "client_sector_needed": ProblemText(
        422,
        Text(bn="সেক্টর দিন", en="The sector is missing"),
        Text(
            bn="ঠিকানাগুলোর হোস্ট আলাদা, তাই সেক্টর বলে দিন।",
            en="The addresses have several hosts: name one of them as --sector.",
        ),
    ),
    "client_scopes_invalid": ProblemText(
        422,
        Text(bn="স্কোপ চলবে না", en="The scopes are not allowed"),
        Text(
            bn="openid, profile, phone ও offline_access চলে।",
            en="The scopes are openid, profile, phone and offline_access.",
        ),
    ),
    "client_keys_invalid": ProblemText(
        422,
        Text(bn="চাবিগুলো চলবে না", en="The keys are not allowed"),
        Text(
            bn="১ থেকে ৫টি পাবলিক চাবির JSON Web Key Set দিন: EC P-256, বা অন্তত ২০৪৮ বিটের RSA; "
            "প্রতিটির আলাদা kid থাকবে।",
            en="Give a JSON Web Key Set of 1 to 5 public keys: EC on P-256, or RSA of at least "
            "2048 bits. Each has a kid of its own.",
        ),
    ),
}
