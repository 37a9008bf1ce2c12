"""The problems that ministries answers with; read by the people who connect a ministry's system."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "webhook_id_malformed": ProblemText(
        400,
        Text(bn="webhook-id ঠিক নেই", en="webhook-id is malformed"),
        Text(
            bn="webhook-id ১ থেকে ২০০টি দৃশ্যমান ASCII অক্ষরের হতে হবে।",
            en="webhook-id must have 1 to 200 visible ASCII characters.",
        ),
    ),
    "delivery_unknown": ProblemText(
        404,
        Text(bn="আবেদনটি এই মন্ত্রণালয়ে পাঠানো হয়নি", en="Not sent to this ministry"),
        Text(
            bn="এই application_id-এর কোনো আবেদন এই মন্ত্রণালয়ে পাঠানো হয়নি। "
            "application_id ও মন্ত্রণালয়ের আইডি মিলিয়ে দেখে আবার পাঠান।",
            en="No application with this application_id was sent to this ministry. "
            "Check the application_id and the ministry's id, then send the call again.",
        ),
    ),
    "decided_otherwise": ProblemText(
        409,
        Text(bn="আগে অন্য সিদ্ধান্ত দেওয়া হয়েছে", en="Decided otherwise before"),
        Text(
            bn="এই আবেদনে আপনারা আগে অন্য সিদ্ধান্ত দিয়েছেন, নাগরিককে সেটিই জানানো হয়েছে। এটি রাখা হয়নি। "
            "আগেরটি ভুল হলে প্ল্যাটফর্মের পরিচালকদের জানান।",
            en="You decided this application otherwise before, and the citizen was told so. This "
            "decision is not stored. If the first one was wrong, tell the platform's operators.",
        ),
    ),
    "withdrawal_confirmed": ProblemText(
        409,
        Text(bn="আবেদনটি প্রত্যাহার করা হয়েছে", en="The application was withdrawn"),
        Text(
            bn="নাগরিক আবেদনটি প্রত্যাহার করেছেন, আর আপনাদের সিস্টেম তা গ্রহণ করেছে। এর পরের "
            "সিদ্ধান্ত রাখা হয় না। সিদ্ধান্তটি আগের হলে decided_at-সহ আবার পাঠান।",
            en="The citizen withdrew the application, and your system has taken the withdrawal. "
            "What is decided afterwards is not stored. If it was decided before, send it again "
            "with decided_at.",
        ),
    ),
    "cursor_unknown": ProblemText(
        422,
        Text(bn="cursor-টি চেনা যায়নি", en="The cursor is unknown"),
        Text(
            bn="এই মন্ত্রণালয়কে এই cursor দেওয়া হয়নি। সংরক্ষিত শেষ cursor হুবহু পাঠান; "
            "না থাকলে after ছাড়া শুরু থেকে পড়ুন। আগে পাওয়া আবেদন Idempotency-Key দিয়ে চিনে নিন।",
            en="This platform gave no such cursor to this ministry. Send the last one that you "
            "stored, unchanged. If you have none, read from the beginning, with `after` null, and "
            "skip what you have by its idempotency_key.",
        ),
    ),
    "cursor_too_old": ProblemText(
        410,
        Text(bn="cursor-টি অনেক পুরোনো", en="The cursor is too old"),
        Text(
            bn="এই cursor-এর পরের কিছু আবেদন আর রাখা নেই। after ছাড়া শুরু থেকে পড়ুন, "
            "আর তার আগেরগুলোর জন্য প্ল্যাটফর্মের পরিচালকদের জানান।",
            en="Something of what followed it is not kept any more. Read from the beginning of "
            "what is kept, with `after` null, and ask the platform's operators for what came "
            "before.",
        ),
    ),
    "batch_settled": ProblemText(
        409,
        Text(bn="আবার পাঠানোর কিছু নেই", en="Nothing to send again"),
        Text(
            bn="এই নম্বরের কোনো ব্যাচ পাঠানো হয়নি, অথবা এর প্রতিটি সারির উত্তর এসেছে বা আবার পাঠানো হচ্ছে।",
            en="No batch of this number was sent, or each of its rows has an answer or is being "
            "sent again already.",
        ),
    ),
    "report_not_signed": ProblemText(
        422,
        Text(bn="প্রতিবেদনে প্ল্যাটফর্মের স্বাক্ষর নেই", en="The report is not signed by the platform"),
        Text(
            bn="প্রতিবেদনটি হাতে লেখা, বদলানো, বা অন্য চাবি দিয়ে তৈরি। প্ল্যাটফর্মের চাবি দিয়ে adapters check "
            "আবার চালান।",
            en="It was written by hand, changed, or made with another secret. Run adapters check "
            "again with the platform's secret.",
        ),
    ),
    "connection_not_checked": ProblemText(
        409,
        Text(bn="সিস্টেমটি পরীক্ষায় উত্তীর্ণ হয়নি", en="The system has not passed"),
        Text(
            bn="আগে এই ঠিকানায় adapters check চালিয়ে উত্তীর্ণ প্রতিবেদন record-check দিয়ে জমা দিন, "
            "অথবা --despite দিয়ে কারণ লিখুন।",
            en="Run adapters check at this address, keep the passed report with record-check, or "
            "give a reason with --despite.",
        ),
    ),
    "version_superseded": ProblemText(
        409,
        Text(bn="এর মধ্যে বদলে গেছে", en="It was changed meanwhile"),
        Text(
            bn="আপনি দেখার পরে অন্য কেউ বদলেছেন। এখনকারটি দেখে আবার বদলান।",
            en="Somebody has changed it since you read it. Read it again, and repeat the change.",
        ),
    ),
    "mail_refused": ProblemText(
        422,
        Text(bn="ইমেইলটি নেওয়া হয়নি", en="The mail was not taken"),
        Text(
            bn="মেইল সার্ভার ঠিকানা বা চিঠিটি নেয়নি। ফোকাল পয়েন্টের ঠিকানা ঠিক করুন।",
            en="The mail server refuses it. Correct the address of the focal point.",
        ),
    ),
    "webhook_id_reused": ProblemText(
        422,
        Text(bn="webhook-id আগে ব্যবহৃত", en="webhook-id was used before"),
        Text(
            bn="এই webhook-id দিয়ে আগে অন্য তথ্য পাঠানো হয়েছে। নতুন বার্তায় নতুন webhook-id দিন; "
            "আগের বার্তা আবার পাঠালে তথ্য হুবহু একই রাখুন।",
            en="This webhook-id came with another content before. Give a new message a new "
            "webhook-id, and repeat an earlier message with exactly the same content.",
        ),
    ),
    "outage_times_wrong": ProblemText(
        422,
        Text(bn="সেবা বিঘ্নের সময় ঠিক নেই", en="The times of the outage are wrong"),
        Text(
            bn="শেষ শুরুর পরে ও ভবিষ্যতে হতে হবে, এবং সর্বোচ্চ ৩১ দিনের।",
            en="The end must be after the beginning and in the future, and 31 days later at most.",
        ),
    ),
    "outage_unknown": ProblemText(
        404,
        Text(bn="সেবা বিঘ্নটি পাওয়া যায়নি", en="No such outage"),
        Text(
            bn="এই আইডির কোনো চলমান বা আসন্ন সেবা বিঘ্ন নেই। আইডিটি মিলিয়ে দেখুন।",
            en="There is no outage with this id, or it was cancelled. Compare the id.",
        ),
    ),
    "service_hours_wrong": ProblemText(
        422,
        Text(bn="সেবার সময়সূচি ঠিক নেই", en="The hours of service are wrong"),
        Text(
            bn="অন্তত একটি দিন দিন, এবং শুরুর সময় শেষের আগে দিন।",
            en="Give at least one day, and a beginning before the end.",
        ),
    ),
    "delivery_not_waiting": ProblemText(
        409,
        Text(bn="প্রেরণটি অপেক্ষায় নেই", en="The delivery does not wait"),
        Text(
            bn="একটি আইডি অজানা, অথবা মন্ত্রণালয় আবেদনটি পেয়েছে। তালিকাটি আবার দেখে নিন।",
            en="One of the ids is unknown, or the ministry has it. Read the work list again.",
        ),
    ),
}
