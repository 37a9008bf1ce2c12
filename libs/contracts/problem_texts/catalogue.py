"""The problems that the catalogue answers with."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "public_service_not_found": ProblemText(
        404,
        Text(bn="এই সেবাটি নেই", en="No such public service"),
        Text(
            bn="এই আইডির কোনো সেবা তালিকায় নেই। তালিকা থেকে সেবাটি খুঁজে আবার চেষ্টা করুন।",
            en="The catalogue has no public service with this id. "
            "Find it in the list of services and try again.",
        ),
    ),
    "service_of_other_ministry": ProblemText(
        403,
        Text(bn="সেবাটি অন্য মন্ত্রণালয়ের", en="The service is of another ministry"),
        Text(
            bn="আপনি শুধু নিজের মন্ত্রণালয় বা বিভাগের সেবার বিবরণ লিখতে পারেন।",
            en="You write about services of your own ministry or division only.",
        ),
    ),
    "publication_day_passed": ProblemText(
        422,
        Text(bn="দিনটি পার হয়ে গেছে", en="The day has passed"),
        Text(
            bn="আজ বা পরের কোনো দিন থেকে প্রকাশ করা যায়। অন্য তারিখ দিন।",
            en="A version holds from today or a later day on. Enter another day.",
        ),
    ),
    "category_not_found": ProblemText(
        404,
        Text(bn="এই ধরনের সেবা নেই", en="No such category"),
        Text(
            bn="এই আইডির কোনো সেবার ধরন নেই। /v1/categories থেকে একটি বেছে নিন।",
            en="There is no category with this id. Choose one from /v1/categories.",
        ),
    ),
    "life_event_not_found": ProblemText(
        404,
        Text(bn="এই জীবন-ঘটনা তালিকায় নেই", en="No such life event"),
        Text(
            bn="এই আইডির কোনো জীবন-ঘটনা নেই। /v1/life-events থেকে একটি বেছে নিন।",
            en="There is no life event with this id. Choose one from /v1/life-events.",
        ),
    ),
    "body_not_found": ProblemText(
        404,
        Text(bn="এই মন্ত্রণালয় বা কার্যালয় নেই", en="No such ministry or office"),
        Text(
            bn="এই আইডির কোনো মন্ত্রণালয়, বিভাগ বা কার্যালয় নেই। /v1/bodies থেকে একটি বেছে নিন।",
            en="There is no ministry, ministry division or office with this id. "
            "Choose one from /v1/bodies.",
        ),
    ),
    "area_not_found": ProblemText(
        404,
        Text(bn="এই এলাকা নেই", en="No such area"),
        Text(
            bn="এই কোডের কোনো বিভাগ, জেলা বা উপজেলা নেই। /v1/areas থেকে একটি বেছে নিন।",
            en="There is no geo division, district or upazila with this code. "
            "Choose one from /v1/areas.",
        ),
    ),
    "routing_rule_unknown": ProblemText(
        422,
        Text(bn="এই নিয়মটি নেই", en="No such routing rule"),
        Text(
            bn="এই সেবার এই পরিচিতির কোনো নিয়ম নেই, অথবা নিয়মটি শেষ হয়েছে। তালিকা দেখুন।",
            en="The public service has no rule with this id, or it has ended. Look at the list.",
        ),
    ),
    "routing_rule_wrong": ProblemText(
        422,
        Text(bn="নিয়মটি এভাবে রাখা যায় না", en="The routing rule cannot be used"),
        Text(
            bn="ঠিকানার ঘর, এলাকার কোড, ওয়ার্ড, মন্ত্রণালয় বা কার্যালয়ের নাম ঠিক নয়। ঠিক করে আবার দিন।",
            en="A field of the rule is wrong or names something that does not exist. Correct it.",
        ),
    ),
    "routing_rule_ambiguous": ProblemText(
        409,
        Text(bn="একই এলাকার আরেকটি নিয়ম আছে", en="Another rule is for the same places"),
        Text(
            bn="কোন নিয়মটি চলবে তা ঠিক থাকে না। আগেরটি বদলান বা শেষ করুন।",
            en="Nothing would say which of the two decides. Change the other rule, or end it.",
        ),
    ),
    "routing_day_passed": ProblemText(
        422,
        Text(bn="দিনটি পার হয়ে গেছে", en="The day has passed"),
        Text(
            bn="নিয়ম আজ বা পরের কোনো দিন থেকে চালু হয়; আগের আবেদন তাতে বদলায় না।",
            en="A rule holds from today or a later day on. What was submitted before does not "
            "change by it.",
        ),
    ),
    "adapter_day_passed": ProblemText(
        422,
        Text(bn="দিনটি পার হয়ে গেছে", en="The day has passed"),
        Text(
            bn="কে আবেদন হস্তান্তর করবে তা আজ বা পরের কোনো দিন থেকে বদলায়; আগের আবেদন আগের পথেই থাকে।",
            en="What hands applications over changes from today or a later day on. What was "
            "submitted before keeps its way.",
        ),
    ),
    "adapter_changes_too_many": ProblemText(
        409,
        Text(bn="পরিবর্তনের সংখ্যা বেশি", en="Too many changes"),
        Text(
            bn="একটি সেবার সর্বোচ্চ ২০টি পরিবর্তন সামনে থাকতে পারে। একটির দিন আসা পর্যন্ত অপেক্ষা করুন।",
            en="A public service has 20 changes of its adapter to come at most. Wait until the day "
            "of one has come.",
        ),
    ),
    "routing_rules_too_many": ProblemText(
        409,
        Text(bn="নিয়মের সংখ্যা বেশি", en="Too many routing rules"),
        Text(
            bn="একটি সেবার সর্বোচ্চ ২০০টি নিয়ম চালু থাকতে পারে, আর প্রতিটি নিয়ম শেষ করার জন্যও একটি করে জায়গা "
            "রাখা হয়। পুরোনোগুলো শেষ করুন।",
            en="A public service has 200 versions of rules at most that hold now or later, with "
            "room for the end of each rule. End some, or use a rule by level.",
        ),
    ),
    "report_unreadable": ProblemText(
        422,
        Text(bn="প্রতিবেদনটি পড়া যায়নি", en="The report cannot be read"),
        Text(
            bn="make conformance-এর --report বা adapters check-এর --json দিয়ে লেখা ফাইলটি দিন; তারিখ "
            "ভবিষ্যতের হতে পারে না।",
            en="Give what make conformance wrote with --report, or adapters check printed with "
            "--json. Its date must not lie ahead.",
        ),
    ),
    "adapter_not_checked": ProblemText(
        409,
        Text(bn="অ্যাডাপ্টারটি পরীক্ষায় উত্তীর্ণ হয়নি", en="The adapter has not passed"),
        Text(
            bn="আগে make conformance চালিয়ে উত্তীর্ণ প্রতিবেদন record-report দিয়ে জমা দিন, "
            "অথবা --despite দিয়ে কারণ লিখুন।",
            en="Run make conformance, keep the passed report with record-report, or give a reason "
            "with --despite.",
        ),
    ),
}
