"""Problems of cases and of the workflows by which they go."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "case_changed": ProblemText(
        409,
        Text(bn="নথিটি এর মধ্যে বদলেছে", en="The case has changed meanwhile"),
        Text(
            bn="আপনি যে ধাপ দেখেছিলেন নথিটি আর সেখানে নেই। পাতাটি আবার খুলে দেখুন।",
            en="The case is no longer at the step that you saw. Open the page again.",
        ),
    ),
    "paper_not_asked": ProblemText(
        422,
        Text(bn="এই ধাপে এমন কাগজ লাগে না", en="This step asks for no such paper"),
        Text(
            bn="নথির ধাপে যে কাগজ চাওয়া হয়, শুধু সেটি দেওয়া যায়।",
            en="Only a paper that the step of the case asks for can be handed in.",
        ),
    ),
    "case_papers_full": ProblemText(
        422,
        Text(bn="নথিতে আর কাগজ রাখা যায় না", en="The case can have no more papers"),
        Text(
            bn="কর্মকর্তারা এক ধাপে ২০টি আর এক নথিতে ১০০টি কাগজ দিতে পারেন। ভুল কাগজ ফেরত নিন, "
            "বা কয়েক পাতা একটি ফাইলে দিন।",
            en="Officers hand in at most 20 papers at a step, and 100 in a case. Take back what is "
            "wrong, or give several pages as one paper.",
        ),
    ),
    "case_papers_too_many": ProblemText(
        429,
        Text(bn="আজ আর কাগজ নেওয়া যাচ্ছে না", en="No more papers can be taken today"),
        Text(
            bn="একজন কর্মকর্তা দিনে ২০০টি আর এক কার্যালয় ২,০০০টি কাগজ দিতে পারে। পরে আবার "
            "দিন, বা কাগজটি নথিতে যে নম্বরে আছে তা লিখুন।",
            en="An officer hands in at most 200 papers a day, an office 2,000. Try again later, "
            "or type the number under which the office has the paper.",
        ),
    ),
    "hand_in_receipt_ended": ProblemText(
        422,
        Text(bn="ফাইলটি আবার দিন", en="Give the file again"),
        Text(
            bn="ফাইল নেওয়ার পর আধা ঘণ্টার মধ্যে, যে কর্মকর্তা দিয়েছেন তিনিই সেই নথিতে জমা দেন।",
            en="A file is handed in within half an hour after it was taken, by the officer who "
            "sent it, in the case for which it was sent.",
        ),
    ),
    "own_paper_too_old": ProblemText(
        422,
        Text(bn="পিডিএফটি আবার দিন", en="Give the PDF again"),
        Text(
            bn="কার্যালয়ের নিজের পিডিএফ সিদ্ধান্তের জন্য সাত দিন রাখা হয়। সেটি আবার দিন, তারপর সিদ্ধান্ত দিন।",
            en="An office's own PDF is kept for seven days until the decision. Give it again, and "
            "then decide.",
        ),
    ),
    "own_paper_waits": ProblemText(
        409,
        Text(bn="কার্যালয়ের নিজের একটি পিডিএফ দেওয়া আছে", en="A PDF of the office's own waits with it"),
        Text(
            bn="সেটি দিয়ে সিদ্ধান্ত দিতে নথিটি আলাদা খুলুন।",
            en="Open the case by itself, and decide with it.",
        ),
    ),
    "case_ended": ProblemText(
        409,
        Text(bn="নথিটি নিষ্পত্তি হয়ে গেছে", en="The case has ended"),
        Text(
            bn="এই নথিতে আর কিছু করার নেই।",
            en="Nothing can be done in this case any more.",
        ),
    ),
    "action_unknown": ProblemText(
        422,
        Text(bn="এই ধাপে এটি করা যায় না", en="This cannot be done at this step"),
        Text(
            bn="পাতায় যে কাজগুলো দেখানো আছে তার একটি বেছে নিন।",
            en="Choose one of the actions that the page shows.",
        ),
    ),
    "role_has_not_the_case": ProblemText(
        403,
        Text(bn="নথিটি আপনার দায়িত্বে নেই", en="The case is not with your duty"),
        Text(
            bn="নথিটি এখন অন্য দায়িত্বের কর্মকর্তার কাছে আছে।",
            en="The case is with an officer of another duty now.",
        ),
    ),
    "corrections_used_up": ProblemText(
        409,
        Text(bn="আর সংশোধন চাওয়া যাবে না", en="No further correction can be asked for"),
        Text(
            bn="আবেদনকারীর কাছে যতবার সংশোধন চাওয়া যায় ততবার চাওয়া হয়েছে। অন্য একটি কাজ বেছে নিন।",
            en="The applicant was asked as often as the rules allow. Choose another action.",
        ),
    ),
    "files_missing": ProblemText(
        422,
        Text(bn="কাগজ বাকি আছে", en="A paper is missing"),
        Text(
            bn="এই কাজের সঙ্গে যে কাগজ দিতে হয় তা যোগ করুন।",
            en="Add the papers that this action needs.",
        ),
    ),
    "values_missing": ProblemText(
        422,
        Text(bn="তথ্য বাকি আছে", en="A value is missing"),
        Text(
            bn="এই কাজের সঙ্গে যে তথ্য দিতে হয় তা লিখুন।",
            en="Enter the values that this action needs.",
        ),
    ),
    "value_no_number": ProblemText(
        422,
        Text(bn="পূর্ণ সংখ্যা লিখুন", en="Type a whole number"),
        Text(
            bn="এখানে শুধু অঙ্কে একটি পূর্ণ সংখ্যা লিখুন, যেমন ১২০।",
            en="Type a whole number in digits here, such as 120.",
        ),
    ),
    "value_out_of_range": ProblemText(
        422,
        Text(bn="সংখ্যাটি সীমার বাইরে", en="The number is outside its limits"),
        Text(
            bn="ঘরের পাশে যে সীমা লেখা আছে, তার মধ্যে একটি সংখ্যা লিখুন।",
            en="Type a number within the limits that stand beside the field.",
        ),
    ),
    "value_not_offered": ProblemText(
        422,
        Text(bn="তালিকা থেকে বেছে নিন", en="Choose one of the list"),
        Text(
            bn="তালিকায় যে উত্তরগুলো আছে, তার একটি বেছে নিন।",
            en="Choose one of the answers in the list.",
        ),
    ),
    "appeal_not_possible": ProblemText(
        409,
        Text(bn="এই সিদ্ধান্তের বিরুদ্ধে আপিল করা যায় না", en="There is no appeal against this"),
        Text(
            bn="আবেদনটি নামঞ্জুর অবস্থায় নেই, বা এখানে এর বিরুদ্ধে আপত্তির সুযোগ নেই। আবেদনের পাতা দেখুন।",
            en="The application is not refused now, or no objection to its refusal is taken here. "
            "Look at the page of the application.",
        ),
    ),
    "appeal_too_late": ProblemText(
        409,
        Text(bn="আপিলের সময় শেষ", en="The time for an appeal is over"),
        Text(
            bn="এই সিদ্ধান্তের বিরুদ্ধে আপত্তি করার শেষ দিন পার হয়েছে। দিনটি আবেদনের পাতায় লেখা আছে।",
            en="The last day for an objection is over. The page of the application names it.",
        ),
    ),
    "appeal_made": ProblemText(
        409,
        Text(bn="আপত্তি আগেই করা হয়েছে", en="You have objected before"),
        Text(
            bn="একটি আবেদনে একবারই আপত্তি করা যায়, আর তা করা হয়েছে। কী হয়েছে, আবেদনের পাতায় দেখুন।",
            en="One objection is possible to an application, and it was made. Its page says what "
            "became of it.",
        ),
    ),
    "tariff_missing": ProblemText(
        409,
        Text(bn="এই ফি কোনো তালিকায় নেই", en="No tariff says what this costs"),
        Text(
            bn="ফির তালিকায় এই আবেদনের জন্য কোনো হার নেই। হার প্রকাশিত হলে আবার চেষ্টা করুন।",
            en="No row of the tariffs applies to this case. Publish one, and try again.",
        ),
    ),
    "tariff_ambiguous": ProblemText(
        409,
        Text(bn="ফির তালিকায় একাধিক হার আছে", en="Two rows of the tariffs apply"),
        Text(
            bn="এই আবেদনের জন্য একাধিক হার লেখা আছে, তাই কোনোটিই নেওয়া হয়নি। তালিকাটি ঠিক করতে হবে।",
            en="Nothing says which of two rows applies, so nothing is charged. Mend the tariff.",
        ),
    ),
    "publication_wrong": ProblemText(
        422,
        Text(bn="খসড়ায় ভুল আছে", en="Something is wrong with the draft"),
        Text(
            bn="খসড়ার পাতায় দেখানো ভুলগুলো ঠিক করুন, তারপর প্রস্তাব করুন।",
            en="Mend what is shown beside the draft, and propose it then.",
        ),
    ),
    "publication_changed": ProblemText(
        409,
        Text(bn="প্রস্তাবের পর খসড়া বদলেছে", en="The draft has changed since it was proposed"),
        Text(
            bn="যা প্রস্তাব করা হয়েছিল খসড়ায় এখন তা নেই। নতুন খসড়াটি আবার প্রস্তাব করতে হবে।",
            en="What was proposed is not what the draft says now. Propose the draft again.",
        ),
    ),
}
