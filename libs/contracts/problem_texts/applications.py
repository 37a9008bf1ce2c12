"""The problems that applications answers with, and the reasons of its dead letters."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "public_service_unknown": ProblemText(
        404,
        Text(bn="সেবাটি পাওয়া যায়নি", en="No such public service"),
        Text(
            bn="এই নম্বরে কোনো সেবা নেই। সেবার তালিকা থেকে আবার বেছে নিন।",
            en="There is no public service with this id. Choose one from the list of services.",
        ),
    ),
    "public_service_closed": ProblemText(
        409,
        Text(bn="সেবাটিতে এখন আবেদন নেওয়া হচ্ছে না", en="The public service is closed"),
        Text(
            bn="এই সেবায় এখন আবেদন নেওয়া হচ্ছে না। পরে আবার দেখুন।",
            en="This public service takes no applications just now. Look again later.",
        ),
    ),
    "form_invalid": ProblemText(
        422,
        Text(bn="ফরমের কিছু উত্তর ঠিক নেই", en="Some answers of the form are not right"),
        Text(
            bn="চিহ্নিত ঘরগুলো ঠিক করে আবার জমা দিন। এখনো কিছু জমা হয়নি।",
            en="Correct the fields listed under `errors` and send the form again. Nothing has been "
            "submitted yet.",
        ),
    ),
    "service_centre_unknown": ProblemText(
        422,
        Text(bn="সেবা কেন্দ্রটি পাওয়া যায়নি", en="No such service centre"),
        Text(
            bn="গুলশান, উত্তরা বা নীলক্ষেত কেন্দ্র বেছে নিন; নিজে আবেদন করলে ঘরটি বাদ দিন।",
            en="Give gulshan, uttara or nilkhet, or leave the field out when applying on your own.",
        ),
    ),
    "application_unknown": ProblemText(
        404,
        Text(bn="আবেদনটি পাওয়া যায়নি", en="No such application"),
        Text(
            bn="এই নম্বরে আপনার কোনো আবেদন নেই। ট্র্যাকিং নম্বরটি মিলিয়ে আবার লিখুন।",
            en="You have no application with this tracking number. Compare it and try again.",
        ),
    ),
    "application_closed": ProblemText(
        409,
        Text(bn="আবেদনটি নিষ্পত্তি হয়ে গেছে", en="The application is closed"),
        Text(
            bn="আবেদনটির নিষ্পত্তি হয়ে গেছে, তাই এটি আর পরিবর্তন বা প্রত্যাহার করা যায় না।",
            en="The application has been decided or withdrawn and can no longer be changed.",
        ),
    ),
    "correction_not_asked": ProblemText(
        409,
        Text(bn="সংশোধন চাওয়া হয়নি", en="No correction is asked for"),
        Text(
            bn="মন্ত্রণালয় সংশোধন চাইলে তবেই সংশোধিত ফরম জমা দেওয়া যায়। আবেদনের অবস্থা দেখুন।",
            en="A corrected form is taken only when the ministry has asked for one. Look at the "
            "application's status.",
        ),
    ),
    "already_decided": ProblemText(
        409,
        Text(bn="আগেই সিদ্ধান্ত হয়েছে", en="Decided before"),
        Text(
            bn="আবেদনটির সিদ্ধান্ত আগেই হয়েছে; নতুন বার্তাটি তার সঙ্গে মেলে না। মন্ত্রণালয়কে জিজ্ঞাসা করুন।",
            en="The application was decided before, and this contradicts it. Ask the ministry.",
        ),
    ),
    "other_ministry": ProblemText(
        409,
        Text(bn="আবেদনটি অন্য মন্ত্রণালয়ের", en="The application is with another ministry"),
        Text(
            bn="বার্তাটি যে মন্ত্রণালয়ের, আবেদনটি তার কাছে নয়।",
            en="The message comes from a ministry that does not have this application.",
        ),
    ),
    "other_adapter": ProblemText(
        409,
        Text(bn="আবেদনটি অন্য পথে গেছে", en="The application went another way"),
        Text(
            bn="আবেদনটি যেখানে পাঠানো হয়েছে, বার্তাটি সেখান থেকে আসেনি।",
            en="The message does not come from where the application was sent.",
        ),
    ),
    "former_ministry": ProblemText(
        409,
        Text(bn="আবেদনটি অন্য মন্ত্রণালয়ে গেছে", en="The application was moved to another ministry"),
        Text(
            bn="মন্ত্রণালয়টি সিদ্ধান্ত দেওয়ার আগেই আবেদনটি অন্য মন্ত্রণালয়ে পাঠানো হয়েছে। দুই মন্ত্রণালয়কে জানান; "
            "এখন যে মন্ত্রণালয়ের দায়িত্ব, সিদ্ধান্ত তাদের।",
            en="Another ministry was made responsible before this one decided. Tell both of them; "
            "the one that is responsible now decides.",
        ),
    ),
    "move_unknown": ProblemText(
        404,
        Text(bn="স্থানান্তরটি পাওয়া যায়নি", en="No such move"),
        Text(
            bn="এই পরিচিতির কোনো স্থানান্তর নেই। তালিকা দেখুন।",
            en="There is no move with this id. Look at the list of moves.",
        ),
    ),
    "move_under_way": ProblemText(
        409,
        Text(bn="এই সেবার একটি স্থানান্তর চলছে", en="A move of this public service is under way"),
        Text(
            bn="আগেরটি শেষ হতে দিন, অথবা বাতিল করুন।",
            en="Let the earlier one end, or cancel it.",
        ),
    ),
    "move_not_counted": ProblemText(
        409,
        Text(bn="স্থানান্তরটি এখন শুরু বা বাতিল করা যায় না", en="The move cannot be changed now"),
        Text(
            bn="গণনা শেষ হলে তবেই শুরু করা যায়, আর শেষ হলে কিছু বদলানো যায় না। অবস্থা দেখুন।",
            en="It can be started once it is counted, and not be changed once it has ended. Look "
            "at its state.",
        ),
    ),
    "move_not_yet": ProblemText(
        409,
        Text(bn="স্থানান্তরের দিন আসেনি", en="The day of the move has not come"),
        Text(
            bn="যে দিনের নিয়মে গণনা হয়েছে, সেই দিন বা তার পরে শুরু করুন।",
            en="Start it on the day whose rules it counts by, or later.",
        ),
    ),
    "move_count_differs": ProblemText(
        409,
        Text(bn="সংখ্যা মেলে না", en="The number is another one"),
        Text(
            bn="গণনায় অন্য সংখ্যা পাওয়া গেছে। গণনা দেখে আবার শুরু করুন।",
            en="Another number of applications was counted. Look at the counts, and start again.",
        ),
    ),
    "ministry_unknown": ProblemText(
        422,
        Text(bn="সেবাটির মন্ত্রণালয় পাওয়া যায়নি", en="The public service's ministry is unknown"),
        Text(
            bn="সেবাটি যে মন্ত্রণালয়ের, তা তালিকায় নেই। সেবার তালিকা যাঁরা রাখেন, তাঁদের জানান।",
            en="No body of the state with this id answers for it. Tell the catalogue's keepers.",
        ),
    ),
    "form_schema_broken": ProblemText(
        422,
        Text(bn="সেবাটির ফরমে ত্রুটি আছে", en="The public service's form is broken"),
        Text(
            bn="ফরমটি দিয়ে আবেদন নেওয়া যায় না। সেবার তালিকা যাঁরা রাখেন, তাঁদের জানান।",
            en="No application can be checked against this form. Tell the catalogue's keepers.",
        ),
    ),
    "draft_unknown": ProblemText(
        404,
        Text(bn="খসড়াটি পাওয়া যায়নি", en="No such draft"),
        Text(
            bn="খসড়াটি মুছে ফেলা হয়েছে, বা ৩০ দিন পার হয়েছে, বা এখানে কিছু লেখা হয়নি। নতুন করে শুরু করুন।",
            en="The draft was deleted, or its 30 days are over, or nothing was written in it. "
            "Start again.",
        ),
    ),
    "draft_changed": ProblemText(
        409,
        Text(bn="খসড়াটি এর মধ্যে বদলেছে", en="The draft has changed meanwhile"),
        Text(
            bn="অন্য জায়গা থেকে খসড়াটি বদলানো হয়েছে। খসড়াটি আবার পড়ে তাতে আপনার পরিবর্তন করুন।",
            en="It was changed from somewhere else. Read it again and make your change in it.",
        ),
    ),
    "draft_submitted": ProblemText(
        409,
        Text(bn="খসড়াটি জমা হয়ে গেছে", en="The draft has been submitted"),
        Text(
            bn="এই খসড়া থেকে আবেদন জমা হয়েছে, তাই আর বদলানো যায় না। আবেদনটি দেখুন।",
            en="It has become an application and cannot be changed. Look at the application.",
        ),
    ),
    "drafts_too_many": ProblemText(
        409,
        Text(bn="খসড়া অনেক বেশি", en="Too many drafts"),
        Text(
            bn="একসঙ্গে সর্বোচ্চ ৫০টি খসড়া রাখা যায়। পুরোনো খসড়া মুছে আবার চেষ্টা করুন।",
            en="At most 50 drafts are kept at a time. Delete an old one and try again.",
        ),
    ),
    "tracking_unknown": ProblemText(
        404,
        Text(bn="এই দুই নম্বরে কোনো আবেদন নেই", en="No application with these two numbers"),
        Text(
            bn="ট্র্যাকিং নম্বর, আর যে মোবাইল দিয়ে আবেদন করেছেন বা রসিদের কোড, আবার দেখে লিখুন।",
            en="Check the tracking number, and the mobile number with which you applied or the "
            "code of the receipt.",
        ),
    ),
    "tracking_too_often": ProblemText(
        429,
        Text(bn="অনেকবার চেষ্টা করা হয়েছে", en="Too many attempts"),
        Text(
            bn="এই ট্র্যাকিং নম্বরে এই সংযোগ থেকে, বা অপরিচিত সংযোগ থেকে, অনেকবার চেষ্টা হয়েছে। "
            "এক ঘণ্টা পর আবার চেষ্টা করুন, বা লগইন করে দেখুন।",
            en="This tracking number was asked for too often over this internet connection, or "
            "over others that are new to it. Try again in an hour, or log in.",
        ),
    ),
}
