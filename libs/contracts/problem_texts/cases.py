"""Problems of cases: of their intake, and of acts on them."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "workflow_missing": ProblemText(
        409,
        Text(bn="সেবাটির ধাপ ঠিক করা নেই", en="The public service has no workflow"),
        Text(
            bn="এই সেবার কাজ কোন ধাপে হবে তা প্রকাশিত হয়নি। প্রকাশ করে আবার চালান।",
            en="No workflow of this public service holds on this day. Publish one, and replay.",
        ),
    ),
    "office_complained_of": ProblemText(
        409,
        Text(bn="অভিযোগটি যে কার্যালয়ের বিরুদ্ধে", en="The grievance is about this office"),
        Text(
            bn="যে কার্যালয়ের বিরুদ্ধে অভিযোগ, সেখানে তা যায় না। কার্যালয়ের নিয়ম দেখুন, তারপর আবার চালান।",
            en="A grievance is not given to the office of which it complains. Look at the rules of "
            "offices, and replay.",
        ),
    ),
    "duty_missing": ProblemText(
        403,
        Text(bn="আপনার কোনো দায়িত্ব দেওয়া হয়নি", en="You have no duty"),
        Text(
            bn="কার্যালয়ে আপনার দায়িত্ব ঠিক হলে এখানে কাজ দেখা যাবে। কর্মসূচির কর্মীকে বলুন।",
            en="Work is shown here when you have a duty at your office. Ask the programme's staff.",
        ),
    ),
    "deputy_ended": ProblemText(
        403,
        Text(bn="আপনার ভারপ্রাপ্ত থাকার সময় শেষ", en="Your time as a deputy is over"),
        Text(
            bn="সহকর্মীর অনুপস্থিতি শেষ হয়েছে; তাঁর দায়িত্বের কাজ এখন আবার তাঁর। কিছু বদলায়নি।",
            en="The absence of your colleague is over, who has the work again. Nothing was done.",
        ),
    ),
    "qualification_missing": ProblemText(
        403,
        Text(bn="আপনার যোগ্যতা সনদের মেয়াদ নেই", en="Your qualification does not hold today"),
        Text(
            bn="প্রশিক্ষণ ও পরীক্ষার পর আবার কাজ করতে পারবেন। প্রশিক্ষণের পাতায় আসন নিন।",
            en="You can act again after a training and its test. Take a seat on the page of "
            "trainings.",
        ),
    ),
    "office_changed": ProblemText(
        403,
        Text(bn="আপনার কার্যালয় বদলেছে", en="Your office has changed"),
        Text(
            bn="আবার লগইন করুন; তখন নতুন কার্যালয়ের কাজ দেখবেন।",
            en="Log in again. You will see the work of your new office then.",
        ),
    ),
    "case_unknown": ProblemText(
        404,
        Text(bn="এমন কোনো নথি নেই", en="There is no such case"),
        Text(
            bn="নথিটি নেই, অথবা আপনার কার্যালয়ের নয়।",
            en="It does not exist, or is not one of your office.",
        ),
    ),
    "proposal_waits": ProblemText(
        409,
        Text(bn="একটি প্রস্তাব অপেক্ষায় আছে", en="Another proposal waits"),
        Text(
            bn="এই কাগজ নিয়ে একটি প্রস্তাব আগে থেকে অপেক্ষায় আছে; আগে সেটির উত্তর দিতে হবে।",
            en="A proposal about this paper waits for a second person; that comes first.",
        ),
    ),
    "decider_needed": ProblemText(
        403,
        Text(bn="সিদ্ধান্তের দায়িত্বে থাকা কেউ লাগবে", en="The duty that decided is needed"),
        Text(
            bn="যে দায়িত্বে সিদ্ধান্ত হয়েছিল, দুজনের একজনকে সেই দায়িত্বে থাকতে হবে।",
            en="One of the two officers must have the duty in which it was decided.",
        ),
    ),
    "paper_unchanged": ProblemText(
        422,
        Text(bn="কাগজে কিছু বদলায়নি", en="The paper would say the same"),
        Text(
            bn="সংশোধনে অন্তত একটি ঘর বদলাতে হয়; প্রত্যাহারে কোনো ঘর নয়।",
            en="A correction changes one line at least, a withdrawal none.",
        ),
    ),
    "case_assigned": ProblemText(
        409,
        Text(bn="নথিটি এখন একজন সহকর্মীর হাতে", en="A colleague has the case now"),
        Text(
            bn="১৫ মিনিট পরে আবার দেখুন, অথবা কারণ লিখে নিজের হাতে নিন।",
            en="Look again after 15 minutes, or take it over and say why.",
        ),
    ),
    "count_differs": ProblemText(
        422,
        Text(bn="সংখ্যাটি মেলেনি", en="The number is not the same"),
        Text(
            bn="পাতায় যতটি নথি দেখানো আছে সেই সংখ্যাটি লিখুন।",
            en="Type the number of cases that the page shows.",
        ),
    ),
    "challan_differs": ProblemText(
        422,
        Text(bn="চালান নম্বর মিলছে না", en="The number of the challan differs"),
        Text(
            bn="আপনার লেখা নম্বর আর সহকর্মীর লেখা নম্বর এক নয়। চালান দেখে আবার লিখুন।",
            en="Your number is not the one that a colleague recorded. Look at the challan again.",
        ),
    ),
    "shown_number_differs": ProblemText(
        422,
        Text(bn="নম্বরটি এই আবেদনের নয়", en="The number is not one of this application"),
        Text(
            bn="দেখানো কাগজের নম্বর আবেদনে লেখা কোনো এনআইডি বা জন্ম নিবন্ধন নম্বরের সঙ্গে মেলে না। "
            "কাগজ দেখে আবার লিখুন; না মিললে আপত্তি নেবেন না।",
            en="The number on the paper that was shown is no NID or birth registration number of "
            "the application. Look at the paper again; if it differs, record no objection.",
        ),
    ),
    "time_missing": ProblemText(
        422,
        Text(bn="আসার সময় লিখুন", en="Say when to come"),
        Text(
            bn="আবেদনকারী কোন দিন কয়টায় আসবেন লিখুন; সময়টি সামনে হতে হবে।",
            en="Give the day and the time at which the applicant is to come; it lies ahead.",
        ),
    ),
    "note_missing": ProblemText(
        422,
        Text(bn="কারণ লিখুন", en="Write why"),
        Text(
            bn="নামঞ্জুর করলে কারণ, আর সংশোধন চাইলে কী সংশোধন করতে হবে তা আবেদনকারীর জন্য লিখুন।",
            en="Write to the applicant why it is refused, or what is to be corrected.",
        ),
    ),
    "workflow_version_unknown": ProblemText(
        404,
        Text(bn="এমন কোনো সংস্করণ নেই", en="There is no such version"),
        Text(
            bn="ধাপের এই সংস্করণ প্রকাশিত হয়নি। প্রকাশ করে আবার চেষ্টা করুন।",
            en="This version of the workflow is not published. Publish it, and try again.",
        ),
    ),
    "version_without_moves": ProblemText(
        409,
        Text(bn="সংস্করণটিতে চলমান নথির কথা নেই", en="The version says nothing of open cases"),
        Text(
            bn="চলমান নথি কোথায় যাবে ও কার আদেশে, তা পরের সংস্করণে `moves` এ লিখুন।",
            en="Write in `moves` of the next version where open cases go, and by whose order.",
        ),
    ),
    "version_holds_later": ProblemText(
        409,
        Text(bn="সংস্করণের দিন আসেনি", en="The day of the version has not come"),
        Text(
            bn="সংস্করণটি যে দিন থেকে চলবে, সেই দিন বা তার পরে শুরু করুন।",
            en="Start it on the day from which the version holds, or later.",
        ),
    ),
    "version_change_unknown": ProblemText(
        404,
        Text(bn="এমন কোনো পরিবর্তন নেই", en="There is no such change"),
        Text(
            bn="এই পরিচিতির কোনো পরিবর্তন নেই। তালিকা দেখুন।",
            en="There is no change of versions with this id. Look at the list.",
        ),
    ),
    "version_change_under_way": ProblemText(
        409,
        Text(bn="এই সেবার একটি পরিবর্তন চলছে", en="A change of this workflow is under way"),
        Text(
            bn="আগেরটি শেষ হতে দিন, অথবা বাতিল করুন।",
            en="Let the earlier one end, or cancel it.",
        ),
    ),
    "version_change_not_counted": ProblemText(
        409,
        Text(bn="পরিবর্তনটি এখন শুরু বা বাতিল করা যায় না", en="The change cannot be altered now"),
        Text(
            bn="গণনা শেষ হলে তবেই শুরু করা যায়, আর শেষ হলে কিছু বদলানো যায় না। অবস্থা দেখুন।",
            en="It can be started once it is counted, and not be altered once it has ended. Look "
            "at its state.",
        ),
    ),
    "version_change_count_differs": ProblemText(
        409,
        Text(bn="সংখ্যা মেলে না", en="The number is another one"),
        Text(
            bn="চলমান নথির সংখ্যা বদলেছে। বাতিল করে আবার গণনা করুন।",
            en="Another number of cases is open now. Cancel the change, and count again.",
        ),
    ),
    "case_beyond_repair": ProblemText(
        409,
        Text(bn="নথিটি এখানে সারানো যায় না", en="The case cannot be repaired here"),
        Text(
            bn="নথির ইতিহাস বা ফরম নেই, অথবা পড়া যায় না। ব্যাকআপ থেকে ফেরান।",
            en="Its history or its form is lost, or cannot be read. Bring it back from a backup.",
        ),
    ),
}
