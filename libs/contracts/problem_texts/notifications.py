"""The problems that notifications answers with, when a delivery report is refused."""

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
}
