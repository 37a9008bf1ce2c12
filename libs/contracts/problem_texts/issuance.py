"""Problems of decision papers: of what grants them, and of who asks for one."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "paper_unknown": ProblemText(
        404,
        Text(bn="এই নম্বরের কোনো কাগজ নেই", en="There is no paper with this number"),
        Text(
            bn="নম্বরটি মিলিয়ে দেখুন। ঠিক থাকলে কাগজটি এখান থেকে দেওয়া হয়নি।",
            en="Compare the number. If it is right, the paper was not issued here.",
        ),
    ),
    "paper_number_wrong": ProblemText(
        422,
        Text(bn="নম্বরটি ঠিক নয়", en="The number is not right"),
        Text(
            bn="কাগজের নম্বরে ১২টি অক্ষর ও সংখ্যা থাকে। একটি ভুল আছে, বা দুটি জায়গা বদল হয়েছে।",
            en="The number of a paper has 12 letters and digits. One is wrong, or two are swapped.",
        ),
    ),
    "paper_erased": ProblemText(
        410,
        Text(bn="কাগজটির তথ্য মুছে ফেলা হয়েছে", en="What the paper said is erased"),
        Text(
            bn="যাঁর কাগজ, তাঁর তথ্য মুছে ফেলা হয়েছে। নম্বরটি এখনও যাচাই করা যায়।",
            en="The person's data were erased. The number can still be checked.",
        ),
    ),
    "paper_withdrawn": ProblemText(
        410,
        Text(bn="কাগজটি প্রত্যাহার করা হয়েছে", en="The paper was withdrawn"),
        Text(
            bn="কার্যালয় কাগজটি প্রত্যাহার করেছে; এটি আর বহাল নেই। কারণ আবেদনের পাতায় আছে।",
            en="The office withdrew it, and it does not hold any more. The application's page says "
            "why.",
        ),
    ),
    "paper_replaced": ProblemText(
        410,
        Text(bn="কাগজটির বদলে নতুন কাগজ আছে", en="A newer paper replaces this one"),
        Text(
            bn="এটি আর বহাল নেই। আবেদনের পাতায় নতুন কাগজটি আছে।",
            en="It does not hold any more. The newer one is on the application's page.",
        ),
    ),
    "paper_expired": ProblemText(
        410,
        Text(bn="কাগজটির মেয়াদ শেষ", en="The paper has expired"),
        Text(
            bn="যে দিন পর্যন্ত বহাল ছিল, তা পার হয়েছে। নতুন কাগজের জন্য আবেদন করুন।",
            en="The last day on which it held has passed. Apply for a new one.",
        ),
    ),
    "paper_not_drawn": ProblemText(
        503,
        Text(bn="কাগজটি এখন আঁকা যাচ্ছে না", en="The paper cannot be drawn now"),
        Text(
            bn="একটু পরে আবার চেষ্টা করুন। কাগজটি থাকছে।",
            en="Try again in a while. The paper is kept.",
        ),
    ),
    "paper_template_unknown": ProblemText(
        422,
        Text(bn="এমন কোনো নমুনা নেই", en="There is no such template"),
        Text(
            bn="কাগজের নমুনার নামটি তালিকায় নেই।",
            en="The name of the template is none of the list.",
        ),
    ),
    "paper_template_not_yours": ProblemText(
        422,
        Text(bn="এই সিদ্ধান্তে নমুনাটি চলে না", en="The template is not for this decision"),
        Text(
            bn="নমুনাটি অন্য সেবার, বা অন্য ফলের। এই সেবার নমুনা, approval_order বা refusal_order দিন।",
            en="It is another service's, or for another outcome. Name one of this service, "
            "approval_order or refusal_order.",
        ),
    ),
    "paper_without_decision": ProblemText(
        422,
        Text(bn="সিদ্ধান্ত ছাড়া কাগজ হয় না", en="There is no paper without a decision"),
        Text(
            bn="paper দিন কেবল approved বা refused-এর সঙ্গে।",
            en="Send `paper` with `approved` or `refused` only.",
        ),
    ),
    "paper_receipt_ended": ProblemText(
        422,
        Text(bn="পিডিএফের রসিদটি চলে না", en="The receipt of the PDF is not valid"),
        Text(
            bn="রসিদ সাত দিন চলে, কেবল এই আবেদনের জন্য, own_document নমুনার সঙ্গে। পিডিএফ আবার পাঠান।",
            en="It is valid for 7 days, for this application, in a callback, and with the template "
            "own_document only. Send the PDF again.",
        ),
    ),
    "paper_file_gone": ProblemText(
        410,
        Text(bn="কাগজের ফাইলটি আর নেই", en="The file of the paper is gone"),
        Text(
            bn="কার্যালয়ের দেওয়া ফাইলটি পাওয়া যাচ্ছে না। কার্যালয়ে জিজ্ঞাসা করুন।",
            en="The file that the office brought cannot be found. Ask the office.",
        ),
    ),
    "paper_not_granted": ProblemText(
        422,
        Text(bn="এই আবেদনে কোনো কাগজ নেই", en="There is no paper about this application"),
        Text(
            bn="আপনারা এই আবেদনে কাগজ দেননি, তাই প্রত্যাহারের কিছু নেই।",
            en="You have granted none about it, so there is nothing to withdraw.",
        ),
    ),
    "paper_field_unknown": ProblemText(
        422,
        Text(bn="নমুনায় এই ঘর নেই", en="The template has no such field"),
        Text(bn="ঘরটির নাম মিলিয়ে দেখুন।", en="Compare the name of the field."),
    ),
    "paper_field_missing": ProblemText(
        422,
        Text(bn="একটি ঘর খালি", en="A field is missing"),
        Text(bn="নমুনায় এই ঘর পূরণ করতেই হয়।", en="The template needs this field."),
    ),
    "paper_field_too_long": ProblemText(
        422,
        Text(bn="একটি ঘর বেশি লম্বা", en="A field is too long"),
        Text(bn="সর্বোচ্চ ২,০০০ অক্ষর লেখা যায়।", en="It may have 2,000 characters."),
    ),
    "paper_field_unprintable": ProblemText(
        422,
        Text(bn="একটি ঘর ছাপা যায় না", en="A field cannot be printed"),
        Text(
            bn="বাংলা ও ইংরেজি লেখা ছাপা যায়; অন্য লিপি ও লেখার দিক বদলানো চিহ্ন নয়।",
            en="Bangla and Latin text is printed; other scripts and marks that turn the direction "
            "of writing are not.",
        ),
    ),
}
