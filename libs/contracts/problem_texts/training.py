"""The problems of training and qualifications."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "course_unknown": ProblemText(
        404,
        Text(bn="এই কোর্স নেই", en="There is no such course"),
        Text(
            bn="প্রশিক্ষণের পাতায় যেসব কোর্স আছে তার একটি বেছে নিন।",
            en="Choose one of the courses on the page of trainings.",
        ),
    ),
    "course_of_others": ProblemText(
        422,
        Text(bn="এটি অন্যদের জন্য", en="It is for other people"),
        Text(
            bn="এই কোর্স বা অধিবেশন অন্য দায়িত্ব বা দপ্তরের মানুষের জন্য। নিজের একটি বেছে নিন।",
            en="This course or session is for people with other work, or of another ministry. "
            "Choose one for yours.",
        ),
    ),
    "need_too_soon": ProblemText(
        422,
        Text(bn="দিনটি খুব কাছে", en="The day comes too soon"),
        Text(
            bn="সবাইকে ৩০ দিন আগে জানাতে হয়। অন্তত ৩০ দিন পরের তারিখ দিন।",
            en="Everybody is warned 30 days before. Enter a day that is 30 days ahead at least.",
        ),
    ),
    "district_unknown": ProblemText(
        422,
        Text(bn="এই জেলা নেই", en="There is no such district"),
        Text(bn="তালিকা থেকে জেলা বেছে নিন।", en="Choose a district of the list."),
    ),
    "session_passed": ProblemText(
        422,
        Text(bn="দিনটি পেরিয়ে গেছে", en="The day has passed"),
        Text(
            bn="সামনের কোনো দিন বা অধিবেশন বেছে নিন।",
            en="Choose a day or a session that is still to come.",
        ),
    ),
    "test_of_other_version": ProblemText(
        409,
        Text(bn="কোর্সের সংস্করণ বদলে গেছে", en="The course has another version by now"),
        Text(
            bn="যে প্রশ্নে পরীক্ষাটি শুরু হয়েছিল তা আর নেই। অধিবেশনের পাতা থেকে পরীক্ষাটি আবার শুরু করুন।",
            en="The questions with which the test began are not given any more. Begin the test "
            "again on the page of the session.",
        ),
    ),
    "session_ahead": ProblemText(
        409,
        Text(bn="অধিবেশন এখনো হয়নি", en="The session lies ahead"),
        Text(
            bn="উপস্থিতি অধিবেশনের দিন থেকে লেখা যায়।",
            en="Attendance is recorded from the day of the session on.",
        ),
    ),
    "session_full": ProblemText(
        409,
        Text(bn="আসন খালি নেই", en="No seat is left"),
        Text(bn="অন্য অধিবেশন বেছে নিন।", en="Choose another session."),
    ),
    "trainer_of_session": ProblemText(
        409,
        Text(bn="আপনি এর প্রশিক্ষক", en="You are its trainer"),
        Text(
            bn="প্রশিক্ষক নিজের অধিবেশনে যোগ্যতা পান না। অন্যের অধিবেশনে আসন নিন।",
            en="A trainer is not qualified in the own session. Take a seat in another one.",
        ),
    ),
    "seat_missing": ProblemText(
        409,
        Text(bn="তাঁর আসন নেই", en="The person has no seat"),
        Text(
            bn="যিনি অংশ নেন তিনি আগে নিজের পাতায় আসন নেন।",
            en="Whoever takes part takes a seat first, on the own page.",
        ),
    ),
    "not_attended": ProblemText(
        409,
        Text(bn="উপস্থিতি লেখা হয়নি", en="No attendance is recorded"),
        Text(
            bn="আগে উপস্থিতি লিখুন, তারপর পরীক্ষা নিন।",
            en="Record the attendance first, then the test.",
        ),
    ),
    "own_test": ProblemText(
        403,
        Text(bn="নিজের পরীক্ষা নিজে লেখা যায় না", en="Nobody records the own test"),
        Text(
            bn="উপস্থিতি ও পরীক্ষা আরেকজন লেখেন। সহকর্মীকে বলুন।",
            en="Another person records attendance and test. Ask a colleague.",
        ),
    ),
    "test_recorded_before": ProblemText(
        409,
        Text(bn="এই পরীক্ষা আগে লেখা হয়েছে", en="This test was recorded before"),
        Text(
            bn="ফল আর বদলায় না। উত্তীর্ণ না হলে অন্য অধিবেশনে আসন নিন।",
            en="The result stays. Whoever has not passed takes a seat in another session.",
        ),
    ),
    "answers_missing": ProblemText(
        422,
        Text(bn="একটি উত্তর নেই", en="An answer is missing"),
        Text(
            bn="প্রতিটি প্রশ্নের একটি উত্তর বেছে নিন।",
            en="Choose an answer to every question.",
        ),
    ),
    "qualification_unknown": ProblemText(
        404,
        Text(bn="এই নম্বরের যোগ্যতা নেই", en="There is no qualification with this number"),
        Text(
            bn="নম্বরটি মিলিয়ে আবার লিখুন। না মিললে যোগ্যতাটি সঠিক নয়।",
            en="Compare the number and enter it again. If it is right, the qualification is not "
            "genuine.",
        ),
    ),
}
