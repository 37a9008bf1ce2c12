"""The problems that notifications answers with, about messages that it does not have."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "message_unknown": ProblemText(
        404,
        Text(bn="বার্তাটি পাওয়া যায়নি", en="Unknown message"),
        Text(
            bn="এই reference-এর কোনো বার্তা আমরা পাঠাইনি, অথবা সেটির তথ্য মুছে ফেলা হয়েছে।",
            en="We sent no message with this reference, or its record has been deleted since.",
        ),
    ),
    "messages_unknown": ProblemText(
        404,
        Text(bn="এই আবেদনের কোনো বার্তা নেই", en="No messages about this application"),
        Text(
            bn="এই নম্বরে আপনার আবেদনের কোনো বার্তা নেই। বার্তা আবেদনের কয়েক সেকেন্ড পরে দেখা যায়, "
            "আর ৯০ দিন পরে মুছে ফেলা হয়।",
            en="There are no messages about an application of yours with this number. They are "
            "shown seconds after you apply, and deleted after 90 days.",
        ),
    ),
}
