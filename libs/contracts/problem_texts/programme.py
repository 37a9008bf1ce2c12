"""The problems that the programme answers with; read by the programme's staff."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "fact_field_missing": ProblemText(
        422,
        Text(bn="একটি ঘর খালি আছে", en="A field is empty"),
        Text(
            bn="এই ধরনের তথ্যে চিহ্নিত ঘরটি লাগে। পূরণ করে আবার পাঠান।",
            en="A fact of this kind needs the marked field. Fill it in and send it again.",
        ),
    ),
    "fact_field_of_other_kind": ProblemText(
        422,
        Text(bn="এই ঘরটি অন্য ধরনের তথ্যের", en="The field belongs to another kind of fact"),
        Text(
            bn="চিহ্নিত ঘরটি খালি রাখুন, অথবা তথ্যের ধরন বদলান।",
            en="Leave the marked field empty, or choose another kind of fact.",
        ),
    ),
    "until_before_day": ProblemText(
        422,
        Text(bn="শেষ দিনটি প্রথম দিনের আগের", en="The last day is before the first"),
        Text(
            bn="শেষ দিন প্রথম দিন বা তার পরের হতে হবে। তারিখ দুটি মিলিয়ে দেখুন।",
            en="The last day must be the first day or a later one. Check both dates.",
        ),
    ),
    "fact_of_programme": ProblemText(
        403,
        Text(bn="এটি কর্মসূচি লেখে", en="The programme records this"),
        Text(
            bn="ফোকাল পয়েন্ট নিজের তালিকা, নির্দেশনা প্রাপ্তি ও ভেন্ডরের নাম লিখতে পারেন। "
            "অন্য কিছু, বা সংশোধন, কর্মসূচিকে জানান।",
            en="A focal point records the list, that the instructions came, and the vendor. Tell "
            "the programme about anything else, and about corrections.",
        ),
    ),
    "fact_ahead": ProblemText(
        422,
        Text(bn="এই দিনটি এখনও আসেনি", en="This day has not come yet"),
        Text(
            bn="যা ঘটেছে শুধু তা-ই লেখা যায়। আজকের বা আগের কোনো তারিখ লিখুন।",
            en="Only what has happened is recorded. Enter today's date or an earlier one.",
        ),
    ),
    "body_replaced": ProblemText(
        409,
        Text(bn="এই দপ্তরের কাজ অন্য দপ্তর নিয়েছে", en="Another body has taken over"),
        Text(
            bn="এই তারিখে এই মন্ত্রণালয় বা বিভাগের কাজ অন্যটি নিয়েছে। সেই পাতায় লিখুন, অথবা আগের তারিখ দিন।",
            en="On this day another ministry or division had taken over from this one. Record it "
            "there, or enter an earlier day.",
        ),
    ),
    "body_owes_no_list": ProblemText(
        422,
        Text(bn="এই দপ্তর নিজে তালিকা দেয় না", en="This body owes no list itself"),
        Text(
            bn="বিভাগে বিভক্ত মন্ত্রণালয়ের হয়ে তার বিভাগগুলো উত্তর দেয়। বিভাগের পাতায় লিখুন।",
            en="The divisions of a ministry answer for it. Record this at the division.",
        ),
    ),
    "due_before_letter": ProblemText(
        422,
        Text(bn="শেষ দিনটি চিঠির আগের", en="The last day is before the letter"),
        Text(
            bn="শেষ দিন চিঠির দিন বা তার পরের হতে হবে। তারিখ দুটি মিলিয়ে দেখুন।",
            en="The last day must be the day of the letter or a later one. Check both dates.",
        ),
    ),
    "service_not_known": ProblemText(
        422,
        Text(bn="এই সেবা তালিকায় নেই", en="The catalogue does not have this service"),
        Text(
            bn="সেবাটির নাম “অন্যান্য সেবা” ঘরে লিখুন।",
            en="Enter the name of the service under other services.",
        ),
    ),
    "service_of_other_body": ProblemText(
        422,
        Text(bn="এই সেবা অন্য দপ্তরের", en="This service is another body's"),
        Text(
            bn="তালিকায় অন্য মন্ত্রণালয় বা বিভাগের একটি সেবা আছে। সেটি বাদ দিন, "
            "আর কার সেবা তা দপ্তরকে জিজ্ঞেস করুন।",
            en="The list names a service of another ministry or division. Leave it out, and ask "
            "the body whose service it is.",
        ),
    ),
    "replacement_impossible": ProblemText(
        422,
        Text(bn="এভাবে একীভূত করা যায় না", en="This body cannot take over"),
        Text(
            bn="দপ্তরটি নিজের জায়গা নিতে পারে না, আর নিজে একীভূত হয়ে থাকলে অন্যের জায়গাও না। "
            "যে দপ্তর এখন কাজ করে সেটি বেছে নিন।",
            en="A body does not take over from itself, nor after it was replaced. Choose the body "
            "that does the work now.",
        ),
    ),
    "correction_of_nothing": ProblemText(
        422,
        Text(bn="যা সংশোধন করবেন তা পাওয়া যায়নি", en="There is nothing to correct"),
        Text(
            bn="এই দপ্তরের এমন কোনো তথ্য নেই। পাতাটি আবার খুলে যে তথ্য ভুল সেটি বেছে নিন।",
            en="This body has no such fact. Open the page again and choose the fact that is wrong.",
        ),
    ),
    "correction_of_other_kind": ProblemText(
        422,
        Text(bn="সংশোধনটি অন্য ধরনের", en="The correction is of another kind"),
        Text(
            bn="একই ধরনের তথ্য দিয়ে সংশোধন করুন, অথবা লিখুন যে এটি ঘটেনি।",
            en="Correct it with a fact of the same kind, or say that it did not happen.",
        ),
    ),
    "fact_corrected_before": ProblemText(
        409,
        Text(bn="আগেই সংশোধন করা হয়েছে", en="It was corrected before"),
        Text(
            bn="এই তথ্যের একটি সংশোধন আছে। পাতাটি আবার খুলে শেষটি সংশোধন করুন।",
            en="This fact has a correction. Open the page again and correct the last one.",
        ),
    ),
    "fact_was_announced": ProblemText(
        422,
        Text(bn="এটি হাতে সংশোধন করা যায় না", en="This is not corrected by hand"),
        Text(
            bn="এটি প্ল্যাটফর্ম নিজে জানিয়েছে। সেবাটি যেখানে রাখা হয় সেখানে ঠিক করুন।",
            en="The platform announced it. Correct the service where it is kept.",
        ),
    ),
    "extension_needed": ProblemText(
        409,
        Text(bn="এতে সময় বাড়ে", en="This gives more time"),
        Text(
            bn="সংশোধন দিয়ে শেষ দিন পেছানো যায় না। কারণ লিখে সময় বাড়ানোর প্রস্তাব দিন; আরেকজন অনুমোদন করবেন।",
            en="A correction moves no last day. Propose an extension with a reason; a second "
            "person approves it.",
        ),
    ),
    "extension_of_nothing": ProblemText(
        409,
        Text(bn="বাড়তি সময় দেওয়ার কিছু নেই", en="There is nothing to extend"),
        Text(
            bn="এই ধাপ চাওয়া হয়নি, হয়ে গেছে, বা অন্য দপ্তর কাজ নিয়েছে। দপ্তরের পাতা আবার দেখুন।",
            en="Nobody asked for this step, it is done, or another body has taken over. Look at "
            "the page of the body again.",
        ),
    ),
    "extended_twice": ProblemText(
        409,
        Text(bn="দুবার সময় বাড়ানো হয়েছে", en="It was extended twice"),
        Text(
            bn="একটি ধাপের সময় দুবারের বেশি বাড়ানো যায় না।",
            en="A step gets longer twice at most.",
        ),
    ),
    "extension_not_later": ProblemText(
        422,
        Text(bn="নতুন দিনটি পরের নয়", en="The new day is not later"),
        Text(
            bn="নতুন শেষ দিন আজ ও এখনকার শেষ দিনের পরে হতে হবে।",
            en="The new last day must be after today and after the last day of now.",
        ),
    ),
}
