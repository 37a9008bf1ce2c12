"""The problems of vendors and of going live."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "vendor_missing": ProblemText(
        403,
        Text(bn="আপনার অ্যাকাউন্ট কোনো ভেন্ডরের নয়", en="Your account is of no vendor yet"),
        Text(
            bn="কর্মসূচির কর্মীকে বলুন, ভেন্ডরের পাতায় আপনার অ্যাকাউন্ট যোগ করতে।",
            en="Ask the programme's staff to add your account on the page of your vendor.",
        ),
    ),
    "vendor_contract_ended": ProblemText(
        409,
        Text(bn="ভেন্ডরের চুক্তি শেষ হয়েছে", en="The vendor's contract has ended"),
        Text(
            bn="নতুন চুক্তি কর্মসূচির কর্মীকে জানান, তারপর প্রতিবেদন দিন।",
            en="Tell the programme's staff of the new contract. Then hand the report in.",
        ),
    ),
    "integration_of_others": ProblemText(
        403,
        Text(bn="এই সিস্টেম অন্যরা যুক্ত করেন", en="Others connect this system"),
        Text(
            bn="নিজের তালিকার কোনো দপ্তরের প্রতিবেদন বা প্রশ্ন দিন।",
            en="Hand in a report, or ask a question, about a body on your own list.",
        ),
    ),
    "report_too_old": ProblemText(
        422,
        Text(bn="প্রতিবেদনটি ৩০ দিনের বেশি পুরোনো", en="The report is older than 30 days"),
        Text(bn="adapters check আবার চালান।", en="Run adapters check again."),
    ),
}
