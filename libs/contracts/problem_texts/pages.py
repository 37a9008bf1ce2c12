"""The problems that pages show, beside those of the API."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "form_from_elsewhere": ProblemText(
        403,
        Text(bn="ফরমটি অন্য সাইট থেকে এসেছে", en="The form came from another site"),
        Text(
            bn="নিরাপত্তার জন্য এটি নেওয়া হয়নি। এই সাইটের পাতা খুলে আবার পূরণ করুন।",
            en="For your safety it was not accepted. Open the page on this site and fill it in.",
        ),
    ),
    "cookie_missing": ProblemText(
        403,
        Text(
            bn="লগইন শেষ হয়ে গেছে, বা ব্রাউজার কুকি রাখে না",
            en="Your login has ended, or your browser keeps no cookies",
        ),
        Text(
            bn="আবার চেষ্টা করুন। তাতেও না হলে ব্রাউজারের সেটিংসে এই সাইটের কুকি চালু করুন।",
            en="Try again. If that does not help, allow cookies for this site in your browser's "
            "settings.",
        ),
    ),
    "form_expired": ProblemText(
        403,
        Text(bn="পাতাটি অনেকক্ষণ আগে খোলা", en="The page was opened too long ago"),
        Text(
            bn="আবার পাঠান।",
            en="Send it again.",
        ),
    ),
}
