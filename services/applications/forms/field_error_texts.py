"""Texts of field errors by JSON Schema keyword, type, kind of answer and reason.

`{label}` is the field's label, `{limit}` the allowed number, `{options}` the choices.
"""

from collections.abc import Mapping
from types import MappingProxyType

from libs.contracts.language import Text

THIS_FIELD = Text(bn="এই ঘর", en="this field")
CHECK = Text(
    bn="“{label}” ঠিকভাবে লেখা হয়নি। দেখে আবার লিখুন।",
    en="“{label}” is not written as it must be. Check it and write it again.",
)
AGREE = Text(
    bn="আবেদন করতে “{label}” ঘরে সম্মতি দিন।", en="To apply, tick “{label}” (the value true)."
)

BY_KEYWORD: Mapping[str, Text] = MappingProxyType(
    {
        "required": Text(bn="“{label}” পূরণ করুন।", en="Fill in “{label}”."),
        "additionalProperties": Text(
            bn="এই ঘর এই ফরমে নেই। এটি বাদ দিন।",
            en="This form does not ask for this field. Leave it out.",
        ),
        "falseSchema": Text(
            bn="আপনার অন্য উত্তর অনুযায়ী “{label}” লাগবে না। এটি বাদ দিন।",
            en="With your other answers “{label}” is not asked here. Leave it out.",
        ),
        "enum": Text(
            bn="“{label}” ঘরে এগুলোর একটি বেছে নিন: {options}।",
            en="Choose one of these for “{label}”: {options}.",
        ),
        "const": Text(
            bn="“{label}” ঘরে কেবল {limit} দেওয়া যায়।", en="“{label}” can only be {limit}."
        ),
        "minimum": Text(
            bn="“{label}” ঘরে {limit} বা তার বেশি দিন।", en="Give {limit} or more for “{label}”."
        ),
        "exclusiveMinimum": Text(
            bn="“{label}” ঘরে {limit}-এর বেশি দিন।", en="Give more than {limit} for “{label}”."
        ),
        "maximum": Text(
            bn="“{label}” ঘরে {limit} বা তার কম দিন।", en="Give {limit} or less for “{label}”."
        ),
        "exclusiveMaximum": Text(
            bn="“{label}” ঘরে {limit}-এর কম দিন।", en="Give less than {limit} for “{label}”."
        ),
        "minLength": Text(
            bn="“{label}” ঘরে অন্তত {limit}টি অক্ষর লিখুন।",
            en="Write at least {limit} characters in “{label}”.",
        ),
        "maxLength": Text(
            bn="“{label}” ঘরে {limit}টির বেশি অক্ষর লেখা যায় না। ছোট করে লিখুন।",
            en="Write at most {limit} characters in “{label}”.",
        ),
        "minItems": Text(
            bn="“{label}” ঘরে অন্তত {limit}টি দিন।", en="Give at least {limit} for “{label}”."
        ),
        "maxItems": Text(
            bn="“{label}” ঘরে সর্বোচ্চ {limit}টি দেওয়া যায়।", en="Give at most {limit} for “{label}”."
        ),
        "uniqueItems": Text(
            bn="“{label}” ঘরে একই জিনিস দুবার আছে। একবার রাখুন।",
            en="“{label}” has the same thing twice. Keep it once.",
        ),
    }
)

BY_TYPE: Mapping[str, Text] = MappingProxyType(
    {
        "string": Text(bn="“{label}” লেখা হিসেবে দিন।", en="Give “{label}” as text."),
        "integer": Text(bn="“{label}” ঘরে পূর্ণ সংখ্যা দিন।", en="Give “{label}” as a whole number."),
        "number": Text(bn="“{label}” ঘরে সংখ্যা দিন।", en="Give “{label}” as a number."),
        "boolean": Text(
            bn="“{label}” ঘরে হ্যাঁ বা না দিন।", en="Answer “{label}” with yes or no (true or false)."
        ),
        "array": Text(bn="“{label}” তালিকা হিসেবে দিন।", en="Give “{label}” as a list."),
        "object": Text(
            bn="“{label}” অংশের ঘরগুলো আলাদা করে পূরণ করুন।",
            en="Give “{label}” as a group of fields.",
        ),
    }
)

BY_KIND: Mapping[str, Text] = MappingProxyType(
    {
        "nid": Text(
            bn="“{label}” ১০, ১৩ বা ১৭ সংখ্যার হয়। কার্ড দেখে আবার লিখুন।",
            en="“{label}” has 10, 13 or 17 digits. Copy it from the card again.",
        ),
        "birth_number": Text(
            bn="“{label}” ১৭ সংখ্যার হয়। সনদ দেখে আবার লিখুন।",
            en="“{label}” has 17 digits. Copy it from the certificate again.",
        ),
        "mobile": Text(
            bn="“{label}” বাংলাদেশের মোবাইল নম্বর হতে হবে, যেমন ০১৭১২৩৪৫৬৭৮।",
            en="“{label}” must be a mobile number of Bangladesh, like 01712345678.",
        ),
        "tin": Text(bn="“{label}” ১২ সংখ্যার হয়।", en="“{label}” has 12 digits."),
        "old_tin": Text(bn="“{label}” ৯ থেকে ১২ সংখ্যার হয়।", en="“{label}” has 9 to 12 digits."),
        "passport_number": Text(
            bn="“{label}” একটি ইংরেজি অক্ষর ও ৮টি সংখ্যা, বা দুটি অক্ষর ও ৭টি সংখ্যা।",
            en="“{label}” is one letter and 8 digits, or two letters and 7 digits.",
        ),
        "bangla_name": Text(
            bn="“{label}” বাংলা অক্ষরে লিখুন।", en="Write “{label}” in Bangla letters."
        ),
        "latin_name": Text(
            bn="“{label}” ইংরেজি অক্ষরে লিখুন।", en="Write “{label}” in English letters."
        ),
        **dict.fromkeys(
            ("area", "union", "birth_district"),
            Text(
                bn="“{label}” তালিকা থেকে বেছে নিন।",
                en="Choose “{label}” from the list (its code).",
            ),
        ),
        "post_code": Text(bn="“{label}” ৪ সংখ্যার হয়।", en="“{label}” has 4 digits."),
        "nationality": Text(
            bn="“{label}” দুই অক্ষরের দেশ-সংকেতে দিন, যেমন BD।",
            en="Give “{label}” as the country's two letters, like BD.",
        ),
        "dag": Text(
            bn="“{label}” সংখ্যায় লিখুন, প্রয়োজনে বাটা দিয়ে, যেমন ১২/৩।",
            en="Write “{label}” in digits, with a slash where it has one, like 12/3.",
        ),
        "date": Text(
            bn="“{label}” ঘরে বছর-মাস-দিন দিন, যেমন ২০২৬-১২-১৬; তারিখটি পঞ্জিকায় থাকতে হবে।",
            en="Give “{label}” as year-month-day, like 2026-12-16, and a day that exists.",
        ),
        "uuid": Text(
            bn="“{label}” পাওয়া যায়নি। ফাইলটি আবার দিন।",
            en="“{label}” is not a file we know. Upload the file again.",
        ),
    }
)

BY_REASON: Mapping[str, Text] = MappingProxyType(
    {
        "control_character": Text(
            bn="“{label}” ঘরে এমন অদৃশ্য চিহ্ন আছে যা রাখা যায় না। মুছে আবার লিখুন।",
            en="“{label}” holds a control character that cannot be kept. Type it again.",
        ),
        "too_deep": Text(
            bn="ফরমের তথ্যের স্তর অনেক বেশি। সরল করে আবার দিন।",
            en="The form is nested too deeply. Simplify it and send it again.",
        ),
        "number_too_long": Text(
            bn="“{label}” ঘরে সর্বোচ্চ ১৮ অঙ্কের সংখ্যা লিখুন।",
            en="Write “{label}” as a number of at most 18 digits.",
        ),
        "area_unknown": Text(
            bn="“{label}” তালিকায় নেই। তালিকা থেকে বেছে নিন।",
            en="There is no such “{label}”. Choose it from the list.",
        ),
        "document_unknown": Text(
            bn="“{label}”-এর ফাইলটি পাওয়া যায়নি। ফাইলটি আবার দিন।",
            en="The file of “{label}” was not found. Upload it again, and send its receipt with "
            "the application.",
        ),
        "document_foreign": Text(
            bn="“{label}”-এর ফাইলটি আপনার নয়। নিজের ফাইল দিন।",
            en="The file of “{label}” is somebody else's. Upload your own.",
        ),
        "document_expired": Text(
            bn="“{label}”-এর ফাইলের রসিদের মেয়াদ শেষ। আমার কাগজপত্র থেকে আবার বেছে নিন।",
            en="The receipt of “{label}” has expired. Choose the file from your papers again.",
        ),
        "document_infected": Text(
            bn="“{label}”-এর ফাইলে ভাইরাস পাওয়া গেছে। অন্য ফাইল দিন।",
            en="A virus was found in the file of “{label}”. Give another file.",
        ),
        "document_not_accepted": Text(
            bn="“{label}” ঘরে এই ধরনের ফাইল চলে না। ছবি চাইলে ছবি দিন, পিডিএফ নয়।",
            en="“{label}” does not take this kind of file. Where it asks for a photo, give a photo "
            "and not a PDF.",
        ),
        "helped_at_this_centre": Text(
            bn="সহায়তাকারীর বিরুদ্ধে অভিযোগ তাঁর কেন্দ্রে নেওয়া হয় না। নাগরিক নিজের ফোনে করুন, ৩৩৩ নম্বরে ফোন"
            " করুন, বা যে আবেদনে সাহায্য পেয়েছেন তার নম্বর নিয়ে অন্য কেন্দ্রে যান।",
            en="A grievance about a helper is not taken where the helper works. Send it with an "
            "own phone, call 333, or go to another centre with the number of the application with "
            "which you were helped.",
        ),
        "number_not_consented": Text(
            bn="সম্মতি অন্য নম্বরের জন্য। “{label}” ঘরে সেই নম্বরটিই লিখুন, বা নতুন করে সম্মতি চান।",
            en="The citizen consented for another number. Write that one as “{label}”, or ask for "
            "a new consent.",
        ),
        "fee_day_differs": Text(
            bn="ফি অন্য তারিখ ধরে হিসাব হয়েছে। “{label}” ঘরে সেই তারিখটিই লিখুন, বা নতুন করে সম্মতি চান।",
            en="The fee was computed for another date. Write that one as “{label}”, or ask for a "
            "new consent.",
        ),
        "issued_later": Text(
            bn="“{label}” আজকের পরে হতে পারে না।",
            en="“{label}” cannot be later than today.",
        ),
        "words_unlike_date": Text(
            bn="“{label}” ঘরে অন্য মাস লেখা আছে। তারিখের সঙ্গে মিলিয়ে আবার লিখুন।",
            en="“{label}” names another month than the date. Write it as the date is.",
        ),
        "union_elsewhere": Text(
            bn="ইউনিয়নটি এই উপজেলায় নেই। “{label}” আবার বেছে নিন।",
            en="The union does not lie in that upazila. Choose “{label}” again.",
        ),
    }
)
