"""Problems of pools: cases that two officers rank against a quota."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {
    "pool_list_unknown": ProblemText(
        404,
        Text(bn="এমন কোনো তালিকা নেই", en="There is no such list"),
        Text(
            bn="তালিকাটি নেই, অথবা আপনার কার্যালয় ও দায়িত্বের নয়।",
            en="It does not exist, or is not one of your office and duty.",
        ),
    ),
    "pool_list_under_way": ProblemText(
        409,
        Text(bn="একটি তালিকা আগে থেকে আছে", en="Another list is under way"),
        Text(
            bn="এই এলাকার একটি তালিকা নিশ্চিত করার অপেক্ষায় আছে। আগে সেটি নিশ্চিত বা বাতিল করুন।",
            en="A list of this area waits to be confirmed. Confirm it or cancel it first.",
        ),
    ),
    "pool_changed": ProblemText(
        409,
        Text(bn="তালিকা করার পর নথি বদলেছে", en="The cases have changed since the list was made"),
        Text(
            bn="এর মধ্যে নথি এসেছে বা চলে গেছে। তালিকাটি বাতিল করে আবার করুন।",
            en="A case has come or gone meanwhile. Cancel the list, and make it again.",
        ),
    ),
    "pool_too_large": ProblemText(
        409,
        Text(bn="একসঙ্গে এত নথি সাজানো যায় না", en="Too many cases to be ranked at once"),
        Text(
            bn="এক ধাপে সর্বোচ্চ ১০,০০০ নথি সাজানো যায়। কর্মসূচির কর্মীকে বলুন।",
            en="At most 10,000 of one step are ranked. Tell the programme's staff.",
        ),
    ),
    "tie_undecided": ProblemText(
        409,
        Text(bn="সমান নথির মধ্যে বাছাই হয়নি", en="A tie is not decided"),
        Text(
            bn="কোটার সীমায় কয়েকটি নথি সমান। যিনি তালিকা করেছেন তিনি কারণ লিখে বাছাই করবেন।",
            en="Cases are equal at the edge of the quota. Whoever made the list chooses.",
        ),
    ),
    "tie_choice_differs": ProblemText(
        422,
        Text(bn="যতটি জায়গা আছে ততটি বাছুন", en="Choose as many as there are places"),
        Text(
            bn="সমান নথিগুলোর মধ্য থেকে ঠিক ততটি বাছুন যতটি জায়গা বাকি।",
            en="Choose exactly as many of the equal cases as there are places left.",
        ),
    ),
    "drawer_needed": ProblemText(
        403,
        Text(bn="যিনি তালিকা করেছেন তিনি বাছাই করবেন", en="Whoever made the list decides"),
        Text(
            bn="সমান নথির বাছাই তিনি করেন, আপনি নিশ্চিত করেন। তিনি না থাকলে বাতিল করে আবার করুন।",
            en="That officer decides the tie, and you confirm. Else cancel it and make it again.",
        ),
    ),
}
