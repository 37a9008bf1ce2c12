"""The problems of the roll-out; read by the programme's staff."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "measure_of_other_place": ProblemText(
        422,
        Text(bn="এখানে এটি এভাবে মাপা হয় না", en="This is not measured here in this way"),
        Text(
            bn="কেন্দ্রের লাইন মাপে কেন্দ্রের নিবন্ধিত যন্ত্র। কার্যালয়ে মাপা হয় বিদ্যুৎ, লাইন, যন্ত্র, প্রিন্টার ও জায়গা।",
            en="An enrolled device of a centre measures its line. At an office power, line, "
            "devices, printer and premises are measured.",
        ),
    ),
    "office_without_officers": ProblemText(
        404,
        Text(bn="এই কার্যালয়ে কোনো কর্মকর্তা নেই", en="No officer works at this office"),
        Text(
            bn="আইডি দেখে নিন। কার্যালয়ে একজন কর্মকর্তা যোগ হলে এখানে মাপা যায়।",
            en="Check the id. Once an officer works there, what is there can be measured.",
        ),
    ),
    "area_open_before": ProblemText(
        409,
        Text(bn="এলাকাটি চালুই আছে", en="The area is open"),
        Text(
            bn="কিছু বদলায়নি। এলাকার পাতাটি আবার খুলুন।",
            en="Nothing has changed. Open the page of the area again.",
        ),
    ),
    "area_parent_closed": ProblemText(
        409,
        Text(bn="উপরের এলাকাটি চালু নয়", en="The area around it is not open"),
        Text(
            bn="উপরের এলাকাটি আগে চালু হয়। জেলা চালু হয় পাইলট উত্তীর্ণ হলে।",
            en="The area around it opens first. Districts open when the pilot has passed.",
        ),
    ),
    "area_list_not_green": ProblemText(
        409,
        Text(bn="তালিকার সব এখনো হয়নি", en="Something is missing on its list"),
        Text(
            bn="এলাকার একটি কেন্দ্রে আজ তালিকার সব সবুজ থাকতে হবে। পাতায় দেখুন কী বাকি।",
            en="A centre in the area needs everything on the list today. The page shows what is "
            "missing.",
        ),
    ),
    "opening_older_than_pause": ProblemText(
        409,
        Text(bn="প্রস্তাবের পরে এলাকাটি থামানো হয়েছে", en="The area was paused since"),
        Text(
            bn="এলাকাটি আবার চালু করতে নতুন প্রস্তাব দিন।",
            en="Make a new proposal to open the area again.",
        ),
    ),
    "nothing_to_pause": ProblemText(
        409,
        Text(bn="এলাকাটি চালু নয়", en="The area is not open"),
        Text(
            bn="যা চালু নয়, তা থামানো যায় না। এলাকার পাতাটি আবার খুলুন।",
            en="What is not open cannot be paused. Open the page of the area again.",
        ),
    ),
    "stops_changed": ProblemText(
        409,
        Text(bn="যা থামবে, তা বদলে গেছে", en="What it stops has changed"),
        Text(
            bn="আপনি দেখার পরে সংখ্যা বদলেছে; কিছু থামানো হয়নি। পাতাটি আবার দেখে নিশ্চিত করুন।",
            en="The numbers have changed since you looked; nothing was paused. Look at the page "
            "again and confirm.",
        ),
    ),
}
